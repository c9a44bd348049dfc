"""Recall of a broadcast: its messages are deleted, whatever answers are lost and whenever the process ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from domain.delivery.progress import Progress
from domain.delivery.states import RunState
from emulator.client import EmulatorClient
from storage import runs
from tests.databases import sql
from tests.delivery.harness import ADMIN, MORNING, DeliveryHarness, open_harness
from tests.delivery.test_progress_reporter import start_broadcast


async def _sent(harness: DeliveryHarness, people: int) -> tuple[int, list[int]]:
    """Send a broadcast; return its run and the chats that have it."""
    chats = await harness.crowd(people)
    run_id, _ = await start_broadcast(harness.database, harness.emulator)
    await harness.at(MORNING)
    await harness.finished(run_id)
    return run_id, chats


async def _recall(harness: DeliveryHarness, run_id: int) -> bool:
    async with harness.database.write() as tx:
        return await runs.recall(tx, run_id, actor=ADMIN, now=harness.clock.now)


async def _recalled(harness: DeliveryHarness, run_id: int) -> Progress:
    await harness.delivery_service.tick()
    ended = await harness.until(run_id, lambda now: now.recall is not None and now.recall.state is RunState.FINISHED)
    assert ended.recall is not None
    return ended.recall


async def _left(harness: DeliveryHarness, chats: list[int]) -> int:
    """Return how many of the bot's messages the chats still show."""
    return sum([len(await (await harness.emulator.chat(chat)).history()) for chat in chats])


async def test_recall_deletes_each_message_once(harness: DeliveryHarness) -> None:
    run_id, chats = await _sent(harness, 8)
    assert await _left(harness, chats) == 8
    assert await _recall(harness, run_id)
    recall = await _recalled(harness, run_id)
    assert (recall.recipients, recall.sent, await _left(harness, chats)) == (8, 8, 0)
    assert not await _recall(harness, run_id)
    async with harness.database.write() as tx:
        await sql(tx, "UPDATE deliveries SET state = 'unconfirmed' WHERE run_id = ?", run_id)
        assert await runs.resend_unconfirmed(tx, run_id) == 0
        await sql(tx, "UPDATE deliveries SET state = 'failed', reason = 'rejected' WHERE run_id = ?", run_id)
        assert await runs.retry_failed(tx, run_id) == 0


async def test_deletion_without_an_answer_is_repeated(harness: DeliveryHarness) -> None:
    run_id, chats = await _sent(harness, 3)
    assert await _recall(harness, run_id)
    await harness.emulator.add_fault("drop", method="deleteMessage", times=2)
    await harness.delivery_service.tick()
    await harness.until(run_id, lambda now: now.recall is not None and now.recall.sent == 1)
    harness.clock.now += timedelta(seconds=10)
    recall = await _recalled(harness, run_id)
    assert (recall.sent, recall.unconfirmed, await _left(harness, chats)) == (3, 0, 0)


async def test_recall_goes_on_after_a_kill(emulator: EmulatorClient, tmp_path: Path) -> None:
    """What the dead process had in flight is asked for again, whether it was deleted or not."""
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        run_id, chats = await _sent(harness, 4)
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        harness.clock.now = MORNING
        assert await _recall(harness, run_id)
        await harness.delivery_service._components.planner.plan_due(MORNING)
        async with harness.database.write() as tx:
            await sql(tx, "UPDATE deliveries SET state = 'in_flight' WHERE run_id <> ? AND part = 1", run_id)
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        harness.clock.now = MORNING
        recall = await _recalled(harness, run_id)
        assert (recall.sent, recall.unconfirmed, await _left(harness, chats)) == (4, 0, 0)


async def test_recall_waits_for_messages_in_flight(harness: DeliveryHarness) -> None:
    run_id, chats = await _sent(harness, 2)
    async with harness.database.write() as tx:
        await sql(tx, "UPDATE deliveries SET state = 'in_flight' WHERE run_id = ?", run_id)
    assert await _recall(harness, run_id)
    await harness.delivery_service.tick()
    async with harness.database.write() as tx:
        await sql(tx, "UPDATE deliveries SET state = 'sent' WHERE run_id = ?", run_id)
    harness.clock.now += timedelta(seconds=2)
    recall = await _recalled(harness, run_id)
    assert (recall.sent, await _left(harness, chats)) == (2, 0)


async def test_only_an_ended_broadcast_of_two_days_is_recalled(harness: DeliveryHarness) -> None:
    run_id, _ = await _sent(harness, 1)
    harness.clock.now = MORNING + timedelta(hours=48)
    assert not await _recall(harness, run_id)
    harness.clock.now = MORNING
    running, _ = await start_broadcast(harness.database, harness.emulator)
    assert not await _recall(harness, running)
