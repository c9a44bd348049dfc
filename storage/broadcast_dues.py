"""How many recipients of a broadcast get it later, and when: of a draft by its chosen time, of a run by its waves."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from domain.delivery.broadcast import Broadcast
from domain.delivery.broadcast_time import WaitingRecipients, waiting_recipients
from storage import broadcasts, schedules
from storage.database import Tx
from storage.predicates import IS_WAITING
from storage.runs import Run
from storage.schema import deliveries, subscribers, waves
from storage.segments import matches, receives


async def of_draft(tx: Tx, broadcast: Broadcast, *, now: datetime) -> WaitingRecipients | None:
    """Return who gets a draft later than at its chosen time if it is sent now: in mornings, or after quiet hours.

    Its time has the quiet hours that hold.
    """
    dues = broadcast.time.dues(await schedules.in_use(tx), now)
    if set(dues) == {None}:
        return None
    recipients = receives(bot_id=tx.bot_id, at=now), matches(broadcast.segment, bot_id=tx.bot_id, at=now)
    counted = select(subscribers.c.schedule_id, func.count().label("people")).where(*recipients)
    people: Counter[datetime] = Counter()
    for row in await tx.execute(counted.group_by(subscribers.c.schedule_id)):
        people[dues.get(row.schedule_id, dues[None])] += row.people
    start = max(now, broadcast.time.at or now)
    return waiting_recipients({at: count for at, count in people.items() if at > start})


async def of_run(tx: Tx, run: Run) -> WaitingRecipients | None:
    """Return for whom a confirmed broadcast is not due yet; of a cancelled one, who does not get it any more."""
    waiting = waves.c.run_id == run.id, IS_WAITING, waves.c.due_at > run.published_at, waves.c.cursor == 0
    rows = (await tx.execute(select(waves.c.schedule_id, waves.c.due_at).where(*waiting))).all()
    if not rows:
        return None
    recipients = await _without_row(tx, run, min(row.due_at for row in rows))
    by_schedule = waves.join(subscribers, waves.c.schedule_id == subscribers.c.schedule_id)
    counted = select(waves.c.due_at, func.count().label("people")).select_from(by_schedule)
    grouped = counted.where(*waiting, *recipients).group_by(waves.c.due_at)
    people = Counter({row.due_at: row.people for row in await tx.execute(grouped)})
    for_others = [row.due_at for row in rows if row.schedule_id is None]
    if for_others:
        own = select(waves.c.schedule_id).where(waves.c.run_id == run.id, waves.c.schedule_id.is_not(None))
        others = select(func.count()).select_from(subscribers)
        left = await tx.scalar(others.where(*recipients, subscribers.c.schedule_id.not_in(own)))
        people[for_others[0]] += left or 0
    return waiting_recipients(people)


async def _without_row(tx: Tx, run: Run, at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a subscriber is a recipient of a broadcast, and nothing is planned for them yet."""
    segment = await broadcasts.segment(tx, run.id)
    of_subscriber = deliveries.c.run_id == run.id, deliveries.c.subscriber_id == subscribers.c.id
    is_recipient = receives(bot_id=tx.bot_id, at=at), matches(segment, bot_id=tx.bot_id, at=at)
    return *is_recipient, ~select(deliveries.c.run_id).where(*of_subscriber).exists()
