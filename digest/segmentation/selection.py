"""Choose the segmentation of a page: the cheapest labelling under the best set of headline styles.

`page -> styles of headlines -> style sets (one style, then mixtures) -> labelling and cost of each -> the cheapest`
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations
from math import inf
from typing import Protocol

from digest.segmentation.detectors import CERTAIN_FORMS, HeadlineStyle, detect_styles, is_uncertain, name_form
from digest.segmentation.labelling import label_pieces
from digest.segmentation.odd_sections import with_odd_sections
from digest.segmentation.page_features import Page
from digest.segmentation.shapes import Shape
from digest.segmentation.states import Label, State, Term
from digest.segmentation.style_sets import StyleSet
from digest.segmentation.weights import load_weights

UNRECOGNISED_FORM = "unrecognised"

_MIXED_STYLES = 4
"""How many of the best styles are mixed with one another."""

_MAX_LOSS = 10.0
"""What a style may cost more than the best so far and still be mixed with others."""

CLOSE_MARGIN = 1.0
"""Margin between the best two readings, in nats, below which the editor is asked to choose."""

_MAX_CLOSING_PIECES = 4
"""Most pieces of trailing matter that are no surprise, however short the page is."""

_USUALLY_LEFT_OUT = 0.25
"""Share of the pieces that may be trailing matter without surprise."""

_MAX_STYLES = 4
"""Most styles of headlines in one digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmentation:
    """A label for each piece, the form of the headlines, and what the labelling costs.

    `second` is the next best segmentation if it costs hardly more: the page leaves doubt.
    """

    form: str
    labels: tuple[Label, ...]
    cost: float
    terms: tuple[tuple[Term, ...], ...] = ()
    second: Segmentation | None = None

    @property
    def heads(self) -> tuple[int, ...]:
        """The pieces that begin items."""
        return tuple(at for at, label in enumerate(self.labels) if label is Label.HEAD)

    @property
    def is_certain(self) -> bool:
        """Whether the form's marks leave no doubt."""
        return self.form in CERTAIN_FORMS


class Prior(Protocol):
    """Ranks segmentations by what is known of the newsletter besides the page."""

    def rank(self, page: Page, readings: Sequence[Segmentation]) -> list[Segmentation]: ...


def select_items(page: Page, weights: Mapping[str, float] | None = None, *, prior: Prior | None = None) -> Segmentation:
    """Return the best segmentation of the page; its form is UNRECOGNISED_FORM if it has no items."""
    ranked = rank_segmentations(page, weights, only_best=not prior)
    if prior:
        ranked = prior.rank(page, ranked)
    if ranked:
        best, *others = ranked
        return replace(best, second=others[0]) if others and others[0].cost - best.cost < CLOSE_MARGIN else best
    return Segmentation(form=UNRECOGNISED_FORM, labels=(Label.INTRO,) * len(page.pieces), cost=inf)


def rank_segmentations(
    page: Page, weights: Mapping[str, float] | None = None, *, only_best: bool = False
) -> list[Segmentation]:
    """Return the segmentations found, the cheapest first, each only once; if asked, none that costs far more."""
    weights = weights or load_weights()
    styles = detect_styles(page)
    tried: dict[frozenset[HeadlineStyle], list[Segmentation]] = {}
    best = inf
    for chosen in _style_sets(styles, tried):
        if only_best and not _is_worth_labelling(page, styles, chosen, tried, weights):
            tried[chosen] = []
            continue
        loss = _MAX_LOSS if len(chosen) == 1 else CLOSE_MARGIN  # a mixture is mixed further only if it is the best
        tried[chosen] = _try(page, styles, chosen, weights, best + loss if only_best else inf)
        best = min(best, _cost(tried[chosen]))
    found: dict[tuple[Label, ...], Segmentation] = {}
    for segmentation in sorted((one for each in tried.values() for one in each), key=lambda one: one.cost):
        labels = with_odd_sections(page, segmentation.labels)
        found.setdefault(labels, replace(segmentation, labels=labels))
    return list(found.values())


def _cost(segmentations: Sequence[Segmentation]) -> float:
    return segmentations[0].cost if segmentations else inf


def _style_sets(
    styles: Mapping[HeadlineStyle, tuple[int, ...]], tried: Mapping[frozenset[HeadlineStyle], Sequence[Segmentation]]
) -> Iterator[frozenset[HeadlineStyle]]:
    """Yield each style alone, mixtures of the best two by two, and the best of all with one more or another one.

    `tried` gets the segmentations of each style set before the next is asked for.
    """
    singles = [frozenset((style,)) for style in styles]
    yield from sorted(singles, key=lambda chosen: -sum(len(styles[style]) for style in chosen))
    best = sorted(singles, key=lambda chosen: _cost(tried[chosen]))[:_MIXED_STYLES]
    yield from (one | two for one, two in combinations(best, 2) if not _overlap(one, two))
    while tried:
        chosen = min(tried, key=lambda one: _cost(tried[one]))
        changed = dict.fromkeys(_with_style(chosen, style) for style in styles if style not in chosen)
        near = [one for one in changed if len(one) <= _MAX_STYLES and one not in tried]
        if not near:
            return
        yield from near


def _with_style(chosen: frozenset[HeadlineStyle], style: HeadlineStyle) -> frozenset[HeadlineStyle]:
    """Return the styles with one more, in place of those that have pieces of it."""
    return frozenset((*(one for one in chosen if not _overlap({one}, {style})), style))


