"""Run a short soak, and check that growth is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.soak.growth import MIN_ROUNDS, Sample, growth, quietest
from tests.soak.runner import SoakOptions, soak

QUIET = Sample(resident_mib=100.0, descriptors=20, tasks=270, threads=5)
WARM_UP = replace(QUIET, resident_mib=60.0, descriptors=10, tasks=200, threads=3)


@pytest.mark.long
async def test_two_rounds_with_an_outage_and_a_flood_pass(tmp_path: Path) -> None:
    result = await soak(
        SoakOptions(minutes=0, min_rounds=2, people=40, longest_outage_seconds=2), tmp_path, report=lambda _line: None
    )
    assert result.complaints == []
    assert len(result.rounds) == 2
    assert result.sent > 40
    assert result.answered


def test_steady_figures_after_a_warm_up_are_no_growth() -> None:
    assert growth([WARM_UP] * 2 + [QUIET] * 6) == []


@pytest.mark.parametrize(("name", "step"), [("resident_mib", 3.0), ("descriptors", 1), ("tasks", 1), ("threads", 1)])
def test_each_figure_that_grows_is_found(name: str, step: float) -> None:
    rounds = [replace(QUIET, **{name: getattr(QUIET, name) + step * number}) for number in range(2 * MIN_ROUNDS)]
    (complaint,) = growth(rounds)
    assert complaint.startswith(f"{name} grew")


def test_a_single_peak_is_no_growth() -> None:
    assert growth([QUIET] * 11 + [replace(QUIET, resident_mib=200.0)]) == []


def test_too_few_rounds_are_refused() -> None:
    with pytest.raises(ValueError, match="no trend"):
        growth([QUIET] * (MIN_ROUNDS - 1))


def test_a_round_counts_its_quietest_moment() -> None:
    busy = replace(QUIET, resident_mib=120.0, tasks=400)
    assert quietest([busy, QUIET, replace(busy, descriptors=19)]) == replace(QUIET, descriptors=19)
