"""Each test runs for every driver and both ways that updates come, against an emulated Telegram of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from emulator.client import EmulatorClient, run_emulator
from tests.conformance.transports import DRIVERS, LINES, Line
from tests.handlers.conftest import blank_database, bot

__all__ = ["blank_database", "bot"]


@pytest.fixture(params=LINES, ids=str)
def line(request: pytest.FixtureRequest) -> Line:
    found = request.param
    assert isinstance(found, Line)
    return found


@pytest.fixture(params=list(DRIVERS))
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator() as found:
        yield found
