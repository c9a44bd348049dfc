"""Fit the weights of `digest/segmentation/weights.toml`: `python -m tests.digest.fit_weights [COUNT] [SEED] [ROUNDS]`.

It begins with `prior_weights.toml` beside it, holds each weight near its prior, and prints and writes the fitted ones
with a stamp of what they were fitted on.

    digests of known truth -> readings, right and wrong -> weights under which the right ones are cheaper

Each round reads all digests and keeps what each reading costs by its terms. Gradient descent then makes the cheapest
right reading of each digest cheaper than its wrong ones, by a margin. The digests are generated ones of fitting
combinations (never held-out ones), those written by hand that are not held out, those of `tests/digest/combined.py`,
and some of `tests/digest/crossed`.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import islice, product
from math import exp, log
from pathlib import Path
from random import Random

from digest import reader
from digest.reader import read_digests
from digest.segmentation import selection
from digest.segmentation.classifier import Classifier
from digest.segmentation.page_features import Page
from digest.segmentation.selection import Segmentation, rank_segmentations
from tests.digest.combined import BODIES, FORMS, NEWS, DigestForm, written
from tests.digest.crossed import LANGUAGES, load_language
from tests.digest.crossed.faults import find_faults
from tests.digest.crossed.pages import Page as CrossedPage
from tests.digest.crossed.pages import crossed_pages
from tests.digest.generated.combine import generate_many
from tests.digest.generated.judge import find_file_differences
from tests.digest.generated.truth import Truth
from tests.digest.reading import heads
from tests.digest.written import (
    ARCHIVES,
    ARCHIVES_HELD_OUT,
    ARCHIVES_UNSEEN,
    FILES,
    KINDS,
    MORE_STRUCTURES,
    STRUCTURES,
    TRIAL,
    TRIAL_HELD_OUT,
    load_written,
)

FILE = Path(selection.__file__).with_name("weights.toml")
PRIORS = Path(__file__).with_name("prior_weights.toml")
MARGIN = 0.7
PULL = 180.0
"""How strongly each weight is held near where it was, on a logarithmic scale."""

STEPS = 120
RATE = 0.02
LEAST = 0.02
READINGS = 4
WRITTEN = (
    *(KINDS, FILES, TRIAL, TRIAL_HELD_OUT),
    *(ARCHIVES, ARCHIVES_HELD_OUT, ARCHIVES_UNSEEN, STRUCTURES, MORE_STRUCTURES),
)
"""The folders of digests written by hand whose faults have been looked at."""

EVERY = 24
"""Of how many openings and endings one is crossed with each form."""

COUNT, SEED, ROUNDS = 150, 1, 3
"""How many generated digests, from which seed on, and how many rounds make the committed weights."""

_STAMP = "# Stamp of the fit: "
Check = Callable[[bytes], bool]


@dataclass(slots=True, kw_only=True)
class Case:
    """A digest, whether it is read right, how much it counts, and the readings found so far with their terms."""

    data: bytes
    is_right: Check
    importance: float = 1.0
    right: list[Mapping[str, float]] = field(default_factory=list)
    wrong: list[Mapping[str, float]] = field(default_factory=list)


def cases(count: int, seed: int) -> Iterator[Case]:
    """Yield the digests to fit on."""
    for generated in islice(generate_many(seed), count):
        yield Case(data=generated.source.encode(), is_right=partial(_agrees, truth=generated.truth), importance=2)
    for folder in WRITTEN:
        importance = 8 if folder in (KINDS, FILES) else 4
        for digest in load_written(folder):
            yield Case(data=digest.data, is_right=partial(_agrees, truth=digest.truth), importance=importance)
    for page in (
        page for name in LANGUAGES for page in crossed_pages(load_language(name), measured=False, every=EVERY)
    ):
        yield Case(data=page.source.encode(), is_right=partial(_is_read_right, page=page))
    for form, body in product(FORMS, BODIES):
        section = "##" if len(form + body) % 2 else "no sections"
        source = written(DigestForm(form, section, body, remarks="heading")).encode()
        yield Case(data=source, is_right=_has_the_news, importance=4)


def _agrees(data: bytes, truth: Truth) -> bool:
    return not find_file_differences(data, truth)


def _is_read_right(_data: bytes, page: CrossedPage) -> bool:
    return not find_faults(page)


def _has_the_news(data: bytes) -> bool:
    digest = read_digests(data, classifier=Classifier())[0]
    return heads(digest) == list(NEWS) and bool(digest.commentary)


def explore(case: Case, tried: Mapping[str, float]) -> bool:
    """Keep the best readings under some weights; return whether the very best is right."""
    pages: list[Page] = []

    def keep(page: Page, *, prior: object) -> Segmentation:
        pages.append(page)
        return selection.select_items(page, tried)

    with _selecting(keep):
        found = case.is_right(case.data)
    if len(pages) != 1:
        return found
    for reading in rank_segmentations(pages[0], tried)[:READINGS]:
        with _selecting(partial(_always, reading)):
            (case.right if case.is_right(case.data) else case.wrong).append(_amounts(reading))
    return found


@contextmanager
def _selecting(select: Callable[..., Segmentation]) -> Iterator[None]:
    """Let the reader take the reading that a function chooses."""
    known = vars(reader)["select_items"]
    vars(reader)["select_items"] = select
    try:
        yield
    finally:
        vars(reader)["select_items"] = known


def _always(reading: Segmentation, _page: Page, *, prior: object) -> Segmentation:
    return reading


def _amounts(reading: Segmentation) -> Mapping[str, float]:
    amounts: Counter[str] = Counter()
    for name, amount in (term for terms in reading.terms for term in terms):
        amounts[name] += amount  # type: ignore[assignment]
    return amounts


def fit(digests: Sequence[Case], start: Mapping[str, float], rounds: int) -> dict[str, float]:
    """Return the weights that read most right of those that each round found; it prints each round."""
    tried, best, random = dict(start), (-1.0, dict(start)), Random(rounds)
    for number in range(rounds):
        read = [explore(case, tried) for case in digests]
        share = sum(case.importance for case, right in zip(digests, read, strict=True) if right)
        best = max(best, (share, dict(tried)), key=lambda pair: pair[0])
        sys.stdout.write(f"round {number}: {sum(read)} of {len(digests)} right\n")
        for case in (case for case in digests if not case.right):
            explore(case, {name: weight * exp(random.gauss(0, 0.5)) for name, weight in tried.items()})
        tried = _descend(digests, tried, start)
    return best[1]


def _descend(digests: Sequence[Case], tried: Mapping[str, float], start: Mapping[str, float]) -> dict[str, float]:
    """Move the logarithms of the weights against the gradient of the margins' logistic loss (Adam)."""
    logs = {name: log(weight) for name, weight in tried.items()}
    mean, square = dict.fromkeys(logs, 0.0), dict.fromkeys(logs, 0.0)
    for step in range(1, STEPS + 1):
        now = {name: exp(value) for name, value in logs.items()}
        slope = _slope(digests, now)
        for name, value in tuple(logs.items()):
            gradient = slope[name] * now[name] + 2 * PULL * (value - log(start[name]))
            mean[name] = 0.9 * mean[name] + 0.1 * gradient
            square[name] = 0.99 * square[name] + 0.01 * gradient**2
            scaled = (square[name] / (1 - 0.99**step)) ** 0.5 + 1e-8
            logs[name] = max(log(LEAST), value - RATE * mean[name] / (1 - 0.9**step) / scaled)
    return {name: exp(value) for name, value in logs.items()}


