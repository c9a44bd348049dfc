"""Score a piece as a section's name, or as text below that and above the first headline."""

from __future__ import annotations

from collections.abc import Iterator

from digest.segmentation.detectors import is_list_shape
from digest.segmentation.leftover_terms import (
    dangling_name,
    left_count,
    leftover,
    like_others,
    return_to_news,
    unlike_sections,
)
from digest.segmentation.page_features import MAX_SECTION_NAME_LENGTH
from digest.segmentation.pieces import BOLD_LINE_RANK
from digest.segmentation.shapes import Shape
from digest.segmentation.states import Label, Position, State, Term, names_field
from digest.segmentation.vocabulary import NameKind

_NAMES = {
    NameKind.COMMENTARY: "section_is_commentary_name",
    NameKind.OPINION: "section_is_opinion_name",
    NameKind.TRAILING: "section_is_trailing_name",
}
"""The weights of sections with the name of a region; those of all other regions have one in common."""

_MAX_EXCESS = 8

_ALIKE = 0.4
"""How surprising the words of a section's name are, beside others, if it is written as the last section's."""

_EXPECTED = 0.5
"""How surprising it is that sections begin late below a top story, or where known words stand above a list."""

_LINKLESS = 0.8
"""How much less surprising a section without headlines and links is above the news, where all headlines have links."""

_LIST_SHAPES = (Shape.BULLET, Shape.NUMBERED_ENTRY, Shape.NUMBERED_LINE, Shape.SIGNED_LINE)


def fits_section(position: Position) -> bool:
    """Whether the piece may name a section: a heading, or a short line that is no headline under the style set."""
    return position.piece.rank > 0 or (position.piece.may_name_section and position.style is None)


def is_lead_story(state: State) -> bool:
    """Whether the only headline so far is a heading, with text below it: a top story above the sections."""
    return state.heads == 1 and state.style is not None and state.style.level > 0 and state.body_count > 0


def section_terms(position: Position) -> Iterator[Term]:
    """Yield the terms of a section's name."""
    state = position.state
    yield "section", 1
    yield from _looks(position)
    yield from _words(position)
    if state.label in (Label.SECTION, Label.PREFACE):
        is_heading = position.piece.rank < BOLD_LINE_RANK
        nested = (state.label is Label.SECTION or is_heading) and position.piece.rank > state.section_rank
        if nested:
            yield "section_nested", 1
        else:
            yield "section_empty", emptiness(position)
    if position.style is not None and position.style == state.style and not is_lead_story(state):
        yield "section_like_heads", _EXPECTED if _names_list(position) else 1
    yield from like_others(position)
    yield from return_to_news(position, begins_section=True)
    yield from dangling_name(position)
    if state.heads and not state.section_rank:
        yield "section_begins_late", _EXPECTED if is_lead_story(state) or _names_list(position) else 1
    if state.section_rank and state.heads - state.heads_above == 1:
        in_list = state.style is not None and state.style.shape in _LIST_SHAPES
        yield "section_of_one_entry" if in_list else "section_of_one", 1


def _looks(position: Position) -> Iterator[Term]:
    piece = position.piece
    if piece.has_link:
        yield "section_linked", 0.4 if piece.is_section_name else 1 if piece.is_link else 0.6
    if piece.number and position.page.shapes[position.at] is not Shape.ORDINAL_LINE:
        yield "section_numbered", 1
    if piece.rank == BOLD_LINE_RANK:
        yield "section_bold_line", 1
    if not piece.rank:
        yield "section_plain_line", 1
    if piece.block.continues_previous and not piece.plain.startswith("【"):
        yield "splits_block", 1


def _words(position: Position) -> Iterator[Term]:
    piece = position.piece
    if piece.plain in position.page.recurring:
        yield "section_repeated", 1
    if names_field(position):
        yield "section_repeated", 1
    if position.at in position.page.titles:
        yield "section_is_region_name", 1
    if not piece.is_section_name:
        amount = _ALIKE if piece.name_form and piece.name_form == position.state.section_form else 1.0
        yield "section_words_unknown", amount
        yield "section_long", amount * min(_MAX_EXCESS, max(0, piece.reading_length - MAX_SECTION_NAME_LENGTH))
    if piece.names_sponsor:
        yield "section_is_trailing_name", 1
    if piece.region is not None:
        both = piece.is_section_name and piece.region is not NameKind.OPINION
        if position.at in position.page.closing_names:
            yield "section_closes_page", 1
        amid_news = piece.region is NameKind.FIGURES and position.state.heads > 0
        faint = both or amid_news or _is_above_links(position)
        yield _NAMES.get(piece.region, "section_is_region_name"), 1 / 3 if faint else 1


def _names_list(position: Position) -> bool:
    """Whether the words are those of sections, and a list is below: `In brief`, after the top stories."""
    below = position.at + 1
    return position.piece.is_section_name and below < len(position.page.pieces) and is_list_shape(position.page, below)


def _is_above_links(position: Position) -> bool:
    """Whether a name in brackets or bold letters stands right above a headline with a link: no text of the editor."""
    below = position.at + 1
    linked = below in position.style_set.style_at and position.page.is_linked(below)
    return linked and position.piece.rank == BOLD_LINE_RANK


def emptiness(position: Position) -> float:
    """Return how surprising it is that the section above has no headline.

    Figures and summaries stand so above the news: text without links, where the headlines have some.
    """
    page, state = position.page, position.state
    has_links = page.links_before[position.at] > page.links_before[max(0, state.section_at)]
    return 1 if has_links or state.heads or state.label is Label.SECTION else 1 - _LINKLESS * position.style_set.linked


def preface_terms(position: Position) -> Iterator[Term]:
    """Yield the terms of text between a section's name and its first headline."""
    piece, state = position.piece, position.state
    yield from leftover(position)
    yield from left_count(position)
    yield from unlike_sections(position)
    if state.label is Label.SECTION:
        yield "section_has_preface", 1.5 if state.section_rank == BOLD_LINE_RANK else 1
    if piece.rank:
        yield _heading_in_text(piece.rank, state.section_rank), 1
    if position.is_ruled:
        yield "rule", 1
    if piece.is_empty_notice:
        yield "notice", 1


def _heading_in_text(rank: int, section_rank: int) -> str:
    """Return the weight of a heading below a section's name that names nothing."""
    if rank == BOLD_LINE_RANK:
        return "bold_line"
    return "sibling_heading" if rank <= section_rank else "heading"


def fits_notice(position: Position) -> bool:
    """Whether the piece says that there is nothing: `暂无更新。`."""
    return not position.is_ruled and position.piece.is_empty_notice


def notice_terms(_place: Position) -> Iterator[Term]:
    """Yield the terms of such a notice."""
    yield "known_name", 0.5
