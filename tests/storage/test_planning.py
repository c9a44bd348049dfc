"""Planning many waves together makes the rows that planning each alone would."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from domain.chat.event import Chat
from domain.delivery.progress import CardMessage
from domain.delivery.states import WaveState
from domain.subscription.calendar import Schedule
from domain.subscription.pause import is_withheld
from domain.subscription.preferences import ContentPreferences
from domain.subscription.subscriber import LeftReason
from storage import content_preferences, payloads, planning, runs, schedules, slot_schedules, subscribers, waves
from storage.database import Database, Tx
from storage.payloads import Content, NewPayload, RenderedContent
from storage.planning import MANY_WAVES, PlanningPass
from storage.schema import deliveries
from storage.slot_schedules import SlotSchedule

NOON = datetime(2025, 9, 12, 12, 0, tzinfo=UTC)
MORNINGS = [Schedule("Asia/Shanghai", 480 + minute) for minute in range(MANY_WAVES + 4)]
TASTES = [ContentPreferences(), ContentPreferences(language="en")]
VERSION = 1


async def _audience(tx: Tx, chance: random.Random) -> set[tuple[int, int]]:
    """A hundred people of all sorts; who of them is to get which parts."""
    due = set()
    for number in range(100):
        wishes = chance.choice(MORNINGS), chance.choice(TASTES)
        one = await subscribers.add(tx, Chat(1000 + number), wishes, now=NOON)
        kind = chance.choice(("there", "there", "late", "gone", "never", "pausing", "back"))
        if kind != "never":
            joined = NOON + timedelta(hours=1 if kind == "late" else -1)
            await subscribers.activate(tx, one.id, now=joined)
        if kind == "gone":
            await subscribers.deactivate(tx, one.id, LeftReason.STOPPED, now=NOON)
        if kind in ("pausing", "back"):
            until = NOON + timedelta(
                seconds=chance.choice((1, 3600)) if kind == "pausing" else chance.choice((0, -3600))
            )
            await subscribers.set_pause(tx, one.id, until)
        if kind in ("there", "back"):
            due |= {(one.id, part) for part in ((1, 2) if wishes[1] == TASTES[0] else (1,))}
    return due


async def _run(tx: Tx) -> int:
    ids = [await content_preferences.get_or_create(tx, preferences) for preferences in TASTES]
    run_id = await runs.add_digest(tx, date(2025, 9, 12), published=NOON, upto=9)
    calls = NewPayload(1, "sendMessage", {}), NewPayload(2, "sendMessage", {})
    rendered = [
        RenderedContent(Content("headlines", "zh", (1,)), (ids[0],), calls),
        RenderedContent(Content("headlines", "en", (1,)), (ids[1],), calls[:1]),
    ]
    await payloads.add(tx, run_id, VERSION, rendered)
    rows = await tx.exec_driver_sql("SELECT id FROM schedules")
    await waves.add(tx, run_id, {row[0]: NOON for row in rows})
    return run_id


async def _sweep(tx: Tx, sweep: PlanningPass, chunk: int) -> None:
    """One sweep, to its end."""
    while (upto := await planning.chunk_end(tx, sweep, chunk)) is not None:
        await planning.plan(tx, sweep, VERSION, upto=upto)
        await waves.move_cursor(tx, sweep.waves, sweep.cursor, upto)
        sweep = replace(sweep, cursor=upto, after=upto)
    await planning.plan(tx, sweep, VERSION, upto=None)
    await waves.close(tx, sweep.waves, sweep.cursor, WaveState.PLANNED)


async def _rows(tx: Tx) -> list[tuple[int, int]]:
    rows = await tx.execute(select(deliveries.c.subscriber_id, deliveries.c.part))
    return [(row.subscriber_id, row.part) for row in rows]


@pytest.mark.parametrize("chunk", [1, 7, 1000])
@pytest.mark.parametrize("seed", range(5))
async def test_many_waves_are_planned_together(database: Database, seed: int, chunk: int) -> None:
    async with database.write() as tx:
        due = await _audience(tx, random.Random(seed))
        await _run(tx)
        (sweep,) = planning.planning_passes(await waves.waiting(tx, until=NOON))
        assert len(sweep.waves) > MANY_WAVES
        await _sweep(tx, sweep, chunk)
        assert sorted(await _rows(tx)) == sorted(due)
        assert await waves.waiting(tx, until=NOON) == []


@pytest.mark.parametrize("count", [len(MORNINGS), 3])
async def test_waves_of_a_slot_reach_those_who_chose_it(database: Database, count: int) -> None:
    """Together or one by one, in chunks; who chose it after it was due waits for the next."""
    async with database.write() as tx:
        people = await _people(tx, 60, Schedule("Asia/Shanghai", 1))
        chosen: set[int] = set()
        for number, person in enumerate(people):
            since = NOON + timedelta(seconds=number % 3 - 1)
            if number % 4:
                wish = SlotSchedule(MORNINGS[number % count], since)
                await slot_schedules.choose(tx, person, "evening", wish)
                chosen |= {person} if since <= NOON else set()
            await slot_schedules.choose(tx, person, "noon", SlotSchedule(MORNINGS[number % count], NOON))
        await _run(tx)
        waiting = await waves.waiting(tx, until=NOON)
        assert sum([await planning.count_unplanned(tx, wave, slot="evening") for wave in waiting]) == len(chosen)
        for sweep in planning.planning_passes(waiting):
            ahead = sweep
            while (upto := await planning.chunk_end(tx, ahead, 7, slot="evening")) is not None:
                await planning.plan(tx, ahead, VERSION, upto=upto, slot="evening")
                ahead = replace(ahead, after=upto)
            await planning.plan(tx, ahead, VERSION, upto=None, slot="evening")
        planned = [subscriber for subscriber, part in await _rows(tx) if part == 1]
        assert sorted(planned) == sorted(chosen)


async def test_few_waves_are_planned_separately(database: Database) -> None:
    async with database.write() as tx:
        await _audience(tx, random.Random(1))
        await _run(tx)
        waiting = await waves.waiting(tx, until=NOON)
        assert [sweep.waves for sweep in planning.planning_passes(waiting[:3])] == [(wave.id,) for wave in waiting[:3]]


@pytest.mark.parametrize("has_row", [0, 1, 3, 4])
@pytest.mark.parametrize("count", [2, len(MORNINGS)])
async def test_full_chunk_passes_over_who_has_a_row(database: Database, count: int, has_row: int) -> None:
    """The chunk is of the second to the fourth person, in one wave or many; one of five has a row already."""
    async with database.write() as tx:
        people = await _people(tx, 5, MORNINGS[0])
        for morning in MORNINGS[1:count]:
            await schedules.get_or_create(tx, morning)
        await _run(tx)
        whole = planning.planning_passes(await waves.waiting(tx, until=NOON))[0]
        assert (len(whole.waves) > 1) is (count > 2)
        early = replace(whole, after=people[has_row] - 1)
        assert await planning.plan(tx, early, VERSION, upto=people[has_row]) > 0
        before = await _rows(tx)
        await planning.plan(tx, replace(whole, after=people[0]), VERSION, upto=people[3])
        planned = [subscriber for subscriber, part in await _rows(tx) if part == 1]
        assert sorted(planned) == sorted({people[has_row], *people[1:4]})
        assert set(before) <= set(await _rows(tx))


async def test_wave_reset_during_planning_gives_no_duplicate_rows(database: Database) -> None:
    async with database.write() as tx:
        due = await _audience(tx, random.Random(3))
        await _run(tx)
        (sweep,) = planning.planning_passes(await waves.waiting(tx, until=NOON))
        upto = await planning.chunk_end(tx, sweep, 50)
        assert upto is not None
        await planning.plan(tx, sweep, VERSION, upto=upto)
        await waves.move_cursor(tx, sweep.waves, 0, upto)
        back = sweep.waves[2]
        await tx.exec_driver_sql(f"UPDATE waves SET cursor = 0 WHERE id = {back}")  # noqa: S608 - a number of ours
        await _sweep(tx, PlanningPass(sweep.first, sweep.waves, upto, after=upto), 1000)
        (waiting,) = await waves.waiting(tx, until=NOON)
        assert waiting.id == back
        await _sweep(tx, planning.planning_passes([waiting])[0], 1000)
        assert sorted(await _rows(tx)) == sorted(due)


@pytest.mark.sqlite
async def test_many_waves_are_planned_in_one_pass_without_sorting(database: Database) -> None:
    statements: list[tuple[str, Any]] = []

    def record(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    async with database.write() as tx:
        await _audience(tx, random.Random(1))
        await _run(tx)
        (current,) = planning.planning_passes(await waves.waiting(tx, until=NOON))
        connection = tx.connection.sync_connection
        event.listen(connection, "before_cursor_execute", record)
        await planning.plan(tx, current, VERSION, upto=None)
        event.remove(connection, "before_cursor_execute", record)
        ((statement, parameters),) = statements
        rows = await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plan = [row.detail for row in rows]
    assert not any("waves USING INTEGER PRIMARY KEY" in step for step in plan), plan
    assert any("subscribers USING INDEX ix_subscribers_active (bot_id=? AND id>? AND id<?)" in step for step in plan), (
        plan
    )
    assert not any("ORDER BY" in step for step in plan), plan
    assert any("run_contents USING PRIMARY KEY" in step for step in plan), plan


async def _people(tx: Tx, count: int, *schedules_of: Schedule) -> list[int]:
    """Add active people, one after the other with one of the schedules; return their ids."""
    ids = []
    for number in range(count):
        wishes = schedules_of[number % len(schedules_of)], TASTES[0]
        one = await subscribers.add(tx, Chat(3000 + number), wishes, now=NOON)
        await subscribers.activate(tx, one.id, now=NOON)
        ids.append(one.id)
    return ids


@pytest.mark.parametrize(("count", "passes"), [(MANY_WAVES - 1, MANY_WAVES - 1), (MANY_WAVES, 1)])
async def test_waves_are_planned_together_from_a_number_on(database: Database, count: int, passes: int) -> None:
    async with database.write() as tx:
        await _people(tx, count, *MORNINGS[:count])
        await _run(tx)
        waiting = await waves.waiting(tx, until=NOON)
        found = planning.planning_passes(waiting)
    assert len(found) == passes
    assert [wave_id for one in found for wave_id in one.waves] == [wave.id for wave in waiting]
    assert [one.cursor for one in found] == [0] * passes


async def test_waves_at_different_cursors_are_planned_apart(database: Database) -> None:
    async with database.write() as tx:
        people = await _people(tx, 2 * MANY_WAVES, *MORNINGS[:MANY_WAVES])
        await _run(tx)
        ids = [wave.id for wave in await waves.waiting(tx, until=NOON)]
        await waves.move_cursor(tx, ids[:3], 0, people[4])
        found = planning.planning_passes(await waves.waiting(tx, until=NOON))
    assert sorted((one.waves, one.cursor) for one in found) == sorted(
        ((wave_id,), people[4] if wave_id in ids[:3] else 0) for wave_id in ids
    )


async def test_broadcasts_are_never_planned_together(database: Database) -> None:
    async with database.write() as tx:
        for _ in range(MANY_WAVES):
            await _broadcast(tx)
        found = planning.planning_passes(await waves.waiting(tx, until=NOON))
    assert [len(one.waves) for one in found] == [1] * MANY_WAVES


async def _broadcast(tx: Tx) -> int:
    run_id = await runs.draft_broadcast(tx, actor=1, method="sendMessage", body={"text": "hi"}, now=NOON)
    assert await runs.confirm(tx, run_id, actor=1, card=CardMessage(1, 2), now=NOON)
    return run_id


async def test_chunk_ends_at_its_last_active_subscriber(database: Database) -> None:
    """Of the wave's schedule where there is one wave with a schedule, else of all."""
    async with database.write() as tx:
        people = await _people(tx, 8, *MORNINGS[:2])
        await subscribers.deactivate(tx, people[2], LeftReason.STOPPED, now=NOON)
        await _run(tx)
        first, second = await waves.waiting(tx, until=NOON)
        one, together = (
            PlanningPass(first, (first.id,), 0, after=0),
            PlanningPass(first, (first.id, second.id), 0, after=0),
        )
        assert [await planning.chunk_end(tx, one, size) for size in (1, 2, 3, 4)] == [
            people[0],
            people[4],
            people[6],
            None,
        ]
        assert [await planning.chunk_end(tx, together, size) for size in (2, 3, 7, 8)] == [
            *(people[1], people[3], people[7]),
            None,
        ]
        assert (
            await planning.chunk_end(tx, PlanningPass(first, (first.id,), people[0], after=people[0]), 1) == people[4]
        )
        await _broadcast(tx)
        broadcast = planning.planning_passes(await waves.waiting(tx, until=NOON))[-1]
        assert broadcast.first.schedule_id is None
        assert await planning.chunk_end(tx, broadcast, 3) == people[3]


