"""Fit the weights of `digest/segmentation/section_words.toml`: `python -m tests.digest.fit_sections`.

    sections of known kind -> features -> multinomial logistic regression -> the weights, rounded

The sections are those of `tests/digest/sections`, written for this, the forms, openings and endings of
`tests/digest/crossed`, and those of the digests in `tests/digest/written`, as far as they may be looked at. Each kind
counts as much as the others. The file has a stamp of what it was fitted on.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import exp, sqrt
from pathlib import Path
from random import Random
from textwrap import fill

import yaml

from digest.parsing.blocks import build_blocks
from digest.parsing.front_matter import split_front_matter
from digest.parsing.markdown import tokenize
from digest.segmentation import section_classifier
from digest.segmentation.flat_blocks import flatten_blocks
from digest.segmentation.page_features import Page, build_page
from digest.segmentation.section_classifier import KINDS, SectionKind, find_features, likely_kinds
from domain.names import fold_name
from tests.digest.crossed import LANGUAGES, Language, load_language
from tests.digest.crossed.pages import Page as CrossedPage
from tests.digest.crossed.pages import write_page
from tests.digest.fit_weights import WRITTEN
from tests.digest.generated.truth import COMMENTARY, INTRO, TRAILING
from tests.digest.written import ODD_STRUCTURES, ONCE_BLIND, REAL_STRUCTURES, WrittenDigest, load_written

FILE = Path(section_classifier.__file__).with_name("section_words.toml")
FOLDER = Path(__file__).with_name("sections")
LEAST_TEXTS = 4
"""Sections in which a feature occurs at least, to have a weight."""

STEPS = 20
RATE = 0.15
DECAY = 4.0
"""How strongly each weight is held near zero."""

GRAIN = 0.2
"""Step of the weights in the file."""

_KINDS_OF_BLOCKS = {
    "": SectionKind.INTRODUCTION,
    "left out": SectionKind.TRAILING,
    "commentary": SectionKind.COMMENTARY,
    "trailing": SectionKind.TRAILING,
}
_KINDS_OF_PLACES = {
    INTRO: SectionKind.INTRODUCTION,
    COMMENTARY: SectionKind.COMMENTARY,
    TRAILING: SectionKind.TRAILING,
}
_HEAD = """\
# How much each word, or mark of its form, speaks for a kind of section, in nats (section_classifier.py).
# Fitted on sections of known kind by `python -m tests.digest.fit_sections`.
# Stamp of the fit: """


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The features of a section, and its kind."""

    features: tuple[str, ...]
    kind: SectionKind


def samples() -> Iterator[Sample]:
    """Yield the sections to fit on."""
    for path in sorted(FOLDER.glob("*.yaml")):
        for kind, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            for text in texts:
                yield from _samples(text, SectionKind(kind), only_first=False)
    for name in LANGUAGES:
        yield from crossed_samples(load_language(name), measured=False)
    for folder in (*WRITTEN, ONCE_BLIND, ODD_STRUCTURES, REAL_STRUCTURES):
        for digest in load_written(folder):
            yield from _written_samples(digest)


def crossed_samples(language: Language, *, measured: bool) -> Iterator[Sample]:
    """Yield the sections of a language's blocks."""
    for opening in language.openings:
        if opening.measured is measured:
            yield from _samples(opening.text, _KINDS_OF_BLOCKS[opening.kind], only_first=False)
    for ending in language.endings:
        if ending.measured is measured:
            kind = _KINDS_OF_BLOCKS[ending.kind]
            yield from _samples(ending.text, kind, only_first=kind is SectionKind.COMMENTARY)
    for form in language.forms:
        if form.measured is measured:
            yield from _news_samples(write_page(language, form))


def _samples(text: str, kind: SectionKind, *, only_first: bool) -> Iterator[Sample]:
    page = parse(text)
    starts = [at for at, piece in enumerate(page.pieces) if at == 0 or piece.rank or at in page.ruled]
    for at in starts[:1] if only_first else starts:
        yield _sample(page, at, kind)


def _news_samples(crossed: CrossedPage) -> Iterator[Sample]:
    """Yield two sections of a page, two items with headings, and the headings within the first item."""
    page = parse(crossed.source)
    titles = {news.title for news in crossed.news}
    names = [at for at, piece in enumerate(page.pieces) if piece.rank and _is_named(piece.plain, crossed.sections)]
    heads = [at for at, piece in enumerate(page.pieces) if _is_named(piece.plain, titles)]
    inside = [at for at in range(heads[0] + 1, heads[1]) if page.pieces[at].rank] if len(heads) > 1 else []
    for at in (*names[:2], *(at for at in heads[:2] if page.pieces[at].rank), *inside):
        yield _sample(page, at, SectionKind.NEWS)


def _is_named(plain: str, names: Iterable[str]) -> bool:
    return any(name in plain for name in names)


