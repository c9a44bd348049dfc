"""How many have an edition, and how many have not had it, by schedule, as `domain.subscription.reach` needs them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, distinct, false, func, select

from domain.delivery.states import DeliveryState, RunState
from domain.edition_day import DEFAULT_SLOT, slot_of
from domain.subscription.calendar import Schedule
from domain.subscription.reach import Reach, reach_of
from storage import runs
from storage import waves as stored_waves
from storage.database import Tx
from storage.predicates import IS_PENDING, IS_WAITING, MAY_HAVE_ARRIVED, written
from storage.schema import (
    content_preferences,
    deliveries,
    run_contents,
    schedules,
    slot_schedules,
    subscribers,
    waves,
)
from storage.schema import runs as run_rows
from storage.segments import receives

_IS_SENT = deliveries.c.state == written(DeliveryState.SENT)
_IS_FAILED = deliveries.c.state == written(DeliveryState.FAILED)

NO_RUN = -1
"""Id of no run."""


@dataclass(frozen=True, slots=True)
class _Recipients:
    """How many are to get something of an edition, by schedule, and for how many there is nothing in it."""

    by_schedule: dict[Schedule, int]
    nothing: int


async def of_edition(tx: Tx, day: date, published: datetime, *, now: datetime, is_draft: bool = False) -> Reach:
    """Return whom an edition reaches if it is published at an instant.

    Who is paused, has left, or whose chat has refused it is not counted. For whom there is nothing in it is known of
    what is rendered for their content preferences, and of no draft (`is_draft`), whose text is another one.
    """
    run = await runs.get_by_edition(tx, day)
    run_id = NO_RUN if run is None else run.id
    recipients = await _recipients(tx, NO_RUN if is_draft else run_id, day, now, ~_is_settled(run_id))
    had = await _count_with(tx, run_id, _IS_SENT)
    may_have = await _count_with(tx, run_id, MAY_HAVE_ARRIVED)
    newer_dues = await stored_waves.newer_dues(tx, day)
    reach = reach_of(
        day, published, recipients.by_schedule, now, newer_dues=newer_dues, nothing=recipients.nothing, had=had
    )
    return replace(reach, unconfirmed=may_have - had, refused=await _count_refused(tx, run_id, now))


async def _count_with(tx: Tx, run_id: int, condition: ColumnElement[bool]) -> int:
    """Return how many recipients have a part of a run that meets a condition."""
    counted = select(func.count(distinct(deliveries.c.subscriber_id)))
    return await tx.scalar(counted.where(deliveries.c.run_id == run_id, condition)) or 0


async def _count_refused(tx: Tx, run_id: int, now: datetime) -> int:
    """Return how many subscribers may have nothing of a run, because Telegram refused it."""
    has_refused, may_have = _has_row(run_id, _IS_FAILED), _has_row(run_id, MAY_HAVE_ARRIVED)
    is_refused = receives(bot_id=tx.bot_id, at=now), has_refused, ~may_have
    return await tx.scalar(select(func.count()).select_from(subscribers).where(*is_refused)) or 0


async def count_waiting(tx: Tx, day: date, published: datetime, *, now: datetime) -> int:
    """Return how many are still to get an edition: it is on its way to them, or they get it at their times.

    Who has a part of it already is not counted, nor for whom there is nothing in it, and nobody once its delivery was
    cancelled.
    """
    run = await runs.get_by_edition(tx, day)
    if run is not None and run.state is RunState.CANCELLED:
        return 0
    run_id = NO_RUN if run is None else run.id
    begun = await _recipients(tx, run_id, day, now, ~_is_settled(run_id), _is_on_its_way(run_id))
    others = await _recipients(tx, run_id, day, now, ~_is_settled(run_id), ~_is_on_its_way(run_id))
    newer_dues = await stored_waves.newer_dues(tx, day)
    later = reach_of(day, published, others.by_schedule, now, newer_dues=newer_dues)
    return sum(begun.by_schedule.values()) + later.by_itself


async def _recipients(
    tx: Tx, rendered_run_id: int, day: date, now: datetime, *conditions: ColumnElement[bool]
) -> _Recipients:
    """Return how many recipients of an edition meet some conditions; `rendered_run_id` has what is rendered of it."""
    key = schedules.c.zone, schedules.c.minute_of_day, schedules.c.weekdays
    gets_nothing = await _gets_nothing(tx, rendered_run_id)
    rows = await tx.execute(
        select(*key, func.count().label("people"), func.count().filter(gets_nothing).label("unmatched"))
        .where(*_has_schedule_for(tx, slot_of(day), now), receives(bot_id=tx.bot_id, at=now), *conditions)
        .group_by(*key)
    )
    found = [(Schedule(row.zone, row.minute_of_day, row.weekdays), row.people, row.unmatched) for row in rows]
    return _Recipients(
        {schedule: people - nothing for schedule, people, nothing in found if people > nothing},
        sum(nothing for _schedule, _people, nothing in found),
    )


async def _gets_nothing(tx: Tx, run_id: int) -> ColumnElement[bool]:
    """Return the condition that no part of a run is planned for a subscriber, now or later.

    That is known of content preferences for which the run is rendered, as long as that is kept. They are listed once,
    whatever the number of subscribers. Who has a part already gets it whatever they have chosen since.
    """
    is_kept = run_rows.c.id == run_id, run_rows.c.counts == ""
    upto = await tx.scalar(select(run_rows.c.rendered_up_to_preferences_id).where(*is_kept)) or 0
    if not upto:
        return false()
    table = content_preferences
    has_content = run_contents.c.run_id == run_id, run_contents.c.preferences_id == table.c.id
    is_unmatched = table.c.id <= upto, ~select(run_contents.c.run_id).where(*has_content).exists()
    return subscribers.c.preferences_id.in_(select(table.c.id).where(*is_unmatched)) & ~_has_row(run_id)


def _is_settled(run_id: int) -> ColumnElement[bool]:
    """Return the condition that a part of a run was sent to a subscriber, or has failed."""
    return _has_row(run_id, MAY_HAVE_ARRIVED | _IS_FAILED)


def _is_on_its_way(run_id: int) -> ColumnElement[bool]:
    """Return the condition that a subscriber has parts to be sent, or gets some once a send at once is planned."""
    of_schedule = waves.c.run_id == run_id, waves.c.schedule_id == schedules.c.id
    is_sent_at_once = select(waves.c.id).where(*of_schedule, waves.c.at_once, IS_WAITING).exists()
    return _has_row(run_id, IS_PENDING) | (is_sent_at_once & ~_has_row(run_id))


def _has_row(run_id: int, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    of_subscriber = deliveries.c.run_id == run_id, deliveries.c.subscriber_id == subscribers.c.id
    return select(deliveries.c.run_id).where(*of_subscriber, *conditions).exists()


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