async def test_rows_have_the_payloads_of_their_run_and_version(database: Database) -> None:
    async with database.write() as tx:
        people = await _people(tx, 4, *MORNINGS[:2])
        other = await _run(tx)
        run_id = await _second_run(tx, other)
        first, second = [wave for wave in await waves.waiting(tx, until=NOON) if wave.run_id == run_id]
        assert await planning.plan(tx, PlanningPass(first, (first.id, second.id), 0, after=0), 2, upto=people[2]) == 3
        assert await planning.plan(tx, PlanningPass(second, (second.id,), 0, after=0), 2, upto=None) == 1
        assert await planning.plan(tx, PlanningPass(second, (second.id,), 0, after=0), 2, upto=None) == 0
        rows = (await tx.execute(select(deliveries))).all()
        (payload,) = await tx.exec_driver_sql("SELECT id, content_id FROM payloads WHERE version = 2")
        assert [(row.run_id, row.subscriber_id, row.part, row.state) for row in rows] == [
            (run_id, subscriber_id, 3, "pending") for subscriber_id in people
        ]
        assert {(row.payload_id, row.content_id) for row in rows} == {tuple(payload)}


async def _second_run(tx: Tx, other: int) -> int:
    """Add a run with payloads of two versions, of which only the second has its third part."""
    (preferences_id, _) = [await content_preferences.get_or_create(tx, preferences) for preferences in TASTES]
    run_id = await runs.add_digest(tx, date(2025, 9, 13), published=NOON, upto=9)
    assert run_id != other
    for version, part in ((1, 1), (2, 3)):
        await payloads.unlink_preferences(tx, run_id)
        content = Content("full", "zh", (version,))
        call = NewPayload(part, "sendMessage", {})
        await payloads.add(tx, run_id, version, [RenderedContent(content, (preferences_id,), (call,))])
    rows = await tx.exec_driver_sql("SELECT id FROM schedules")
    await waves.add(tx, run_id, {row[0]: NOON for row in rows})
    return run_id