def _overlap(one: Set[HeadlineStyle], two: Set[HeadlineStyle]) -> bool:
    """Whether some pieces are of styles of both."""
    return any(
        style.whole == other.whole and (style.mark == other.mark or not (style.mark and other.mark))
        for style in one
        for other in two
    )


def _try(
    page: Page,
    styles: Mapping[HeadlineStyle, tuple[int, ...]],
    chosen: frozenset[HeadlineStyle],
    weights: Mapping[str, float],
    most: float,
) -> list[Segmentation]:
    """Return the segmentations with headlines of each of the chosen styles, the cheapest first.

    One that costs more than `most` may be missing.
    """
    style_set = StyleSet(page, {style: styles[style] for style in chosen})
    ends = label_pieces(style_set, weights, most - _least_cost(page, styles, chosen, weights))
    found = (_segmentation(page, end, weights) for end in ends)
    used = (one for one in found if {style_set.style_at[at] for at in one.heads} == chosen)
    return sorted(used, key=lambda one: one.cost)


def _is_worth_labelling(
    page: Page,
    styles: Mapping[HeadlineStyle, tuple[int, ...]],
    chosen: frozenset[HeadlineStyle],
    tried: Mapping[frozenset[HeadlineStyle], Sequence[Segmentation]],
    weights: Mapping[str, float],
) -> bool:
    """Whether a style set may cost less than the best style set with some of its styles, or hardly more.

    Further styles have a cost of their own, which further headlines may save. A mixture of styles none of which has a
    reading alone is not worth it: each costs far more than the best.
    """
    if len(chosen) == 1:
        return True
    parts = [part for part in tried if part < chosen and tried[part]]
    if not parts:
        return False
    part = min(parts, key=lambda one: _cost(tried[one]))
    more = _least_cost(page, styles, chosen, weights) - _least_cost(page, styles, part, weights)
    headlines = sorted(at for style in chosen - part for at in styles[style])
    return more - _most_saved(tried[part][0], headlines, weights) < CLOSE_MARGIN


def _most_saved(reading: Segmentation, headlines: Sequence[int], weights: Mapping[str, float]) -> float:
    """Return what further headlines save at most: all that the pieces from each to the next headline cost."""
    heads, end = set(reading.heads), len(reading.labels)
    changed: set[int] = set()
    for start in headlines:
        stop = next((at for at in range(start + 1, end) if at in heads or at in changed), end)
        changed.update(range(start, stop))
    return sum(weights[name] * amount for at in changed for name, amount in reading.terms[at])


def _least_cost(
    page: Page,
    styles: Mapping[HeadlineStyle, tuple[int, ...]],
    chosen: frozenset[HeadlineStyle],
    weights: Mapping[str, float],
) -> float:
    """Return what the page as a whole costs at least if headlines are of all the chosen styles."""
    families = Counter(_family(page, at) for style in chosen for at in styles[style])
    return (
        len(families) * weights["style"]
        + 0.5 * sum(count == 1 for count in families.values()) * weights["style_of_one"]
    )


def _segmentation(page: Page, end: State, weights: Mapping[str, float]) -> Segmentation:
    labels, terms = _trace(end)
    heads = tuple(at for at, label in enumerate(labels) if label is Label.HEAD)
    whole = tuple(_whole_terms(page, labels, heads))
    cost = end.cost + sum(weights[name] * amount for name, amount in whole)
    return Segmentation(form=name_form(page, heads), labels=labels, cost=cost, terms=(*terms, whole))


def _whole_terms(page: Page, labels: Sequence[Label], heads: tuple[int, ...]) -> Iterator[Term]:
    """Yield the terms of the page as a whole: how much is left out, how many kinds of headlines, how clear they are."""
    left_out = sum(label is Label.TRAILING for label in labels)
    if left_out > _MAX_CLOSING_PIECES:
        yield "left_out", max(0.0, left_out / len(labels) - _USUALLY_LEFT_OUT)
    used = Counter(_family(page, at) for at in heads)
    yield "style", len(used)
    lead = 0.5 * (len(used) > 1 and used[_family(page, heads[0])] == 1 and page.pieces[heads[0]].block.level > 0)
    yield "style_of_one", sum(count == 1 for count in used.values()) - lead
    if sum(page.is_linked(at) or page.is_marked(at) or at in page.named_entries for at in heads) * 2 < len(heads):
        yield "weak_style", 1
    if sum(page.shapes[at] is Shape.LINKED_PARAGRAPH for at in heads) * 2 > len(heads):
        yield "prose_style", 1
    if is_uncertain(page, heads):
        yield "uncertain_style", 1


def _family(page: Page, at: int) -> HeadlineStyle:
    """Return the style of a piece; numbered entries and lines count as one, since editors mix them."""
    shape = page.shapes[at]
    return HeadlineStyle(Shape.NUMBERED_LINE if shape is Shape.NUMBERED_ENTRY else shape, page.pieces[at].block.level)


def _trace(end: State) -> tuple[tuple[Label, ...], tuple[tuple[Term, ...], ...]]:
    labels: list[Label] = []
    terms: list[tuple[Term, ...]] = []
    state: State | None = end
    while state is not None and state.label is not None:
        labels.append(state.label)
        terms.append(state.terms)
        state = state.previous
    return tuple(reversed(labels)), tuple(reversed(terms))
