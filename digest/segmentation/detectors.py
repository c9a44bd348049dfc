"""The detectors, one for each form: each returns the pieces that begin items, or none if the form does not match.

They run in the order of `DETECTORS`, the most certain first. Each is pure and knows nothing of the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise, takewhile

from digest.parsing.blocks import BlockKind
from digest.segmentation.features import Page
from digest.segmentation.predicates import (
    ends_with_url,
    has_body_below,
    has_item_list_below,
    has_prose_below,
    has_section_name,
    is_above_sibling_heading,
    is_bold_headline,
    is_continued_by,
    is_linked_line,
    is_numeral_section_name,
    is_only_link,
    is_sentence,
    text_before_colon,
    title_above,
)
from digest.segmentation.regions import is_navigation_line
from digest.segmentation.text_metrics import is_field_label, is_read_more_label, leading_span, reading_length
from domain.chat.text import Style
from domain.names import fold_name

ItemHeads = tuple[int, ...]
Detector = Callable[[Page], ItemHeads]


def numbered_headings(page: Page) -> ItemHeads:
    """Detect `## 1. [T](u)`, `### 1. T`, `## [T](u) #1`, unless their names or lists below show sections."""
    heads = _numbered_headings(page)
    linked = sum(page.pieces[at].is_link for at in heads)
    if linked * 2 >= len(heads):
        return tuple(heads)
    if _mostly(heads, lambda at: has_item_list_below(page, at) or has_section_name(page, at)):
        return ()
    return _at_least(heads, 1 if linked else 2)


def numbered_names(page: Page) -> ItemHeads:
    """Detect `## 1. 行业动态` with prose below: section names taken for headlines as a last resort."""
    heads = _numbered_headings(page)
    return () if _mostly(heads, lambda at: has_item_list_below(page, at)) else _at_least(heads, 2)


def linked_headings(page: Page) -> ItemHeads:
    """Detect `## [T](u)`."""
    heads = [at for at, piece in page.candidates() if piece.kind is BlockKind.HEADING and piece.is_link]
    return _at_least(_of_one_level(page, heads), 2)


def numbered_entries(page: Page) -> ItemHeads:
    """Detect list entries (`1. T`, `1) T`, `- 7. T`), and lines that continue their numbers (`4.T`)."""
    entries = [at for at, piece in page.candidates() if piece.kind is BlockKind.ENTRY and piece.number]
    return _with_continued_numbers(page, entries, BlockKind.PARAGRAPH)


def numbered_lines(page: Page) -> ItemHeads:
    """Detect lines with consecutive numbers: `1、T`, `1.T`, `（1）T`, `**1.** T`."""
    lines = [
        at for at, piece in page.candidates() if piece.kind is BlockKind.PARAGRAPH and piece.number and piece.unnumbered
    ]
    lines = [at for at in lines if not page.pieces[at].has_chinese_numeral] or lines  # `一、` above `1、` are sections
    if _mostly(lines, lambda at: is_numeral_section_name(page, at)):
        return ()
    numbers = [int(page.pieces[at].number) for at in lines]
    steps = sum(1 for before, after in pairwise(numbers) if 0 <= after - before <= 2 or after == 1)
    if len(lines) > 1 and steps * 2 < len(lines) - 1:
        return ()
    return _with_continued_numbers(page, _at_least(lines, 2), BlockKind.ENTRY)


def titles_with_addresses(page: Page) -> ItemHeads:
    """Detect plain titles with their address behind them or on the next line: `T：https://…`."""
    heads = _above_addresses(page)
    return _at_least([at for at in heads if not is_sentence(page, at)], 2)


def sentences_with_addresses(page: Page) -> ItemHeads:
    """Detect sentences with addresses below, as a last resort: usually they are bodies.

    The title above them, if there is one, begins the item.
    """
    return _at_least(list(dict.fromkeys(title_above(page, at) for at in _above_addresses(page))), 2)


def linked_lines(page: Page) -> ItemHeads:
    """Detect lines that are one link, with the body below: `[T](u)`, `**[T](u)**`, `[**T**](u)`."""
    heads = [at for at, piece in page.candidates() if piece.kind is BlockKind.PARAGRAPH and is_linked_line(piece)]
    signed = _signed(page)
    return () if len(signed) > len(heads) and set(heads) <= set(signed) else _at_least(heads, 2)


def bold_lines(page: Page) -> ItemHeads:
    """Detect bold sentences with the body below, other than section names and recurring labels."""
    heads = [at for at, piece in page.candidates() if is_bold_headline(piece) and has_body_below(page, at)]
    heads = _without_pairs(page, _without_labels(page, heads))
    if _mostly(heads, lambda at: has_item_list_below(page, at)) or _mostly(
        heads, lambda at: has_section_name(page, at)
    ):
        return ()
    return _at_least(heads, 2)


def signed_lines(page: Page) -> ItemHeads:
    """Detect lines that begin with a bullet character: `• T`, `🔹 T`."""
    heads = _signed(page)
    return _at_least(heads, 2) if _mostly(heads, lambda at: page.pieces[at].looks_like_item) else ()


def quotes(page: Page) -> ItemHeads:
    """Detect quotes that contain headline and body: `> **T**`."""
    return _at_least(
        [at for at, piece in page.candidates() if piece.kind is BlockKind.QUOTE and piece.looks_like_item], 2
    )


def bullets(page: Page) -> ItemHeads:
    """Detect list entries without numbers: `- T`, `* T`, `+ T`."""
    entries = [at for at, piece in page.candidates() if piece.kind is BlockKind.ENTRY]
    if _mostly(entries, lambda at: page.pieces[at].looks_like_item):
        return _at_least(entries, 1)
    return ()


def plain_headings(page: Page) -> ItemHeads:
    """Detect `### T` with the body below: headings of the deepest level mostly above prose, no section names."""
    heads = _headings_above_prose(page)
    return () if _mostly(heads, lambda at: has_section_name(page, at)) else tuple(heads)


def named_headings(page: Page) -> ItemHeads:
    """Detect `### 行业动态` with prose below: section names taken for headlines as a last resort."""
    return tuple(_headings_above_prose(page))


def bold_leads(page: Page) -> ItemHeads:
    """Detect paragraphs that begin in bold: `**T**：body`, `**T** body`.

    Lines that are all bold count only if there are no others.
    """
    leads = {
        at: fold_name(piece.unnumbered.plain[: lead.end])
        for at, piece in page.candidates()
        if piece.kind is BlockKind.PARAGRAPH
        and (lead := leading_span(piece.unnumbered, Style.BOLD))
        and reading_length(piece.plain) > 3
    }
    counts = Counter(leads.values())
    heads = [at for at, name in leads.items() if counts[name] < 3 and not is_field_label(name)]
    followed = [at for at in heads if not page.pieces[at].is_bold]
    if not followed and _mostly(heads, lambda at: has_section_name(page, at)):
        return ()
    return _at_least(followed if len(followed) > 1 else heads, 2)


def linked_paragraphs(page: Page) -> ItemHeads:
    """Detect paragraphs that contain a link."""
    heads = [
        at
        for at, piece in page.candidates()
        if piece.kind is BlockKind.PARAGRAPH
        and not piece.block.continues_previous
        and piece.has_link
        and not is_only_link(piece)
        and not piece.is_navigation
    ]
    return _at_least(heads, 2)


def lines_with_links(page: Page) -> ItemHeads:
    """Detect lines of one paragraph that each have a link: `[T](u) — text`, `T：https://… (source)`."""
    lines = [at for at, piece in page.candidates() if piece.kind is BlockKind.PARAGRAPH and piece.has_link]
    return _at_least([at for at in lines if not is_only_link(page.pieces[at]) and not page.pieces[at].is_navigation], 2)


def plain_bullets(page: Page) -> ItemHeads:
    """Detect list entries with neither links nor bold headlines, as a last resort."""
    entries = [at for at, piece in page.candidates() if piece.kind is BlockKind.ENTRY]
    return _at_least(entries or _signed(page), 2)


DETECTORS: tuple[tuple[str, Detector], ...] = (
    ("numbered-headings", numbered_headings),
    ("linked-headings", linked_headings),
    ("numbered-list", numbered_entries),
    ("numbered-lines", numbered_lines),
    ("titles-with-addresses", titles_with_addresses),
    ("linked-lines", linked_lines),
    ("bold-headlines", bold_lines),
    ("signed-lines", signed_lines),
    ("bullets", bullets),
    ("headings", plain_headings),
    ("bold-leads", bold_leads),
    ("linked-paragraphs", linked_paragraphs),
    ("quotes", quotes),
    ("plain-bullets", plain_bullets),
)
"""Every form by name, the most certain first."""

FALLBACK_DETECTORS: tuple[tuple[str, Detector], ...] = (
    ("titles-with-addresses", sentences_with_addresses),
    ("linked-paragraphs", lines_with_links),
    ("numbered-headings", numbered_names),
    ("headings", named_headings),
)
"""Tried only if no form was found: these marks usually belong to bodies or section names."""

CERTAIN_FORMS = frozenset(
    (
        "numbered-headings",
        "linked-headings",
        "numbered-list",
        "numbered-lines",
        "titles-with-addresses",
        "linked-lines",
        "bold-headlines",
        "signed-lines",
        "bullets",
        "single",
    )
)
"""Forms whose marks leave no doubt; a digest in any other form gets a warning."""


def _at_least(heads: list[int], least: int) -> ItemHeads:
    return tuple(heads) if len(heads) >= least else ()


def _mostly(heads: list[int], test: Callable[[int], bool]) -> bool:
    return bool(heads) and sum(1 for at in heads if test(at)) * 2 > len(heads)


def _of_one_level(page: Page, heads: list[int]) -> list[int]:
    levels = Counter(page.pieces[at].block.level for at in heads)
    if not levels:
        return []
    common = max(levels, key=lambda level: (levels[level], level))
    return [at for at in heads if page.pieces[at].block.level == common]


def _with_continued_numbers(page: Page, heads: list[int] | ItemHeads, kind: BlockKind) -> ItemHeads:
    """Add pieces of the other kind whose number continues that of the head before them."""
    chosen = set(heads)
    others = [at for at, piece in page.candidates() if piece.kind is kind and piece.number and piece.looks_like_item]
    if not others or len(others) >= len(heads) or others[0] < heads[0]:
        return tuple(heads)
    last = 0
    for at, piece in page.candidates():
        if at in chosen:
            last = int(piece.number)
        elif last and piece.kind is kind and piece.looks_like_item and piece.number == str(last + 1):
            before = page.pieces[at - 1]
            if before.kind is kind and before.number and at - 1 not in chosen:
                continue  # the second of a list that stands in a body
            chosen.add(at)
            last += 1
    return tuple(sorted(chosen))


def _without_labels(page: Page, heads: list[int]) -> list[int]:
    """Drop lines that name a part of an item or recur."""
    names = Counter(fold_name(page.pieces[at].plain) for at in heads)
    return [
        at for at in heads if names[fold_name(page.pieces[at].plain)] < 3 and not is_field_label(page.pieces[at].plain)
    ]


def _signed(page: Page) -> list[int]:
    return [
        at for at, piece in page.candidates() if piece.kind is BlockKind.PARAGRAPH and piece.marker and not piece.number
    ]


def _numbered_headings(page: Page) -> list[int]:
    return _of_one_level(
        page, [at for at, piece in page.candidates() if piece.kind is BlockKind.HEADING and piece.number]
    )


def _above_addresses(page: Page) -> list[int]:
    heads: list[int] = []
    for at, piece in page.candidates():
        if piece.kind is not BlockKind.PARAGRAPH or piece.is_bare_url or is_read_more_label(piece.unnumbered.plain):
            continue
        following = page.pieces[at + 1] if at + 1 < len(page.pieces) else None
        above = following is not None and following.kind is BlockKind.PARAGRAPH and following.is_bare_url
        if (above or ends_with_url(piece)) and not is_field_label(text_before_colon(piece.unnumbered.plain)):
            heads.append(at)
    goals = sum(1 for _ in takewhile(lambda at: is_navigation_line(page, at), reversed(heads)))
    return heads[: len(heads) - goals]


def _headings_above_prose(page: Page) -> list[int]:
    headings = [at for at, piece in page.candidates() if piece.kind is BlockKind.HEADING]
    levels = Counter(page.pieces[at].block.level for at in headings)
    for level in sorted(levels, key=lambda level: (-levels[level], -level)):
        heads = [
            at for at in headings if page.pieces[at].block.level == level and not is_above_sibling_heading(page, at)
        ]
        heads = _without_labels(page, heads)
        above_prose = [at for at in heads if has_prose_below(page, at)]
        if len(above_prose) > 1 and len(above_prose) * 3 >= len(heads) * 2:
            return heads
    return []


def _without_pairs(page: Page, heads: list[int]) -> list[int]:
    """Drop one of two adjacent bold lines.

    The second goes if it is a sentence or continues the paragraph; else the first goes, a section's name.
    """
    chosen = set(heads)
    for at in heads:
        if at in chosen and at + 1 in chosen and is_continued_by(page.pieces[at], page.pieces[at + 1]):
            chosen.discard(at + 1)
    return [
        at
        for at in heads
        if at in chosen
        and not (at + 1 in chosen and (at + 2 not in chosen or is_continued_by(page.pieces[at + 1], page.pieces[at])))
    ]
