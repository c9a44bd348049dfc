"""Fit the weights of likely kinds on the utterances for development: `python -m tests.handlers.utterances.fit`.

An averaged perceptron with a margin: what is read wrongly, or only just right, moves the weights of its words.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import handlers.input
from handlers.input.likely_kinds import features
from handlers.input.written_forms import whole_form, without_separators
from tests.handlers.utterances.judge import FOLDER, Meaning, utterances

WEIGHTS_FILE = Path(handlers.input.__file__).parent / "likely_kinds.json"
TRAINING = "development"
_ROUNDS = 8
_MARGIN = 1.0
_LEAST_WEIGHT = 0.5

Example = tuple[frozenset[str], str]
Sums = defaultdict[str, Counter[str]]


def stamp() -> str:
    """Return the hash of what the weights are fitted on."""
    return hashlib.sha256((FOLDER / f"{TRAINING}.toml").read_bytes()).hexdigest()


def examples() -> list[Example]:
    """Return the features and labels of the utterances for development."""
    return [
        (features(whole_form(without_separators(utterance.text)).text), _label(utterance.meanings[0]))
        for utterance in utterances(TRAINING)
    ]


def fit(sources: Iterable[Example]) -> dict[str, dict[str, float]]:
    """Return the average weights of the features by label, without small ones."""
    known = sorted(sources, key=lambda example: (sorted(example[0]), example[1]))
    labels = sorted({label for _, label in known})
    weights, totals = Sums(Counter), Sums(Counter)
    order, step = random.Random(1), 0
    for _ in range(_ROUNDS):
        order.shuffle(known)
        for found, right in known:
            step += 1
            sums = Counter(dict.fromkeys(labels, 0.0))
            for feature in found:
                sums.update(weights[feature])
            rival = max((label for label in labels if label != right), key=lambda label: sums[label])
            if sums[right] - sums[rival] < _MARGIN:
                for feature in found:
                    for label, change in ((right, 1), (rival, -1)):
                        weights[feature][label] += change
                        totals[feature][label] += change * step
    averages = {
        (label, feature): weight - totals[feature][label] / step
        for feature, of_labels in weights.items()
        for label, weight in of_labels.items()
    }
    fitted: dict[str, dict[str, float]] = {label: {} for label in labels}
    for (label, feature), average in sorted(averages.items()):
        if abs(average) >= _LEAST_WEIGHT:
            fitted[label][feature] = round(average, 1)
    return fitted


def _label(meaning: Meaning) -> str:
    value = next((meaning[name] for name in ("language", "layout", "sound") if name in meaning), "")
    return f"{meaning['intent']} {value}".strip()


def main() -> None:
    source = {"fitted_on": stamp(), "weights": fit(examples())}
    WEIGHTS_FILE.write_text(json.dumps(source, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
