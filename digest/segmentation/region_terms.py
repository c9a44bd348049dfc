"""Score a piece as introduction, contents list or trailing matter."""

from __future__ import annotations

from collections.abc import Iterator

from digest.segmentation.commentary_terms import is_data_below
from digest.segmentation.detectors import is_list_shape
from digest.segmentation.item_terms import (
    EVEN_PARTS,
    even_parts,
    is_below_number,
    is_beyond_usual,
    is_unlike_bodies,
)
from digest.segmentation.leftover_terms import EXPECTED, left_count, left_name, leftover
from digest.segmentation.pieces import BOLD_LINE_RANK
from digest.segmentation.section_classifier import SectionKind
from digest.segmentation.shapes import Shape
from digest.segmentation.states import NAMED_TRAILING, Label, Position, Term, is_below_advertisement
from digest.segmentation.vocabulary import NameKind
from digest.segmentation.word_terms import sounds_like

_MAX_GENERAL_LENGTH = 4
"""Reading length of a heading above which it is rather a headline than the name of an introduction."""


def intro_terms(position: Position) -> Iterator[Term]:
    """Yield the terms of the introduction; lists in a summary are expected."""
    piece = position.piece
    if position.is_ruled and position.state.label is Label.INTRO:
        yield "intro_rule", 1
    if position.at in position.page.contents:
        yield "contents_list", 0.5
    if not piece.rank:
        yield "intro_text", 1
    elif (
        piece.names_introduction
        or piece.names_sponsor
        or piece.region is NameKind.COMMENTARY
        or position.at in position.page.titles
    ):
        yield "known_name", 1
    else:
        is_title = piece.reading_length > _MAX_GENERAL_LENGTH and not piece.is_section_name
        amount = EXPECTED if position.is_outside else 1.4 if is_title else 1
        yield "bold_line" if piece.rank == BOLD_LINE_RANK else "intro_heading", amount
    if not summary_rank(position):
        yield from left_count(position)
    greets = piece.inline_end > 0 and piece.region in (NameKind.SUMMARY, NameKind.FIGURES)
    if position.at not in position.page.titles and not greets:
        expected = position.is_outside or (summary_rank(position) and not position.page.is_linked(position.at))
        yield from leftover(position, EXPECTED if expected else 1.0)


def summary_rank(position: Position) -> int:
    """Return the rank of the summary's name that the piece is, or stands below; 0 without one."""
    piece = position.piece
    return position.state.section_rank if not piece.rank else piece.rank * piece.names_introduction


def fits_contents(position: Position) -> bool:
    """Whether the piece is of a contents list: it repeats headlines, or stands below such a name."""
    named = position.piece.region is NameKind.CONTENTS and position.piece.rank > 0
    goes_on = position.above.rank > 0 or position.piece.block.continues_previous
    in_list = is_list_shape(position.page, position.at) and not position.is_ruled
    below = position.state.label is Label.CONTENTS and in_list and goes_on
    return position.at in position.page.contents or named or below


def contents_terms(position: Position) -> Iterator[Term]:
    """Yield the terms of a contents list."""
    if position.at in position.page.contents or position.piece.rank:
        yield "known_name", 1
    else:
        yield "left_linked" if position.page.is_linked(position.at) else "left_list_goes_on", 1
    if position.state.label not in (None, Label.INTRO, Label.CONTENTS):
        yield "contents_below_news", 1


def trailing_terms(position: Position) -> Iterator[Term]:
    """Yield the terms of trailing matter; lists below such a name are expected."""
    piece = position.piece
    named = is_named_trailing(position)
    below_advertisement = is_below_advertisement(position.state) and not is_in_advertisement(position)
    begins = position.state.label is not Label.TRAILING or below_advertisement
    if begins:
        yield from _begins_trailing(position)
    elif 0 < piece.rank < BOLD_LINE_RANK and not named and not position.is_ruled:
        yield "trailing_heading", 0.5
    yield "trailing_text", 1 if begins or piece.rank else 0.1
    if position.at in position.page.advertisements:
        return
    yield from leftover(position, EXPECTED if named or position.at in position.page.closing else 1.0)
    yield from left_name(position)
    if position.style is not None and position.style.level:
        marked = piece.is_link or piece.number
        yield ("sibling_heading", 1) if marked else ("left_style", EXPECTED if position.is_outside else 1)
    if piece.rank and not named and piece.is_section_name:
        yield "left_name", 0.5


