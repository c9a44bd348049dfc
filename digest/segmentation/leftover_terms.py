"""Score a piece as no headline although it looks like one, and a name as naming nothing."""

from __future__ import annotations

from collections.abc import Iterator

from digest.segmentation.detectors import HeadlineStyle, is_list_shape
from digest.segmentation.pieces import is_marked_like
from digest.segmentation.section_classifier import SectionKind
from digest.segmentation.shapes import Shape
from digest.segmentation.states import NAMED_TRAILING, Label, Position, Term, is_below_advertisement
from digest.segmentation.vocabulary import NameKind
from digest.segmentation.word_terms import sounds_like

_BEGIN_NO_LIST = (Label.HEAD, Label.SECTION, Label.CONTENTS, Label.COMMENTARY_NAME, None)
EXPECTED = 0.4
"""Share of its cost that a heading or a list has where it is expected: outside the news, below a region's name."""

_ASIDE = 0.3
"""How surprising a section is below an advertisement, beside news below other trailing matter."""

_BY_WORDS = 0.5
"""How surprising it is that a name is none of a commentary, if only its words and those below speak for one."""

_MIN_COUNT = 4
"""Number from which on a list hardly is a remark above the news."""

_NUMBERED = (Shape.NUMBERED_ENTRY, Shape.NUMBERED_LINE)


def leftover(position: Position, amount: float = 1.0) -> Iterator[Term]:
    """Yield what it costs that a piece that looks like a headline is none; a list costs once."""
    name = position.page.leftovers[position.at] if position.at not in position.page.footers else ""
    goes_on = _goes_on(position)
    if goes_on:
        linked = name == "left_linked" and position.state.label is not Label.TRAILING
        yield "left_linked_goes_on" if linked else "left_list_goes_on", amount
    elif name:
        yield name, amount * _surprise(position)
    strength = position.page.list_names.get(position.at - 1)
    if strength and position.state.label is not Label.TRAILING:  # which may have lists of its own
        yield "left_named_list", amount * strength
    if _takes_next_number(position) and (not goes_on or _stands_apart(position)):
        yield "left_number_taken", 1
    if position.style is not None and not position.style.level and not position.piece.is_labelled:
        unlike_last = position.state.style is not None and position.state.style.shape is not position.style.shape
        share = EXPECTED if goes_on or position.is_outside else 0.5 if position.number == 1 else 1
        yield "left_other_style" if unlike_last else "left_style", amount * share


def left_count(position: Position) -> Iterator[Term]:
    """Yield what it costs that a numbered list of some length stands among the news and is none of them."""
    if position.number == _MIN_COUNT and position.state.inner_number == _MIN_COUNT - 1:
        yield "left_count", 1


def left_name(position: Position) -> Iterator[Term]:
    """Yield what it costs that the name of a commentary names none."""
    piece = position.piece
    if piece.is_link or position.recurs:
        return
    if piece.region is None:
        goes_on = position.state.label is Label.TRAILING  # which may be any text
        if piece.rank and not goes_on and sounds_like(position, SectionKind.COMMENTARY):
            yield "left_name", _BY_WORDS
    elif piece.region is NameKind.COMMENTARY and not piece.block.continues_previous:
        yield "left_name", 1
    elif piece.region is NameKind.OPINION and (piece.rank or position.is_ruled):
        yield "left_name", 0.8


_FORM_STRENGTHS = {" ": 0.3, "** ": 0.5}
"""How much it tells that short lines without a sign are written alike, in plain letters and in bold."""


def unlike_sections(position: Position) -> Iterator[Term]:
    """Yield what it costs that a line that is written as the last section's name is names none."""
    piece, form = position.piece, position.piece.name_form
    if form and form == position.state.section_form and piece.region in (None, NameKind.FIGURES):
        yield "unlike_sections", _FORM_STRENGTHS.get(form, 1)


