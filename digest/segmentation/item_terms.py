"""Score a piece as a headline, or as text of an item."""

from __future__ import annotations

from collections.abc import Iterator
from math import log

from digest.parsing.blocks import BlockKind
from digest.segmentation.detectors import HeadlineStyle
from digest.segmentation.leftover_terms import (
    dangling_name,
    left_name,
    leftover,
    return_to_news,
    unlike_sections,
)
from digest.segmentation.pieces import BOLD_LINE_RANK, PagePiece, is_marked_like, marker_sign
from digest.segmentation.shapes import Shape
from digest.segmentation.states import Label, Position, State, Term, is_below_advertisement, names_field
from digest.segmentation.vocabulary import NameKind, is_date_label

_SHORT_LENGTH = 4
"""Reading length of a heading that is short for a headline."""

_MANY_FIRST = 0.6
"""Share of headlines with the number 1 from which numbers say nothing."""

_LIKE_LAST = 0.3
"""Surprise at a headline that is linked, or not, as the one above is."""

_MOSTLY = 0.7

EVEN_PARTS = 4
"""Headlines and paragraphs from which on it tells something that all items have the same number of paragraphs."""

_MAX_BEYOND_LENGTH = 40
"""Reading length up to which a further paragraph rather ends the page than the last item."""

_CLOSED_SHAPES = (Shape.NUMBERED_ENTRY, Shape.BULLET, Shape.QUOTE)
"""Shapes of headlines that may hold their text."""

_TITLE_SHAPES = (Shape.ADDRESS_TITLE, Shape.BOLD_LINE)
"""Shapes of headlines that are seldom whole sentences."""


_FAINT_KINDS = (NameKind.FIGURES, NameKind.OPINION)
"""Regions whose names may be headlines, too: `1. **Market overview**: …`."""

_FAINT = 0.5
"""Share of its cost that such a name has for an entry of a list, and above a text with a source."""

_UNNAMED = 0.3
"""Share of its cost that a headline outside the news has where no name announces another region."""
_SPLIT_OFF = (Label.COMMENTARY, Label.COMMENTARY_NAME, Label.INTRO, Label.PREFACE, Label.TRAILING)
"""Labels that no entry has of which the next one is a headline."""

_KINDS_OF_TEXT = (NameKind.SUMMARY, NameKind.FIGURES, NameKind.CONTENTS, NameKind.COMMENTARY)
"""Regions below whose names plain lists are no items."""


def head_terms(position: Position) -> Iterator[Term]:
    """Yield the terms of a headline: how it looks, what it says, how its number and place follow from those above."""
    style = position.style
    if style is not None:
        yield from _looks(position, style)
        yield from _words(position, style)
        yield from _numbering(position, style)
        yield from _place(position, style)


def _looks(position: Position, style: HeadlineStyle) -> Iterator[Term]:
    """How the headline looks, by itself and beside the others of its style."""
    piece, shares = position.piece, position.style_set.shares[style]
    linked = position.page.is_linked(position.at)
    named = position.at in position.page.named_entries
    marked = named or position.page.is_marked(position.at)
    yield "head_linked" if linked else "head_marked" if marked else "head_weak", 1
    surprise = -log(shares.linked if linked else 1 - shares.linked)
    yield "unlike_others", min(surprise, _LIKE_LAST) if named or linked is position.state.is_linked else surprise
    if piece.number and not is_marked_like(piece, position.style_set.markers[style]):
        yield "marker_differs", 1
    if not piece.number and shares.numbered > 1 / 2:
        yield "number_missing", 1
    if not linked and position.style_set.is_without_text(position.at):
        yield "head_without_text", 1 - shares.without_text
    if not named and not position.style_set.has_source(position.at):
        yield "unlike_sources", -log(1 - shares.sourced) * (1 - shares.linked)
    if position.is_ruled and position.state.heads:
        yield "unlike_ruled", -log(shares.ruled)
    if position.is_outside:
        named = piece.likely_region is not None or position.state.section_kind is not None
        yield "head_outside", position.style_set.outside.surprise * (1 if named else _UNNAMED)
    if style.shape is Shape.LINKED_PARAGRAPH:
        yield "head_is_prose", 1 - position.style_set.parts[style]
    if style.shape in _TITLE_SHAPES and piece.is_sentence:
        yield "head_is_sentence", 1 - shares.sentence if shares.sentence > _MOSTLY else 1
    elif not linked and shares.sentence < 1 - _MOSTLY and piece.is_sentence:
        yield "head_is_sentence", 1
    if piece.kind is BlockKind.PARAGRAPH and piece.block.continues_previous and not piece.number:
        yield "head_in_paragraph", 1 - shares.inside


