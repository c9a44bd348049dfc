"""Precision and recall of the classifier over items labelled by hand.

Labels are by date and position (`fixtures/categories.json`); odd positions were for tuning, even ones measure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from digest.reader import read_digests
from digest.segmentation.classifier import Classifier

FIXTURES = Path(__file__).parent / "fixtures"


@dataclass(frozen=True)
class Score:
    """Counts of items classified, classified correctly, and labelled by hand."""

    given: int
    right: int
    labelled: int

    @property
    def precision(self) -> float:
        return self.right / self.given if self.given else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled if self.labelled else 0.0

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.0%} ({self.right}/{self.given}), "
            f"recall {self.recall:.0%} ({self.right}/{self.labelled})"
        )


def labels() -> dict[str, list[str]]:
    """Load the labels: for each day a category for each item, "" for none."""
    found: dict[str, list[str]] = json.loads((FIXTURES / "categories.json").read_text(encoding="utf-8"))
    return found


def measure(corpus: Path, classifier: Classifier, *, odd: bool) -> Score:
    """Score the classifier over the odd (tuning) or the even (measuring) positions."""
    given = right = labelled = 0
    for day, names in labels().items():
        (digest,) = read_digests((corpus / f"{day}.md").read_bytes(), classifier=Classifier())
        for item, name in zip(digest.items, names, strict=True):
            if (item.position % 2 == 1) is not odd:
                continue
            found = classifier.classify(item.headline, f"{item.body.plain}\n{item.url}")
            given += bool(found)
            labelled += bool(name)
            right += bool(found) and found == name
    return Score(given, right, labelled)
