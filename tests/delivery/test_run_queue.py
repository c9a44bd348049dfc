"""The queue of one run: pages of whole recipients, nobody twice, and what waits for later."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

from delivery import run_queue
from delivery.run_queue import RecipientBatch, RunQueue
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, Layout
from tests.databases import sql
from tests.delivery.harness import MORNING, TEXTS, DeliveryHarness, edition, long_edition, run_of

SECOND = timedelta(seconds=1)
LATER = Schedule("Asia/Shanghai", 9 * 60)


async def _queue(harness: DeliveryHarness, people: int, parts: int = 1) -> RunQueue:
    """Plan an edition of so many parts for people, and return the queue of its run."""
    await harness.audience(range(1, people + 1), preferences=ContentPreferences(Layout.FULL, "zh"))
    run_id = run_of(await harness.publish(edition() if parts == 1 else long_edition(parts)))
    await harness.at(MORNING)
    return RunQueue(harness.database, TEXTS, run_id)


def _pop_all(queue: RunQueue) -> list[RecipientBatch]:
    batches = []
    while batch := queue.pop_batch():
        batches.append(batch)
    return batches


async def _change_deliveries(harness: DeliveryHarness, statement: str, *values: object) -> None:
    async with harness.database.write() as tx:
        await sql(tx, statement, *values)


@pytest.mark.parametrize("cached", [0, 1, 1000])
async def test_pages_hold_whole_recipients(cached: int, idle: DeliveryHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few payloads are kept in memory."""
    monkeypatch.setattr(run_queue, "PAGE_ROWS", 3)
    monkeypatch.setattr(run_queue, "MAX_CACHED_PAYLOADS", cached)
    queue = await _queue(idle, people=4, parts=2)
    pages = []
    while await queue.fill(MORNING):
        pages.append(_pop_all(queue))
        assert not queue.is_settled
    assert [len(page) for page in pages] == [1, 1, 1, 1]
    batches = [batch for page in pages for batch in page]
    assert [batch.run_id for batch in batches] == [queue.run_id] * 4
    assert queue.batches_out == len({batch.subscriber_id for batch in batches}) == 4
    for batch in batches:
        assert [due.key.part for due, _ in batch.parts] == [1, 2]
        assert {due.key.subscriber_id for due, _ in batch.parts} == {batch.subscriber_id}
        assert [payload.id for _, payload in batch.parts] == [due.payload_id for due, _ in batch.parts]
        assert batch.due_at == MORNING


async def test_queue_reads_again_when_its_last_batch_is_finished(idle: DeliveryHarness) -> None:
    queue = await _queue(idle, people=2)
    assert await queue.fill(MORNING)
    first, second = _pop_all(queue)
    assert not await queue.fill(MORNING)
    queue.finish_batch(first)
    assert (queue.batches_out, queue.is_settled) == (1, False)
    assert not await queue.fill(MORNING)
    queue.finish_batch(second)
    assert queue.batches_out == 0
    assert not queue.is_settled  # its rows are pending still
    assert await queue.fill(MORNING)
    for batch in _pop_all(queue):
        queue.finish_batch(batch)
    await _change_deliveries(idle, "UPDATE deliveries SET state = 'sent'")
    assert not await queue.fill(MORNING)
    assert queue.is_settled


async def test_batch_finished_while_reading_is_not_handed_out_again(idle: DeliveryHarness) -> None:
    """The page may show its rows as they were before."""
    queue = await _queue(idle, people=2)
    await queue.fill(MORNING)
    first, second = _pop_all(queue)
    queue.wake()
    reading = asyncio.create_task(queue.fill(MORNING))
    await asyncio.sleep(0)
    queue.finish_batch(first)
    queue.finish_batch(second)
    assert not await reading
    assert queue.pop_batch() is None
    assert await queue.fill(MORNING)
    assert len(_pop_all(queue)) == 2


async def test_part_that_waits_is_read_when_its_time_has_come(idle: DeliveryHarness) -> None:
    queue = await _queue(idle, people=1)
    await _change_deliveries(idle, "UPDATE deliveries SET not_before = '2025-09-12 00:00:10.000000'")
    assert not await queue.fill(MORNING)
    assert queue.retry_at == MORNING + 10 * SECOND
    assert queue.is_settled
    assert not await queue.fill(MORNING + 9 * SECOND)
    assert queue.retry_at == MORNING + 10 * SECOND
    assert await queue.fill(MORNING + 10 * SECOND)
    assert len(_pop_all(queue)) == 1


