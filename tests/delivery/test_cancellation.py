"""Cancellation at every await: work that was cut off is completed once by the next attempt."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery import planner
from delivery.publishing import PublishStatus
from delivery.retry_after_store import RetryAfterStore
from domain.delivery.states import RunState
from domain.subscription.preferences import ContentPreferences, Layout
from emulator.client import EmulatorClient
from storage import retry_after
from tests.cancellation import at_every_step
from tests.databases import sql
from tests.delivery.harness import MORNING, Clock, open_harness, run_of


async def test_cancelled_publishing_is_completed_once(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.audience(range(1, 4))
        await harness.audience(range(4, 7), preferences=ContentPreferences(Layout.FULL, "en"))
        attempts = [task async for task in at_every_step(harness.publish)]
        assert len(attempts) > 20
        published = await attempts[-1]
        assert published.status in (PublishStatus.NEW, PublishStatus.UNCHANGED)
        await harness.at(MORNING)
        progress = await harness.progress(run_of(published))
        assert (progress.recipients, progress.pending) == (6, 6)
        async with harness.database.read() as tx:
            assert (await sql(tx, "SELECT count(*) FROM runs")).scalar_one() == 1


async def test_cancelled_ticks_plan_everybody_once(
    emulator: EmulatorClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Includes the first tick, which runs the startup check, and the one that completes the planning."""
    monkeypatch.setattr(planner, "STEP_SECONDS", 0)
    monkeypatch.setattr(planner, "FIRST_CHUNK_RECIPIENTS", 1)
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.audience(range(1, 41))
        run_id = run_of(await harness.publish())
    async with open_harness(emulator, tmp_path / "bot.db", clock=Clock(MORNING), running=False) as harness:
        attempts = [task async for task in at_every_step(harness.delivery_service.tick)]
        assert len(attempts) > 20
        await attempts[-1]
        assert harness.delivery_service.health_checks() == {}
        progress = await harness.progress(run_id)
        assert (progress.recipients, progress.pending, progress.state) == (40, 40, RunState.RUNNING)


async def test_cancelled_write_of_a_429_is_repeated(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        holds = RetryAfterStore(harness.database, harness.rate_limiter, harness.clock)
        harness.rate_limiter.add_retry_after_listener(holds.note)
        harness.rate_limiter.apply_retry_after(7, 3600)
        harness.rate_limiter.apply_retry_after(-7, 600)
        async for task in at_every_step(holds.write):
            assert task.cancelled() or task.result() is None
        async with harness.database.read() as tx:
            assert {deadline.chat_id for deadline in await retry_after.get_all(tx)} == {None, -7}
