"""Waves: when a run is due for a schedule, and how far it is planned."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from domain.delivery.progress import CardMessage
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunState, WaveState
from domain.edition_day import DEFAULT_SLOT
from domain.subscription.calendar import Schedule
from storage import runs, schedules, schema, waves
from storage.database import Tx
from storage.waves import Wave

NOW = datetime(2025, 9, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = date(2025, 9, 12)
MORNINGS = [Schedule("Asia/Shanghai", 480 + minute, 127 - minute) for minute in range(3)]


@pytest.fixture
async def schedule_ids(tx: Tx) -> list[int]:
    return [await schedules.get_or_create(tx, schedule) for schedule in MORNINGS]


async def _digest(tx: Tx, day: date = DAY) -> int:
    return await runs.add_digest(tx, day, published=NOW, upto=0)


async def _broadcast(tx: Tx) -> int:
    run_id = await runs.draft_broadcast(tx, actor=1, method="sendMessage", body={"text": "hi"}, now=NOW)
    assert await runs.confirm(tx, run_id, actor=1, card=CardMessage(1, 2), now=NOW)
    return run_id


async def _rows(tx: Tx) -> list[tuple[int, WaveState, int, int]]:
    """Return run, state, cursor and missed recipients of each wave."""
    rows = await tx.execute(select(schema.waves).order_by(schema.waves.c.id))
    return [(row.run_id, WaveState(row.state), row.cursor, row.missed) for row in rows]


async def test_waiting_waves_of_running_runs_are_listed_by_due(tx: Tx, schedule_ids: list[int]) -> None:
    first, second, third = schedule_ids
    run_id, paused = await _digest(tx), await _digest(tx, DAY + timedelta(days=1))
    await waves.add(tx, run_id, {first: NOW, second: NOW - SECOND, third: NOW + SECOND})
    await waves.add(tx, paused, {first: NOW})
    assert await runs.pause(tx, paused, RunStateReason.ADMIN)
    due = await waves.waiting(tx, until=NOW)
    assert due == [
        Wave(id=2, run_id=run_id, schedule_id=second, schedule=MORNINGS[1], due_at=NOW - SECOND, cursor=0),
        Wave(id=1, run_id=run_id, schedule_id=first, schedule=MORNINGS[0], due_at=NOW, cursor=0),
    ]
    await waves.close(tx, [2], 0, WaveState.PLANNED)
    assert [wave.id for wave in await waves.waiting(tx, until=NOW + SECOND)] == [1, 3]
    broadcast = await _broadcast(tx)
    (wave,) = [wave for wave in await waves.waiting(tx, until=NOW) if wave.run_id == broadcast]
    assert (wave.schedule_id, wave.schedule) == (None, None)


async def test_added_waves_leave_those_that_exist(tx: Tx, schedule_ids: list[int]) -> None:
    first, second, _ = schedule_ids
    run_id = await _digest(tx)
    await waves.add(tx, run_id, {})
    assert await _rows(tx) == []
    await waves.add(tx, run_id, {first: NOW})
    await waves.close(tx, [1], 0, WaveState.PLANNED)
    await waves.add(tx, run_id, {first: NOW + SECOND, second: NOW + SECOND})
    assert await waves.dues(tx, run_id) == {first: NOW, second: NOW + SECOND}
    assert [state for _, state, _, _ in await _rows(tx)] == [WaveState.PLANNED, WaveState.WAITING]


async def test_wave_set_waiting_begins_anew(tx: Tx, schedule_ids: list[int]) -> None:
    first, second, _ = schedule_ids
    run_id = await _digest(tx)
    await waves.add(tx, run_id, {first: NOW})
    await waves.move_cursor(tx, [1], 0, 7)
    await waves.close(tx, [1], 7, WaveState.PLANNED)
    assert await _rows(tx) == [(run_id, WaveState.PLANNED, 7, 0)]
    await waves.set_waiting(tx, run_id, first, NOW + SECOND)
    await waves.set_waiting(tx, run_id, second, NOW + SECOND)
    assert await _rows(tx) == [(run_id, WaveState.WAITING, 0, 0)] * 2
    assert await waves.dues(tx, run_id) == {first: NOW, second: NOW + SECOND}


async def test_changes_pass_over_waves_that_were_set_back(tx: Tx, schedule_ids: list[int]) -> None:
    run_id = await _digest(tx)
    await waves.add(tx, run_id, dict.fromkeys(schedule_ids, NOW))
    await waves.move_cursor(tx, [1, 2], 0, 7)
    await waves.move_cursor(tx, [1, 2, 3], 5, 9)
    waiting = WaveState.WAITING
    assert await _rows(tx) == [(run_id, waiting, 7, 0), (run_id, waiting, 7, 0), (run_id, waiting, 0, 0)]
    await waves.close(tx, [1, 3], 7, WaveState.MISSED, missed=4)
    assert await _rows(tx) == [(run_id, WaveState.MISSED, 7, 4), (run_id, waiting, 7, 0), (run_id, waiting, 0, 0)]
    await waves.close(tx, [1], 7, WaveState.PLANNED)
    await waves.move_cursor(tx, [1], 7, 9)
    assert (await _rows(tx))[0] == (run_id, WaveState.MISSED, 7, 4)


async def test_begun_waves_may_have_rows(tx: Tx, schedule_ids: list[int]) -> None:
    first, second, third = schedule_ids
    run_id, other = await _digest(tx), await _digest(tx, DAY + timedelta(days=1))
    await waves.add(tx, run_id, {first: NOW, second: NOW + SECOND, third: NOW + SECOND})
    await waves.add(tx, other, {first: NOW})
    await waves.close(tx, [3], 0, WaveState.PLANNED)
    assert sorted(wave.id for wave in await waves.begun(tx, run_id, now=NOW)) == [1, 3]
    await waves.close(tx, [1], 0, WaveState.SUPERSEDED)
    assert [wave.id for wave in await waves.begun(tx, run_id, now=NOW)] == [3]
    assert await waves.begun(tx, await _broadcast(tx), now=NOW) == []


async def test_newest_due_edition_of_a_schedule(tx: Tx, schedule_ids: list[int]) -> None:
    first, second, _ = schedule_ids
    days = [DAY + timedelta(days=number) for number in range(4)]
    ids = [await _digest(tx, day) for day in days]
    for run_id, due_at in zip(ids, (NOW, NOW, NOW, NOW + SECOND), strict=True):
        await waves.add(tx, run_id, {first: due_at})
    assert await waves.newest_due_edition(tx, second, DEFAULT_SLOT, now=NOW) is None
    assert await waves.newest_due_edition(tx, first, DEFAULT_SLOT, now=NOW - SECOND) is None
    assert await waves.newest_due_edition(tx, first, DEFAULT_SLOT, now=NOW) == days[2]
    assert await waves.newest_due_edition(tx, first, DEFAULT_SLOT, now=NOW + SECOND) == days[3]
    assert await waves.newest_due_edition(tx, first, DEFAULT_SLOT, now=NOW, latest=days[1]) == days[1]
    assert await waves.newest_due_edition(tx, first, DEFAULT_SLOT, now=NOW, latest=DAY - timedelta(days=1)) is None
    assert await runs.cancel(tx, ids[2], RunStateReason.ADMIN)
    assert await waves.newest_due_edition(tx, first, DEFAULT_SLOT, now=NOW) == days[1]
    for run_state in (RunState.PAUSED, RunState.FINISHED):
        await tx.exec_driver_sql(f"UPDATE runs SET state = '{run_state}' WHERE id = {ids[1]}")  # noqa: S608 - ours
        assert await waves.newest_due_edition(tx, first, DEFAULT_SLOT, now=NOW) == days[1]
    for state, day in ((WaveState.PLANNED, days[1]), (WaveState.MISSED, days[0]), (WaveState.SUPERSEDED, days[0])):
        await tx.exec_driver_sql(f"UPDATE waves SET state = '{state}' WHERE run_id = {ids[1]}")  # noqa: S608 - ours
        assert await waves.newest_due_edition(tx, first, DEFAULT_SLOT, now=NOW) == day
    await tx.exec_driver_sql("UPDATE runs SET kind = 'correction'")
    assert await waves.newest_due_edition(tx, first, DEFAULT_SLOT, now=NOW) is None


async def test_one_wave_is_postponed(tx: Tx, schedule_ids: list[int]) -> None:
    first, second, _ = schedule_ids
    run_id = await _digest(tx)
    await waves.add(tx, run_id, {first: NOW, second: NOW})
    await waves.postpone(tx, 2, NOW + SECOND)
    assert await waves.dues(tx, run_id) == {first: NOW, second: NOW + SECOND}


async def test_replaced_waves_are_those_of_one_run(tx: Tx, schedule_ids: list[int]) -> None:
    first, second, third = schedule_ids
    run_id, other = await _digest(tx), await _digest(tx, DAY + timedelta(days=1))
    for one in (run_id, other):
        await waves.add(tx, one, {first: NOW, second: NOW})
    await waves.replace(tx, run_id, {second: NOW + SECOND, third: NOW})
    assert await waves.dues(tx, run_id) == {second: NOW + SECOND, third: NOW}
    assert await waves.dues(tx, other) == {first: NOW, second: NOW}
    assert await waves.dues(tx, await _broadcast(tx)) == {}
