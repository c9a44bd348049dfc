"""Label every piece of a page under one style set: the cheapest labelling, by dynamic programming.

A labelling costs the sum of its terms; a term is a named weight of `weights.toml`, times an amount. Pieces are labelled
from top to bottom; of all ways to reach a label, only the cheapest is followed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Any

from digest.segmentation.commentary_terms import (
    commentary_name_terms,
    commentary_terms,
    fits_commentary_name,
    is_known_commentary,
)
from digest.segmentation.item_terms import body_terms, head_terms
from digest.segmentation.pieces import BOLD_LINE_RANK
from digest.segmentation.region_terms import (
    contents_terms,
    fits_contents,
    intro_terms,
    is_in_advertisement,
    is_named_trailing,
    summary_rank,
    trailing_terms,
)
from digest.segmentation.section_terms import fits_notice, fits_section, notice_terms, preface_terms, section_terms
from digest.segmentation.states import ADVERTISEMENT, NAMED_TRAILING, Label, Position, State, Term
from digest.segmentation.style_sets import StyleSet
from digest.segmentation.word_terms import word_terms

_MAX_EXCESS = 12.0
"""What a labelling may cost beyond the cheapest so far and still be followed: more than any later piece makes up."""

_START = State(0.0)
_NEWS = (Label.HEAD, Label.BODY)
_ANY: tuple[Label | None, ...] = (None, *Label)


def _fits_always(_place: Position) -> bool:
    return True


def _keeps_list(position: Position) -> dict[str, Any]:
    return {"inner_number": position.number}


def _keeps_form(position: Position) -> dict[str, Any]:
    """Remember how a line is written that names no section although it might."""
    piece, known = position.piece, position.state.other_forms
    is_apart = piece.region is not None or position.at in position.page.titles or position.is_outside
    form = "" if is_apart else piece.name_form
    is_new = form and form not in known
    return {"inner_number": position.number, "other_forms": (*known, form) if is_new else known}


def _usual_paragraphs(state: State) -> int:
    """Return how many paragraphs each item has had when the next one begins, -1 if they differ."""
    is_usual = state.heads == 1 or state.usual_paragraphs == state.paragraphs
    return state.paragraphs if state.heads and is_usual else -1


def _trailing_name_rank(position: Position) -> int:
    """Return what stands for the rank of the name above while trailing matter lasts, 0 without a name."""
    if is_in_advertisement(position):
        return ADVERTISEMENT
    return NAMED_TRAILING if is_named_trailing(position) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A label: which labels it may follow, which pieces fit, what it costs, and what later pieces need to know."""

    label: Label
    follows: tuple[Label | None, ...]
    terms: Callable[[Position], Iterable[Term]]
    fits: Callable[[Position], bool] = _fits_always
    remembers: Callable[[Position], dict[str, Any]] = _keeps_list


