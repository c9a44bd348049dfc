"""Stored waves: when a run is due for the subscribers who share a schedule, and how far it is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, case, delete, func, select, update

from domain.delivery.states import RunKind, RunState, WaveState
from domain.edition_day import DEFAULT_SLOT, EditionDay, slot_of
from domain.subscription.calendar import Schedule
from domain.subscription.next_delivery import KnownEdition
from storage.database import Tx
from storage.predicates import DIALECTS, IS_RUNNING, IS_WAITING, is_among
from storage.schema import deliveries, runs, schedules, slot_schedules, subscribers, waves
from storage.upsert import insert


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Due instant of a run for a schedule (None: for everybody); planned up to the subscriber `cursor`.

    `at_once`: an editor sent it then, whatever the schedule's windows.
    """

    id: int
    run_id: int
    schedule_id: int | None
    schedule: Schedule | None
    due_at: datetime
    cursor: int
    at_once: bool = False


async def add(tx: Tx, run_id: int, dues: Mapping[int, datetime]) -> None:
    """Add waves to a run, with due instants by schedule; waves that exist stay as they are."""
    rows = [
        {"run_id": run_id, "schedule_id": schedule_id, "due_at": at, "state": WaveState.WAITING}
        for schedule_id, at in dues.items()
    ]
    if rows:
        await tx.execute(insert(tx, waves).on_conflict_do_nothing(), rows)


async def set_waiting(tx: Tx, run_id: int, schedule_id: int, due_at: datetime) -> None:
    """Let a run's wave for a schedule be planned, or planned again from the first subscriber.

    Planning passes over recipients that have rows of the run, so nobody is served twice. After a send at once the wave
    is due again when the calendar says.
    """
    values = {"state": WaveState.WAITING, "cursor": 0}
    row = insert(tx, waves).values(run_id=run_id, schedule_id=schedule_id, due_at=due_at, **values)
    changes = values | {"due_at": case((waves.c.at_once, due_at), else_=waves.c.due_at), "at_once": False}
    await tx.execute(row.on_conflict_do_update(index_elements=["run_id", "schedule_id"], set_=changes))


async def waiting(tx: Tx, *, until: datetime) -> list[Wave]:
    """Return the waiting waves of running runs that are due by an instant, the earliest first."""
    due_now = _whole.where(runs.c.bot_id == tx.bot_id, *_waits, waves.c.due_at <= until)
    return [_read(row) for row in await tx.execute(due_now.order_by(waves.c.due_at, waves.c.id))]


async def begun(tx: Tx, run_id: int, *, now: datetime) -> list[Wave]:
    """Return the waves of a digest's run whose recipients may have rows that the calendar allows or not."""
    is_begun = (waves.c.state == WaveState.PLANNED) | (IS_WAITING & (waves.c.due_at <= now))
    begun_waves = _whole.where(waves.c.run_id == run_id, is_begun, waves.c.schedule_id.is_not(None), ~waves.c.at_once)
    return [_read(row) for row in await tx.execute(begun_waves)]


async def newest_due_edition(
    tx: Tx, schedule_id: int, slot: str, *, now: datetime, latest: date = date.max
) -> EditionDay | None:
    """Return the newest edition of a slot, of those up to a day, that is, or was, due for a schedule by now."""
    newest: str | None = await tx.scalar(
        select(func.max(runs.c.date)).where(
            runs.c.bot_id == tx.bot_id,
            waves.c.schedule_id == schedule_id,
            waves.c.run_id == runs.c.id,
            waves.c.due_at <= now,
            waves.c.state.in_((WaveState.WAITING, WaveState.PLANNED)),
            runs.c.kind == RunKind.DIGEST,
            runs.c.slot == slot,
            runs.c.date <= latest.isoformat(),
            runs.c.state.in_((RunState.RUNNING, RunState.PAUSED, RunState.FINISHED)),
        )
    )
    return None if newest is None else EditionDay.read(newest, slot)


async def newer_dues(tx: Tx, edition: date) -> dict[Schedule, dict[date, datetime]]:
    """Return from when on newer editions of an edition's slot are due, by schedule and day."""
    key = schedules.c.zone, schedules.c.minute_of_day, schedules.c.weekdays
    rows = await tx.execute(
        select(*key, runs.c.date, func.min(waves.c.due_at).label("due_at"))
        .select_from(waves.join(runs, runs.c.id == waves.c.run_id).join(schedules))
        .where(
            runs.c.bot_id == tx.bot_id,
            waves.c.state.in_((WaveState.WAITING, WaveState.PLANNED)),
            runs.c.kind == RunKind.DIGEST,
            runs.c.slot == slot_of(edition),
            runs.c.date > edition.isoformat(),
            runs.c.state.in_((RunState.RUNNING, RunState.PAUSED, RunState.FINISHED)),
        )
        .group_by(*key, runs.c.date)
    )
    dues: dict[Schedule, dict[date, datetime]] = {}
    for row in rows:
        of_schedule = dues.setdefault(Schedule(row.zone, row.minute_of_day, row.weekdays), {})
        of_schedule[date.fromisoformat(row.date)] = row.due_at
    return dues


