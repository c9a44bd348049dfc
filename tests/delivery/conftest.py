"""Fixtures of the delivery tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from emulator.client import EmulatorClient, run_emulator
from tests.delivery.harness import ADMIN, DeliveryHarness, open_harness

collect_ignore = [] if find_spec("asyncpg") else ["test_takeover.py"]


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    """Yield an emulated Telegram in which the admin has started the bot."""
    async with run_emulator() as emulator:
        await emulator.create_user("Admin", language="en", id=ADMIN, started=True)
        yield emulator


@pytest.fixture
async def harness(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[DeliveryHarness]:
    """Yield a harness whose delivery service is running."""
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        yield harness


@pytest.fixture
async def idle(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[DeliveryHarness]:
    """Yield a harness whose delivery service is not running."""
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        yield harness


@pytest.fixture
async def notifying(idle: DeliveryHarness) -> AsyncIterator[DeliveryHarness]:
    """Yield a harness of which only the notifier runs."""
    sending = asyncio.create_task(idle.delivery_service._components.notifier.run())
    yield idle
    sending.cancel()
    await asyncio.wait([sending])