def is_named_trailing(position: Position) -> bool:
    """Whether the piece announces trailing matter, by its name or its words, or stands below such a name."""
    return (
        (_is_trailing_name(position) and not _may_be_section(position))
        or (position.piece.rank > 0 and sounds_like(position, SectionKind.TRAILING))
        or position.page.names_destination(position.at)
        or (not position.piece.rank and position.state.name_rank == NAMED_TRAILING)
        or is_in_advertisement(position)
    )


def is_in_advertisement(position: Position) -> bool:
    """Whether the piece is labelled as an advertisement, or is the text of one."""
    is_text = not position.piece.rank and position.style is None and is_below_advertisement(position.state)
    return is_text or position.at in position.page.advertisements


def _is_trailing_name(position: Position) -> bool:
    """Whether the words are those of trailing matter, and of no part of an item: `相关链接：` amid the page."""
    piece = position.piece
    names_part = piece.is_field and piece.rank in (0, BOLD_LINE_RANK) and not position.is_ruled
    closes = piece.region is NameKind.TRAILING or (piece.likely_region is NameKind.FIGURES and position.is_outside)
    return closes and not names_part and not position.recurs


def _may_be_section(position: Position) -> bool:
    """Whether the piece's words name a section as well, and no rule above sets it apart: `Resources`."""
    return position.piece.is_section_name and not position.is_ruled


def _begins_trailing(position: Position) -> Iterator[Term]:
    """Score the beginning of trailing matter here."""
    piece, label = position.piece, position.state.label
    if position.at in position.page.advertisements:
        yield "known_name", 1
        return
    cue = _trailing_cue(position)
    yield cue, EVEN_PARTS / even_parts(position.state) if cue == "trailing_beyond" else 1
    empty_name = label is Label.COMMENTARY_NAME and position.above.rank > 0
    if empty_name or label in (Label.SECTION, Label.PREFACE):
        yield "section_empty", 1
    if piece.block.continues_previous and not position.is_ruled and not position.page.names_destination(position.at):
        yield "splits_block", 1


def _trailing_cue(position: Position) -> str:
    piece = position.piece
    named = _is_trailing_name(position) and (piece.rank or position.is_ruled)
    if named or piece.is_navigation or position.page.names_destination(position.at):
        return "known_name"
    if position.at in position.page.closing:
        return "closing_words" if position.is_ruled else "unruled_closing_words"
    if position.is_ruled:
        return "trailing_after_rule"
    in_commentary = position.state.label is Label.COMMENTARY and position.state.is_name_known
    if position.is_outside and piece.rank and not in_commentary and is_data_below(position):
        return "trailing_after_rule"
    if piece.rank and sounds_like(position, SectionKind.TRAILING):
        return "trailing_by_words"
    if 0 < piece.rank < BOLD_LINE_RANK:
        return "trailing_heading"
    if _is_footer(position):
        return "known_name"
    if is_beyond_usual(position):
        return "trailing_beyond"
    below_list = position.state.label in (Label.HEAD, Label.BODY) and is_unlike_bodies(position)
    return "trailing_after_rule" if below_list else "trailing_uncued"


def _is_footer(position: Position) -> bool:
    """Whether the piece begins the page's first bullets, right below a numbered headline."""
    shapes = position.page.shapes
    below = position.state.label is Label.HEAD and is_below_number(position)
    return shapes[position.at] is Shape.BULLET and below and shapes.index(Shape.BULLET) == position.at
