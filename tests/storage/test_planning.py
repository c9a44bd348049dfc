"""Planning many waves together makes the rows that planning each alone would."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from domain.chat.event import Chat
from domain.delivery.states import WaveState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from domain.subscription.subscriber import LeftReason
from storage import content_preferences, payloads, planning, runs, subscribers, waves
from storage.database import Database, Tx
from storage.payloads import Content, NewPayload, RenderedContent
from storage.planning import MANY_WAVES, PlanningPass
from storage.schema import deliveries

NOON = datetime(2025, 9, 12, 12, 0, tzinfo=UTC)
MORNINGS = [Schedule("Asia/Shanghai", 480 + minute) for minute in range(MANY_WAVES + 4)]
TASTES = [ContentPreferences(), ContentPreferences(language="en")]
VERSION = 1


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "bot.db")
    yield database
    await database.close()


async def _audience(tx: Tx, chance: random.Random) -> set[tuple[int, int]]:
    """A hundred people of all sorts; who of them is to get which parts."""
    due = set()
    for number in range(100):
        wishes = chance.choice(MORNINGS), chance.choice(TASTES)
        one = await subscribers.add(tx, Chat(1000 + number), wishes, now=NOON)
        kind = chance.choice(("there", "there", "late", "gone", "never"))
        if kind != "never":
            joined = NOON + timedelta(hours=1 if kind == "late" else -1)
            await subscribers.activate(tx, one.id, now=joined)
        if kind == "gone":
            await subscribers.deactivate(tx, one.id, LeftReason.STOPPED, now=NOON)
        if kind == "there":
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
        sweep = PlanningPass(sweep.first, sweep.waves, upto)
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


async def test_few_waves_are_planned_separately(database: Database) -> None:
    async with database.write() as tx:
        await _audience(tx, random.Random(1))
        await _run(tx)
        waiting = await waves.waiting(tx, until=NOON)
        assert [sweep.waves for sweep in planning.planning_passes(waiting[:3])] == [(wave.id,) for wave in waiting[:3]]


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
        await _sweep(tx, PlanningPass(sweep.first, sweep.waves, upto), 1000)
        (waiting,) = await waves.waiting(tx, until=NOON)
        assert waiting.id == back
        await _sweep(tx, planning.planning_passes([waiting])[0], 1000)
        assert sorted(await _rows(tx)) == sorted(due)


async def test_planning_many_waves_uses_the_schedule_index(database: Database) -> None:
    statements: list[tuple[str, Any]] = []

    def record(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    async with database.write() as tx:
        await _audience(tx, random.Random(1))
        await _run(tx)
        (current,) = planning.planning_passes(await waves.waiting(tx, until=NOON))
        connection = tx.sync_connection
        event.listen(connection, "before_cursor_execute", record)
        await planning.plan(tx, current, VERSION, upto=None)
        event.remove(connection, "before_cursor_execute", record)
        ((statement, parameters),) = statements
        rows = await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plan = [row.detail for row in rows]
    assert not any("waves USING INTEGER PRIMARY KEY" in step for step in plan), plan
    assert any("subscribers USING INDEX ix_subscribers_schedule_active" in step for step in plan), plan
    assert any("run_contents USING PRIMARY KEY" in step for step in plan), plan
