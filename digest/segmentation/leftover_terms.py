"""What it costs that a piece is no headline although it looks like one, or that a name names nothing."""

from __future__ import annotations

from collections.abc import Iterator

from digest.segmentation.detectors import is_list_shape
from digest.segmentation.page import Shape
from digest.segmentation.proposals import marker_kind
from digest.segmentation.states import Label, Place, Term
from digest.segmentation.vocabulary import NameKind

_BEGIN_NO_LIST = (Label.HEAD, Label.SECTION, Label.CONTENTS, Label.COMMENTARY_NAME, None)
_NUMBERED = (Shape.NUMBERED_ENTRY, Shape.NUMBERED_LINE)


def leftover(place: Place, amount: float = 1.0) -> Iterator[Term]:
    """Yield what it costs that a piece that looks like a headline is none; a list costs once."""
    name = place.page.leftovers[place.at]
    goes_on = _goes_on(place)
    if goes_on:
        yield "left_list_goes_on", 1
    elif name:
        yield name, amount * _surprise(place)
    if _takes_next_number(place) and (not goes_on or _stands_apart(place)):
        yield "left_number_taken", 1
    if place.style is not None and not place.style.level:
        yield "left_style", 0.4 if goes_on else 0.5 if place.number == 1 else 1


def left_name(place: Place) -> Iterator[Term]:
    """Yield what it costs that the name of a commentary names none."""
    piece = place.piece
    if piece.region is None or piece.is_link or place.recurs:
        return
    if piece.region is NameKind.COMMENTARY and not piece.block.continues_previous:
        yield "left_name", 1
    elif piece.region is NameKind.OPINION and (piece.rank or place.is_ruled):
        yield "left_name", 0.8


def dangling_name(place: Place) -> Iterator[Term]:
    """Yield what it costs that the piece above is a name with nothing below it."""
    in_text = place.state.label in (Label.INTRO, Label.BODY) and not place.is_ruled
    if in_text and place.above.rank and place.at - 1 not in place.page.titles:
        yield "dangling_name", 1


def return_to_news(place: Place) -> Iterator[Term]:
    """Yield what it costs that news come again after the commentary or trailing matter."""
    if place.state.label in (Label.COMMENTARY, Label.COMMENTARY_NAME):
        yield "news_after_commentary", 2 if place.is_ruled else 1
        if place.state.label is Label.COMMENTARY_NAME and place.above.rank:
            yield "section_empty", 1
    elif place.state.label is Label.TRAILING:
        yield "news_after_trailing", 1


def _takes_next_number(place: Place) -> bool:
    """Whether the piece has the number that the next headline should have, written alike."""
    state = place.state
    if not (place.number == state.number + 1 > 1) or state.style is None:
        return False
    alike = state.style.shape in _NUMBERED and place.page.shapes[place.at] in _NUMBERED
    return alike and marker_kind(place.piece) == place.proposal.markers[state.style]


def _stands_apart(place: Place) -> bool:
    """Whether an empty line separates the piece from the one above."""
    return place.piece.block.line - place.above.block.line > 1


def _surprise(place: Place) -> float:
    """How surprising a list is here: least below text, most right below a heading, which may name a section."""
    if _is_below_text(place):
        return 0.5
    style = place.state.style
    below_heading = place.state.label is Label.HEAD and style is not None and style.level > 0
    return 1.5 if below_heading and is_list_shape(place.page, place.at) else 1


def _is_below_text(place: Place) -> bool:
    """Whether text of the same item stands right above, as it does above a list in a text or a source."""
    if place.state.label is Label.HEAD and place.page.shapes[place.at] is Shape.LINKED_LINE:
        return not place.page.is_linked(place.at - 1)
    in_text = place.state.label in (Label.BODY, Label.PREFACE, Label.COMMENTARY)
    return in_text and not place.page.leftovers[place.at - 1] and not place.above.rank and not place.is_ruled


def _goes_on(place: Place) -> bool:
    """Whether the piece continues a list of which the piece before is no headline either."""
    if place.state.label in _BEGIN_NO_LIST or place.is_ruled or place.piece.rank:
        return False
    if place.number:
        return place.number == place.state.inner_number + 1 > 1
    shapes = place.page.shapes
    return shapes[place.at] is shapes[place.at - 1] and is_list_shape(place.page, place.at)
