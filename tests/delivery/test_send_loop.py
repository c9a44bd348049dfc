"""The send loop: every batch is sent, those that failed again, and it wakes when there is more to send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import structlog.testing
from structlog.typing import EventDict

from delivery import send_loop
from delivery.run_queue import RecipientBatch
from delivery.send_loop import SendLoop
from delivery.sender import Sender
from domain.delivery.states import RunState
from emulator.client import EmulatorClient
from tests.databases import break_writes, mend_writes, sql
from tests.delivery.harness import DAY, MORNING, DeliveryHarness, edition, open_harness, run_of
from tests.waiting import PATIENCE


class ScriptedSender(Sender):
    """Sender that settles its batches at once, unless the script says to wait, or to fail, as the next one."""

    def __init__(self, harness: DeliveryHarness, *script: float | Exception) -> None:
        self.harness = harness
        self.script = list(script)
        self.sent: list[int] = []
        self.has_sent = asyncio.Condition()

    async def send(self, batch: RecipientBatch) -> float:
        async with self.has_sent:
            self.sent.append(batch.subscriber_id)
            self.has_sent.notify_all()
        answer = self.script.pop(0) if self.script else 0.0
        if isinstance(answer, Exception):
            raise answer
        if not answer:
            async with self.harness.database.write() as tx:
                await sql(
                    tx,
                    "UPDATE deliveries SET state = 'sent' WHERE run_id = ? AND subscriber_id = ?",
                    batch.run_id,
                    batch.subscriber_id,
                )
        return answer

    async def wait_for(self, count: int) -> list[int]:
        """Wait until so many batches were sent; return their recipients."""
        async with asyncio.timeout(PATIENCE), self.has_sent:
            await self.has_sent.wait_for(lambda: len(self.sent) >= count)
        return self.sent


@dataclass
class Loop:
    """A send loop over a planned run, with workers."""

    send_loop: SendLoop
    sender: ScriptedSender
    harness: DeliveryHarness
    run_id: int
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @asynccontextmanager
    async def running(self, workers: int = 2) -> AsyncIterator[None]:
        coroutines = [self.send_loop.fill_queues(), *(self.send_loop.work() for _ in range(workers))]
        self.tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
        try:
            yield
        finally:
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)

    async def finished(self) -> None:
        assert (await self.harness.finished(self.run_id)).pending == 0


@pytest.fixture
async def harness(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[DeliveryHarness]:
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as opened:
        yield opened


async def _loop(harness: DeliveryHarness, *script: float | Exception, people: int = 3) -> Loop:
    """Plan an edition for people; return the loop that sends it."""
    await harness.audience(range(1, people + 1))
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    components = harness.delivery_service._components
    sender = ScriptedSender(harness, *script)
    built = components.send_loop
    loop = SendLoop(sender, built._run_queues, built._run_lifecycle, components.startup_check, harness.clock)
    return Loop(loop, sender, harness, run_id)


@pytest.mark.parametrize("workers", [1, 5])
async def test_each_recipient_is_sent_one_batch(workers: int, harness: DeliveryHarness) -> None:
    loop = await _loop(harness)
    async with loop.running(workers):
        await loop.finished()
    assert sorted(loop.sender.sent) == [1, 2, 3]


async def test_batch_that_has_to_wait_is_read_again(harness: DeliveryHarness) -> None:
    """Others go on meanwhile; the run does not end without it."""
    loop = await _loop(harness, 0.2)
    async with loop.running(workers=1):
        await loop.finished()
    first = loop.sender.sent[0]
    assert loop.sender.sent.count(first) == 2
    assert loop.sender.sent[-1] == first
    assert len(loop.sender.sent) == 4


async def test_batch_that_failed_is_sent_again(harness: DeliveryHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_loop, "ERROR_RETRY_SECONDS", 0.1)
    loop = await _loop(harness, RuntimeError("a defect"))
    with structlog.testing.capture_logs() as logs:
        async with loop.running():
            await loop.finished()
    assert len(loop.sender.sent) == 4
    (failed,) = [entry for entry in logs if entry["event"] == "batch_failed"]
    assert (failed["run"], failed["subscriber"]) == (loop.run_id, loop.sender.sent[0])


async def _until_logged(logs: Sequence[EventDict], event: str, *, times: int = 1) -> None:
    async with asyncio.timeout(PATIENCE):
        while sum(entry["event"] == event for entry in logs) < times:  # noqa: ASYNC110 - a log notifies nobody
            await asyncio.sleep(0.01)


async def test_run_that_could_not_be_finished_is_finished_later(
    harness: DeliveryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without anything else to do that would wake the loop."""
    monkeypatch.setattr(send_loop, "ERROR_RETRY_SECONDS", 0.1)
    loop = await _loop(harness)
    async with harness.database.write() as tx:
        await break_writes(tx, "runs", event="UPDATE OF state")
    with structlog.testing.capture_logs() as logs:
        async with loop.running():
            await _until_logged(logs, "run_not_finished")
            async with harness.database.write() as tx:
                await mend_writes(tx)
            await loop.finished()
    assert sorted(loop.sender.sent) == [1, 2, 3]


