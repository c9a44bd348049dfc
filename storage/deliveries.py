"""Deliveries: the ledger of what became of each part for each recipient. A run in, its rows and figures out.

plans.plan: pending -> claims.claim: unconfirmed -> claims.settle: sent | failed | pending again | unconfirmed
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Exists, bindparam, exists, func, select, update

from domain.delivery.progress import Counts
from domain.delivery.states import DeliveryState
from storage.database import Tx
from storage.predicates import IS_PENDING, IS_UNCONFIRMED, written
from storage.schema import deliveries, payloads, subscribers
from storage.waves import Wave


class DeliveryKey(NamedTuple):
    """One part for one recipient: what identifies it in the ledger."""

    run_id: int
    subscriber_id: int
    part: int


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A part that is to be sent, and where."""

    key: DeliveryKey
    payload_id: int
    attempts: int
    chat_id: int
    topic_id: int | None
    silent: bool
    schedule_id: int


@dataclass(frozen=True, slots=True)
class UnconfirmedDelivery:
    """A send that was not confirmed: for the list that admins get."""

    key: DeliveryKey
    chat_id: int
    error: str
    changed_at: datetime


async def page(tx: Tx, run_id: int, *, size: int, now: datetime) -> list[DueDelivery]:
    """The first pending parts of a run that may go now, by recipient and part: what is done is not among them."""
    rows = await tx.execute(_page, {"run": run_id, "now": now, "size": size})
    return [
        DueDelivery(DeliveryKey(run_id, row[0], row[1]), row[2], row[3], row[4], row[5], bool(row[6]), row[7])
        for row in rows
    ]


async def next_retry(tx: Tx, run_id: int, *, after: datetime) -> datetime | None:
    """When the earliest of a run's pending parts that may not go yet may."""
    pending = deliveries.c.run_id == run_id, IS_PENDING
    later = select(func.min(deliveries.c.not_before)).where(*pending, deliveries.c.not_before > after)
    at: datetime | None = await tx.scalar(later)
    return at


def any_pending_of(run_id: Any) -> Exists:
    """As `any_pending`, for the run of an outer statement."""
    return exists().where(deliveries.c.run_id == run_id, IS_PENDING)


def any_pending(run_id: int) -> Exists:
    """Whether a run has parts to be sent."""
    return exists().where(deliveries.c.run_id == run_id, IS_PENDING)


async def settle(tx: Tx, body_id: int, chat_id: int, message_id: int, *, now: datetime) -> bool:
    """A press on a body's button: it arrived there. True where that settled an unconfirmed part."""
    run_id = select(payloads.c.run_id).where(payloads.c.id == body_id).scalar_subquery()
    subscriber_id = select(subscribers.c.id).where(subscribers.c.chat_id == chat_id).scalar_subquery()
    theirs = deliveries.c.run_id == run_id, deliveries.c.subscriber_id == subscriber_id
    open_ = deliveries.c.body_id == body_id, IS_UNCONFIRMED
    values = {"state": DeliveryState.SENT, "message_id": message_id, "error": "pressed", "changed_at": now}
    return (await tx.execute(update(deliveries).where(*theirs, *open_).values(values))).rowcount == 1


async def skip_recipient(tx: Tx, run_id: int, subscriber_id: int, why: str, *, now: datetime) -> None:
    """Skip what is still pending for somebody."""
    theirs = deliveries.c.run_id == run_id, deliveries.c.subscriber_id == subscriber_id
    await _skip(tx, theirs, why, now)


async def drop(tx: Tx, run_id: int, why: str, *, now: datetime, size: int = 5000) -> int:
    """Skip the next of what is pending of a run; answers how many, 0 when none is left."""
    pending = deliveries.c.run_id == run_id, IS_PENDING
    nth = select(deliveries.c.subscriber_id).where(*pending).order_by(deliveries.c.subscriber_id)
    last = await tx.scalar(nth.offset(size - 1).limit(1))
    upto = () if last is None else (deliveries.c.subscriber_id <= last,)
    return await _skip(tx, (deliveries.c.run_id == run_id, *upto), why, now)


async def shift(tx: Tx, wave: Wave, until: datetime | None, *, now: datetime) -> int:
    """What is pending for a wave's recipients goes not before an instant, or (None) not at all: it is missed."""
    theirs = select(subscribers.c.id).where(subscribers.c.schedule_id == wave.schedule_id)
    those = deliveries.c.run_id == wave.run_id, deliveries.c.subscriber_id.in_(theirs)
    if until is None:
        return await _skip(tx, those, "missed", now)
    waiting = update(deliveries).where(*those, IS_PENDING)
    return (await tx.execute(waiting.values(not_before=until))).rowcount


