"""The recognisers, one for each form: a page in, the places of the pieces that begin items out (none: not this form).

They are asked in the order of `RECOGNISERS`, the most certain first; each is pure and knows nothing of the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise, takewhile

from digest.parsing.blocks import Kind
from digest.segmentation.features import Page
from digest.segmentation.predicates import (
    before_colon,
    ends_with_address,
    goes_on,
    has_body,
    has_prose,
    holds_list,
    is_above_another,
    is_bold_headline,
    is_linked_line,
    is_only_link,
    is_ordinal_name,
    is_sentence,
    names_section,
    title_above,
)
from digest.segmentation.regions import is_goal
from digest.segmentation.text_metrics import is_label, is_more, leading, weight
from domain.chat.text import Style
from domain.names import fold_name

Heads = tuple[int, ...]
Recogniser = Callable[[Page], Heads]


def numbered_headings(page: Page) -> Heads:
    """`## 1. [T](u)`, `### 1. T`, `## [T](u) #1`: unless they are sections, by their names or by lists below them."""
    heads = _numbered_headings(page)
    linked = sum(page.pieces[at].link for at in heads)
    if linked * 2 >= len(heads):
        return tuple(heads)
    if _mostly(heads, lambda at: holds_list(page, at) or names_section(page, at)):
        return ()
    return _at_least(heads, 1 if linked else 2)


def numbered_names(page: Page) -> Heads:
    """`## 1. 行业动态` with prose below: names of sections are taken for headlines where nothing else can be."""
    heads = _numbered_headings(page)
    return () if _mostly(heads, lambda at: holds_list(page, at)) else _at_least(heads, 2)


def linked_headings(page: Page) -> Heads:
    """`## [T](u)`."""
    heads = [at for at, piece in page.open() if piece.kind is Kind.HEADING and piece.link]
    return _at_least(_of_one_level(page, heads), 2)


def numbered_entries(page: Page) -> Heads:
    """`1. T`, `1) T`, `- 7. T`: a list's entries; lines that go on with its numbers (`4.T`) as well."""
    entries = [at for at, piece in page.open() if piece.kind is Kind.ENTRY and piece.number]
    return _with_others(page, entries, Kind.PARAGRAPH)


def numbered_lines(page: Page) -> Heads:
    """`1、T`, `1.T`, `（1）T`, `**1.** T`: lines that begin with a number and go on from one another."""
    lines = [at for at, piece in page.open() if piece.kind is Kind.PARAGRAPH and piece.number and piece.rest]
    lines = [at for at in lines if not page.pieces[at].is_ordinal] or lines  # `一、` above `1、` are sections
    if _mostly(lines, lambda at: is_ordinal_name(page, at)):
        return ()
    numbers = [int(page.pieces[at].number) for at in lines]
    steps = sum(1 for before, after in pairwise(numbers) if 0 <= after - before <= 2 or after == 1)
    if len(lines) > 1 and steps * 2 < len(lines) - 1:
        return ()
    return _with_others(page, _at_least(lines, 2), Kind.ENTRY)


def titles_with_addresses(page: Page) -> Heads:
    """A plain title with its address on the next line, or behind it: `T` / `https://…`, `T：https://…`."""
    heads = _above_addresses(page)
    return _at_least([at for at in heads if not is_sentence(page, at)], 2)


def sentences_with_addresses(page: Page) -> Heads:
    """Sentences with their addresses below: bodies as a rule, so taken for items only where nothing else can be; the
    title above them where there is one (`T`, a sentence, `https://…`)."""
    return _at_least(list(dict.fromkeys(title_above(page, at) for at in _above_addresses(page))), 2)


def linked_lines(page: Page) -> Heads:
    """`[T](u)`, `**[T](u)**`, `[**T**](u)`: a line that is one link, its body below."""
    heads = [at for at, piece in page.open() if piece.kind is Kind.PARAGRAPH and is_linked_line(piece)]
    signed = _signed(page)
    return () if len(signed) > len(heads) and set(heads) <= set(signed) else _at_least(heads, 2)


