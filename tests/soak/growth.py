"""Decide whether a process has grown, from samples of what it held in each round. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

MIN_ROUNDS = 8
"""Fewer rounds show no trend."""

ALLOWED_MEMORY_SHARE = 0.05
ALLOWED_MEMORY_MIB = 2.0
ALLOWED_OTHERS = 2
"""Descriptors, tasks and threads by which the end may exceed the beginning: one of each may just be in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a process holds at one moment."""

    resident_mib: float
    descriptors: int
    tasks: int
    threads: int


def quietest(samples: Sequence[Sample]) -> Sample:
    """Return the least of each figure in a round: what is held when nothing is being done."""
    return Sample(
        resident_mib=min(sample.resident_mib for sample in samples),
        descriptors=min(sample.descriptors for sample in samples),
        tasks=min(sample.tasks for sample in samples),
        threads=min(sample.threads for sample in samples),
    )


def growth(rounds: Sequence[Sample]) -> list[str]:
    """Return each figure that grew from the second to the last quarter of the rounds.

    The first quarter is left out: caches, pools and tables of the database fill up in it. Raises ValueError for fewer
    than `MIN_ROUNDS` rounds.
    """
    if len(rounds) < MIN_ROUNDS:
        raise ValueError(f"{len(rounds)} rounds show no trend; at least {MIN_ROUNDS} are needed")
    quarter = len(rounds) // 4
    before, after = rounds[quarter : 2 * quarter], rounds[-quarter:]
    return [
        f"{name} grew from {first:.1f} to {last:.1f}"
        for name in ("resident_mib", "descriptors", "tasks", "threads")
        if (last := _median(after, name)) > (first := _median(before, name)) + _allowance(name, first)
    ]


def _median(rounds: Sequence[Sample], name: str) -> float:
    return statistics.median(float(getattr(sample, name)) for sample in rounds)


def _allowance(name: str, value: float) -> float:
    return ALLOWED_MEMORY_MIB + value * ALLOWED_MEMORY_SHARE if name == "resident_mib" else ALLOWED_OTHERS