async def test_workers_of_paid_batches_leave_the_others_alone(harness: DeliveryHarness) -> None:
    loop = await _loop(harness)
    async with loop.running(workers=0), asyncio.timeout(PATIENCE):
        paid = asyncio.create_task(loop.send_loop.work(paid=True))
        while not loop.send_loop._run_queues.has_batch(paid=False):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        assert not paid.done()
        assert loop.sender.sent == []
    async with loop.running():
        await loop.finished()
    paid.cancel()
    assert sorted(loop.sender.sent) == [1, 2, 3]


async def test_queues_that_could_not_be_read_are_read_again(
    harness: DeliveryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_loop, "ERROR_RETRY_SECONDS", 0.05)
    loop = await _loop(harness)
    async with harness.database.write() as tx:
        await tx.exec_driver_sql("ALTER TABLE waves RENAME TO away")
    with structlog.testing.capture_logs() as logs:
        async with loop.running():
            await _until_logged(logs, "run_queues_failed", times=2)
            async with harness.database.write() as tx:
                await tx.exec_driver_sql("ALTER TABLE away RENAME TO waves")
            await loop.finished()
    assert len(loop.sender.sent) == 3


async def test_held_process_sends_nothing(harness: DeliveryHarness) -> None:
    loop = await _loop(harness)
    startup_check = harness.delivery_service._components.startup_check
    startup_check.hold("the database is lost")
    async with loop.running():
        for _ in range(20):
            loop.send_loop.wake()
            await harness.progress(loop.run_id)
    assert loop.sender.sent == []


async def test_part_is_sent_when_its_time_has_come(harness: DeliveryHarness) -> None:
    """Nobody wakes the loop then."""
    loop = await _loop(harness, people=1)
    async with harness.database.write() as tx:
        await tx.exec_driver_sql("UPDATE deliveries SET not_before = '2025-09-12 00:00:00.300000'")
    async with loop.running():
        async with asyncio.timeout(PATIENCE):
            while loop.send_loop._run_queues.seconds_until_retry(MORNING) is None:  # noqa: ASYNC110 - it notifies nobody
                await asyncio.sleep(0.01)
        assert loop.sender.sent == []
        harness.clock.now += timedelta(seconds=1)
        await loop.sender.wait_for(1)


async def test_loop_that_is_idle_is_woken(harness: DeliveryHarness) -> None:
    loop = await _loop(harness, people=1)
    async with loop.running():
        await loop.finished()
        harness.delivery_service._components.send_loop._run_queues.sync([], changed=())
        second = await _second_run(harness)
        loop.send_loop.wake()
        await loop.sender.wait_for(2)
        assert (await harness.finished(second)).state is RunState.FINISHED


async def _second_run(harness: DeliveryHarness) -> int:
    """Plan the edition of the next day."""
    day = timedelta(days=1)
    harness.clock.now = MORNING + day
    run_id = run_of(await harness.publish(edition(DAY + day, published=MORNING + day - timedelta(hours=1))))
    await harness.at(MORNING + day)
    return run_id
