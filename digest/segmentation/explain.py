"""Explain a segmentation: the best readings of a page, what each costs by component, and why the first one won."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from digest.segmentation.page_features import Page
from digest.segmentation.selection import Segmentation
from digest.segmentation.weights import component_of, phrase_of

_MAX_READINGS = 3
_MAX_REASONS = 6
_MAX_CHARACTERS = 48


def explain(page: Page, ranked: Sequence[Segmentation], weights: Mapping[str, float]) -> str:
    """Return the explanation as lines of text."""
    return "\n".join(_lines(page, ranked[:_MAX_READINGS], weights)) + "\n"


def costs_by_component(segmentation: Segmentation, weights: Mapping[str, float]) -> dict[str, float]:
    """Return what the segmentation costs by component: heads, numbers, sections …"""
    costs: dict[str, float] = defaultdict(float)
    for name, amount in (term for terms in segmentation.terms for term in terms):
        costs[component_of(name)] += weights[name] * amount
    return dict(costs)


def _lines(page: Page, ranked: Sequence[Segmentation], weights: Mapping[str, float]) -> Iterator[str]:
    if not ranked:
        yield "No reading has an item."
        return
    for number, reading in enumerate(ranked, 1):
        costs = costs_by_component(reading, weights)
        costs["profile"] = reading.cost - sum(costs.values())
        components = sorted(costs.items(), key=lambda pair: -pair[1])
        told = ", ".join(f"{name} {cost:.1f}" for name, cost in components if abs(cost) >= 0.05)
        yield f"{number}. {reading.form}, {len(reading.heads)} items: {reading.cost:.1f} = {told}"
        yield from _pieces(page, reading)
    if len(ranked) > 1:
        yield from _why(ranked[0], ranked[1], weights)


def _pieces(page: Page, reading: Segmentation) -> Iterator[str]:
    """Yield the pieces, text that follows text in one line."""
    labelled = zip(page.pieces, reading.labels, strict=True)
    for label, group in groupby(labelled, key=lambda pair: pair[1]):
        pieces = [piece for piece, _ in group]
        shown = pieces if label in _SHOWN_ALL else pieces[:1]
        for piece in shown:
            more = f" (+{len(pieces) - 1})" if len(shown) < len(pieces) else ""
            yield f"   {piece.block.line:>4} {label}: {_short(piece.plain)}{more}"


def _why(best: Segmentation, second: Segmentation, weights: Mapping[str, float]) -> Iterator[str]:
    """Yield the terms that tell the second reading from the best."""
    extra: dict[str, float] = defaultdict(float)
    for sign, reading in ((1, second), (-1, best)):
        for name, amount in (term for terms in reading.terms for term in terms):
            extra[name] += sign * weights[name] * amount
    reasons = sorted(extra.items(), key=lambda pair: -abs(pair[1]))[:_MAX_REASONS]
    yield f"1 beats 2 by {second.cost - best.cost:.1f}; 2 pays more (+) or less (-) for:"
    yield from (f"   {cost:+5.1f} {phrase_of(name)} ({name})" for name, cost in reasons if abs(cost) >= 0.05)


def _short(plain: str) -> str:
    return plain if len(plain) <= _MAX_CHARACTERS else plain[: _MAX_CHARACTERS - 1] + "…"


_SHOWN_ALL = ("headline", "section", "name of the commentary")