async def forget_delays(tx: Tx, run_id: int) -> None:
    """Whatever is pending of a run may go at once."""
    those = deliveries.c.run_id == run_id, IS_PENDING, deliveries.c.not_before.is_not(None)
    await tx.execute(update(deliveries).where(*those).values(not_before=None))


async def resend_unconfirmed(tx: Tx, run_id: int) -> int:
    """Unconfirmed parts become pending again: they may arrive twice, and somebody said so. Not those in flight."""
    those = (
        deliveries.c.run_id == run_id,
        IS_UNCONFIRMED,
        deliveries.c.error.is_not(None),
    )
    values = {"state": DeliveryState.PENDING, "not_before": None, "error": "sent again"}
    return (await tx.execute(update(deliveries).where(*those).values(values))).rowcount


async def planned(tx: Tx, run_id: int) -> bool:
    """Whether anybody has a row of the run."""
    return (
        await tx.execute(select(deliveries.c.run_id).where(deliveries.c.run_id == run_id).limit(1))
    ).first() is not None


async def has_pending(tx: Tx, run_id: int) -> bool:
    """Whether a run has parts to be sent."""
    return bool(await tx.scalar(select(any_pending(run_id))))


async def count(tx: Tx, run_id: int) -> Counts:
    """A run's parts by state."""
    by_state = select(
        deliveries.c.state,
        func.count(),
        func.count().filter(deliveries.c.part == 1),
        func.count().filter(deliveries.c.error.is_(None)),
    )
    rows = (await tx.execute(by_state.where(deliveries.c.run_id == run_id).group_by(deliveries.c.state))).all()
    flying = sum(row[3] for row in rows if row[0] == DeliveryState.UNCONFIRMED)
    return Counts(recipients=sum(row[2] for row in rows), in_flight=flying, **{row[0]: row[1] for row in rows})


async def unconfirmed(tx: Tx, run_id: int, *, limit: int) -> list[UnconfirmedDelivery]:
    """The sends of a run that were not confirmed, in the order of their recipients."""
    those = deliveries.c.run_id == run_id, IS_UNCONFIRMED
    listed = (
        select(deliveries, subscribers.c.chat_id)
        .where(*those, deliveries.c.subscriber_id == subscribers.c.id)
        .order_by(deliveries.c.subscriber_id, deliveries.c.part)
        .limit(limit)
    )
    return [
        UnconfirmedDelivery(
            DeliveryKey(row.run_id, row.subscriber_id, row.part), row.chat_id, row.error or "", row.changed_at
        )
        for row in await tx.execute(listed)
    ]


async def failures(tx: Tx, run_id: int, *, limit: int) -> list[tuple[str, int]]:
    """Why parts of a run failed, and how many of each, the most frequent first."""
    number = func.count()
    why = select(func.coalesce(deliveries.c.error, ""), number)
    failed = deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.FAILED
    rows = await tx.execute(why.where(*failed).group_by(deliveries.c.error).order_by(number.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


async def reached(tx: Tx, run_id: int, chat_id: int) -> list[tuple[int, int]]:
    """Part and message id of what a chat has of a run: what a correction edits."""
    theirs = deliveries.c.run_id == run_id, deliveries.c.message_id.is_not(None)
    rows = await tx.execute(
        select(deliveries.c.part, deliveries.c.message_id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(*theirs, subscribers.c.chat_id == chat_id)
        .order_by(deliveries.c.part)
    )
    return [(row[0], row[1]) for row in rows]


async def _skip(tx: Tx, those: Iterable[Any], why: str, now: datetime) -> int:
    pending = update(deliveries).where(*those, IS_PENDING)
    values = {"state": DeliveryState.SKIPPED, "error": why, "changed_at": now}
    return (await tx.execute(pending.values(values))).rowcount


_earlier = deliveries.alias("earlier")
_waits_for_earlier = exists().where(
    _earlier.c.run_id == deliveries.c.run_id,
    _earlier.c.subscriber_id == deliveries.c.subscriber_id,
    _earlier.c.part < deliveries.c.part,
    _earlier.c.state == written(DeliveryState.PENDING),
    _earlier.c.not_before > bindparam("now"),
)
_page = (
    select(
        deliveries.c.subscriber_id,
        deliveries.c.part,
        deliveries.c.body_id,
        deliveries.c.attempts,
        subscribers.c.chat_id,
        subscribers.c.topic,
        subscribers.c.silent,
        subscribers.c.schedule_id,
    )
    .where(
        deliveries.c.run_id == bindparam("run"),
        IS_PENDING,
        subscribers.c.id == deliveries.c.subscriber_id,
        (deliveries.c.not_before.is_(None)) | (deliveries.c.not_before <= bindparam("now")),
        (deliveries.c.part == 1) | ~_waits_for_earlier,
    )
    .order_by(deliveries.c.subscriber_id, deliveries.c.part)
    .limit(bindparam("size"))
)