def _words(position: Position, style: HeadlineStyle) -> Iterator[Term]:
    """Whether the words are those of something else: a section, a region, a field, a contents list."""
    piece, page = position.piece, position.page
    linked = page.is_linked(position.at)
    bare = not linked and position.style_set.is_without_text(position.at)
    if not linked and piece.rank and piece.reading_length <= _SHORT_LENGTH:
        yield "head_short", 1
    if (piece.rank or bare or style.level) and piece.is_section_name:
        yield "head_is_section_name", _surprise_at_topic(position, style)
    if _is_part(position):
        yield "head_is_field", 1
    if piece.is_bare_url and not piece.is_multiline:
        yield "head_is_address", 1
    if piece.is_channel:
        yield "head_is_channel", 1
    if position.at in page.closing or position.at in page.requests:
        yield "head_is_closing", 1
    if not linked and position.state.section_kind in _KINDS_OF_TEXT:
        yield "head_in_summary", 1
    yield from _names_region(position, style)
    if piece.plain in page.recurring:
        yield "head_is_region_name", 1
    if position.at in page.titles:
        yield "head_is_title", 1
    if position.at in page.contents:
        yield "contents_list", 1


def _names_region(position: Position, style: HeadlineStyle) -> Iterator[Term]:
    """Score words that name a region or a destination."""
    piece, page = position.piece, position.page
    names_region = piece.region is not None and not piece.is_link
    names_region = names_region and not (page.is_linked(position.at) and not piece.rank)
    names_region = names_region and (piece.rank > 0 or not position.recurs)
    if names_region or page.names_destination(position.at) or piece.is_navigation:
        is_faint = piece.region in _FAINT_KINDS and (not piece.rank or has_expected_source(position, style))
        if not (is_faint and piece.is_section_name):  # which costs enough
            yield "head_is_region_name", _FAINT if is_faint else 1


def has_expected_source(position: Position, style: HeadlineStyle | None) -> bool:
    """Whether the text below has a link, as that of most other headlines of the style has."""
    return (
        style is not None
        and position.style_set.shares[style].sourced > _MOSTLY
        and position.style_set.has_source(position.at)
    )


def _names_group(position: Position) -> bool:
    """Whether the piece is a heading without a link right above a deeper one that is no part of each item."""
    piece, page, below = position.piece, position.page, position.at + 1
    if not piece.rank or below == len(page.pieces) or page.is_linked(position.at):
        return False
    heading = page.pieces[below]
    return piece.rank < heading.rank < BOLD_LINE_RANK and not heading.is_field and heading.plain not in page.recurring


def _is_part(position: Position) -> bool:
    """Whether the piece is a part of an item, or of a table: a field, a figure, a task, a date, the title once more."""
    piece = position.piece
    is_named = piece.is_field or piece.is_labelled or position.at in position.page.repeated_titles
    is_named = is_named or (piece.rank > 0 and not piece.has_link and is_date_label(piece.plain))
    return is_named or piece.is_empty_notice or piece.is_figure or piece.is_task


def _surprise_at_topic(position: Position, style: HeadlineStyle) -> float:
    """How surprising a topic is for a headline: little where all headlines are topics and no text has a source."""
    topics, sourced = position.style_set.topics[style], position.style_set.shares[style].sourced
    return 1 - topics if topics > _MOSTLY and sourced < 1 - _MOSTLY else 1


def _numbering(position: Position, style: HeadlineStyle) -> Iterator[Term]:
    """How the number follows that of the headline before."""
    number, last = position.number, position.state.number
    if not number or number == last + 1:
        return
    begins = position.state.heads == 0 or position.state.label in (Label.SECTION, Label.PREFACE, Label.NOTICE)
    if (begins and number == 1) or position.style_set.shares[style].first > _MANY_FIRST:
        return
    if number == 1:
        yield "number_restart", 1
    elif begins or number >= last:
        yield "number_gap", 1
    else:
        yield "number_odd", 1


