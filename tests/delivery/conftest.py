"""Fixtures of delivery's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from emulator.client import EmulatorClient, run_emulator
from tests.delivery.harness import ADMIN, Stage, staged


@pytest.fixture(autouse=True, scope="package")
def plain_tracebacks() -> None:
    """The pretty ones of structlog's default take longer than what is tested here."""
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, renderer])


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    """An emulated Telegram, with the admin in it."""
    async with run_emulator() as emulator:
        await emulator.create_user("Admin", language="en", id=ADMIN, started=True)
        yield emulator


@pytest.fixture
async def stage(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[Stage]:
    """A courier at work."""
    async with staged(emulator, tmp_path / "bot.db") as stage:
        yield stage
