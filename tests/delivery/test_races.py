"""What goes on at the same time: starts, looks, workers, an admin's hand; whichever is first, nothing is lost."""

from __future__ import annotations

import asyncio
import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from delivery import planner, send_loop
from delivery.high_water_mark import HighWaterMark
from delivery.resolution import UnconfirmedPolicy
from delivery.run_queues import RunQueues
from domain.delivery.reasons import DeliveryReason, RunStateReason
from domain.delivery.states import RunState
from domain.subscription.preferences import ContentPreferences, Layout
from emulator.client import EmulatorClient
from storage import claims, deliveries, kv, runs
from tests.delivery.harness import MORNING, PATIENCE, Clock, Stage, long_edition, run_of, staged

DELIVERY_TASKS = re.compile(
    r"(DeliveryService|SendLoop|Ledger|RetryAfterStore|Notifier|ProgressReporter|HighWaterWriter)\."
)
"""Coroutines that delivery runs as tasks, by their qualified names."""


class SlowMark(HighWaterMark):
    """A mark that is far ahead of any database, and is read only when it may be."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.may = threading.Event()

    def read(self) -> int:
        self.may.wait(30)
        return 10**9


class BadMark(HighWaterMark):
    """A mark that cannot be read the first time."""

    tried = 0

    def read(self) -> int:
        self.tried += 1
        if self.tried == 1:
            raise PermissionError
        return 10**9


async def _planned(emulator: EmulatorClient, path: Path, people: int = 3) -> int:
    """A morning planned by a process that is no more; its run."""
    async with staged(emulator, path, running=False) as stage:
        await stage.crowd(people)
        run_id = run_of(await stage.publish())
        await stage.at(MORNING)
    return run_id


async def test_nothing_is_looked_at_before_it_is_known_where_the_former_process_left_off(
    emulator: EmulatorClient, tmp_path: Path
) -> None:
    await _planned(emulator, tmp_path / "bot.db")
    mark = SlowMark(tmp_path / "mark")
    async with staged(emulator, tmp_path / "bot.db", clock=Clock(MORNING), mark=mark) as stage:
        look = asyncio.create_task(stage.delivery_service.tick())
        done, _ = await asyncio.wait({look}, timeout=0.3)
        assert not done
        assert stage.delivery_service.health_checks() == {}  # a look that takes its time is no trouble
        mark.may.set()
        assert await look is None
        assert "on_hold" in stage.delivery_service.health_checks()
        assert await stage.times() == {}


async def test_a_start_that_fails_is_no_start(emulator: EmulatorClient, tmp_path: Path) -> None:
    await _planned(emulator, tmp_path / "bot.db")
    async with staged(emulator, tmp_path / "bot.db", running=False, mark=BadMark(tmp_path / "mark")) as stage:
        with pytest.raises(PermissionError):
            await stage.delivery_service.tick()
        assert "planning" in stage.delivery_service.health_checks()
        await stage.delivery_service.tick()
        assert set(stage.delivery_service.health_checks()) == {"on_hold"}


async def _pause(stage: Stage, run_id: int) -> None:
    async with stage.database.write() as tx:
        assert await runs.pause(tx, run_id, RunStateReason.ADMIN)
    await stage.delivery_service.tick()


async def _resume(stage: Stage, run_id: int) -> None:
    async with stage.database.write() as tx:
        assert await runs.resume(tx, run_id)
    await stage.delivery_service.tick()


async def test_a_run_that_stops_and_goes_on_knows_what_is_still_out(stage: Stage) -> None:
    """Its one part is in flight all the while, and comes back with a 429: the run must not have ended meanwhile."""
    (chat,) = await stage.crowd(1)
    await stage.emulator.add_fault("flood", method="sendMessage", chat_id=chat, times=1, retry_after=1, seconds=1)
    run_id = run_of(await stage.publish())
    await stage.at(MORNING)
    await stage.until(run_id, lambda now: now.in_flight == 1)
    await _pause(stage, run_id)
    await _resume(stage, run_id)
    assert (await stage.finished(run_id)).sent == 1
    assert await stage.times() == {chat: 1}


async def test_a_cancelled_run_takes_back_what_could_not_be_sent(stage: Stage) -> None:
    chats = await stage.crowd(2)
    await stage.emulator.add_fault("flood", method="sendMessage", chat_id=chats[0], retry_after=1, seconds=1)
    await stage.emulator.add_fault("delay", method="sendMessage", chat_id=chats[1], seconds=1)
    run_id = run_of(await stage.publish())
    await stage.at(MORNING)
    await stage.until(run_id, lambda now: now.in_flight == 2)
    async with stage.database.write() as tx:
        assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
    await stage.delivery_service.tick()
    progress = await stage.until(run_id, lambda now: not now.in_flight)
    assert (progress.state, progress.sent, progress.skipped, progress.pending) == (RunState.CANCELLED, 1, 1, 0)


async def test_a_run_that_pauses_itself_leaves_the_ledger_alone(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with staged(emulator, tmp_path / "bot.db", rate=200) as stage:
        await stage.crowd(60)
        await emulator.add_fault("error", method="sendMessage", description="Bad Request: can't parse", error_code=400)
        run_id = run_of(await stage.publish())
        await stage.at(MORNING)
        await stage.until(run_id, lambda now: now.state is RunState.PAUSED and not now.in_flight)
        before, claimed = -1, await _claimed(stage)
        async with asyncio.timeout(PATIENCE):
            while before != claimed:
                await asyncio.sleep(1.2)  # every chat's own second has passed
                before, claimed = claimed, await _claimed(stage)


async def _claimed(stage: Stage) -> int:
    async with stage.database.read() as tx:
        return int(await kv.get(tx, claims.CLAIMED) or 0)


async def test_a_database_that_fails_just_when_a_run_ends_delays_its_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_loop, "ERROR_RETRY_SECONDS", 0.5)
    await stage.crowd(2)
    run_id = run_of(await stage.publish())
    async with stage.database.write() as tx:
        await tx.exec_driver_sql(
            "CREATE TRIGGER never BEFORE UPDATE OF state ON runs WHEN NEW.state = 'finished' "
            "BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
        )
    await stage.at(MORNING)
    await stage.done(run_id)
    await asyncio.sleep(0.3)  # its end is tried in vain meanwhile
    async with stage.database.write() as tx:
        await tx.exec_driver_sql("DROP TRIGGER never")
    assert (await stage.finished(run_id)).sent == 2


async def test_parts_that_are_handed_out_hide_nobody_behind_them(emulator: EmulatorClient, tmp_path: Path) -> None:
    """However many there are: those who come next must not wait until they are all done."""
    async with staged(emulator, tmp_path / "bot.db", running=False) as stage:
        await stage.crowd(110, preferences=ContentPreferences(Layout.FULL, "zh"))
        run_id = run_of(await stage.publish(long_edition(12)))
        await stage.at(MORNING)
        run_queues = RunQueues(stage.database)
        run_queues.sync([run_id], changed=())
        batches = []
        while await run_queues.fill(MORNING):
            while entry := run_queues.pop_batch():
                batches.append(entry[1])
        assert len({batch.subscriber_id for batch in batches}) == len(batches) == 110
        assert len({len(batch.parts) for batch in batches}) == 1


async def test_a_stop_in_the_middle_of_planning_leaves_the_rest_to_the_next_start(
    emulator: EmulatorClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "STEP_SECONDS", 0)
    monkeypatch.setattr(planner, "FIRST_CHUNK_RECIPIENTS", 20)
    async with staged(emulator, tmp_path / "bot.db") as stage:
        await stage.audience(range(1, 501))
        run_id = run_of(await stage.publish())
        stage.rate_limiter.restore_retry_after(None, 3600)
        stage.clock.now = MORNING
        look = asyncio.create_task(stage.delivery_service.tick())
        await stage.until(run_id, lambda now: now.total > 0)
        look.cancel()
        await asyncio.gather(look, return_exceptions=True)
    async with staged(emulator, tmp_path / "bot.db", clock=Clock(MORNING), running=False) as stage:
        await stage.delivery_service.tick()
        assert (await stage.progress(run_id)).recipients == 500


async def test_a_second_stop_while_the_first_waits_for_what_is_in_flight_leaves_nobody_at_work(
    emulator: EmulatorClient, tmp_path: Path
) -> None:
    """Something else that fails while the bot stops has all that still runs cancelled again."""
    async with staged(emulator, tmp_path / "bot.db", in_flight=3) as stage:
        assert stage.task is not None
        await stage.crowd(9)
        await emulator.add_fault("hang", method="sendMessage")
        run_id = run_of(await stage.publish())
        await stage.at(MORNING)
        await stage.until(run_id, lambda now: now.in_flight == 3)
        stage.task.cancel()
        done, _ = await asyncio.wait([stage.task], timeout=0.1)
        assert not done
        stage.task.cancel()
        await asyncio.wait([stage.task])
        coroutines = [repr(task.get_coro()) for task in asyncio.all_tasks()]
        assert not [coroutine for coroutine in coroutines if DELIVERY_TASKS.search(coroutine)]
        assert (await stage.progress(run_id)).in_flight == 3


async def test_the_policy_resend_counts_restarts_too(emulator: EmulatorClient, tmp_path: Path) -> None:
    """Whoever kills the bot each time it sends must not get the same message for ever."""
    path, sent = tmp_path / "bot.db", 0
    run_id = await _planned(emulator, path, people=1)
    for _ in range(6):
        async with staged(
            emulator, path, clock=Clock(MORNING), running=False, policy=UnconfirmedPolicy.RESEND
        ) as stage:
            await stage.delivery_service.tick()
            async with stage.database.read() as tx:
                page = await deliveries.page(tx, run_id, size=9, now=MORNING + timedelta(minutes=9))
            sent += len(await claims.claim_and_settle(stage.database, [], [due.key for due in page], now=MORNING))
    assert sent == 4
    assert (await _unconfirmed(emulator, path, run_id)) == [DeliveryReason.INTERRUPTED]


async def _unconfirmed(emulator: EmulatorClient, path: Path, run_id: int) -> list[DeliveryReason | None]:
    async with staged(emulator, path, running=False) as stage, stage.database.read() as tx:
        return [one.reason for one in await deliveries.unconfirmed(tx, run_id, limit=9)]


async def test_a_paused_run_sends_again_after_a_restart_where_the_policy_says_so(
    emulator: EmulatorClient, tmp_path: Path
) -> None:
    path = tmp_path / "bot.db"
    run_id = await _planned(emulator, path, people=1)
    async with staged(emulator, path, clock=Clock(MORNING), running=False) as stage:
        async with stage.database.read() as tx:
            page = await deliveries.page(tx, run_id, size=9, now=MORNING)
        await claims.claim_and_settle(stage.database, [], [page[0].key], now=MORNING)
        async with stage.database.write() as tx:
            await runs.pause(tx, run_id, RunStateReason.ADMIN)
    async with staged(emulator, path, clock=Clock(MORNING), policy=UnconfirmedPolicy.RESEND) as stage:
        await stage.delivery_service.tick()
        await _resume(stage, run_id)
        assert (await stage.finished(run_id)).sent == 1
