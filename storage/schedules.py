"""Stored schedules, which subscribers share."""

from __future__ import annotations

from sqlalchemy import select

from domain.edition_day import DEFAULT_SLOT
from domain.subscription.calendar import Schedule
from storage import upsert
from storage.database import Tx
from storage.schema import schedules, slot_schedules, subscribers


async def get_or_create(tx: Tx, schedule: Schedule) -> int:
    """Return the id of a schedule, stored if it is new."""
    values = {"zone": schedule.zone, "minute_of_day": schedule.minute_of_day, "weekdays": schedule.weekdays}
    return await upsert.get_or_create(tx, schedules, values)


async def in_use(tx: Tx, slot: str = DEFAULT_SLOT) -> dict[int, Schedule]:
    """Return the schedules that subscribers of the bot have for a slot, by id."""
    active = subscribers.c.bot_id == tx.bot_id, subscribers.c.active
    theirs = select(subscribers.c.schedule_id).where(*active)
    if slot != DEFAULT_SLOT:
        of_slot = slot_schedules.c.bot_id == tx.bot_id, slot_schedules.c.slot == slot
        theirs = select(slot_schedules.c.schedule_id).where(
            *of_slot, subscribers.c.id == slot_schedules.c.subscriber_id, *active
        )
    rows = await tx.execute(select(schedules).where(schedules.c.id.in_(theirs)).order_by(schedules.c.id))
    return {row.id: Schedule(row.zone, row.minute_of_day, row.weekdays) for row in rows}


async def all_after(tx: Tx, schedule_id: int) -> dict[int, Schedule]:
    """Return the schedules with ids above one, by id; 0 for all."""
    rows = await tx.execute(select(schedules).where(schedules.c.id > schedule_id).order_by(schedules.c.id))
    return {row.id: Schedule(row.zone, row.minute_of_day, row.weekdays) for row in rows}


async def of_slot(tx: Tx, slot: str) -> dict[int, Schedule]:
    """Return the schedules for which an edition of a slot gets waves: all for the default one, else those chosen."""
    if slot == DEFAULT_SLOT:
        return await all_after(tx, 0)
    chosen = select(slot_schedules.c.schedule_id).where(
        slot_schedules.c.bot_id == tx.bot_id, slot_schedules.c.slot == slot
    )
    rows = await tx.execute(select(schedules).where(schedules.c.id.in_(chosen)).order_by(schedules.c.id))
    return {row.id: Schedule(row.zone, row.minute_of_day, row.weekdays) for row in rows}
