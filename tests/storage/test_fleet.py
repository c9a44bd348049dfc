"""What runs where: owners, states and backlogs of all bots of a database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.delivery.progress import CardMessage
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import BotState, RunState
from domain.edition_day import EditionDay
from domain.subscription.calendar import Schedule
from emulator.client import EmulatorClient, run_emulator
from storage import (
    bots,
    fleet,
    recaps,
    retry_after,
    runs,
    schedules,
    slot_schedules,
    start_failures,
    subscribers,
    waves,
    withdrawals,
)
from storage.database import Database, Process
from storage.fleet import FleetState
from storage.retry_after import RetryAfter
from storage.slot_schedules import SlotSchedule
from tests.databases import on_postgresql, open_database, sql
from tests.delivery.harness import ADMIN, DAY, DEFAULT_SCHEDULE, EVE, MORNING, open_harness, run_of

ALPHA, BETA = "alpha:1", "beta:2"


def process(name: str, *bot_ids: int, role: str = "all") -> Process:
    return Process(name=name, role=role, silent_seconds=0.1, bot_ids=frozenset(bot_ids))


@pytest.fixture
async def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """Yield a database with two bots, on which no process is at work."""

    async def processes(_database: Database, _known: Collection[str]) -> list[Process]:
        return list(at_work)

    at_work.clear()
    opened = await open_database(tmp_path / "bot.db", own=False)
    monkeypatch.setattr(type(opened), "processes", processes)
    async with opened.write() as tx:
        await bots.add(tx, "tech", "env:BOT_TOKEN_TECH", {})
    yield opened
    await opened.close()


at_work: list[Process] = []

UNCONFIRM_ONE = """UPDATE deliveries SET state = 'unconfirmed'
    WHERE subscriber_id = (SELECT min(subscriber_id) FROM deliveries WHERE run_id = ?)"""


async def states(database: Database, holder: str | None = None) -> list[tuple[FleetState, str | None]]:
    return [(bot.state, bot.owner) for bot in (await fleet.load(database, now=MORNING, holder=holder)).bots]


async def fail(database: Database, bot_id: int, name: str) -> None:
    async with database.for_bot(bot_id).write() as tx:
        await start_failures.note(tx, name, f"no folder on {name}", now=MORNING)


async def set_state(database: Database, name: str, state: BotState) -> None:
    async with database.write() as tx:
        assert await bots.set_state(tx, name, state)


async def test_state_and_owner_of_each_bot(database: Database) -> None:
    assert await states(database) == [(FleetState.WAITING, None)] * 2
    at_work[:] = [process(ALPHA, 1), process(BETA, 2)]
    assert await states(database) == [(FleetState.RUNNING, ALPHA), (FleetState.RUNNING, BETA)]
    await set_state(database, "main", BotState.PAUSED)
    await set_state(database, "tech", BotState.DRAINING)
    assert await states(database) == [(FleetState.PAUSED, ALPHA), (FleetState.DRAINING, BETA)]
    at_work[:] = [process(ALPHA)]
    assert await states(database) == [(FleetState.WAITING, None), (FleetState.DRAINED, None)]


async def test_bot_cannot_start_once_every_process_has_failed(database: Database) -> None:
    at_work[:] = [process(ALPHA, 1), process(BETA), process("web:3", role="web")]
    await fail(database, 2, ALPHA)
    await fail(database, 2, "gone:9")
    assert (await states(database))[1] == (FleetState.WAITING, None)
    await fail(database, 2, BETA)
    assert (await states(database))[1] == (FleetState.CANNOT_START, None)
    tech = (await fleet.load(database, now=MORNING)).bots[1]
    assert {failure.process: failure.reason for failure in tech.failures} == {
        ALPHA: f"no folder on {ALPHA}",
        BETA: f"no folder on {BETA}",
    }
    at_work[1] = process(BETA, 2)
    assert (await states(database))[1] == (FleetState.STARTING, BETA)
    async with database.for_bot(2).write() as tx:
        await start_failures.forget(tx)
    assert (await states(database))[1] == (FleetState.RUNNING, BETA)


async def test_process_that_is_silent_will_not_start_a_bot(database: Database) -> None:
    """The connections of a machine that lost its power stay for hours."""
    silent = replace(process(BETA), silent_seconds=fleet.SILENT_SECONDS)
    at_work[:] = [process(ALPHA, 1), silent]
    await fail(database, 2, ALPHA)
    assert (await states(database))[1] == (FleetState.CANNOT_START, None)
    at_work[:] = [silent]
    assert (await states(database))[1] == (FleetState.WAITING, None)


async def test_holder_of_a_file_runs_all_that_it_could_start(database: Database) -> None:
    await fail(database, 2, ALPHA)
    await fail(database, 1, BETA)
    assert await states(database, ALPHA) == [(FleetState.RUNNING, ALPHA), (FleetState.CANNOT_START, None)]


async def test_old_failures_are_forgotten(database: Database) -> None:
    await fail(database, 2, ALPHA)
    async with database.for_bot(2).write() as tx:
        await start_failures.note(tx, BETA, "no folder", now=MORNING + start_failures.KEPT * 2)
    async with database.read() as tx:
        assert [failure.process for failure in await start_failures.get_all(tx)] == [BETA]


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator() as emulator:
        yield emulator


async def test_backlog_counts_what_is_due_and_names_the_oldest(emulator: EmulatorClient, tmp_path: Path) -> None:
    """Before the morning nothing is due, then all of it; what is unconfirmed or waits for Telegram is said."""
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.crowd(3)
        run_id = run_of(await harness.publish())
        database = harness.database

        async def backlog() -> fleet.Backlog:
            return (await fleet.load(database, now=harness.clock.now)).bots[0].backlog

        nothing = fleet.Backlog(due=0, oldest_due=None, unconfirmed=0, held_until=None)
        assert await backlog() == nothing
        harness.clock.now = MORNING + timedelta(minutes=5)
        assert await backlog() == replace(nothing, due=3, oldest_due=MORNING)  # and not planned yet
        await harness.delivery_service.tick()
        assert await backlog() == replace(nothing, due=3, oldest_due=MORNING)
        async with database.write() as tx:
            await bots.add(tx, "tech", "env:BOT_TOKEN_TECH", {})
        found, other = (await fleet.load(database, now=harness.clock.now)).bots
        assert found.is_left_alone is not on_postgresql()
        assert (found.backlog.due, other.backlog) == (3, nothing)
        until = harness.clock.now + timedelta(seconds=40)
        async with database.write() as tx:
            await sql(tx, UNCONFIRM_ONE, run_id)
            await retry_after.put(tx, RetryAfter(None, until, 60.0))
            await retry_after.put(tx, RetryAfter(7, until + timedelta(seconds=5), 60.0))
        assert await backlog() == fleet.Backlog(due=2, oldest_due=MORNING, unconfirmed=1, held_until=until)


EVENING_EDITION = EditionDay.of(DAY, "evening")
SEND_ALL = "UPDATE deliveries SET state = 'sent', message_id = subscriber_id WHERE run_id = ?"


async def test_backlog_counts_whom_each_kind_of_run_goes_to(emulator: EmulatorClient, tmp_path: Path) -> None:
    """A bot that is paused plans nothing; what it has to send is counted all the same, and nothing for nobody."""
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        database, clock = harness.database, harness.clock
        first, *_others, last = await harness.audience(range(1, 5))

        async def due() -> int:
            """Return how much is due; there is an oldest of it exactly if there is any."""
            backlog = (await fleet.load(database, now=clock.now)).bots[0].backlog
            assert (backlog.oldest_due is None) is (backlog.due == 0)
            return backlog.due

        async def cancel(run_id: int) -> None:
            async with database.write() as tx:
                assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)

        async with database.write() as tx:
            shared = await slot_schedules.choose(tx, first, "evening", SlotSchedule(DEFAULT_SCHEDULE, EVE))
            nobody = await schedules.get_or_create(tx, Schedule("Asia/Tokyo", 540))
            await subscribers.set_recap(tx, last, DAY.weekday(), now=EVE)
            evening = await runs.add_digest(tx, EVENING_EDITION, published=EVE, upto=0)
            await waves.add(tx, evening, {nobody: MORNING})
        clock.now = MORNING
        assert await due() == 0
        async with database.write() as tx:
            await waves.add(tx, evening, {shared: MORNING})
        assert await due() == 1
        await cancel(evening)
        async with database.write() as tx:
            await recaps.plan(tx, DAY, {shared: MORNING})
        assert await due() == 1
        async with database.write() as tx:
            (recap,) = await runs.in_state(tx, RunState.RUNNING)
        await cancel(recap.id)
        async with database.write() as tx:
            broadcast = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "a"}, now=EVE)
            await runs.confirm(tx, broadcast, actor=ADMIN, card=CardMessage(ADMIN, 1), now=clock.now)
        assert await due() == 4
        await cancel(broadcast)
        clock.now = EVE
        digest = run_of(await harness.publish())
        await harness.at(MORNING)
        async with database.write() as tx:
            await sql(tx, SEND_ALL, digest)
        await harness.audience([5])
        async with database.write() as tx:
            assert await withdrawals.withdraw(tx, DAY, actor=ADMIN, now=clock.now) == 4
        assert await due() == 4
