"""Twelve days of a real newsletter, compared with labels made by hand (`fixtures/hextra.json`)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.reader import read_digests
from digest.segmentation.classifier import Classifier
from tests.digest.labelled import FIXTURES, labels, measure

TRUTH: dict[str, list[dict[str, str]]] = json.loads((FIXTURES / "hextra.json").read_text(encoding="utf-8"))
CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "hextra"  # beside the project, on some machines
EDGE = re.compile(r"[\s\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200d\u2b50，。]+$")
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not on this machine")


@needs_corpus
@pytest.mark.parametrize("day", TRUTH)
def test_headlines_links_and_sections_match_labels(day: str) -> None:
    """Remove emoji and full stops at the end of a headline, which are not compared."""
    (digest,) = read_digests((CORPUS / f"{day}.md").read_bytes(), name=f"{day}.md")
    read = [(EDGE.sub("", item.headline), item.url, item.section) for item in digest.items]
    assert read == [(EDGE.sub("", true["headline"]), true["url"], true["section"]) for true in TRUTH[day]]
    assert digest.date is not None
    assert digest.date.isoformat() == day


@needs_corpus
def test_the_words_find_most_categories(record_property: Callable[[str, object], None]) -> None:
    """Measured on the half not used for tuning; docs/digest-format.md has the figures."""
    classifier = Classifier.load_default()
    tuned, held_out = measure(CORPUS, classifier, odd=True), measure(CORPUS, classifier, odd=False)
    record_property("tuned", str(tuned))
    record_property("held out", str(held_out))
    assert held_out.precision >= 0.62
    assert held_out.recall >= 0.62


def test_there_are_enough_labels() -> None:
    """At least 150 items are labelled, with categories of the default classifier."""
    given = [name for names in labels().values() for name in names if name]
    assert len(given) >= 150
    assert set(given) <= {category.name for category in Classifier.load_default().categories}
    assert {day: len(names) for day, names in labels().items()} == {day: len(items) for day, items in TRUTH.items()}