def _written_samples(digest: WrittenDigest) -> Iterator[Sample]:
    """Yield the sections of a digest that names of its news begin, or that hold words of one region only."""
    page = parse(split_front_matter(digest.data.decode()).body)
    items = digest.truth.items
    names = {fold_name(name) for item in items for name in (*item.sections, *item.headlines) if name}
    for at, piece in enumerate(page.pieces):
        if not piece.rank and at not in page.ruled:
            continue
        if {fold_name(piece.plain), fold_name(piece.unnumbered.plain)} & names:
            yield _sample(page, at, SectionKind.NEWS)
            continue
        text = page.section(at).text
        places = {place for placed in digest.truth.all_placed() if placed.words in text for place in placed.places}
        if len(places) == 1 and (kind := _KINDS_OF_PLACES.get(places.pop())):
            yield _sample(page, at, kind)


def _sample(page: Page, at: int, kind: SectionKind) -> Sample:
    return Sample(features=tuple(sorted(find_features(page.section(at)))), kind=kind)


def parse(text: str) -> Page:
    """Return the page of a text without front matter."""
    return build_page(flatten_blocks(build_blocks(tokenize(text).tokens, 1, text.split("\n"), [])))


def fit(known: Sequence[Sample], *, seed: int = 1) -> dict[str, tuple[float, ...]]:
    """Return the weights of each feature under which the kinds of the sections are likeliest, by AdaGrad."""
    counts = Counter(feature for sample in known for feature in sample.features)
    kept = {feature for feature, count in counts.items() if count >= LEAST_TEXTS}
    kinds = Counter(sample.kind for sample in known)
    shares = {kind: len(known) / len(KINDS) / kinds[kind] for kind in KINDS}
    weights = {feature: [0.0] * len(KINDS) for feature in sorted(kept)}
    slopes = {feature: [1e-8] * len(KINDS) for feature in sorted(kept)}
    rows = [([feature for feature in sample.features if feature in kept], sample.kind) for sample in known]
    random = Random(seed)
    for _ in range(STEPS):
        random.shuffle(rows)
        for features, kind in rows:
            likely = _probabilities(features, weights)
            for at, each in enumerate(KINDS):
                error = shares[kind] * (likely[at] - (each is kind))
                for feature in features:
                    own, slope = weights[feature], slopes[feature]
                    gradient = error + DECAY * own[at] / counts[feature]
                    slope[at] += gradient * gradient
                    own[at] -= RATE * gradient / sqrt(slope[at])
    return {feature: _centred(each) for feature, each in weights.items()}


def _probabilities(features: Sequence[str], weights: Mapping[str, Sequence[float]]) -> list[float]:
    sums = [sum(each) for each in zip(*(weights[feature] for feature in features), strict=True)] or [0.0] * len(KINDS)
    most = max(sums)
    odds = [exp(total - most) for total in sums]
    return [each / sum(odds) for each in odds]


def _centred(weights: Sequence[float]) -> tuple[float, ...]:
    """Return the weights less their mean, which changes no probability, in whole grains."""
    mean = sum(weights) / len(weights)
    return tuple(round((weight - mean) / GRAIN) * GRAIN for weight in weights)


def formatted(weights: Mapping[str, Sequence[float]], known: Sequence[Sample]) -> str:
    """Return the text of the file: for each kind the features by their weight, the heaviest first."""
    lines: list[str] = []
    for at, kind in enumerate(KINDS):
        by_weight: defaultdict[int, list[str]] = defaultdict(list)
        for feature, each in weights.items():
            if grains := round(each[at] / GRAIN):
                by_weight[grains].append(feature)
        lines += ["", f"[{kind}]"]
        for grains in sorted(by_weight, reverse=True):
            features = fill(", ".join(sorted(by_weight[grains])), 118, break_long_words=False, break_on_hyphens=False)
            lines.append(f'"{grains * GRAIN:.1f}" = """\\\n{features}"""')
    body = "\n".join(lines) + "\n"
    settings = (LEAST_TEXTS, STEPS, RATE, DECAY, GRAIN)
    stamp = sha256(repr((settings, known, body)).encode()).hexdigest()[:16]
    return f"{_HEAD}{stamp}\n{body}"


def share_right(known: Sequence[Sample], weights: dict[str, tuple[float, ...]]) -> float:
    """Return the share of sections whose kind is the likeliest."""
    right = 0
    for sample in known:
        found = likely_kinds(sample.features, weights)
        right += max(found, key=lambda kind: found[kind]) is sample.kind
    return right / len(known)


if __name__ == "__main__":
    known = list(samples())
    fitted = fit(known)
    measured = [one for name in LANGUAGES for one in crossed_samples(load_language(name), measured=True)]
    sys.stdout.write(f"{len(known)} sections, {len(fitted)} features\n")
    for name, each in (("fitted", known), ("only measured", measured)):
        sys.stdout.write(f"{name}: {share_right(each, fitted):.1%} of {len(each)} right\n")
    FILE.write_text(formatted(fitted, known), encoding="utf-8")