def _slope(digests: Sequence[Case], now: Mapping[str, float]) -> dict[str, float]:
    slope: dict[str, float] = dict.fromkeys(now, 0.0)
    for case in (case for case in digests if case.right and case.wrong):
        cost, right = min(((_cost(one, now), number) for number, one in enumerate(case.right)))
        for wrong in case.wrong:
            excess = cost - _cost(wrong, now) + MARGIN
            pressure = case.importance / (1 + exp(-min(excess, 50))) if excess > -3 else 0.0
            for sign, reading in ((1, case.right[right]), (-1, wrong)):
                for name, amount in reading.items():
                    slope[name] += sign * pressure * amount
    return slope


def _cost(reading: Mapping[str, float], now: Mapping[str, float]) -> float:
    return sum(now[name] * amount for name, amount in reading.items())


def load(path: Path) -> dict[str, float]:
    """Return the weights of a file by name."""
    groups = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: weight for group in groups.values() for name, weight in group.items()}


def stamp(digests: Sequence[Case], start: Mapping[str, float], rounds: int, fitted: Mapping[str, float]) -> str:
    """Hash what a fit began with and what came out, so that neither is changed without the other."""
    rounded = {name: round(weight, 2) for name, weight in fitted.items()}
    known = sha256(repr((dict(start), rounds, MARGIN, PULL, STEPS, RATE, LEAST, READINGS, rounded)).encode())
    for case in digests:
        known.update(case.data)
    return known.hexdigest()[:16]


def formatted(fitted: Mapping[str, float], stamped: str) -> str:
    """Return the file of weights with the fitted ones and their stamp; comments and order stay."""
    lines = []
    for line in FILE.read_text(encoding="utf-8").split("\n"):
        name = line.partition(" = ")[0]
        kept = f"{_STAMP}{stamped}" if line.startswith(_STAMP) else line
        lines.append(f"{name} = {round(fitted[name], 2)}" if name in fitted else kept)
    return "\n".join(lines)


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    digest_count, first, round_count = arguments + [COUNT, SEED, ROUNDS][len(arguments) :]
    fitting = list(cases(digest_count, first))
    outcome = fit(fitting, load(PRIORS), round_count)
    text = formatted(outcome, stamp(fitting, load(PRIORS), round_count, outcome))
    sys.stdout.write(text)
    FILE.write_text(text, encoding="utf-8")
