"""Fixtures that run a test for every driver and both ways to receive updates, against its own emulator."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from emulator.client import EmulatorClient, run_emulator
from tests.conformance.transports import DRIVERS, SETUPS, DriverSetup
from tests.handlers.conftest import bot

__all__ = ["bot"]


@pytest.fixture(params=SETUPS, ids=str)
def setup(request: pytest.FixtureRequest) -> DriverSetup:
    assert isinstance(request.param, DriverSetup)
    return request.param


@pytest.fixture(params=list(DRIVERS))
def driver_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator() as emulator:
        yield emulator
