"""How many have an edition, and how many by schedule have not had it: the figures of `domain.subscription.reach`."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, distinct, func, select

from domain.delivery.states import DeliveryState
from domain.edition_day import DEFAULT_SLOT, slot_of
from domain.subscription.calendar import Schedule
from domain.subscription.reach import Reach, reach_of
from storage import runs
from storage.database import Tx
from storage.predicates import MAY_HAVE_ARRIVED, written
from storage.schema import deliveries, schedules, slot_schedules, subscribers
from storage.segments import receives


async def of_edition(tx: Tx, day: date, published: datetime, *, now: datetime) -> Reach:
    """Return whom an edition reaches if it is published at an instant.

    Who is paused, has left, or whose chat has refused it is not counted.
    """
    run = await runs.get_by_edition(tx, day)
    run_id = -1 if run is None else run.id
    is_settled = MAY_HAVE_ARRIVED | (deliveries.c.state == written(DeliveryState.FAILED))
    has_row = (
        select(deliveries.c.run_id)
        .where(deliveries.c.run_id == run_id, deliveries.c.subscriber_id == subscribers.c.id, is_settled)
        .exists()
    )
    key = schedules.c.zone, schedules.c.minute_of_day, schedules.c.weekdays
    rows = await tx.execute(
        select(*key, func.count().label("people"))
        .where(*_has_schedule_for(tx, slot_of(day), now), receives(bot_id=tx.bot_id, at=now), ~has_row)
        .group_by(*key)
    )
    recipients = {Schedule(row.zone, row.minute_of_day, row.weekdays): row.people for row in rows}
    arrived = deliveries.c.run_id == run_id, MAY_HAVE_ARRIVED
    had: int = await tx.scalar(select(func.count(distinct(deliveries.c.subscriber_id))).where(*arrived)) or 0
    return reach_of(day, published, recipients, now, had=had)


def _has_schedule_for(tx: Tx, slot: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that a schedule is a subscriber's one for a slot, which they do not pause."""
    if slot == DEFAULT_SLOT:
        return (schedules.c.id == subscribers.c.schedule_id,)
    return (
        slot_schedules.c.bot_id == tx.bot_id,
        slot_schedules.c.slot == slot,
        slot_schedules.c.subscriber_id == subscribers.c.id,
        slot_schedules.c.since <= now,
        schedules.c.id == slot_schedules.c.schedule_id,
    )
