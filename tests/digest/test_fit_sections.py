"""The committed weights of words are the outcome of the fit: the stamp holds the sections and what came out."""

from __future__ import annotations

from digest.segmentation.section_classifier import KINDS, SectionKind, likely_kinds, load_weights
from tests.digest.fit_sections import FILE, Sample, fit, formatted, samples, share_right

_KNOWN = [
    *(Sample(features=("name:news", "ships", "shared"), kind=SectionKind.NEWS) for _ in range(6)),
    *(Sample(features=("name:today", "welcom"), kind=SectionKind.INTRODUCTION) for _ in range(6)),
    *(Sample(features=("name:though", "i", "think"), kind=SectionKind.COMMENTARY) for _ in range(6)),
    *(Sample(features=("name:source", "feed", "shared"), kind=SectionKind.TRAILING) for _ in range(6)),
]


def test_committed_weights_are_the_outcome_of_the_fit() -> None:
    assert formatted(load_weights(), list(samples())) == FILE.read_text(encoding="utf-8"), "run make fit"


def test_fit_tells_the_kinds_apart_and_repeats() -> None:
    weights = fit(_KNOWN)
    assert share_right(_KNOWN, weights) == 1
    assert weights == fit(_KNOWN)


def test_a_feature_of_two_kinds_speaks_for_both() -> None:
    weights = fit(_KNOWN)
    likely = likely_kinds(["shared"], weights)
    assert min(likely[SectionKind.NEWS], likely[SectionKind.TRAILING]) > 1 / len(KINDS)
    assert "rare" not in fit([*_KNOWN, Sample(features=("rare",), kind=SectionKind.NEWS)])
