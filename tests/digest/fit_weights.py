"""Fit the weights of `digest/segmentation/weights.toml`: `python -m tests.digest.fit_weights [COUNT] [SEED]`.

Coordinate search: each weight in turn is made smaller and larger, and what reads more digests right is kept. The
digests are generated ones of fitting combinations (never held-out ones) and the digests of `tests/digest/combined.py`.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from itertools import islice, product
from pathlib import Path

from digest.reader import read_digests
from digest.segmentation import selection, weights
from digest.segmentation.classifier import Classifier
from tests.digest.combined import BODIES, FORMS, NEWS, SECTIONS, DigestForm, written
from tests.digest.generated.combine import generate_many
from tests.digest.generated.judge import find_file_differences
from tests.digest.reading import heads

FILE = Path(selection.__file__).with_name("weights.toml")
FACTORS = (0.7, 1.4)
Case = Callable[[], bool]


def cases(count: int, seed: int) -> Iterator[Case]:
    """Yield checks, each of one digest: whether it is read right."""
    for generated in islice(generate_many(seed), count):
        yield lambda one=generated: not find_file_differences(one.source.encode(), one.truth)  # type: ignore[misc]
    for number, (form, section, body) in enumerate(product(FORMS, SECTIONS, BODIES)):
        if number % 9 == 0:
            source = written(DigestForm(form, section, body)).encode()
            yield lambda one=source: heads(read_digests(one, classifier=Classifier())[0]) == list(NEWS)  # type: ignore[misc]


def fit(checks: list[Case], start: Mapping[str, float]) -> dict[str, float]:
    """Return better weights; it prints each step."""
    best, least = dict(start), _count_wrong(checks, start)
    sys.stdout.write(f"{least} of {len(checks)} wrong\n")
    for name in start:
        for factor in FACTORS:
            tried = best | {name: round(best[name] * factor, 2)}
            wrong = _count_wrong(checks, tried)
            if wrong < least:
                best, least = tried, wrong
                sys.stdout.write(f"{name} = {tried[name]}: {wrong} wrong\n")
    return best


def _count_wrong(checks: list[Case], tried: Mapping[str, float]) -> int:
    with weights.replaced_weights(tried):
        return sum(not check() for check in checks)


def write(fitted: Mapping[str, float]) -> None:
    """Write the weights into their file; comments and order stay."""
    lines = []
    for line in FILE.read_text(encoding="utf-8").split("\n"):
        name = line.partition(" = ")[0]
        lines.append(f"{name} = {fitted[name]}" if name in fitted else line)
    FILE.write_text("\n".join(lines), encoding="utf-8")
    tomllib.loads(FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    write(fit(list(cases(*(arguments + [300, 1][len(arguments) :]))), weights.load_weights()))