def _place(position: Position, style: HeadlineStyle) -> Iterator[Term]:
    """How the headline stands to what is before it, and right below."""
    state, piece = position.state, position.piece
    below_section = state.label in (Label.SECTION, Label.PREFACE)
    if below_section and style.level == state.section_rank:
        yield "section_of_headline_level", 1
    elif below_section and 0 < style.level < state.section_rank < BOLD_LINE_RANK:
        yield "section_below_headlines", 1
    if state.label is Label.PREFACE and position.is_ruled:
        yield "rule_below_preface", 1
    continues = position.number == state.number + 1 > 1
    if state.style not in (None, style) and not below_section and not continues:
        yield "style_change", 1
    if _names_group(position):
        yield "head_is_group", 1
    if position.at in position.page.advertisements or position.piece.names_sponsor:
        yield "head_is_advertisement", 1
    yield from return_to_news(position)
    yield from dangling_name(position)
    splits = piece.block.continues_previous and piece.kind is BlockKind.ENTRY and not position.is_ruled
    if splits and state.label in _SPLIT_OFF and not is_below_advertisement(state):
        yield "splits_block", 1


def body_terms(position: Position) -> Iterator[Term]:
    """Yield the terms of an item's text."""
    piece = position.piece
    yield from leftover(position)
    yield from left_name(position)
    yield from unlike_sections(position)
    if piece.rank:
        yield _heading_in_body(position), 1.5 if piece.is_section_name or position.number else 1
    if position.is_ruled:
        yield "rule", 1
    if piece.is_empty_notice:
        yield "notice", 1
    if position.at in position.page.closing or position.at in position.page.footers:
        yield "closing_in_text", 1
    if position.page.names_destination(position.at):
        yield "left_name", 0.5
    if is_unlike_bodies(position):
        yield "unlike_bodies", 1
    if position.style_set.is_below_source(position.at) and position.style is None:
        yield "text_below_source", position.style_set.surprise_below_source
    if is_beyond_usual(position):
        yield "body_beyond", 1
    if position.state.label is Label.HEAD:
        yield from _below_headline(position)


def _below_headline(position: Position) -> Iterator[Term]:
    """Score a piece as text although the headline right above is of the same list, or has a link."""
    piece = position.piece
    if piece.block.continues_previous and not piece.is_labelled and _is_sibling(piece, position.above):
        yield "left_sibling", 1
    if position.page.shapes[position.at] is Shape.BULLET and is_below_number(position):
        yield "left_style", 1
    if piece.is_only_link and not piece.is_bare_url and position.page.is_linked(position.at - 1):
        yield "second_source", 1


def _is_sibling(piece: PagePiece, above: PagePiece) -> bool:
    """Whether the piece is an entry, or a line with the sign of the one above."""
    signed = piece.marker is not None and above.marker is not None and not piece.number
    return piece.kind is BlockKind.ENTRY or (signed and marker_sign(piece) == marker_sign(above))


def is_unlike_bodies(position: Position) -> bool:
    """Whether a paragraph stands below items of which none had text apart from its entry, quote or paragraph.

    Below items whose text stands apart, a paragraph belongs to the last one: words are not left out without a sign.
    """
    state = position.state
    if position.is_ruled or position.piece.kind is not BlockKind.PARAGRAPH or state.heads < 2:
        return False
    if state.style is None or state.body_count > 0:
        return False
    return state.style.shape in _CLOSED_SHAPES or (state.style.shape is Shape.BOLD_LEAD and state.heads > 2)


def is_beyond_usual(position: Position) -> bool:
    """Whether a short paragraph follows the last of several items that all have the same number of paragraphs."""
    state, piece = position.state, position.piece
    is_line = piece.kind is BlockKind.PARAGRAPH and not piece.rank and not piece.block.continues_previous
    is_part = bool(piece.number) or piece.is_only_link or piece.is_labelled
    is_short = piece.reading_length <= _MAX_BEYOND_LENGTH and not is_part
    even = even_parts(state) >= EVEN_PARTS and state.usual_paragraphs == state.paragraphs
    return is_line and is_short and even and state.label in (Label.HEAD, Label.BODY)


def even_parts(state: State) -> int:
    """Count the headlines and paragraphs of items that all have the same number of paragraphs."""
    return state.heads * (state.usual_paragraphs + 1)


def is_below_number(position: Position) -> bool:
    """Whether the headline above is an entry of a numbered list."""
    return position.state.style is not None and position.state.style.shape is Shape.NUMBERED_ENTRY


def _heading_in_body(position: Position) -> str:
    """Return the weight of a heading in an item, by its level beside that of the headlines."""
    piece = position.piece
    level = position.state.style.level if position.state.style else 0
    if names_field(position) or piece.plain in position.page.recurring:
        return "part_heading"
    if piece.rank == BOLD_LINE_RANK:
        return "bold_line_like_section" if position.state.section_rank == BOLD_LINE_RANK else "bold_line"
    if not level:
        return "heading"
    if piece.rank == level:
        return "sibling_heading"
    return "deeper_heading" if piece.rank > level else "higher_heading"
