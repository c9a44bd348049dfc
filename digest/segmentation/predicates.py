"""Predicates for the detectors: what a piece looks like, and what stands next to it."""

from __future__ import annotations

from digest.parsing.blocks import BlockKind
from digest.segmentation.features import Page, PagePiece
from digest.segmentation.section_names import MAX_SECTION_NAME_LENGTH, is_section_name
from digest.segmentation.text_metrics import (
    is_field_label,
    is_read_more_label,
    is_url,
    leading_span,
    link_spans,
    reading_length,
)
from domain.chat.text import Style

_DASHES = "—–-"  # before a source, not before a headline
_CLAUSE_ENDS = tuple("。！？，；.!?,;")


def is_sentence(page: Page, at: int) -> bool:
    """Whether the piece ends with a full stop, not counting an address behind it."""
    plain = page.pieces[at].plain
    spans = link_spans(page.pieces[at].text)
    title = plain[: spans[0].start] if spans and is_url(plain[spans[0].start :]) else plain
    return title.rstrip().endswith(("。", "；", "."))


def title_above(page: Page, at: int) -> int:
    """Return the title above the sentences that end at `at`; `at` itself if there is none."""
    for index in range(at, -1, -1):
        piece = page.pieces[index]
        if piece.kind is not BlockKind.PARAGRAPH or piece.is_bare_url or index in page.excluded:
            break
        if not is_sentence(page, index):
            return index
    return at


def is_above_sibling_heading(page: Page, at: int) -> bool:
    """Whether a short heading stands right above another of its level, so that it names a section."""
    below = page.next_content(at)
    same = below is not None and below.kind is BlockKind.HEADING and below.block.level == page.pieces[at].block.level
    return same and reading_length(page.pieces[at].plain) <= MAX_SECTION_NAME_LENGTH


def has_section_name(page: Page, at: int) -> bool:
    """Whether the piece is a name of general words: `行业动态`."""
    return is_section_name(page.pieces[at].unnumbered.plain)


def is_numeral_section_name(page: Page, at: int) -> bool:
    """Whether the line is a short name, `一、国内要闻`, right above a list."""
    piece, below = page.pieces[at], page.next_content(at)
    listed = below is not None and below.kind is BlockKind.ENTRY
    return piece.has_chinese_numeral and listed and reading_length(piece.unnumbered.plain) <= MAX_SECTION_NAME_LENGTH


def is_continued_by(piece: PagePiece, below: PagePiece) -> bool:
    """Whether the line below belongs to this one: same paragraph, or the sentence after its title."""
    return below.block.continues_previous or (
        below.plain.endswith(_CLAUSE_ENDS) and not piece.plain.endswith(_CLAUSE_ENDS)
    )


def has_item_list_below(page: Page, at: int) -> bool:
    """Whether a list of items (linked, or with bold headlines) stands right below."""
    following = page.next_content(at)
    if following is None:
        return False
    if following.kind is BlockKind.PARAGRAPH and following.number:
        return following.looks_like_item
    if following.kind is not BlockKind.ENTRY:
        return False
    entries: list[PagePiece] = []
    for index in range(at + 1, len(page.pieces)):
        piece = page.pieces[index]
        if piece.rank and piece.rank <= page.pieces[at].rank:
            break
        if piece.kind is BlockKind.ENTRY:
            entries.append(piece)
        elif piece.kind is BlockKind.PARAGRAPH and is_only_link(piece):
            return False  # a source below the list: the list is an item's body
    return sum(piece.looks_like_item for piece in entries) * 2 > len(entries)


def has_body_below(page: Page, at: int) -> bool:
    """Whether something that may be a body stands right below."""
    following = page.pieces[at + 1] if at + 1 < len(page.pieces) else None
    if following is None or following.kind is BlockKind.RULE:
        return False
    return following.kind is not BlockKind.HEADING or (is_field_label(following.plain) and at + 1 not in page.excluded)


def has_prose_below(page: Page, at: int) -> bool:
    """Whether text other than a list of items stands right below."""
    following = page.pieces[at + 1] if at + 1 < len(page.pieces) else None
    if following is None or has_item_list_below(page, at):
        return False
    if following.kind is BlockKind.HEADING:
        return following.rank > page.pieces[at].rank and is_field_label(following.plain)
    return (
        following.kind in (BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.ENTRY, BlockKind.CODE)
        and not following.number
    )


def is_linked_line(piece: PagePiece) -> bool:
    """Whether the line is one link that is a headline."""
    span = leading_span(piece.unnumbered, Style.LINK)
    if span is None or piece.plain[0] in _DASHES or is_url(piece.unnumbered.plain[span.start : span.end]):
        return False
    ends_sentence = piece.unnumbered.plain[link_spans(piece.unnumbered)[-1].end :].lstrip()[:1] in _CLAUSE_ENDS
    return (
        piece.is_link and not ends_sentence and reading_length(piece.unnumbered.plain) > 1 and not piece.is_navigation
    )


def is_only_link(piece: PagePiece) -> bool:
    """Whether the piece is only an address, or a label with its link."""
    return piece.is_bare_url or (len(link_spans(piece.text)) > 0 and is_read_more_label(piece.plain))


def is_bold_headline(piece: PagePiece) -> bool:
    """Whether the piece is a line in bold that may be a headline."""
    return (
        piece.kind is BlockKind.PARAGRAPH
        and piece.is_bold
        and reading_length(piece.plain) > 1
        and not is_read_more_label(piece.plain)
    )


def text_before_colon(plain: str) -> str:
    """Return the text before the first colon."""
    return plain.replace(":", "：").partition("：")[0]


def ends_with_url(piece: PagePiece) -> bool:
    """Whether the piece is a title followed by its address, the only link."""
    spans = link_spans(piece.unnumbered)
    if len(spans) != 1:
        return False
    span = spans[0]
    plain = piece.unnumbered.plain
    return is_url(plain[span.start : span.end]) and span.end == len(plain) and reading_length(plain[: span.start]) > 1