async def test_broadcast_goes_to_all_who_had_joined(database: Database) -> None:
    async with database.write() as tx:
        people = await _people(tx, 5, *MORNINGS[:2])
        await subscribers.deactivate(tx, people[1], LeftReason.STOPPED, now=NOON)
        late = await subscribers.add(tx, Chat(7), (MORNINGS[0], TASTES[0]), now=NOON)
        await subscribers.activate(tx, late.id, now=NOON + timedelta(seconds=1))
        run_id = await _broadcast(tx)
        (wave,) = await waves.waiting(tx, until=NOON)
        assert await planning.count_unplanned(tx, wave) == 4
        assert (
            await planning.plan(tx, PlanningPass(wave, (wave.id,), people[0], after=people[0]), VERSION, upto=people[3])
            == 2
        )
        assert await planning.count_unplanned(tx, wave) == 2
        rows = (await tx.execute(select(deliveries.c.run_id, deliveries.c.subscriber_id))).all()
        assert [tuple(row) for row in rows] == [(run_id, people[2]), (run_id, people[3])]


async def test_unplanned_recipients_of_a_wave_are_counted(database: Database) -> None:
    async with database.write() as tx:
        people = await _people(tx, 7, *MORNINGS[:2])
        await subscribers.deactivate(tx, people[6], LeftReason.STOPPED, now=NOON)
        await _run(tx)
        first, second = await waves.waiting(tx, until=NOON)
        await _broadcast(tx)
        broadcast = planning.planning_passes(await waves.waiting(tx, until=NOON))[-1]
        await planning.plan(tx, broadcast, VERSION, upto=None)  # rows of another run do not count
        assert [await planning.count_unplanned(tx, wave) for wave in (first, second)] == [3, 3]
        await planning.plan(tx, PlanningPass(first, (first.id,), 0, after=0), VERSION, upto=people[2])
        assert [await planning.count_unplanned(tx, wave) for wave in (first, second)] == [1, 3]


