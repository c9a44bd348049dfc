"""The owner of a bot is cut off by the network. All kinds of cuts, with times: `make partitions`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.network import why_impossible
from tests.fleet.partitions import RATE, partition
from tests.postgresql import program_folder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program_folder() is None, reason="PostgreSQL is not installed"),
]


@pytest.mark.parametrize("kind", ["answers of PostgreSQL"])
async def test_owner_that_is_cut_off_is_followed_and_silent(kind: str, tmp_path: Path) -> None:
    """The bytes of one side still arrive, so only silence says that something is wrong."""
    if (reason := why_impossible()) is not None:
        pytest.skip(reason)
    result = await partition(kind, tmp_path)
    assert result.disagreements == []
    assert result.owner_after is not None
    assert result.unconfirmed <= 2 * RATE
