"""Torture a small fleet for some seconds, and check that it finds a mutation. The long form: `make torture-fleet`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.__main__ import summary
from tests.fleet.torture import FAULTS, FleetOptions, torture
from tests.postgresql import program_folder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program_folder() is None, reason="PostgreSQL is not installed"),
]

SMALL = FleetOptions(bots=2, people=40, rate=15, seconds=0, drop=0.1)


async def test_dying_and_frozen_senders_leave_nobody_out(tmp_path: Path) -> None:
    result = await torture(SMALL, tmp_path)
    assert result.disagreements == [], summary(SMALL, result)
    assert set(FAULTS) <= set(+result.faults)
    assert result.takeovers > 0
    assert result.messages + result.unconfirmed >= SMALL.bots * SMALL.people
    assert 0 < result.fullest_second <= SMALL.rate
