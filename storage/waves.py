"""Waves: when a run is due for those who share a schedule. A run and the schedules in, due instants out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from domain.delivery.states import RunKind, RunState, WaveState
from domain.subscription.calendar import MAX_EDITION_AGE, Schedule, due_instant
from storage.database import Tx
from storage.predicates import IS_RUNNING, IS_WAITING
from storage.schema import runs, schedules, waves
from storage.upsert import insert


@dataclass(frozen=True, slots=True)
class Wave:
    """A run's due instant for a schedule (None: for everybody), and how far it is planned."""

    id: int
    run_id: int
    schedule_id: int | None
    schedule: Schedule | None
    due_at: datetime
    cursor: int


async def add(tx: Tx, run_id: int, dues: Mapping[int, datetime]) -> None:
    """Waves of a run, by schedule; those that are there already stay as they are."""
    rows = [
        {"run_id": run_id, "schedule_id": schedule_id, "due_at": at, "state": WaveState.WAITING}
        for schedule_id, at in dues.items()
    ]
    if rows:
        await tx.execute(insert(tx, waves).on_conflict_do_nothing(), rows)


async def add_for_schedule(tx: Tx, schedule_id: int, schedule: Schedule, *, now: datetime) -> None:
    """Somebody is new to a schedule: every live digest run must look at it (again).

    Makes the missing wave, or sets a planned one waiting again. Planning passes over those who have a row of the run
    already, so nobody is served twice. A run that had finished runs again.
    """
    live = (RunState.RUNNING, RunState.PAUSED, RunState.FINISHED)
    fresh = select(runs.c.id, runs.c.published_at).where(
        runs.c.kind == RunKind.DIGEST, runs.c.state.in_(live), runs.c.published_at > now - MAX_EDITION_AGE
    )
    for run_id, published in (await tx.execute(fresh)).all():
        at = due_instant(published, schedule)
        if at is None:
            continue
        values = {"state": WaveState.WAITING, "cursor": 0}
        row = insert(tx, waves).values(run_id=run_id, schedule_id=schedule_id, due_at=at, **values)
        await tx.execute(row.on_conflict_do_update(index_elements=["run_id", "schedule_id"], set_=values))
        again = {"state": RunState.RUNNING, "finished_at": None}
        await tx.execute(update(runs).where(runs.c.id == run_id, runs.c.state == RunState.FINISHED).values(again))


async def add_missing(tx: Tx, new: Mapping[int, Schedule], *, now: datetime) -> None:
    """Waves of every live digest run for schedules that came after its publication."""
    live = runs.c.kind == RunKind.DIGEST, runs.c.state.in_((RunState.RUNNING, RunState.PAUSED))
    fresh = select(runs.c.id, runs.c.published_at).where(*live, runs.c.published_at > now - MAX_EDITION_AGE)
    for run_id, published in (await tx.execute(fresh)).all():
        dues = {schedule_id: due_instant(published, schedule) for schedule_id, schedule in new.items()}
        await add(tx, run_id, {schedule_id: at for schedule_id, at in dues.items() if at is not None})


async def waiting(tx: Tx, *, until: datetime) -> list[Wave]:
    """Waves of running runs that are due by then, the earliest first."""
    due_now = _whole.where(*_waits, waves.c.due_at <= until)
    return [_read(row) for row in await tx.execute(due_now.order_by(waves.c.due_at, waves.c.id))]


async def next_due(tx: Tx) -> datetime | None:
    """When the earliest waiting wave of a running run is due."""
    earliest = select(waves.c.due_at).where(*_waits).order_by(waves.c.due_at).limit(1)
    at: datetime | None = await tx.scalar(earliest)
    return at


async def begun(tx: Tx, run_id: int, *, now: datetime) -> list[Wave]:
    """Waves of a digest's run whose recipients may have their rows."""
    again = IS_WAITING & (waves.c.due_at <= now)
    planned = (waves.c.state == WaveState.PLANNED) | again
    those = _whole.where(waves.c.run_id == run_id, planned, waves.c.schedule_id.is_not(None))
    return [_read(row) for row in await tx.execute(those)]


async def newer_edition_due(tx: Tx, wave: Wave, *, now: datetime) -> bool:
    """Whether a newer edition is (or was) due by now for the wave's schedule: then only that one goes."""
    own = select(runs.c.date).where(runs.c.id == wave.run_id).scalar_subquery()
    newer = select(waves.c.id).where(
        waves.c.schedule_id == wave.schedule_id,
        waves.c.run_id == runs.c.id,
        waves.c.due_at <= now,
        waves.c.state.in_((WaveState.WAITING, WaveState.PLANNED)),
        runs.c.state.in_((RunState.RUNNING, RunState.PAUSED, RunState.FINISHED)),
        runs.c.date > own,
    )
    return (await tx.execute(newer.limit(1))).first() is not None


async def move_cursor(tx: Tx, wave_ids: Sequence[int], was: int, cursor: int) -> None:
    """Planned up to this subscriber; but a wave that somebody has set back to its beginning meanwhile stays there."""
    values = {"waves": wave_ids, "was": was, "to": cursor, "became": WaveState.WAITING, "n": 0}
    await tx.execute(_change, values)


async def close(tx: Tx, wave_ids: Sequence[int], was: int, state: WaveState, *, missed: int = 0) -> None:
    """The waves wait no more; but one that somebody has set back to its beginning meanwhile does."""
    values = {"waves": wave_ids, "was": was, "to": was, "became": state, "n": missed}
    await tx.execute(_change, values)


async def postpone(tx: Tx, wave_id: int, due_at: datetime) -> None:
    """The wave's window passed while nothing could be planned; the calendar allows another."""
    await tx.execute(update(waves).where(waves.c.id == wave_id).values(due_at=due_at))


async def replace(tx: Tx, run_id: int, dues: Mapping[int, datetime]) -> None:
    """Other due instants for a run that nobody has a row of: its publication was moved."""
    await tx.execute(delete(waves).where(waves.c.run_id == run_id))
    await add(tx, run_id, dues)


async def dues(tx: Tx, run_id: int) -> dict[int, datetime]:
    """When a digest's run is or was due, by schedule."""
    rows = await tx.execute(select(waves.c.schedule_id, waves.c.due_at).where(waves.c.run_id == run_id))
    return {row[0]: row[1] for row in rows if row[0] is not None}


_change = (
    update(waves)
    .where(waves.c.id.in_(bindparam("waves", expanding=True)), waves.c.cursor == bindparam("was"), IS_WAITING)
    .values(cursor=bindparam("to"), state=bindparam("became"), missed=bindparam("n"))
)
_waits = (IS_WAITING, waves.c.run_id == runs.c.id, IS_RUNNING)
_whole = (
    select(waves, schedules.c.zone, schedules.c.minute_of_day, schedules.c.weekdays)
    .outerjoin_from(waves, schedules, waves.c.schedule_id == schedules.c.id)
    .join(runs, waves.c.run_id == runs.c.id)
)


def _read(row: Any) -> Wave:
    schedule = None if row.zone is None else Schedule(row.zone, row.minute_of_day, row.weekdays)
    return Wave(row.id, row.run_id, row.schedule_id, schedule, row.due_at, row.cursor)