def bold_lines(page: Page) -> Heads:
    """A bold sentence, its body on the next lines; but not the bold names of sections or recurring labels."""
    heads = [at for at, piece in page.open() if is_bold_headline(piece) and has_body(page, at)]
    heads = _without_pairs(page, _without_labels(page, heads))
    if _mostly(heads, lambda at: holds_list(page, at)) or _mostly(heads, lambda at: names_section(page, at)):
        return ()
    return _at_least(heads, 2)


def signed_lines(page: Page) -> Heads:
    """`• T`, `🔹 T`: lines that begin with a sign instead of a number."""
    heads = _signed(page)
    return _at_least(heads, 2) if _mostly(heads, lambda at: page.pieces[at].strong) else ()


def quotes(page: Page) -> Heads:
    """`> **T**` with its body in the quote."""
    return _at_least([at for at, piece in page.open() if piece.kind is Kind.QUOTE and piece.strong], 2)


def bullets(page: Page) -> Heads:
    """`- T`, `* T`, `+ T`."""
    entries = [at for at, piece in page.open() if piece.kind is Kind.ENTRY]
    if _mostly(entries, lambda at: page.pieces[at].strong):
        return _at_least(entries, 1)
    return ()


def plain_headings(page: Page) -> Heads:
    """`### T` with its body below: headings of the deepest level that mostly stand above prose, and are no names."""
    heads = _headings_above_prose(page)
    return () if _mostly(heads, lambda at: names_section(page, at)) else tuple(heads)


def named_headings(page: Page) -> Heads:
    """`### 行业动态` with its body below: names of sections are taken for headlines where nothing else can be."""
    return tuple(_headings_above_prose(page))


def bold_leads(page: Page) -> Heads:
    """`**T**：body`, `**T** body`: paragraphs that begin in bold; lines all bold only where there are no others."""
    leads = {
        at: fold_name(piece.rest.plain[: lead.end])
        for at, piece in page.open()
        if piece.kind is Kind.PARAGRAPH and (lead := leading(piece.rest, Style.BOLD)) and weight(piece.plain) > 3
    }
    counts = Counter(leads.values())
    heads = [at for at, name in leads.items() if counts[name] < 3 and not is_label(name)]
    followed = [at for at in heads if not page.pieces[at].bold]
    if not followed and _mostly(heads, lambda at: names_section(page, at)):
        return ()
    return _at_least(followed if len(followed) > 1 else heads, 2)


def linked_paragraphs(page: Page) -> Heads:
    """Paragraphs with their link at the end, or somewhere in them."""
    heads = [
        at
        for at, piece in page.open()
        if piece.kind is Kind.PARAGRAPH
        and not piece.block.glued
        and piece.linked
        and not is_only_link(piece)
        and not piece.navigates
    ]
    return _at_least(heads, 2)


def lines_with_links(page: Page) -> Heads:
    """Lines of one paragraph, each with its link: `[T](u) — text`, `T：https://… (source)`."""
    lines = [at for at, piece in page.open() if piece.kind is Kind.PARAGRAPH and piece.linked]
    return _at_least([at for at in lines if not is_only_link(page.pieces[at]) and not page.pieces[at].navigates], 2)


def plain_bullets(page: Page) -> Heads:
    """Bullets with neither links nor bold headlines: taken for items only where nothing else can be."""
    entries = [at for at, piece in page.open() if piece.kind is Kind.ENTRY]
    return _at_least(entries or _signed(page), 2)