async def known_editions(
    tx: Tx, subscriber_id: int, *, since: datetime, slot: str = DEFAULT_SLOT
) -> list[KnownEdition]:
    """Return the editions of a slot published since an instant that have a wave for a subscriber's schedule of it."""
    values = {"bot": tx.bot_id, "subscriber": subscriber_id, "since": since, "slot": slot}
    rows = await tx.execute(_known_editions if slot == DEFAULT_SLOT else _known_editions_of_slot, values)
    return [
        KnownEdition(
            edition=EditionDay.read(row.date, slot),
            published=row.published_at,
            due_at=row.due_at,
            is_waiting=row.wave_state == WaveState.WAITING and row.run_state == RunState.RUNNING,
            had=row.had,
            at_once=row.at_once,
        )
        for row in rows
    ]


async def live_editions(tx: Tx, subscriber_id: int, *, since: datetime) -> list[KnownEdition]:
    """Return the editions of the default slot published since an instant, due then, that may be planned (again)."""
    had = select(deliveries.c.run_id).where(
        deliveries.c.run_id == runs.c.id, deliveries.c.subscriber_id == subscriber_id
    )
    rows = await tx.execute(
        select(runs.c.date, runs.c.published_at, runs.c.state, had.exists().label("had"))
        .where(
            runs.c.bot_id == tx.bot_id,
            runs.c.kind == RunKind.DIGEST,
            runs.c.slot == DEFAULT_SLOT,
            runs.c.state.in_((RunState.RUNNING, RunState.PAUSED, RunState.FINISHED)),
            runs.c.published_at > since,
        )
        .order_by(runs.c.date)
    )
    return [
        KnownEdition(
            edition=EditionDay.read(row.date),
            published=row.published_at,
            due_at=row.published_at,
            is_waiting=row.state != RunState.PAUSED,
            had=row.had,
        )
        for row in rows
    ]


async def move_cursor(tx: Tx, wave_ids: Sequence[int], was: int, cursor: int) -> None:
    """Note that waves are planned up to a subscriber, except those that were set back to the beginning meanwhile."""
    values = {"waves": list(wave_ids), "was": was, "to": cursor, "became": WaveState.WAITING, "n": 0}
    await tx.execute(_change[tx.dialect.name], values)


async def close(tx: Tx, wave_ids: Sequence[int], was: int, state: WaveState, *, missed: int = 0) -> None:
    """End the waiting of waves, except those that were set back to the beginning meanwhile."""
    values = {"waves": list(wave_ids), "was": was, "to": was, "became": state, "n": missed}
    await tx.execute(_change[tx.dialect.name], values)


async def postpone(tx: Tx, wave_id: int, due_at: datetime) -> None:
    """Move a wave to a later window."""
    await tx.execute(update(waves).where(waves.c.id == wave_id).values(due_at=due_at))


async def replace(tx: Tx, run_id: int, dues: Mapping[int, datetime]) -> None:
    """Replace the waves of a run without rows, because its publication was moved."""
    await tx.execute(delete(waves).where(waves.c.run_id == run_id))
    await add(tx, run_id, dues)


async def dues(tx: Tx, run_id: int) -> dict[int, datetime]:
    """Return the due instants of a digest's run by schedule."""
    rows = await tx.execute(select(waves.c.schedule_id, waves.c.due_at).where(waves.c.run_id == run_id))
    return {row[0]: row[1] for row in rows if row[0] is not None}


_theirs = (
    select(
        runs.c.date,
        runs.c.published_at,
        runs.c.state.label("run_state"),
        waves.c.due_at,
        waves.c.at_once,
        waves.c.state.label("wave_state"),
        select(deliveries.c.run_id)
        .where(deliveries.c.run_id == runs.c.id, deliveries.c.subscriber_id == subscribers.c.id)
        .exists()
        .label("had"),
    )
    .where(
        subscribers.c.id == bindparam("subscriber"),
        waves.c.state.in_((WaveState.WAITING, WaveState.PLANNED)),
        runs.c.id == waves.c.run_id,
        runs.c.bot_id == bindparam("bot"),
        runs.c.kind == RunKind.DIGEST,
        runs.c.slot == bindparam("slot"),
        runs.c.state.in_((RunState.RUNNING, RunState.PAUSED, RunState.FINISHED)),
        runs.c.published_at > bindparam("since"),
    )
    .order_by(runs.c.date)
)
_known_editions = _theirs.where(waves.c.schedule_id == subscribers.c.schedule_id)
_known_editions_of_slot = _theirs.where(
    slot_schedules.c.bot_id == bindparam("bot"),
    slot_schedules.c.subscriber_id == subscribers.c.id,
    slot_schedules.c.slot == bindparam("slot"),
    waves.c.schedule_id == slot_schedules.c.schedule_id,
)
_change = {
    dialect: update(waves)
    .where(is_among(waves.c.id, "waves", dialect), waves.c.cursor == bindparam("was"), IS_WAITING)
    .values(cursor=bindparam("to"), state=bindparam("became"), missed=bindparam("n"))
    for dialect in DIALECTS
}
_waits = (IS_WAITING, waves.c.run_id == runs.c.id, IS_RUNNING)
_whole = (
    select(waves, schedules.c.zone, schedules.c.minute_of_day, schedules.c.weekdays)
    .outerjoin_from(waves, schedules, waves.c.schedule_id == schedules.c.id)
    .join(runs, waves.c.run_id == runs.c.id)
)


def _read(row: Any) -> Wave:
    schedule = None if row.zone is None else Schedule(row.zone, row.minute_of_day, row.weekdays)
    return Wave(
        id=row.id,
        run_id=row.run_id,
        schedule_id=row.schedule_id,
        schedule=schedule,
        due_at=row.due_at,
        cursor=row.cursor,
        at_once=row.at_once,
    )
