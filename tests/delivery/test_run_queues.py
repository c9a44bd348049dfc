"""Queues of runs that finish and go on: nothing that is to be sent is left without a queue."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from delivery.run_queues import MIN_RETRY_SECONDS, RunQueues
from domain.delivery.progress import CardMessage
from storage import runs
from tests.databases import sql
from tests.delivery.harness import ADMIN, MORNING, TEXTS, DeliveryHarness, run_of


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


async def test_finished_run_is_removed_and_no_other(idle: DeliveryHarness) -> None:
    run_queues, (finished, other) = await _broadcasts(idle, 2, people=0)
    assert not await run_queues.fill(MORNING)
    run_queues.remove_finished(finished)
    assert run_queues.sync([], changed=()) == [other]


async def test_run_is_settled_anew_after_a_batch(idle: DeliveryHarness) -> None:
    run_queues, run_id = await _settled_queue(idle)
    await idle.at(MORNING)
    run_queues.sync([run_id], changed=())
    assert await run_queues.fill(MORNING)
    taken = run_queues.pop_batch()
    assert taken is not None
    assert run_queues.pop_settled() is None
    async with idle.database.write() as tx:
        await tx.exec_driver_sql("UPDATE deliveries SET state = 'sent'")
    queue, batch = taken
    queue.finish_batch(batch)
    assert not await run_queues.fill(MORNING)
    assert [run_queues.pop_settled() for _ in range(2)] == [run_id, None]


async def test_run_woken_while_it_finishes_keeps_its_queue(idle: DeliveryHarness) -> None:
    """An admin resent unconfirmed parts, and a tick saw it, before the finished run was removed."""
    run_queues, run_id = await _settled_queue(idle)
    await idle.at(MORNING)
    run_queues.sync([run_id], changed=())
    run_queues.remove_finished(run_id)
    assert await run_queues.fill(MORNING)
    assert run_queues.pop_batch()


async def test_queue_woken_while_reading_reads_again(idle: DeliveryHarness) -> None:
    """What it was woken for may have come just after the page was read."""
    run_queues, run_id = await _settled_queue(idle)
    run_queues.sync([run_id], changed=())
    reading = asyncio.create_task(run_queues.fill(MORNING))
    await asyncio.sleep(0)
    run_queues.sync([run_id], changed=[run_id])
    assert not await reading
    assert run_queues.pop_settled() is None
    await idle.at(MORNING)
    assert await run_queues.fill(MORNING)


async def test_queue_that_failed_to_read_reads_again(idle: DeliveryHarness) -> None:
    run_queues, run_id = await _settled_queue(idle)
    await idle.at(MORNING)
    run_queues.sync([run_id], changed=[run_id])
    async with idle.database.write() as tx:
        await tx.exec_driver_sql("ALTER TABLE waves RENAME TO away")
    with pytest.raises(Exception, match=r"no such table|does not exist"):
        await run_queues.fill(MORNING)
    async with idle.database.write() as tx:
        await tx.exec_driver_sql("ALTER TABLE away RENAME TO waves")
    assert await run_queues.fill(MORNING)


async def _broadcasts(harness: DeliveryHarness, count: int, people: int = 2) -> tuple[RunQueues, list[int]]:
    """Return the queues of planned broadcasts, and their run ids."""
    if people:
        await harness.crowd(people)
    run_ids = []
    async with harness.database.write() as tx:
        for number in range(count):
            body = {"text": f"news {number}"}
            run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body=body, now=MORNING)
            assert await runs.confirm(tx, run_id, actor=ADMIN, card=CardMessage(ADMIN, number), now=MORNING)
            run_ids.append(run_id)
    await harness.at(MORNING)
    run_queues = RunQueues(harness.database, TEXTS)
    assert run_queues.sync(run_ids, changed=()) == []
    return run_queues, run_ids


def _pop_all(run_queues: RunQueues) -> list[tuple[int, int]]:
    """Return run and recipient of all batches that are ready, in order."""
    popped = []
    while taken := run_queues.pop_batch():
        popped.append((taken[1].run_id, taken[1].subscriber_id))
    return popped


async def test_runs_take_turns(idle: DeliveryHarness) -> None:
    run_queues, (first, second, third) = await _broadcasts(idle, 3)
    assert await run_queues.fill(MORNING)
    assert [run_id for run_id, _ in _pop_all(run_queues)] == [first, second, third] * 2


async def test_stopped_run_hands_out_nothing(idle: DeliveryHarness) -> None:
    run_queues, (first, second) = await _broadcasts(idle, 2)
    assert await run_queues.fill(MORNING)
    assert run_queues.sync([second], changed=()) == [first]
    assert run_queues.sync([second], changed=()) == []
    await run_queues.fill(MORNING)
    assert {run_id for run_id, _ in _pop_all(run_queues)} == {second}


async def test_run_that_goes_on_excludes_batches_still_out(idle: DeliveryHarness) -> None:
    """A batch is out, and its row is not claimed yet, while the run is paused and resumed."""
    run_queues, (run_id, other) = await _broadcasts(idle, 2)
    assert await run_queues.fill(MORNING)
    taken = run_queues.pop_batch()
    assert taken is not None
    assert run_queues.sync([other], changed=()) == [run_id]
    assert run_queues.sync([other, run_id], changed=()) == []
    await run_queues.fill(MORNING)
    recipients = [subscriber_id for run, subscriber_id in _pop_all(run_queues) if run == run_id]
    assert len(recipients) == 1
    assert taken[1].subscriber_id not in recipients


async def test_each_settled_run_is_found_though_others_change(idle: DeliveryHarness) -> None:
    run_queues, (first, second) = await _broadcasts(idle, 2, people=0)
    assert not await run_queues.fill(MORNING)
    run_queues.sync([first, second], changed=[first])
    assert not await run_queues.fill(MORNING)
    assert [run_queues.pop_settled() for _ in range(3)] == [first, second, None]
    run_queues.mark_unsettled(second)
    assert [run_queues.pop_settled() for _ in range(2)] == [second, None]


async def test_next_retry_is_the_earliest_of_all_runs(idle: DeliveryHarness) -> None:
    run_queues, run_ids = await _broadcasts(idle, 2, people=1)
    async with idle.database.write() as tx:
        for run_id, at in zip(run_ids, (MORNING + timedelta(seconds=10), MORNING + timedelta(seconds=4)), strict=True):
            await sql(tx, "UPDATE deliveries SET not_before = ? WHERE run_id = ?", at, run_id)
    assert run_queues.seconds_until_retry(MORNING) is None
    assert not await run_queues.fill(MORNING)
    assert run_queues.seconds_until_retry(MORNING) == 4
    late = MORNING + timedelta(seconds=4)
    assert run_queues.seconds_until_retry(late) == MIN_RETRY_SECONDS
    assert await run_queues.fill(late)
    assert [run_id for run_id, _ in _pop_all(run_queues)] == run_ids[1:]
