"""Fixtures of the transport tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from emulator.client import Sim, running


@pytest.fixture
async def sim() -> AsyncIterator[Sim]:
    """Run an emulated Telegram."""
    async with running() as sim:
        yield sim