@pytest.mark.parametrize("together", [False, True])
async def test_pause_comes_back_by_itself_and_brings_nothing_late(database: Database, together: bool) -> None:
    """What the statements plan is what the rule says, for each pause; planning again changes nothing."""
    pauses = [None, *(NOON + timedelta(minutes=minutes) for minutes in (-600, -1, 0, 1, 600))]
    async with database.write() as tx:
        expected = set()
        for number, until in enumerate(pauses):
            one = await subscribers.add(tx, Chat(2000 + number), (MORNINGS[0], TASTES[1]), now=NOON)
            await subscribers.activate(tx, one.id, now=NOON - timedelta(days=30))
            await subscribers.set_pause(tx, one.id, until)
            expected |= set() if is_withheld(NOON, until) else {one.id}
        for schedule in MORNINGS if together else ():
            await schedules.get_or_create(tx, schedule)
        run_id = await _run(tx)
        for _ in range(2):
            for sweep in planning.planning_passes(await waves.waiting(tx, until=NOON)):
                await _sweep(tx, sweep, 2)
            assert {subscriber_id for subscriber_id, _ in await _rows(tx)} == expected
            await waves.set_waiting(tx, run_id, await schedules.get_or_create(tx, MORNINGS[0]), NOON)
        (again,) = await waves.waiting(tx, until=NOON)
        assert await planning.count_unplanned(tx, again) == 0
