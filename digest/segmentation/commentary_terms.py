"""Score a piece as the commentary's name or text."""

from __future__ import annotations

from collections.abc import Iterator

from digest.segmentation.item_terms import has_expected_source, is_unlike_bodies
from digest.segmentation.leftover_terms import EXPECTED, leftover, unlike_sections
from digest.segmentation.pieces import BOLD_LINE_RANK, PagePiece
from digest.segmentation.section_classifier import SectionKind
from digest.segmentation.states import Label, Position, Term
from digest.segmentation.text_metrics import display_width, leading_span
from digest.segmentation.vocabulary import COMMENTARIES, NameKind
from digest.segmentation.word_terms import sounds_like
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
"""How near a name comes to the headlines at most, where 1 is as long as they usually are."""

_FEW = 0.5
"""Share of headlines without text up to which the last one hardly has none."""


def fits_commentary_name(position: Position) -> bool:
    """Whether the words announce a commentary, or stand where its name does."""
    return position.piece.region in COMMENTARIES or _may_be_its_name(position)


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
    is_other = piece.region not in (None, NameKind.SUMMARY) or piece.has_link or piece.is_dated
    is_numbered = bool(piece.number) and not _is_expected(position)
    return state.heads < _MIN_HEADS or is_elsewhere or is_other or is_numbered or _takes_last_text(position)


def _is_expected(position: Position) -> bool:
    """Whether a commentary is no surprise here: outside the news, below the first section of one, or by its words."""
    is_expected = position.is_outside or goes_on_commenting(position)
    return is_expected or _sounds_like_commentary(position)


def _end_below(position: Position) -> int:
    """Return where the text below a name ends: at a rule or the next name; an expected one has deeper headings, too."""
    rank = position.piece.rank
    return _end_of(position, rank if 0 < rank < BOLD_LINE_RANK and _is_expected(position) else BOLD_LINE_RANK)


def _end_of(position: Position, lowest: int) -> int:
    """Return where a rule stands below a piece, or the next name of rank `lowest` or higher."""
    page, stop = position.page, position.page.next_names[position.at]
    while stop < len(page.pieces) and stop not in page.ruled and page.pieces[stop].rank > lowest:
        stop = page.next_names[stop]
    return stop


def goes_on_commenting(position: Position) -> bool:
    """Whether a further section stands right below a commentary, and beside or above it.

    The commentary's name must be known, or sentences must stand in the section outside news with links. Where the news
    have no links, the section's own name must announce a commentary, too, perhaps only by its last words.
    """
    state, piece = position.state, position.piece
    is_likely = position.is_outside or piece.likely_region is NameKind.OPINION
    is_beside = 0 < piece.rank <= state.name_rank
    is_known = state.is_name_known or (position.is_outside and not is_data_below(position))
    return state.label is Label.COMMENTARY and is_known and is_beside and is_likely


def is_known_commentary(position: Position) -> bool:
    """Whether the words of the name, or of what it names, tell that it is a commentary's."""
    known = position.piece.region is not None or goes_on_commenting(position)
    return known or _sounds_like_commentary(position)


def _sounds_like_commentary(position: Position) -> bool:
    """Whether the words are those of a commentary, and no heading below is written as the last headline is."""
    if not sounds_like(position, SectionKind.COMMENTARY):
        return False
    style, rank = position.state.style, position.piece.rank or BOLD_LINE_RANK
    below = range(position.at + 1, _end_of(position, rank))
    is_headline = position.style_set.style_at.get
    return style is None or not style.level or all(is_headline(at) != style for at in below)


def is_data_below(position: Position) -> bool:
    """Whether the section of a name, with its subsections, holds figures, a table or names, and no sentence."""
    start, rank = position.at + bool(position.piece.rank), position.piece.rank or BOLD_LINE_RANK
    return position.page.is_data(start, max(start, _end_of(position, rank)))


def _takes_last_text(position: Position) -> bool:
    """Whether the last item would be left without text, unlike most others."""
    style = position.state.style
    if position.state.label is not Label.HEAD or style is None:
        return False
    if 0 < position.piece.rank <= (style.level or BOLD_LINE_RANK - 1):
        return False
    return not position.is_ruled and position.style_set.shares[style].without_text < _FEW


def _excess_width(piece: PagePiece) -> int:
    """Count the columns of the name, or of the bold words that begin a paragraph, beyond those of a short name."""
    lead = None if piece.rank else leading_span(piece.text, Style.BOLD)
    name = piece.plain[: lead.end] if lead else piece.plain
    return max(0, display_width(name) - _SHORT_NAME_WIDTH)


def _likeness(position: Position) -> float:
    """Return how near an unknown name comes to the headlines: written as they are, and as long as they are."""
    if position.style is None or position.style != position.state.style:
        return 0.0
    length = display_width(position.piece.unnumbered.plain) / position.style_set.widths[position.style]
    return min(_MOST_LIKENESS, max(0.0, (length - _SHORT_LENGTH) / (1 - _SHORT_LENGTH)))


def commentary_name_terms(position: Position) -> Iterator[Term]:
    """Yield the terms of the commentary's name."""
    piece, label = position.piece, position.state.label
    is_apart = position.is_outside and _likeness(position) < 1
    share = EXPECTED if is_apart or goes_on_commenting(position) else 1
    if piece.region is None:
        yield "unknown_name", share
        yield "long_unknown_name", share * _excess_width(piece) / 4
        if not goes_on_commenting(position) and is_data_below(position):
            yield "name_of_data", 1
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
    is_part = piece.rank > position.state.name_rank
    is_expected_part = is_part and position.state.is_name_known
    if piece.rank:
        yield "deeper_heading" if is_part else "sibling_heading", EXPECTED if is_expected_part else 1
    if position.is_ruled:
        below_name = position.state.label is Label.COMMENTARY_NAME and position.above.rank
        yield "commentary_rule", 0.2 if below_name else 1
    if piece.region is NameKind.TRAILING and piece.rank and position.state.label is not Label.COMMENTARY_NAME:
        yield "higher_heading", 1
    if position.style is not None and position.style.level:
        yield "left_style", EXPECTED if position.is_outside or is_expected_part else 1
    if position.at in position.page.closing:
        yield "closing_in_text", 1
