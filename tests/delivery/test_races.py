"""Races between start, ticks, workers and admins: nothing is lost, whichever comes first."""

from __future__ import annotations

import asyncio
import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import structlog.testing

from delivery import planner, send_loop
from delivery.high_water_mark import HighWaterMark
from delivery.run_queues import RunQueues
from domain.delivery.policy import UnconfirmedPolicy
from domain.delivery.reasons import DeliveryReason, RunStateReason
from domain.delivery.states import RunState
from domain.subscription.preferences import ContentPreferences, Layout
from emulator.client import EmulatorClient
from storage import bots, claims, deliveries, runs
from tests.databases import break_writes, mend_writes
from tests.delivery.harness import MORNING, TEXTS, Clock, DeliveryHarness, long_edition, open_harness, run_of
from tests.waiting import PATIENCE

DELIVERY_TASKS = re.compile(
    r"(DeliveryService|SendLoop|Ledger|RetryAfterStore|Notifier|ProgressReporter|HighWaterWriter)\."
)
"""Coroutines that delivery runs as tasks, by their qualified names."""


class SlowMark(HighWaterMark):
    """Mark far ahead of any database, whose read waits for an event."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.may_read = threading.Event()

    def read(self) -> int:
        self.may_read.wait(30)
        return 10**9


class BadMark(HighWaterMark):
    """Mark whose first read fails."""

    attempts = 0

    def read(self) -> int:
        self.attempts += 1
        if self.attempts == 1:
            raise PermissionError
        return 10**9


async def _planned(emulator: EmulatorClient, path: Path, people: int = 3) -> int:
    """Plan a run in a process that has ended; return the run's id."""
    async with open_harness(emulator, path, running=False) as harness:
        await harness.crowd(people)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
    return run_id


async def test_tick_waits_for_the_startup_check(emulator: EmulatorClient, tmp_path: Path) -> None:
    await _planned(emulator, tmp_path / "bot.db")
    mark = SlowMark(tmp_path / "mark")
    async with open_harness(emulator, tmp_path / "bot.db", clock=Clock(MORNING), mark=mark) as harness:
        tick = asyncio.create_task(harness.delivery_service.tick())
        done, _ = await asyncio.wait({tick}, timeout=0.3)
        assert not done
        assert harness.delivery_service.health_checks() == {}  # a slow tick is no failure
        mark.may_read.set()
        assert await tick is None
        assert "on_hold" in harness.delivery_service.health_checks()
        assert await harness.times() == {}


async def test_failed_startup_check_is_repeated(emulator: EmulatorClient, tmp_path: Path) -> None:
    await _planned(emulator, tmp_path / "bot.db")
    async with open_harness(emulator, tmp_path / "bot.db", running=False, mark=BadMark(tmp_path / "mark")) as harness:
        with pytest.raises(PermissionError):
            await harness.delivery_service.tick()
        assert "planning" in harness.delivery_service.health_checks()
        with structlog.testing.capture_logs() as logs:
            await harness.delivery_service.tick()
        (reason,) = harness.delivery_service.health_checks().values()
        assert set(harness.delivery_service.health_checks()) == {"on_hold"}
        assert reason == "the database is older than what was sent: restored from a backup?"
        (entry,) = [entry for entry in logs if entry["log_level"] == "error"]
        assert (entry["event"], entry["reason"]) == ("sending_held", reason)
        assert "resume --after-restore" in entry["fix"]


