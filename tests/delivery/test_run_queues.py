"""Feeds of runs that end, and go on: nothing that is to be sent is left without one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from delivery.run_queues import RunQueues
from emulator.client import EmulatorClient
from tests.delivery.harness import MORNING, Stage, run_of, staged


@pytest.fixture
async def still(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage on which nothing is sent."""
    async with staged(emulator, tmp_path / "bot.db", running=False) as stage:
        yield stage


async def _at_its_end(stage: Stage) -> tuple[RunQueues, int]:
    """The feed of a run that has nothing to send, just when the run is found to be over."""
    await stage.crowd(1)
    run_id = run_of(await stage.publish())
    run_queues = RunQueues(stage.database)
    run_queues.sync([run_id], changed=())
    assert not await run_queues.fill(MORNING)
    assert run_queues.pop_settled() == run_id
    assert run_queues.pop_settled() is None
    return run_queues, run_id


async def test_a_run_that_has_ended_is_followed_no_more(still: Stage) -> None:
    run_queues, run_id = await _at_its_end(still)
    run_queues.remove_finished(run_id)
    await still.at(MORNING)
    assert not await run_queues.fill(MORNING)


async def test_a_run_that_goes_on_while_its_end_is_told_keeps_its_feed(still: Stage) -> None:
    """An admin sent again what was not confirmed, and a look saw it, before the ended run's feed was given up."""
    run_queues, run_id = await _at_its_end(still)
    await still.at(MORNING)
    run_queues.sync([run_id], changed=())
    run_queues.remove_finished(run_id)
    assert await run_queues.fill(MORNING)
    assert run_queues.pop_batch()


async def test_a_feed_that_is_woken_while_it_reads_reads_again(still: Stage) -> None:
    """What it was woken for may have come just after the page was read."""
    run_queues, run_id = await _at_its_end(still)
    run_queues.sync([run_id], changed=())
    reading = asyncio.create_task(run_queues.fill(MORNING))
    await asyncio.sleep(0)
    run_queues.sync([run_id], changed=[run_id])
    assert not await reading
    assert run_queues.pop_settled() is None
    await still.at(MORNING)
    assert await run_queues.fill(MORNING)


async def test_a_feed_that_could_not_be_read_does_not_rest(still: Stage) -> None:
    run_queues, run_id = await _at_its_end(still)
    await still.at(MORNING)
    run_queues.sync([run_id], changed=[run_id])
    async with still.database.write() as tx:
        await tx.exec_driver_sql("ALTER TABLE waves RENAME TO away")
    with pytest.raises(Exception, match="no such table"):
        await run_queues.fill(MORNING)
    async with still.database.write() as tx:
        await tx.exec_driver_sql("ALTER TABLE away RENAME TO waves")
    assert await run_queues.fill(MORNING)
