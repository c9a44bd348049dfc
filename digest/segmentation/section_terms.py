"""What it costs that a piece names a section, or stands below its name and above its first headline."""

from __future__ import annotations

from collections.abc import Iterator

from digest.segmentation.leftover_terms import dangling_name, leftover, return_to_news
from digest.segmentation.page import MAX_SECTION_NAME_LENGTH, Shape
from digest.segmentation.pieces import BOLD_LINE_RANK
from digest.segmentation.states import Label, Place, Term
from digest.segmentation.text_metrics import reading_length
from digest.segmentation.vocabulary import NameKind

_DOUBTS = {NameKind.COMMENTARY: 2.0, NameKind.OPINION: 0.5, NameKind.TRAILING: 1.5}
"""How much less likely than summaries these are sections."""

_MAX_EXCESS = 8


def section_terms(place: Place) -> Iterator[Term]:
    """Yield the terms of a section's name."""
    state = place.state
    yield "section", 1
    yield from _looks(place)
    yield from _words(place)
    if state.label in (Label.SECTION, Label.PREFACE):
        nested = state.label is Label.SECTION and place.piece.rank > state.section_rank
        yield "section_nested" if nested else "section_empty", 1
    yield from return_to_news(place)
    yield from dangling_name(place)
    if state.heads and not state.section_rank:
        yield "section_begins_late", 1
    if state.section_rank and state.heads - state.heads_above == 1:
        yield "section_of_one", 1


def _looks(place: Place) -> Iterator[Term]:
    piece = place.piece
    if piece.is_link:
        yield "section_linked", 0.4 if piece.is_section_name else 1
    if piece.number and place.page.shapes[place.at] is not Shape.ORDINAL_LINE:
        yield "section_numbered", 1
    if piece.rank == BOLD_LINE_RANK:
        yield "section_bold_line", 1
    if piece.block.continues_previous and not piece.plain.startswith("【"):
        yield "splits_block", 1


def _words(place: Place) -> Iterator[Term]:
    piece = place.piece
    if piece.plain in place.page.recurring:
        yield "section_repeated", 1
    if piece.is_field:
        yield "section_repeated", 1
    if place.at in place.page.titles:
        yield "section_is_region_name", 1
    if not piece.is_section_name:
        yield "section_words_unknown", 1
        yield "section_long", min(_MAX_EXCESS, max(0, reading_length(piece.plain) - MAX_SECTION_NAME_LENGTH))
    if piece.region is not None:
        amount = _DOUBTS.get(piece.region, 1)
        both = piece.is_section_name and piece.region is not NameKind.OPINION
        yield "section_is_region_name", amount / 3 if both else amount


def preface_terms(place: Place) -> Iterator[Term]:
    """Yield the terms of text between a section's name and its first headline."""
    piece, state = place.piece, place.state
    yield from leftover(place)
    if state.label is Label.SECTION:
        yield "section_has_preface", 1.5 if state.section_rank == BOLD_LINE_RANK else 1
    if piece.rank:
        yield "bold_line" if piece.rank == BOLD_LINE_RANK else "heading", 1
    if place.is_ruled:
        yield "rule", 1
    if piece.is_empty_notice:
        yield "notice", 1


def fits_notice(place: Place) -> bool:
    """Whether the piece says that there is nothing: `暂无更新。`."""
    return not place.is_ruled and place.piece.is_empty_notice


def notice_terms(_place: Place) -> Iterator[Term]:
    """Yield the terms of such a notice."""
    yield "known_name", 0.5
