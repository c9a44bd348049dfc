"""Schedules: times of day that people share. A Schedule in, its id out; and back."""

from __future__ import annotations

from sqlalchemy import select

from domain.subscription.calendar import Schedule
from storage import upsert
from storage.database import Tx
from storage.schema import schedules, subscribers


async def get_or_create(tx: Tx, schedule: Schedule) -> int:
    """The id of a schedule, stored if it is new."""
    row = {"zone": schedule.zone, "minute": schedule.minute_of_day, "weekdays": schedule.weekdays}
    return await upsert.get_or_create(tx, schedules, row)


async def in_use(tx: Tx) -> dict[int, Schedule]:
    """The schedules that an active subscriber has, by id."""
    used = select(subscribers.c.schedule_id).where(subscribers.c.active).distinct()
    rows = await tx.execute(select(schedules).where(schedules.c.id.in_(used)))
    return {row.id: Schedule(row.zone, row.minute, row.weekdays) for row in rows}


async def all_after(tx: Tx, schedule_id: int) -> dict[int, Schedule]:
    """All schedules that were stored after one (0: all of them), by id."""
    rows = await tx.execute(select(schedules).where(schedules.c.id > schedule_id).order_by(schedules.c.id))
    return {row.id: Schedule(row.zone, row.minute, row.weekdays) for row in rows}