async def test_suspended_queue_drops_rows_and_remembers_batches(idle: DeliveryHarness) -> None:
    queue = await _queue(idle, people=3)
    await queue.fill(MORNING)
    batch = queue.pop_batch()
    assert batch is not None
    queue.drop_rows()
    assert queue.pop_batch() is None
    assert queue.batches_out == 1
    assert await queue.fill(MORNING)
    others = {other.subscriber_id for other in _pop_all(queue)}
    assert len(others) == 2
    assert batch.subscriber_id not in others


async def test_each_batch_knows_when_its_wave_was_due(idle: DeliveryHarness) -> None:
    """Also that of a schedule which came up after the first page was read."""
    queue = await _queue(idle, people=1)
    await queue.fill(MORNING)
    (batch,) = _pop_all(queue)
    assert batch.due_at == MORNING
    await idle.audience([99], LATER, ContentPreferences(Layout.FULL, "zh"))
    later = MORNING + timedelta(hours=1)
    await idle.at(MORNING)
    await idle.at(later)
    queue.finish_batch(batch)
    await queue.fill(later)
    assert {batch.due_at for batch in _pop_all(queue)} == {MORNING, later}


async def test_page_begins_after_the_one_before_and_soon_at_the_first(
    idle: DeliveryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_queue, "PAGE_ROWS", 2)
    queue = await _queue(idle, people=4)
    ids = []
    for seconds in (0, 1, 6, 7):
        assert await queue.fill(MORNING + seconds * SECOND)
        (batch,) = _pop_all(queue)
        ids.append(batch.subscriber_id)
        queue.finish_batch(batch)  # and its row is pending again
    assert ids == [ids[0], ids[0] + 1, ids[0], ids[0] + 1]


async def test_queue_is_settled_only_when_the_first_page_is_empty(
    idle: DeliveryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_queue, "PAGE_ROWS", 2)
    queue = await _queue(idle, people=3)
    ids: list[int] = []
    state = "UPDATE deliveries SET state = ? WHERE subscriber_id = ?"
    for _ in range(3):
        assert await queue.fill(MORNING)
        (batch,) = _pop_all(queue)
        ids.append(batch.subscriber_id)
        queue.finish_batch(batch)
        await _change_deliveries(idle, state, "sent", ids[-1])
        await _change_deliveries(idle, state, "pending", ids[0])
    assert len(set(ids)) == 3
    assert await queue.fill(MORNING)
    assert [batch.subscriber_id for batch in _pop_all(queue)] == ids[:1]


async def test_next_page_is_read_while_rows_are_left(idle: DeliveryHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later one, that is: where pages begin anew, recipients whose rows are left would come twice."""
    monkeypatch.setattr(run_queue, "PAGE_ROWS", 3)
    monkeypatch.setattr(run_queue, "LOW_ROWS", 1)
    queue = await _queue(idle, people=7)
    assert await queue.fill(MORNING)
    first = queue.pop_batch()
    assert first is not None
    assert queue.wants_page(MORNING)
    assert not queue.wants_page(MORNING + 5 * SECOND)
    assert await queue.fill(MORNING)
    assert not queue.wants_page(MORNING)  # three rows are ready: one of the first page, two of the second
    ids = [batch.subscriber_id for batch in (first, *_pop_all(queue))]
    assert await queue.fill(MORNING)
    ids += [batch.subscriber_id for batch in _pop_all(queue)]
    assert ids == list(range(ids[0], ids[0] + 6))


@pytest.mark.parametrize("seed", range(12))
async def test_nobody_has_two_batches_at_a_time_and_everybody_gets_one(
    seed: int, idle: DeliveryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However batches are taken and finished while pages are read, and the clock goes on."""
    generator = random.Random(seed)
    monkeypatch.setattr(run_queue, "PAGE_ROWS", generator.randint(3, 6))
    monkeypatch.setattr(run_queue, "LOW_ROWS", generator.randint(0, 4))
    people, now, sent = 20, MORNING, set[int]()
    queue = await _queue(idle, people)
    out: dict[int, RecipientBatch] = {}
    while len(sent) < people:
        now += generator.choice((0, 0, 0, 1, 3)) * SECOND
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(queue.fill(now))
            while not reading.done():
                await asyncio.sleep(0)
                if generator.random() < 0.3 and (batch := queue.pop_batch()):
                    assert batch.subscriber_id not in out
                    assert batch.subscriber_id not in sent
                    out[batch.subscriber_id] = batch
                if out and generator.random() < 0.2:
                    subscriber_id = generator.choice(list(out))
                    statement = "UPDATE deliveries SET state = 'sent' WHERE subscriber_id = ?"
                    await _change_deliveries(idle, statement, subscriber_id)
                    sent.add(subscriber_id)
                    queue.finish_batch(out.pop(subscriber_id))
        assert queue.batches_out == len(out)
