"""What it costs that a piece belongs to a region without items: introduction, contents, commentary, trailing matter."""

from __future__ import annotations

from collections.abc import Iterator

from digest.segmentation.detectors import is_list_shape
from digest.segmentation.item_terms import (
    EVEN_PARTS,
    even_parts,
    has_expected_source,
    is_below_number,
    is_beyond_usual,
    is_unlike_bodies,
)
from digest.segmentation.leftover_terms import EXPECTED, left_count, left_name, leftover, unlike_sections
from digest.segmentation.page_features import Shape
from digest.segmentation.pieces import BOLD_LINE_RANK, PagePiece
from digest.segmentation.states import NAMED_TRAILING, Label, Position, Term, is_below_advertisement
from digest.segmentation.text_metrics import display_width, leading_span
from digest.segmentation.vocabulary import NameKind
from domain.chat.text import Style

_MAX_CLOSING_PIECES = 3
"""Most lines below a name that announces nothing known, if it is that of the commentary."""

_MIN_HEADS = 2
"""Headlines from which on an unknown name may be that of the commentary."""

_SHORT_NAME_WIDTH = 12
"""Columns of a name that is hardly a headline."""

_SHORT_LENGTH = 0.6
"""Share of the headlines' usual width up to which an unknown name is hardly one of them."""

_MOST_LIKENESS = 1.5

_MAX_GENERAL_LENGTH = 4
"""Reading length of a heading above which it is rather a headline than the name of an introduction."""

_FEW = 0.5
"""Share of headlines without text up to which the last one hardly has none."""

_COMMENTARIES = (NameKind.COMMENTARY, NameKind.OPINION)


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


def fits_commentary_name(position: Position) -> bool:
    """Whether the words announce a commentary, or stand where its name does."""
    return position.piece.region in _COMMENTARIES or _may_be_its_name(position)


def _may_be_its_name(position: Position) -> bool:
    """Whether an unknown name stands after the items and above a few lines without links, at the end or a rule.

    Where a commentary is expected there may be any number of lines, and it need not be the end.
    """
    piece, page = position.piece, position.page
    is_name = piece.rank > 0 and not piece.is_section_name
    is_lead = piece.has_bold_lead and not piece.rank
    if not (is_name or is_lead) or _is_no_commentary(position):
        return False
    stop = _end_below(position)
    below = stop - position.at - 1
    if page.links_before[stop] > page.links_before[position.at + 1]:
        return False
    if is_name and _is_expected(position):
        return below > 0
    is_last = position.is_ruled or stop == len(page.pieces) or stop in page.ruled
    return is_last and below <= _MAX_CLOSING_PIECES and (below > 0 or (is_lead and not piece.is_bold))


def _is_no_commentary(position: Position) -> bool:
    """Whether an unknown name is none of a commentary: too early, amid another region, or part of an item."""
    piece, state = position.piece, position.state
    is_elsewhere = state.label is Label.TRAILING or (state.name_rank > 0 and not goes_on_commenting(position))
    is_other = piece.region is not None or piece.has_link or piece.is_dated
    is_numbered = bool(piece.number) and not _is_expected(position)
    return state.heads < _MIN_HEADS or is_elsewhere or is_other or is_numbered or _takes_last_text(position)


def _is_expected(position: Position) -> bool:
    """Whether a commentary is no surprise here: outside the news, or below the first section of one."""
    return position.is_outside or goes_on_commenting(position)


def _end_below(position: Position) -> int:
    """Return where the text below a name ends: at a rule or the next name; an expected one has deeper headings, too."""
    page, rank = position.page, position.piece.rank
    lowest = rank if 0 < rank < BOLD_LINE_RANK and _is_expected(position) else BOLD_LINE_RANK
    stop = page.next_names[position.at]
    while stop < len(page.pieces) and stop not in page.ruled and page.pieces[stop].rank > lowest:
        stop = page.next_names[stop]
    return stop


