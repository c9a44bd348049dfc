"""Count what is due and has no delivery rows yet: that of a bot which is paused, or which no process runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, distinct, func, select

from domain.delivery.states import DeliveryState, RunPurpose
from domain.edition_day import DEFAULT_SLOT
from storage import broadcasts
from storage.database import Tx
from storage.predicates import IS_RUNNING, IS_WAITING, written
from storage.runs import Run, read_row
from storage.schema import deliveries, runs, slot_schedules, subscribers, waves
from storage.segments import matches, receives


@dataclass(frozen=True, slots=True)
class Unplanned:
    """How many recipients have no rows yet of what is due for them, and since when the oldest of it is due."""

    recipients: int
    oldest_due: datetime | None


async def count(tx: Tx, *, now: datetime) -> Unplanned:
    """Count the recipients of waves that are due, once for each run.

    Planning may find that an edition comes too late, or that a correction changes nothing for some; they count too.
    """
    is_due = runs.c.bot_id == tx.bot_id, IS_RUNNING, IS_WAITING, waves.c.due_at <= now
    due_runs = select(runs).where(runs.c.id.in_(select(waves.c.run_id).where(waves.c.run_id == runs.c.id, *is_due)))
    found = [await _count_run(tx, read_row(row), now) for row in (await tx.execute(due_runs)).all()]
    instants = [one.oldest_due for one in found if one.oldest_due is not None]
    return Unplanned(sum(one.recipients for one in found), min(instants, default=None))


async def _count_run(tx: Tx, run: Run, now: datetime) -> Unplanned:
    is_due = waves.c.run_id == run.id, IS_WAITING, waves.c.due_at <= now
    counted = await _recipients(tx, run, is_due, now) if run.changed_run_id is None else _holders(run.changed_run_id)
    row = (await tx.execute(counted.where(*is_due, ~_has_row(run.id)))).one()
    return Unplanned(row[0], row[1])


async def _recipients(tx: Tx, run: Run, is_due: tuple[ColumnElement[bool], ...], now: datetime) -> Select[int, Any]:
    """Return the count of those to whom a run goes: everybody if a wave for everybody is due, else by schedule."""
    conditions: list[ColumnElement[bool]] = [receives(bot_id=tx.bot_id, at=waves.c.due_at)]
    if run.purpose is RunPurpose.BROADCAST:
        conditions.append(matches(await broadcasts.segment(tx, run.id), bot_id=tx.bot_id, at=now))
    if run.purpose is RunPurpose.RECAP and run.edition is not None:
        conditions.append(subscribers.c.recap_weekday == run.edition.weekday())
        conditions.append(subscribers.c.recap_since <= waves.c.due_at)
    slot = run.edition.slot if run.purpose is RunPurpose.DIGEST and run.edition is not None else DEFAULT_SLOT
    is_for_all = await tx.scalar(select(waves.c.id).where(*is_due, waves.c.schedule_id.is_(None)).limit(1)) is not None
    reached = waves.join(subscribers, waves.c.schedule_id.is_(None)) if is_for_all else _by_schedule(tx, slot)
    return _select_figures().select_from(reached).where(*conditions)


def _by_schedule(tx: Tx, slot: str) -> FromClause:
    """Return the waves with the subscribers who have their schedules for a slot."""
    if slot == DEFAULT_SLOT:
        return waves.join(subscribers, waves.c.schedule_id == subscribers.c.schedule_id)
    is_chosen = and_(
        slot_schedules.c.bot_id == tx.bot_id,
        slot_schedules.c.slot == slot,
        slot_schedules.c.schedule_id == waves.c.schedule_id,
        slot_schedules.c.since <= waves.c.due_at,
    )
    chosen = waves.join(slot_schedules, is_chosen)
    return chosen.join(subscribers, subscribers.c.id == slot_schedules.c.subscriber_id)


def _holders(changed_run_id: int) -> Select[int, Any]:
    """Return the count of those who have messages of a run that another one changes or deletes."""
    held = deliveries.alias("held")
    is_held = and_(
        held.c.run_id == changed_run_id,
        held.c.state == written(DeliveryState.SENT),
        held.c.message_id.is_not(None),
        held.c.subscriber_id == subscribers.c.id,
    )
    everybody = subscribers.join(waves, waves.c.schedule_id.is_(None))
    return _select_figures().select_from(everybody).where(select(held.c.run_id).where(is_held).exists())


def _select_figures() -> Select[int, Any]:
    return select(func.count(distinct(subscribers.c.id)), func.min(waves.c.due_at))


def _has_row(run_id: int) -> ColumnElement[bool]:
    of_subscriber = deliveries.c.run_id == run_id, deliveries.c.subscriber_id == subscribers.c.id
    return select(deliveries.c.run_id).where(*of_subscriber).exists()
