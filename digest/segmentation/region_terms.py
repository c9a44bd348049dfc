"""What it costs that a piece belongs to a region without items: introduction, contents, commentary, trailing matter."""

from __future__ import annotations

from collections.abc import Iterator

from digest.segmentation.detectors import is_list_shape
from digest.segmentation.item_terms import is_below_number, is_unlike_bodies
from digest.segmentation.leftover_terms import left_name, leftover
from digest.segmentation.page import Shape
from digest.segmentation.pieces import BOLD_LINE_RANK
from digest.segmentation.states import Label, Place, Term
from digest.segmentation.vocabulary import NameKind

NAMED_TRAILING = 9
"""Stands in place of a rank if the name above announces trailing matter."""

_MAX_CLOSING_PIECES = 3
"""Most lines below a name that announces nothing known, if it is that of the commentary."""

_COMMENTARIES = (NameKind.COMMENTARY, NameKind.OPINION)


def intro_terms(place: Place) -> Iterator[Term]:
    """Yield the terms of the introduction; lists in a summary are expected."""
    piece = place.piece
    if place.is_ruled and place.state.label is Label.INTRO:
        yield "intro_rule", 1
    if place.at in place.page.contents:
        yield "contents_list", 0.5
    if not piece.rank:
        yield "intro_text", 1
    elif piece.region in (NameKind.SUMMARY, NameKind.COMMENTARY) or place.at in place.page.titles:
        yield "known_name", 1
    else:
        yield "bold_line" if piece.rank == BOLD_LINE_RANK else "intro_heading", 1
    yield from leftover(place, 0.4 if summary_rank(place) and not place.page.is_linked(place.at) else 1.0)


def summary_rank(place: Place) -> int:
    """Return the rank of the summary's name that the piece is, or stands below; 0 without one."""
    piece = place.piece
    return place.state.section_rank if not piece.rank else piece.rank * (piece.region is NameKind.SUMMARY)


def fits_contents(place: Place) -> bool:
    """Whether the piece is of a contents list: it repeats headlines, or stands below such a name."""
    named = place.piece.region is NameKind.CONTENTS and place.piece.rank > 0
    below = place.state.label is Label.CONTENTS and is_list_shape(place.page, place.at) and not place.is_ruled
    return place.at in place.page.contents or named or below


def contents_terms(place: Place) -> Iterator[Term]:
    """Yield the terms of a contents list."""
    if place.at in place.page.contents or place.piece.rank:
        yield "known_name", 1
    else:
        yield "left_linked" if place.page.is_linked(place.at) else "left_list_goes_on", 1
    if place.state.label not in (None, Label.INTRO, Label.CONTENTS):
        yield "early_commentary", 1


def fits_commentary_name(place: Place) -> bool:
    """Whether the words announce a commentary, or stand where its name does."""
    return place.piece.region in _COMMENTARIES or _may_be_its_name(place)


def _may_be_its_name(place: Place) -> bool:
    """Whether an unknown name stands after the items, below a rule and above a few lines without links."""
    piece, page = place.piece, place.page
    if not place.is_ruled or not place.state.heads or place.state.name_rank or piece.region is not None:
        return False
    named = piece.rank > 0 and not piece.is_link and not piece.is_section_name
    leads = piece.inline_end > 0 and piece.has_bold_lead and not piece.rank
    if not (named or leads) or place.style is not None or piece.has_link:
        return False
    ends = (at for at in range(place.at + 1, len(page.pieces)) if at in page.ruled or page.pieces[at].rank)
    below = page.pieces[place.at + 1 : next(ends, len(page.pieces))]
    return len(below) <= _MAX_CLOSING_PIECES and (leads or len(below) > 0) and not any(one.has_link for one in below)


def commentary_name_terms(place: Place) -> Iterator[Term]:
    """Yield the terms of the commentary's name."""
    piece, label = place.piece, place.state.label
    if piece.region is None:
        yield "unknown_name", 1
    else:
        yield ("known_name", 0.5) if piece.region is NameKind.COMMENTARY else ("opinion_name", 1)
    if piece.is_link:
        yield "section_linked", 1
    if place.recurs:
        yield "higher_heading", 1
    if piece.block.continues_previous:
        yield "splits_block", 0.5
    if place.state.heads == 0:
        yield "early_commentary", 1
    if label in (Label.SECTION, Label.PREFACE):
        yield "section_empty", 1
    elif label in (Label.COMMENTARY, Label.COMMENTARY_NAME, Label.TRAILING):
        yield "early_commentary", 0.5


def commentary_terms(place: Place) -> Iterator[Term]:
    """Yield the terms of the commentary's text."""
    piece = place.piece
    yield from leftover(place, 0.7)
    if piece.rank:
        yield "deeper_heading" if piece.rank > place.state.name_rank else "sibling_heading", 1
    if place.is_ruled:
        below_name = place.state.label is Label.COMMENTARY_NAME and place.above.rank
        yield "commentary_rule", 0.2 if below_name else 1
    if piece.region is NameKind.TRAILING and piece.rank:
        yield "higher_heading", 1


def trailing_terms(place: Place) -> Iterator[Term]:
    """Yield the terms of trailing matter; lists below such a name are expected."""
    piece = place.piece
    named = is_named_trailing(place)
    begins = place.state.label is not Label.TRAILING or piece.rank > 0
    yield "trailing_text", 1 if begins else 0.1
    yield from leftover(place, 0.4 if named else 1.0)
    yield from left_name(place)
    if place.style is not None and place.style.level:
        yield "left_style", 1
    if piece.rank and not named and piece.is_section_name:
        yield "left_name", 0.5
    if place.state.label is not Label.TRAILING:
        yield from _begins_trailing(place)


def is_named_trailing(place: Place) -> bool:
    """Whether the piece announces trailing matter, or stands below such a name."""
    names = place.piece.region is NameKind.TRAILING and not place.recurs
    return (
        names
        or place.page.names_destination(place.at)
        or (not place.piece.rank and place.state.name_rank == NAMED_TRAILING)
    )


def _begins_trailing(place: Place) -> Iterator[Term]:
    """What it costs that trailing matter begins here."""
    piece, label = place.piece, place.state.label
    yield _trailing_cue(place), 1
    empty_name = label is Label.COMMENTARY_NAME and place.above.rank > 0
    if empty_name or label in (Label.SECTION, Label.PREFACE):
        yield "section_empty", 1
    if piece.block.continues_previous and not place.is_ruled and not place.page.names_destination(place.at):
        yield "splits_block", 1


def _trailing_cue(place: Place) -> str:
    piece = place.piece
    named = piece.region is NameKind.TRAILING and (piece.rank or place.is_ruled) and not place.recurs
    if named or piece.is_navigation or place.page.names_destination(place.at):
        return "known_name"
    if place.is_ruled:
        return "trailing_after_rule"
    if 0 < piece.rank < BOLD_LINE_RANK:
        return "trailing_heading"
    if _is_footer(place):
        return "known_name"
    below_list = place.state.label is Label.HEAD and is_unlike_bodies(place)
    return "trailing_after_rule" if below_list else "trailing_uncued"


def _is_footer(place: Place) -> bool:
    """Whether the piece begins the page's first bullets, right below a numbered headline."""
    shapes = place.page.shapes
    below = place.state.label is Label.HEAD and is_below_number(place)
    return shapes[place.at] is Shape.BULLET and below and shapes.index(Shape.BULLET) == place.at