def goes_on_commenting(position: Position) -> bool:
    """Whether a further section stands right below a commentary with a known name, and beside or above it.

    Where the news have no links, its own name must announce one, perhaps only by its last words.
    """
    state, piece = position.state, position.piece
    is_likely = position.is_outside or piece.likely_region is NameKind.OPINION
    is_beside = 0 < piece.rank <= state.name_rank
    return state.label is Label.COMMENTARY and state.is_name_known and is_beside and is_likely


def _takes_last_text(position: Position) -> bool:
    """Whether the last item would be left without text, unlike most others."""
    style = position.state.style
    if position.state.label is not Label.HEAD or style is None:
        return False
    if 0 < position.piece.rank <= (style.level or BOLD_LINE_RANK - 1):
        return False
    return not position.is_ruled and position.proposal.shares[style].without_text < _FEW


def _excess_width(piece: PagePiece) -> int:
    """Count the columns of the name, or of the bold words that begin a paragraph, beyond those of a short name."""
    lead = None if piece.rank else leading_span(piece.text, Style.BOLD)
    name = piece.plain[: lead.end] if lead else piece.plain
    return max(0, display_width(name) - _SHORT_NAME_WIDTH)


def _likeness(position: Position) -> float:
    """Return how near an unknown name comes to the headlines: written as they are, and as long as they are."""
    if position.style is None or position.style != position.state.style:
        return 0.0
    length = display_width(position.piece.unnumbered.plain) / position.proposal.widths[position.style]
    return min(_MOST_LIKENESS, max(0.0, (length - _SHORT_LENGTH) / (1 - _SHORT_LENGTH)))


def commentary_name_terms(position: Position) -> Iterator[Term]:
    """Yield the terms of the commentary's name."""
    piece, label = position.piece, position.state.label
    is_apart = position.is_outside and _likeness(position) < 1
    share = EXPECTED if is_apart or goes_on_commenting(position) else 1
    if piece.region is None:
        yield "unknown_name", share
        yield "long_unknown_name", share * _excess_width(piece) / 4
        if not position.is_ruled and not is_unlike_bodies(position):
            yield "unruled_name", EXPECTED if goes_on_commenting(position) else 1
            yield "left_style", _likeness(position)
        if position.style is not None and position.style == position.state.style:
            yield from leftover(position)
    else:
        yield ("known_name", 0.5) if piece.region is NameKind.COMMENTARY else ("opinion_name", 1)
    style = position.style
    if piece.region is NameKind.OPINION and style == position.state.style and has_expected_source(position, style):
        yield "left_style", _MOST_LIKENESS
    if piece.is_link:
        yield "section_linked", 1
    if position.recurs:
        yield "higher_heading", 1
    if piece.block.continues_previous:
        yield "splits_block", 0.5
    if position.state.heads == 0:
        yield "early_commentary", 1
    if label in (Label.SECTION, Label.PREFACE):
        yield "section_empty", 1
    elif label in (Label.COMMENTARY, Label.COMMENTARY_NAME, Label.TRAILING):
        yield "early_commentary", share / 2


def commentary_terms(position: Position) -> Iterator[Term]:
    """Yield the terms of the commentary's text; lists below a known name are less surprising."""
    piece = position.piece
    expected = EXPECTED if position.is_outside else 0.7 if position.state.is_name_known else 1.0
    yield from leftover(position, expected)
    yield from unlike_sections(position)
    if piece.rank:
        is_part = piece.rank > position.state.name_rank
        yield (
            "deeper_heading" if is_part else "sibling_heading",
            EXPECTED if position.state.is_name_known and is_part else 1,
        )
    if position.is_ruled:
        below_name = position.state.label is Label.COMMENTARY_NAME and position.above.rank
        yield "commentary_rule", 0.2 if below_name else 1
    if piece.region is NameKind.TRAILING and piece.rank and position.state.label is not Label.COMMENTARY_NAME:
        yield "higher_heading", 1
    if position.style is not None and position.style.level:
        yield "left_style", EXPECTED if position.is_outside else 1
    if position.at in position.page.closing:
        yield "closing_in_text", 1


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
    """Whether the piece announces trailing matter, or stands below such a name."""
    return (
        (_is_trailing_name(position) and not _may_be_section(position))
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
    """What it costs that trailing matter begins here."""
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