_RULES = (
    _Rule(
        label=Label.INTRO,
        follows=(None, Label.INTRO, Label.CONTENTS),
        terms=intro_terms,
        remembers=lambda position: {**_keeps_form(position), "section_rank": summary_rank(position)},
    ),
    _Rule(
        label=Label.CONTENTS,
        follows=(None, Label.INTRO, Label.CONTENTS, Label.SECTION, *_NEWS),
        fits=fits_contents,
        terms=contents_terms,
    ),
    _Rule(
        label=Label.SECTION,
        follows=_ANY,
        fits=fits_section,
        terms=section_terms,
        remembers=lambda position: {
            "section_rank": position.piece.rank or BOLD_LINE_RANK,
            "section_kind": position.piece.likely_region if position.is_outside else position.piece.region,
            "section_at": position.at,
            "section_form": position.piece.name_form,
            "heads_above": position.state.heads,
            "inner_number": 0,
        },
    ),
    _Rule(label=Label.PREFACE, follows=(Label.SECTION, Label.PREFACE), terms=preface_terms),
    _Rule(label=Label.NOTICE, follows=(Label.SECTION, Label.NOTICE), fits=fits_notice, terms=notice_terms),
    _Rule(
        label=Label.HEAD,
        follows=_ANY,
        fits=lambda position: position.style is not None,
        terms=head_terms,
        remembers=lambda position: {
            "heads": position.state.heads + 1,
            "paragraphs": 0,
            "usual_paragraphs": _usual_paragraphs(position.state),
            "number": position.number or position.state.number,
            "inner_number": 0,
            "style": position.style,
            "is_linked": position.page.is_linked(position.at),
        },
    ),
    _Rule(
        label=Label.BODY,
        follows=_NEWS,
        terms=body_terms,
        remembers=lambda position: {
            **_keeps_form(position),
            "body_count": position.state.body_count + 1,
            "paragraphs": position.state.paragraphs + (not position.piece.block.continues_previous),
        },
    ),
    _Rule(
        label=Label.COMMENTARY_NAME,
        follows=_ANY,
        fits=fits_commentary_name,
        terms=commentary_name_terms,
        remembers=lambda position: {
            "name_rank": position.piece.rank or BOLD_LINE_RANK,
            "is_name_known": is_known_commentary(position),
            "inner_number": 0,
        },
    ),
    _Rule(label=Label.COMMENTARY, follows=(Label.COMMENTARY_NAME, Label.COMMENTARY), terms=commentary_terms),
    _Rule(
        label=Label.TRAILING,
        follows=tuple(label for label in Label if label not in (Label.INTRO, Label.CONTENTS)),
        terms=trailing_terms,
        remembers=lambda position: {
            "name_rank": _trailing_name_rank(position),
            "inner_number": position.number,
        },
    ),
)
_FOLLOWING = {label: tuple(rule for rule in _RULES if label in rule.follows) for label in _ANY}


def label_pieces(style_set: StyleSet, weights: Mapping[str, float], most: float = inf) -> list[State]:
    """Return the ends of the cheapest labellings with a headline, one for each label at the end, the cheapest first.

    Labellings that cost `most` or more are not followed.
    """
    states = [_START]
    for at in range(len(style_set.page.pieces)):
        states = _step(style_set, states, at, weights, most)
        if not states:
            return []
    return sorted((_end(state, weights) for state in states if state.heads), key=lambda state: state.cost)


def _step(style_set: StyleSet, states: list[State], at: int, weights: Mapping[str, float], most: float) -> list[State]:
    """Return the cheapest way to reach each label at a piece, the cheapest first.

    What a label costs only grows, so a state that costs more already need not be followed.
    """
    page = style_set.page
    piece, is_ruled, style = page.pieces[at], at in page.ruled, style_set.style_at.get(at)
    reached: dict[Label, State] = {}
    for state in states:
        position = Position(style_set, state, at, page, piece, is_ruled, style)
        for rule in _FOLLOWING[state.label]:
            bound = reached[rule.label].cost if rule.label in reached else most
            if state.cost >= bound or not rule.fits(position):
                continue
            every = chain(rule.terms(position), word_terms(position, rule.label))
            terms, cost = _add_up(every, state.cost, bound, weights)
            if cost < bound:
                reached[rule.label] = state._replace(
                    cost=cost, label=rule.label, previous=state, terms=terms, **rule.remembers(position)
                )
    best = sorted(reached.values(), key=lambda state: state.cost)
    return [state for state in best if state.cost <= best[0].cost + _MAX_EXCESS]


def _add_up(
    terms: Iterable[Term], cost: float, bound: float, weights: Mapping[str, float]
) -> tuple[tuple[Term, ...], float]:
    """Return the terms, and the cost with theirs added, up to the term with which it reaches `bound`."""
    seen: list[Term] = []
    added = 0.0
    for term in terms:
        seen.append(term)
        added += weights[term[0]] * term[1]
        if cost + added >= bound:
            break
    return tuple(seen), cost + added


def _end(state: State, weights: Mapping[str, float]) -> State:
    if state.label not in (Label.SECTION, Label.PREFACE):
        return state
    return state._replace(cost=state.cost + weights["section_empty"], terms=(*state.terms, ("section_empty", 1.0)))
