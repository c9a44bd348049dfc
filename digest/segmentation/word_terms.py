"""Score the beginning of a section whose words are those of another kind."""

from __future__ import annotations

from collections.abc import Iterator, Set
from math import exp, log

from digest.segmentation.page_features import Page
from digest.segmentation.section_classifier import SectionKind
from digest.segmentation.states import Label, Position, Term
from digest.segmentation.vocabulary import NameKind

_LEAST_SHARE = exp(-3)
"""How likely a kind is at least: words make none impossible."""

_BELOW_RULE = 0.4
"""Share of its cost that trailing matter has below a rule, where text of any kind may be left out."""

_BY_NAME = 0.6
"""Share of its cost that a commentary has where its name may be that of one."""

_LIKELY = {SectionKind.COMMENTARY: 0.65, SectionKind.TRAILING: 0.75}
"""How likely a kind must be for the words of a section to tell it as a known name does.

More for trailing matter, which readers do not get.
"""

_WORDS = {
    Label.INTRO: ("intro_words", frozenset(SectionKind) - {SectionKind.NEWS}),
    Label.SECTION: ("section_words", {SectionKind.NEWS}),
    Label.HEAD: ("head_words", {SectionKind.NEWS}),
    Label.BODY: ("body_words", {SectionKind.NEWS}),
    Label.COMMENTARY_NAME: ("commentary_words", {SectionKind.COMMENTARY}),
    Label.COMMENTARY: ("commentary_words", {SectionKind.COMMENTARY}),
    Label.TRAILING: ("trailing_words", {SectionKind.TRAILING}),
}
"""The weight of each label that a section may begin with, and what the section is then."""


def word_terms(position: Position, label: Label) -> Iterator[Term]:
    """Yield what it costs that a section, which begins at the piece, has this label."""
    if label in _WORDS and _begins_section(position, label):
        name, kinds = _WORDS[label]
        yield name, _weight_of_words(position, label) * -log(max(_LEAST_SHARE, _likelihood(position, kinds)))


def _weight_of_words(position: Position, label: Label) -> float:
    """Return how much it tells that the words are those of another kind."""
    if label is Label.TRAILING and position.is_ruled:
        return _BELOW_RULE
    return _BY_NAME if label is Label.COMMENTARY_NAME and position.piece.region is not None else 1


def sounds_like(position: Position, kind: SectionKind) -> bool:
    """Whether the section that begins at the piece has no known name, and its words tell that it is of the kind.

    The kind is COMMENTARY or TRAILING.
    """
    return _is_open(position) and _likelihood(position, {kind}) > _LIKELY[kind]


def likely_kinds_at(page: Page, at: int, *, is_below_news: bool) -> dict[SectionKind, float]:
    """Return how likely each kind is, by its words, for the section that begins at a piece.

    Below news words of an introduction tell nothing: there, any other kind may have them.
    """
    likely = dict(page.likely_kinds(at))
    if is_below_news:
        introduction = likely.pop(SectionKind.INTRODUCTION)
        likely = {kind: share + introduction / len(likely) for kind, share in likely.items()}
    return likely


def _likelihood(position: Position, kinds: Set[SectionKind]) -> float:
    likely = likely_kinds_at(position.page, position.at, is_below_news=position.state.heads > 0)
    return sum(share for kind, share in likely.items() if kind in kinds)


def _is_open(position: Position) -> bool:
    """Whether a known name does not tell what the section is."""
    piece, page = position.piece, position.page
    is_known = piece.region not in (None, NameKind.OPINION) or piece.is_field
    return not is_known and not any(position.at in apart for apart in (page.titles, page.contents, page.advertisements))


def _begins_section(position: Position, label: Label) -> bool:
    """Whether a section may begin at the piece, with a name or below a rule.

    Trailing matter may be of any kind further down, and commentary below its name.
    """
    piece, state = position.piece, position.state
    if label is Label.TRAILING and state.label is Label.TRAILING:
        return False
    if label is Label.COMMENTARY and piece.rank > state.name_rank:
        return False
    is_apart = piece.rank > 0 or (position.is_ruled and state.heads > 0) or label is Label.COMMENTARY_NAME
    return is_apart and _is_open(position)
