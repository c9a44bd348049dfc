"""Weekly recaps: who chose one, and the run of each day, with a wave for each schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from domain.delivery.states import RunKind, RunState
from domain.subscription.calendar import Schedule
from storage import runs as run_rows
from storage import waves as wave_rows
from storage.column_types import read_day
from storage.database import Tx
from storage.schema import deliveries, runs, schedules, subscribers, waves
from storage.upsert import insert


@dataclass(frozen=True, slots=True)
class ChosenRecap:
    """A schedule with a weekday (0 is Monday) on which subscribers who have it want a recap."""

    schedule_id: int
    schedule: Schedule
    weekday: int


async def chosen(tx: Tx) -> list[ChosenRecap]:
    """Return what subscribers of the bot have chosen."""
    wanted = subscribers.c.bot_id == tx.bot_id, subscribers.c.active, subscribers.c.recap_weekday.is_not(None)
    pairs = select(schedules, subscribers.c.recap_weekday).where(*wanted, schedules.c.id == subscribers.c.schedule_id)
    return [
        ChosenRecap(row.id, Schedule(row.zone, row.minute_of_day, row.weekdays), row.recap_weekday)
        for row in await tx.execute(pairs.distinct())
    ]


async def planned(tx: Tx, *, since: date) -> set[tuple[date, int]]:
    """Return the days since one, with the schedules, for which a recap has a wave."""
    of_recaps = runs.c.bot_id == tx.bot_id, runs.c.kind == RunKind.RECAP, runs.c.date >= since.isoformat()
    rows = select(runs.c.date, waves.c.schedule_id).where(*of_recaps, waves.c.run_id == runs.c.id)
    return {(date.fromisoformat(row.date), row.schedule_id) for row in await tx.execute(rows)}


async def plan(tx: Tx, day: date, dues: Mapping[int, datetime]) -> None:
    """Let the recap of a day be planned for schedules, in the one run of that day."""
    row = {
        "bot_id": tx.bot_id,
        "kind": RunKind.RECAP,
        "date": day.isoformat(),
        "version": 1,
        "state": RunState.RUNNING,
        "published_at": min(dues.values()),
    }
    await tx.execute(insert(tx, runs).values(row).on_conflict_do_nothing())
    of_day = runs.c.bot_id == tx.bot_id, runs.c.kind == RunKind.RECAP, runs.c.date == day.isoformat()
    run_id: int = (await tx.execute(select(runs.c.id).where(*of_day))).scalar_one()
    await wave_rows.add(tx, run_id, dues)
    await run_rows.reopen(tx, run_id)


async def newest_planned_for(tx: Tx, subscriber_id: int) -> date | None:
    """Return the day of the newest recap that a subscriber has a delivery of."""
    theirs = runs.c.bot_id == tx.bot_id, runs.c.kind == RunKind.RECAP, deliveries.c.run_id == runs.c.id
    newest = select(func.max(runs.c.date)).where(*theirs, deliveries.c.subscriber_id == subscriber_id)
    return read_day(await tx.scalar(newest))