RECOGNISERS: tuple[tuple[str, Recogniser], ...] = (
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

LAST_RESORTS: tuple[tuple[str, Recogniser], ...] = (
    ("titles-with-addresses", sentences_with_addresses),
    ("linked-paragraphs", lines_with_links),
    ("numbered-headings", numbered_names),
    ("headings", named_headings),
)
"""What is asked only when no form was found: marks that are an item's body, or a section's name, as a rule."""

CERTAIN = frozenset(
    ("numbered-headings", "linked-headings", "numbered-list", "numbered-lines", "titles-with-addresses", "linked-lines",
     "bold-headlines", "signed-lines", "bullets", "single")
)  # fmt: skip
"""Forms whose marks leave no doubt; a digest read by any other gets a warning."""


def _at_least(heads: list[int], least: int) -> Heads:
    return tuple(heads) if len(heads) >= least else ()


def _mostly(heads: list[int], test: Callable[[int], bool]) -> bool:
    return bool(heads) and sum(1 for at in heads if test(at)) * 2 > len(heads)


def _of_one_level(page: Page, heads: list[int]) -> list[int]:
    levels = Counter(page.pieces[at].block.level for at in heads)
    if not levels:
        return []
    common = max(levels, key=lambda level: (levels[level], level))
    return [at for at in heads if page.pieces[at].block.level == common]


def _with_others(page: Page, heads: list[int] | Heads, kind: Kind) -> Heads:
    """The heads, and pieces of the other kind whose number goes on from the head before them."""
    chosen = set(heads)
    others = [at for at, piece in page.open() if piece.kind is kind and piece.number and piece.strong]
    if not others or len(others) >= len(heads) or others[0] < heads[0]:
        return tuple(heads)
    last = 0
    for at, piece in page.open():
        if at in chosen:
            last = int(piece.number)
        elif last and piece.kind is kind and piece.strong and piece.number == str(last + 1):
            before = page.pieces[at - 1]
            if before.kind is kind and before.number and at - 1 not in chosen:
                continue  # the second of a list that stands in a body
            chosen.add(at)
            last += 1
    return tuple(sorted(chosen))


def _without_labels(page: Page, heads: list[int]) -> list[int]:
    """Without those that name a part of an item, or come again and again."""
    names = Counter(fold_name(page.pieces[at].plain) for at in heads)
    return [at for at in heads if names[fold_name(page.pieces[at].plain)] < 3 and not is_label(page.pieces[at].plain)]


def _signed(page: Page) -> list[int]:
    return [at for at, piece in page.open() if piece.kind is Kind.PARAGRAPH and piece.marker and not piece.number]


def _numbered_headings(page: Page) -> list[int]:
    return _of_one_level(page, [at for at, piece in page.open() if piece.kind is Kind.HEADING and piece.number])


def _above_addresses(page: Page) -> list[int]:
    heads: list[int] = []
    for at, piece in page.open():
        if piece.kind is not Kind.PARAGRAPH or piece.bare or is_more(piece.rest.plain):
            continue
        following = page.pieces[at + 1] if at + 1 < len(page.pieces) else None
        above = following is not None and following.kind is Kind.PARAGRAPH and following.bare
        if (above or ends_with_address(piece)) and not is_label(before_colon(piece.rest.plain)):
            heads.append(at)
    goals = sum(1 for _ in takewhile(lambda at: is_goal(page, at), reversed(heads)))
    return heads[: len(heads) - goals]


def _headings_above_prose(page: Page) -> list[int]:
    headings = [at for at, piece in page.open() if piece.kind is Kind.HEADING]
    levels = Counter(page.pieces[at].block.level for at in headings)
    for level in sorted(levels, key=lambda level: (-levels[level], -level)):
        heads = [at for at in headings if page.pieces[at].block.level == level and not is_above_another(page, at)]
        heads = _without_labels(page, heads)
        above_prose = [at for at in heads if has_prose(page, at)]
        if len(above_prose) > 1 and len(above_prose) * 3 >= len(heads) * 2:
            return heads
    return []


def _without_pairs(page: Page, heads: list[int]) -> list[int]:
    """Of two bold lines, one right below the other, one is no headline: the second where it is a sentence or goes on in
    the paragraph, else the first, a section's name."""
    chosen = set(heads)
    for at in heads:
        if at in chosen and at + 1 in chosen and goes_on(page.pieces[at], page.pieces[at + 1]):
            chosen.discard(at + 1)
    return [
        at
        for at in heads
        if at in chosen
        and not (at + 1 in chosen and (at + 2 not in chosen or goes_on(page.pieces[at + 1], page.pieces[at])))
    ]
