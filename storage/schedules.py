"""Stored schedules, which subscribers share."""

from __future__ import annotations

from sqlalchemy import select

from domain.subscription.calendar import Schedule
from storage import upsert
from storage.database import Tx
from storage.schema import schedules, subscribers


async def get_or_create(tx: Tx, schedule: Schedule) -> int:
    """Return the id of a schedule, stored if it is new."""
    values = {"zone": schedule.zone, "minute_of_day": schedule.minute_of_day, "weekdays": schedule.weekdays}
    return await upsert.get_or_create(tx, schedules, values)


async def in_use(tx: Tx) -> dict[int, Schedule]:
    """Return the schedules that subscribers of the bot have, by id."""
    theirs = select(subscribers.c.schedule_id).where(subscribers.c.bot_id == tx.bot_id, subscribers.c.active)
    rows = await tx.execute(select(schedules).where(schedules.c.id.in_(theirs)).order_by(schedules.c.id))
    return {row.id: Schedule(row.zone, row.minute_of_day, row.weekdays) for row in rows}


async def all_after(tx: Tx, schedule_id: int) -> dict[int, Schedule]:
    """Return the schedules with ids above one, by id; 0 for all."""
    rows = await tx.execute(select(schedules).where(schedules.c.id > schedule_id).order_by(schedules.c.id))
    return {row.id: Schedule(row.zone, row.minute_of_day, row.weekdays) for row in rows}
