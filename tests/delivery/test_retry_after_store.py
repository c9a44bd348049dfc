"""A 429's end is kept: by the group it was for, whatever met it, over restarts, and on a clock that is moved."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from emulator.client import EmulatorClient
from storage import retry_after
from storage.database import Database
from tests.delivery.harness import ADMIN, MORNING, Clock, open_harness, run_of
from tests.virtual_time import in_virtual_time, now
from tests.waiting import wait_until
from transport.rate_limiter import RateLimiter
from transport.turn_queue import Priority

GROUP = -1001234


@in_virtual_time
async def test_claims_made_just_before_a_hold_return_at_once() -> None:
    """Its commit took its time, and the 429 came meanwhile: it must not wait for an hour as if it were in flight."""
    rate_limiter = RateLimiter(10, monotonic=now)
    async with rate_limiter.permit(2, Priority.BULK) as permit:
        rate_limiter.apply_retry_after(1, 3600)
        assert not await permit.wait_for_turn()
    assert now() < 1


async def test_group_hold_survives_a_restart(emulator: EmulatorClient, tmp_path: Path) -> None:
    clock = Clock()
    group = await emulator.create_supergroup("Readers")
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        await harness.audience([group.id])
        await emulator.add_fault("flood", method="sendMessage", chat_id=group.id, retry_after=600)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        await harness.until(run_id, lambda now: now.pending == 1 and harness.rate_limiter.chat_wait(group.id) > 500)
        await _until(harness.database, "SELECT count(*) FROM retry_after WHERE chat_id < 0")
    await emulator.clear_faults()
    clock.now += timedelta(minutes=4)
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        await harness.delivery_service.tick()
        assert harness.rate_limiter.retry_after == 0
        assert 300 < harness.rate_limiter.chat_wait(group.id) <= 360
        assert await harness.times() == {}


@pytest.mark.parametrize("moved", [timedelta(), timedelta(hours=-2)], ids=["", "the clock goes back"])
async def test_hold_met_by_a_reply_survives_a_restart_unextended(
    emulator: EmulatorClient, tmp_path: Path, moved: timedelta
) -> None:
    clock = Clock()
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        harness.rate_limiter.apply_retry_after(ADMIN, 600)
        await _until(harness.database, "SELECT count(*) FROM retry_after WHERE chat_id = 0")
    clock.now += moved
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        await harness.delivery_service.tick()
        assert 500 < harness.rate_limiter.retry_after <= 600
    clock.now += timedelta(minutes=11) - moved
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        await harness.delivery_service.tick()
        assert harness.rate_limiter.retry_after == 0
        async with harness.database.read() as tx:
            assert await retry_after.get_all(tx) == []


async def _until(database: Database, count: str) -> None:
    """Wait until a query counts something."""

    async def read() -> int:
        async with database.read() as tx:
            return int((await tx.exec_driver_sql(count)).scalar_one())

    await wait_until(read, bool)


async def test_retry_does_not_wait_after_the_clock_is_set_back(emulator: EmulatorClient, tmp_path: Path) -> None:
    clock, late = Clock(), MORNING + timedelta(hours=3)
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        (chat,) = await harness.crowd(1)
        run_id = run_of(await harness.publish())
        fault = await emulator.add_fault("refuse")
        await harness.at(late)
        await _until(harness.database, "SELECT count(*) FROM deliveries WHERE state = 'pending' AND attempts > 0")
        await emulator.request("DELETE", f"/faults/{fault}")
        await harness.at(late - timedelta(hours=2))
        await harness.finished(run_id)
        assert await harness.times() == {chat: 1}
