"""The slots other than the default one that subscribers have chosen, each with a schedule of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from domain.subscription.calendar import Schedule
from storage import schedules as schedule_rows
from storage.database import Tx
from storage.schema import schedules, slot_schedules
from storage.upsert import insert


@dataclass(frozen=True, slots=True)
class SlotSchedule:
    """When a slot's editions are due for a subscriber, who gets what is due from `since` on.

    That is when they chose the slot, or the end of a pause of it.
    """

    schedule: Schedule
    since: datetime


async def of_subscriber(tx: Tx, subscriber_id: int) -> dict[str, SlotSchedule]:
    """Return the slots that a subscriber has chosen."""
    own = slot_schedules.c.bot_id == tx.bot_id, slot_schedules.c.subscriber_id == subscriber_id
    columns = select(slot_schedules.c.slot, slot_schedules.c.since, schedules)
    rows = await tx.execute(columns.where(*own, schedules.c.id == slot_schedules.c.schedule_id))
    return {row.slot: SlotSchedule(Schedule(row.zone, row.minute_of_day, row.weekdays), row.since) for row in rows}


async def choose(tx: Tx, subscriber_id: int, slot: str, chosen: SlotSchedule) -> int:
    """Store a slot in place of what was chosen for it; return the schedule's id, whose waves the caller sees to."""
    schedule_id = await schedule_rows.get_or_create(tx, chosen.schedule)
    changes = {"schedule_id": schedule_id, "since": chosen.since}
    row = insert(tx, slot_schedules).values(bot_id=tx.bot_id, subscriber_id=subscriber_id, slot=slot, **changes)
    await tx.execute(row.on_conflict_do_update(index_elements=list(slot_schedules.primary_key), set_=changes))
    return schedule_id


async def remove(tx: Tx, subscriber_id: int, slot: str) -> None:
    """End a subscriber's deliveries of a slot."""
    own = slot_schedules.c.bot_id == tx.bot_id, slot_schedules.c.subscriber_id == subscriber_id
    await tx.execute(delete(slot_schedules).where(*own, slot_schedules.c.slot == slot))