def like_others(position: Position) -> Iterator[Term]:
    """Yield what it costs that a section's name is written as a line above is that names none."""
    form = position.piece.name_form
    if form in position.state.other_forms:
        yield "unlike_sections", _FORM_STRENGTHS.get(form, 1)


def dangling_name(position: Position) -> Iterator[Term]:
    """Yield what it costs that the piece above is a name with nothing below it."""
    in_text = position.state.label in (Label.INTRO, Label.BODY) and not position.is_ruled
    if not in_text or position.at - 1 in position.page.titles or position.above.names_sponsor:
        return
    if position.above.rank:
        yield "dangling_name", 1
    elif position.above.may_name_section and (position.state.style is None or _holds_text(position.state.style)):
        yield "dangling_line", 1


def _holds_text(style: HeadlineStyle) -> bool:
    """Whether headlines of the style stand in one line or entry with their text, so that a line below is a name."""
    return style.shape not in (Shape.HEADING, Shape.LINKED_LINE, Shape.BOLD_LINE, Shape.ADDRESS_TITLE)


def return_to_news(position: Position, *, begins_section: bool = False) -> Iterator[Term]:
    """Yield what it costs that news come again after the commentary or trailing matter."""
    if position.state.label in (Label.COMMENTARY, Label.COMMENTARY_NAME):
        yield "news_after_commentary", 2 if position.is_ruled else 1
        if position.state.label is Label.COMMENTARY_NAME and position.above.rank:
            yield "section_empty", 1
    elif position.state.label is Label.TRAILING:
        is_aside = begins_section and _is_aside(position)
        yield "news_after_trailing", _ASIDE if is_aside or is_below_advertisement(position.state) else 1


def _is_aside(position: Position) -> bool:
    """Whether what stands above the section is set apart as an advertisement amid the news is.

    A name or rules part it from the section, which begins with a headline written as the last one.
    """
    goes_on = (
        position.state.style is not None and position.style_set.style_at.get(position.at + 1) == position.state.style
    )
    return goes_on and (position.state.name_rank == NAMED_TRAILING or position.is_ruled)


def _takes_next_number(position: Position) -> bool:
    """Whether the piece has the number that the next headline should have, written alike."""
    state = position.state
    if not (position.number == state.number + 1 > 1) or state.style is None:
        return False
    alike = state.style.shape in _NUMBERED and position.page.shapes[position.at] in _NUMBERED
    return alike and is_marked_like(position.piece, position.style_set.markers[state.style])


def _stands_apart(position: Position) -> bool:
    """Whether an empty line separates the piece from the one above."""
    return position.piece.block.line - position.above.block.line > 1


def _surprise(position: Position) -> float:
    """How surprising a list is here: least below text, most right below a heading, which may name a section."""
    if _is_below_text(position):
        return 0.5
    style = position.state.style
    below_heading = position.state.label is Label.HEAD and style is not None and style.level > 0
    if below_heading and position.state.is_linked and not position.page.is_linked(position.at):
        return 0.5
    return 1.5 if below_heading and is_list_shape(position.page, position.at) else 1


def _is_below_text(position: Position) -> bool:
    """Whether text of the same item stands right above, as it does above a list in a text or a source."""
    if position.state.label is Label.HEAD and position.page.shapes[position.at] is Shape.LINKED_LINE:
        return not position.page.is_linked(position.at - 1)
    in_text = position.state.label in (Label.BODY, Label.PREFACE, Label.COMMENTARY)
    return (
        in_text and not position.page.leftovers[position.at - 1] and not position.above.rank and not position.is_ruled
    )


def _goes_on(position: Position) -> bool:
    """Whether the piece continues a list of which the piece before is no headline either."""
    if position.state.label in _BEGIN_NO_LIST or position.is_ruled or position.piece.rank:
        return False
    if position.number:
        return position.number == position.state.inner_number + 1 > 1
    shapes = position.page.shapes
    return shapes[position.at] is shapes[position.at - 1] and is_list_shape(position.page, position.at)