async def test_held_process_plans_nothing(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.crowd(1)
        run_id = run_of(await harness.publish())
        startup_check = harness.delivery_service._components.startup_check
        assert "on_hold" not in harness.delivery_service.health_checks()
        startup_check.hold("another bot has it")
        assert await harness.at(MORNING) is None
        assert startup_check.hold_reason == "another bot has it"
        assert (await harness.progress(run_id)).total == 0


async def test_resumed_run_remembers_sends_in_flight(harness: DeliveryHarness) -> None:
    """The run's one part is in flight all the time and gets a 429: the run must not have finished meanwhile."""
    (chat,) = await harness.crowd(1)
    await harness.emulator.add_fault("flood", method="sendMessage", chat_id=chat, times=1, retry_after=1, seconds=1)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.until(run_id, lambda now: now.in_flight == 1)
    await harness.pause(run_id)
    await harness.resume(run_id)
    assert (await harness.finished(run_id)).sent == 1
    assert await harness.times() == {chat: 1}


async def test_cancelled_run_skips_a_part_that_comes_back(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(2)
    await harness.emulator.add_fault("flood", method="sendMessage", chat_id=chats[0], retry_after=1, seconds=1)
    await harness.emulator.add_fault("delay", method="sendMessage", chat_id=chats[1], seconds=1)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.until(run_id, lambda now: now.in_flight == 2)
    async with harness.database.write() as tx:
        assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
    await harness.delivery_service.tick()
    progress = await harness.until(run_id, lambda now: not now.in_flight)
    assert (progress.state, progress.sent, progress.skipped, progress.pending) == (RunState.CANCELLED, 1, 1, 0)


async def test_paused_run_makes_no_more_claims(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", rate=200) as harness:
        await harness.crowd(60)
        await emulator.add_fault("error", method="sendMessage", description="Bad Request: can't parse", error_code=400)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        await harness.until(run_id, lambda now: now.state is RunState.PAUSED and not now.in_flight)
        before, claimed = -1, await _claimed(harness)
        async with asyncio.timeout(PATIENCE):
            while before != claimed:
                await asyncio.sleep(1.2)  # longer than the limit of each chat
                before, claimed = claimed, await _claimed(harness)


async def _claimed(harness: DeliveryHarness) -> int:
    async with harness.database.read() as tx:
        return await bots.claim_count(tx)


async def test_database_error_delays_the_end_of_a_run(
    harness: DeliveryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_loop, "ERROR_RETRY_SECONDS", 0.5)
    await harness.crowd(2)
    run_id = run_of(await harness.publish())
    async with harness.database.write() as tx:
        await break_writes(tx, "runs", event="UPDATE OF state", when="new.state = 'finished'")
    await harness.at(MORNING)
    await harness.done(run_id)
    await asyncio.sleep(0.3)  # finishing fails meanwhile
    async with harness.database.write() as tx:
        await mend_writes(tx)
    assert (await harness.finished(run_id)).sent == 2


async def test_batches_handed_out_hide_no_later_recipient(emulator: EmulatorClient, tmp_path: Path) -> None:
    """However many batches are out, the recipients after them do not wait for all of these."""
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.crowd(110, preferences=ContentPreferences(Layout.FULL, "zh"))
        run_id = run_of(await harness.publish(long_edition(12)))
        await harness.at(MORNING)
        run_queues = RunQueues(harness.database, TEXTS)
        run_queues.sync([run_id], changed=())
        batches = []
        while await run_queues.fill(MORNING):
            while entry := run_queues.pop_batch():
                batches.append(entry[1])
        assert len({batch.subscriber_id for batch in batches}) == len(batches) == 110
        assert len({len(batch.parts) for batch in batches}) == 1


async def test_planning_stopped_halfway_is_completed_by_next_start(
    emulator: EmulatorClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "STEP_SECONDS", 0)
    monkeypatch.setattr(planner, "FIRST_CHUNK_RECIPIENTS", 20)
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        await harness.audience(range(1, 501))
        run_id = run_of(await harness.publish())
        harness.rate_limiter.restore_retry_after(None, 3600)
        harness.clock.now = MORNING
        tick = asyncio.create_task(harness.delivery_service.tick())
        await harness.until(run_id, lambda now: now.total > 0)
        tick.cancel()
        await asyncio.gather(tick, return_exceptions=True)
    async with open_harness(emulator, tmp_path / "bot.db", clock=Clock(MORNING), running=False) as harness:
        await harness.delivery_service.tick()
        assert (await harness.progress(run_id)).recipients == 500


async def test_second_stop_cancels_everything_at_once(emulator: EmulatorClient, tmp_path: Path) -> None:
    """A failure during the stop cancels a second time; then nothing may stay at work."""
    async with open_harness(emulator, tmp_path / "bot.db", in_flight=3) as harness:
        assert harness.task is not None
        await harness.crowd(9)
        await emulator.add_fault("hang", method="sendMessage")
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        await harness.until(run_id, lambda now: now.in_flight == 3)
        harness.task.cancel()
        done, _ = await asyncio.wait([harness.task], timeout=0.1)
        assert not done
        harness.task.cancel()
        await asyncio.wait([harness.task])
        coroutines = [repr(task.get_coro()) for task in asyncio.all_tasks()]
        assert not [coroutine for coroutine in coroutines if DELIVERY_TASKS.search(coroutine)]
        assert (await harness.progress(run_id)).in_flight == 3


async def test_resend_policy_counts_restarts(emulator: EmulatorClient, tmp_path: Path) -> None:
    """A bot that is killed at each send must not send the same message for ever."""
    path, sent = tmp_path / "bot.db", 0
    run_id = await _planned(emulator, path, people=1)
    for _ in range(6):
        async with open_harness(
            emulator, path, clock=Clock(MORNING), running=False, policy=UnconfirmedPolicy.RESEND
        ) as harness:
            await harness.delivery_service.tick()
            async with harness.database.read() as tx:
                page = await deliveries.page(tx, run_id, size=9, now=MORNING + timedelta(minutes=9))
            sent += len(await claims.claim_and_settle(harness.database, [], page, now=MORNING))
    assert sent == 4
    assert (await _unconfirmed(emulator, path, run_id)) == [DeliveryReason.INTERRUPTED]


async def _unconfirmed(emulator: EmulatorClient, path: Path, run_id: int) -> list[DeliveryReason | None]:
    async with open_harness(emulator, path, running=False) as harness, harness.database.read() as tx:
        return [delivery.reason for delivery in await deliveries.unconfirmed(tx, run_id, limit=9)]


async def test_resend_policy_holds_for_paused_runs(emulator: EmulatorClient, tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    run_id = await _planned(emulator, path, people=1)
    async with open_harness(emulator, path, clock=Clock(MORNING), running=False) as harness:
        async with harness.database.read() as tx:
            page = await deliveries.page(tx, run_id, size=9, now=MORNING)
        await claims.claim_and_settle(harness.database, [], page[:1], now=MORNING)
        async with harness.database.write() as tx:
            await runs.pause(tx, run_id, RunStateReason.ADMIN)
    async with open_harness(emulator, path, clock=Clock(MORNING), policy=UnconfirmedPolicy.RESEND) as harness:
        await harness.delivery_service.tick()
        await harness.resume(run_id)
        assert (await harness.finished(run_id)).sent == 1
