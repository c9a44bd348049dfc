"""Stored schedules, which subscribers share."""

from __future__ import annotations

from sqlalchemy import select

from domain.subscription.calendar import Schedule
from storage import upsert
from storage.database import Tx
from storage.schema import schedules


async def get_or_create(tx: Tx, schedule: Schedule) -> int:
    """Return the id of a schedule, stored if it is new."""
    values = {"zone": schedule.zone, "minute_of_day": schedule.minute_of_day, "weekdays": schedule.weekdays}
    return await upsert.get_or_create(tx, schedules, values)


async def all_after(tx: Tx, schedule_id: int) -> dict[int, Schedule]:
    """Return the schedules with ids above one, by id; 0 for all."""
    rows = await tx.execute(select(schedules).where(schedules.c.id > schedule_id).order_by(schedules.c.id))
    return {row.id: Schedule(row.zone, row.minute_of_day, row.weekdays) for row in rows}
