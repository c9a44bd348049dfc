"""Queues of runs that finish and go on: nothing that is to be sent is left without a queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from delivery.run_queues import RunQueues
from emulator.client import EmulatorClient
from tests.delivery.harness import MORNING, TEXTS, DeliveryHarness, open_harness, run_of


@pytest.fixture
async def idle_harness(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[DeliveryHarness]:
    """Yield a harness whose delivery service is not running."""
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        yield harness


async def _settled_queue(harness: DeliveryHarness) -> tuple[RunQueues, int]:
    """Return the queues of one run that has nothing to send and was just found settled."""
    await harness.crowd(1)
    run_id = run_of(await harness.publish())
    run_queues = RunQueues(harness.database, TEXTS)
    run_queues.sync([run_id], changed=())
    assert not await run_queues.fill(MORNING)
    assert run_queues.pop_settled() == run_id
    assert run_queues.pop_settled() is None
    return run_queues, run_id


async def test_finished_run_is_removed(idle_harness: DeliveryHarness) -> None:
    run_queues, run_id = await _settled_queue(idle_harness)
    run_queues.remove_finished(run_id)
    await idle_harness.at(MORNING)
    assert not await run_queues.fill(MORNING)


async def test_run_woken_while_it_finishes_keeps_its_queue(idle_harness: DeliveryHarness) -> None:
    """An admin resent unconfirmed parts, and a tick saw it, before the finished run was removed."""
    run_queues, run_id = await _settled_queue(idle_harness)
    await idle_harness.at(MORNING)
    run_queues.sync([run_id], changed=())
    run_queues.remove_finished(run_id)
    assert await run_queues.fill(MORNING)
    assert run_queues.pop_batch()


async def test_queue_woken_while_reading_reads_again(idle_harness: DeliveryHarness) -> None:
    """What it was woken for may have come just after the page was read."""
    run_queues, run_id = await _settled_queue(idle_harness)
    run_queues.sync([run_id], changed=())
    reading = asyncio.create_task(run_queues.fill(MORNING))
    await asyncio.sleep(0)
    run_queues.sync([run_id], changed=[run_id])
    assert not await reading
    assert run_queues.pop_settled() is None
    await idle_harness.at(MORNING)
    assert await run_queues.fill(MORNING)


async def test_queue_that_failed_to_read_reads_again(idle_harness: DeliveryHarness) -> None:
    run_queues, run_id = await _settled_queue(idle_harness)
    await idle_harness.at(MORNING)
    run_queues.sync([run_id], changed=[run_id])
    async with idle_harness.database.write() as tx:
        await tx.exec_driver_sql("ALTER TABLE waves RENAME TO away")
    with pytest.raises(Exception, match="no such table"):
        await run_queues.fill(MORNING)
    async with idle_harness.database.write() as tx:
        await tx.exec_driver_sql("ALTER TABLE away RENAME TO waves")
    assert await run_queues.fill(MORNING)
