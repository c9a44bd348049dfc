"""Fixtures of the transport tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from emulator.client import EmulatorClient, run_emulator


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    """Run an emulated Telegram."""
    async with run_emulator() as emulator:
        yield emulator
