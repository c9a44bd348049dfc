"""Explain a segmentation: the best readings of a page, what each costs by component, and why the first one won."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from digest.problems import shorten
from digest.segmentation.page_features import Page
from digest.segmentation.phrases import COMPONENTS, KINDS_OF_SECTIONS, LABELS, PHRASES
from digest.segmentation.section_classifier import telling_words
from digest.segmentation.selection import Segmentation
from digest.segmentation.states import Label
from digest.segmentation.weights import component_of
from digest.segmentation.word_terms import likely_kinds_at
from domain.chat.i18n import UNTRANSLATED, Translator

_MAX_READINGS = 3
_MAX_REASONS = 6
_MAX_COLUMNS = 48
_MAX_WORDS = 4


def explain(
    page: Page,
    ranked: Sequence[Segmentation],
    weights: Mapping[str, float],
    translate: Translator = UNTRANSLATED,
) -> str:
    """Return the explanation as lines of text."""
    return "\n".join(_lines(page, ranked[:_MAX_READINGS], weights, translate)) + "\n"


def costs_by_component(segmentation: Segmentation, weights: Mapping[str, float]) -> dict[str, float]:
    """Return what the segmentation costs by component: heads, numbers, sections …"""
    costs: dict[str, float] = defaultdict(float)
    for name, amount in (term for terms in segmentation.terms for term in terms):
        costs[component_of(name)] += weights[name] * amount
    return dict(costs)


def _lines(
    page: Page, ranked: Sequence[Segmentation], weights: Mapping[str, float], translate: Translator
) -> Iterator[str]:
    if not ranked:
        yield translate("No reading has an item.")
        return
    for number, reading in enumerate(ranked, 1):
        yield _heading(number, reading, weights, translate)
        yield from _pieces(page, reading, translate)
    yield from _words(page, ranked[0], translate)
    if len(ranked) > 1:
        yield from _why(ranked[0], ranked[1], weights, translate)


def _heading(number: int, reading: Segmentation, weights: Mapping[str, float], translate: Translator) -> str:
    """Return the form of a reading, its number of items, and what it costs by component."""
    costs = costs_by_component(reading, weights)
    costs["profile"] = reading.cost - sum(costs.values())
    components = sorted(costs.items(), key=lambda pair: -pair[1])
    told = translate(", ").join(
        f"{translate(COMPONENTS[name])} {cost:.1f}" for name, cost in components if abs(cost) >= 0.05
    )
    items = translate.ngettext("{n} item", "{n} items", len(reading.heads)).format(n=len(reading.heads))
    template = translate("{number}. {form}, {items}: {cost} = {components}")
    return template.format(number=number, form=reading.form, items=items, cost=f"{reading.cost:.1f}", components=told)


def _pieces(page: Page, reading: Segmentation, translate: Translator) -> Iterator[str]:
    """Yield the pieces, text that follows text in one line."""
    labelled = zip(page.pieces, reading.labels, strict=True)
    template = translate("{line} {label}: {text}")
    for label, group in groupby(labelled, key=lambda pair: pair[1]):
        pieces = [piece for piece, _ in group]
        shown = pieces if label in _SHOWN_ALL else pieces[:1]
        for piece in shown:
            more = f" (+{len(pieces) - 1})" if len(shown) < len(pieces) else ""
            text = shorten(piece.plain, _MAX_COLUMNS) + more
            yield "   " + template.format(line=f"{piece.block.line:>4}", label=translate(LABELS[label]), text=text)


def _words(page: Page, reading: Segmentation, translate: Translator) -> Iterator[str]:
    """Yield what the sections whose names are unknown are by their words, and which words say so."""
    template = translate("{line} by its words: {kind} {percent} % ({words})")
    first = min(reading.heads, default=len(page.pieces))
    for at, terms in enumerate(reading.terms[: len(page.pieces)]):
        if any(component_of(name) == "words" for name, _ in terms):
            likely = likely_kinds_at(page, at, is_below_news=at > first)
            kind = max(likely, key=lambda each: likely[each])
            yield "   " + template.format(
                line=f"{page.pieces[at].block.line:>4}",
                kind=translate(KINDS_OF_SECTIONS[kind]),
                percent=round(100 * likely[kind]),
                words=translate(", ").join(telling_words(page.section(at), kind, _MAX_WORDS)) or "–",
            )


def _why(
    best: Segmentation, second: Segmentation, weights: Mapping[str, float], translate: Translator
) -> Iterator[str]:
    """Yield the terms that tell the second reading from the best."""
    extra: dict[str, float] = defaultdict(float)
    for sign, reading in ((1, second), (-1, best)):
        for name, amount in (term for terms in reading.terms for term in terms):
            extra[name] += sign * weights[name] * amount
    reasons = sorted(extra.items(), key=lambda pair: -abs(pair[1]))[:_MAX_REASONS]
    template = translate("1 beats 2 by {cost}; 2 pays more (+) or less (-) for:")
    yield template.format(cost=f"{second.cost - best.cost:.1f}")
    yield from (f"   {cost:+5.1f} {translate(PHRASES[name])} ({name})" for name, cost in reasons if abs(cost) >= 0.05)


_SHOWN_ALL = (Label.HEAD, Label.SECTION, Label.COMMENTARY_NAME)
