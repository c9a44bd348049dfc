"""The ledger: the delivery of each part to each recipient.

planning.plan: pending → claims: in_flight → claims: sent | unconfirmed | failed | pending again
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Exists, Select, bindparam, exists, false, func, select, update

from domain.delivery.payment import Payment
from domain.delivery.progress import Counts, FailureCount, RecipientCounts
from domain.delivery.reasons import RETRYABLE_REASONS, DeliveryReason
from domain.delivery.states import DeliveryState
from domain.edition_day import DEFAULT_SLOT
from domain.subscription.subscriber import RichRefusal
from storage.database import Tx
from storage.predicates import IS_PENDING, IS_UNCONFIRMED, written
from storage.schema import deliveries, payloads, runs, slot_schedules, subscribers
from storage.waves import Wave

ERASED_CHAT = 0
"""In place of the chat of somebody who was erased: no chat, and a claim for it is refused, as they are inactive."""


class DeliveryKey(NamedTuple):
    """Key of a delivery: one part for one recipient."""

    run_id: int
    subscriber_id: int
    part: int


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery to be sent, and where to.

    `version` is that of its payload; the run has another one by now if it `is_outdated`. It `is_refused` while its
    rich message waits for another one in its place. `paid`: its run pays for it. `message_id`: the message
    that is to be edited or deleted. `signature` is the chat's own line.
    """

    key: DeliveryKey
    payload_id: int
    attempts: int
    chat_id: int
    topic_id: int | None
    silent: bool
    schedule_id: int
    version: int = 1
    is_outdated: bool = False
    is_refused: bool = False
    paid: bool = False
    message_id: int | None = None
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnconfirmedDelivery:
    """An unconfirmed delivery, for the list that admins get."""

    key: DeliveryKey
    chat_id: int
    reason: DeliveryReason | None
    error: str
    changed_at: datetime


async def page(
    tx: Tx, run_id: int, *, size: int, now: datetime, after: int = 0, slot: str = DEFAULT_SLOT
) -> list[DueDelivery]:
    """Return the first deliveries of a run that may go now, ordered by recipient and part.

    They begin with the recipient after the subscriber `after`: what was claimed before is not looked at again.
    `slot` is that of the run, by whose schedules they are due.
    """
    values = {"run": run_id, "now": now, "size": size, "after": after}
    if slot == DEFAULT_SLOT:
        rows = await tx.execute(_page, values)
    else:
        rows = await tx.execute(_page_of_slot, values | {"slot": slot})
    return [
        DueDelivery(
            DeliveryKey(run_id, row[0], row[1]),
            row[2],
            row[3],
            row[4],
            row[5],
            bool(row[6]),
            row[7],
            version=row[8],
            is_outdated=row[8] != row[9],
            is_refused=bool(row[10]),
            paid=row[11] == Payment.PAID and not row[12],
            message_id=row[13],
            signature=row[14] or "",
        )
        for row in rows
    ]


async def next_retry(tx: Tx, run_id: int, *, after: datetime) -> datetime | None:
    """Return when the earliest delivery of a run that has to wait may go."""
    pending = deliveries.c.run_id == run_id, IS_PENDING
    later = select(func.min(deliveries.c.not_before)).where(*pending, deliveries.c.not_before > after)
    at: datetime | None = await tx.scalar(later)
    return at


def any_pending(run_id: int | ColumnElement[int]) -> Exists:
    """Return the predicate that a run, perhaps one of an outer statement, has pending deliveries."""
    return exists().where(deliveries.c.run_id == run_id, IS_PENDING)


async def settle(tx: Tx, payload_id: int, chat_id: int, message_id: int, *, now: datetime) -> bool:
    """Settle as sent what a press on a payload's button proves to have arrived; return whether that changed a row."""
    of_bot = payloads.c.id == payload_id, runs.c.id == payloads.c.run_id, runs.c.bot_id == tx.bot_id
    run_id = select(payloads.c.run_id).where(*of_bot).scalar_subquery()
    by_chat = subscribers.c.bot_id == tx.bot_id, subscribers.c.chat_id == chat_id
    subscriber_id = select(subscribers.c.id).where(*by_chat).scalar_subquery()
    of_recipient = deliveries.c.run_id == run_id, deliveries.c.subscriber_id == subscriber_id
    is_open = deliveries.c.state.in_((DeliveryState.IN_FLIGHT, DeliveryState.UNCONFIRMED))
    unsettled = *of_recipient, deliveries.c.payload_id == payload_id, is_open
    values = {
        "state": DeliveryState.SENT,
        "message_id": message_id,
        "reason": DeliveryReason.BUTTON_PRESSED,
        "changed_at": now,
    }
    is_settled = (await tx.execute(update(deliveries).where(*unsettled).values(values))).rowcount == 1
    if is_settled:
        await tx.execute(update(runs).where(runs.c.id == run_id).values(change_count=runs.c.change_count + 1))
    return is_settled


async def skip_recipient(tx: Tx, run_id: int, subscriber_id: int, reason: DeliveryReason, *, now: datetime) -> None:
    """Skip what is pending for a recipient."""
    of_recipient = deliveries.c.run_id == run_id, deliveries.c.subscriber_id == subscriber_id
    await _skip(tx, of_recipient, reason, now)


async def forget_messages(tx: Tx, subscriber_id: int) -> None:
    """Forget the messages in a group that became a supergroup, where their ids are those of other messages.

    They stay where they are, as no method reaches them; what was still to change one of them is skipped.
    """
    of_bot = deliveries.c.run_id.in_(select(runs.c.id).where(runs.c.bot_id == tx.bot_id))
    known = of_bot, deliveries.c.subscriber_id == subscriber_id, deliveries.c.message_id.is_not(None)
    left_behind = {"message_id": None, "reason": DeliveryReason.CHAT_MIGRATED}
    await tx.execute(update(deliveries).where(*known, IS_PENDING).values(state=DeliveryState.SKIPPED, **left_behind))
    is_settled = deliveries.c.state != DeliveryState.IN_FLIGHT  # its answer settles it
    await tx.execute(update(deliveries).where(*known, is_settled).values(left_behind))


async def drop(tx: Tx, run_id: int, reason: DeliveryReason, *, now: datetime, size: int = 5000) -> int:
    """Skip the next pending deliveries of a run; return how many, 0 when none is left."""
    pending = deliveries.c.run_id == run_id, IS_PENDING
    nth = select(deliveries.c.subscriber_id).where(*pending).order_by(deliveries.c.subscriber_id)
    last = await tx.scalar(nth.offset(size - 1).limit(1))
    chunk = () if last is None else (deliveries.c.subscriber_id <= last,)
    return await _skip(tx, (deliveries.c.run_id == run_id, *chunk), reason, now)


async def shift(tx: Tx, wave: Wave, until: datetime | None, *, now: datetime, slot: str = DEFAULT_SLOT) -> int:
    """Delay what is pending for the recipients of a slot's wave until an instant, or skip it as missed (None)."""
    of_schedule = subscribers.c.bot_id == tx.bot_id, subscribers.c.schedule_id == wave.schedule_id
    recipients = select(subscribers.c.id).where(*of_schedule)
    if slot != DEFAULT_SLOT:
        of_slot = slot_schedules.c.bot_id == tx.bot_id, slot_schedules.c.slot == slot
        recipients = select(slot_schedules.c.subscriber_id).where(
            *of_slot, slot_schedules.c.schedule_id == wave.schedule_id
        )
    of_wave = deliveries.c.run_id == wave.run_id, deliveries.c.subscriber_id.in_(recipients)
    if until is None:
        return await _skip(tx, of_wave, DeliveryReason.MISSED, now)
    waiting = update(deliveries).where(*of_wave, IS_PENDING)
    return (await tx.execute(waiting.values(not_before=until))).rowcount


async def forget_delays(tx: Tx, run_id: int) -> None:
    """Make the pending parts of a run due at once."""
    delayed = deliveries.c.run_id == run_id, IS_PENDING, deliveries.c.not_before.is_not(None)
    await tx.execute(update(deliveries).where(*delayed).values(not_before=None))


async def resend_unconfirmed(tx: Tx, run_id: int) -> int:
    """Make unconfirmed deliveries of a run pending again: they may arrive twice, as an admin decided."""
    unconfirmed_of_run = deliveries.c.run_id == run_id, IS_UNCONFIRMED
    values = {
        "state": DeliveryState.PENDING,
        "not_before": None,
        "reason": DeliveryReason.RESEND_REQUESTED,
        "resent": True,
    }
    return (await tx.execute(update(deliveries).where(*unconfirmed_of_run).values(values))).rowcount


async def retry_failed(tx: Tx, run_id: int) -> int:
    """Make deliveries of a run pending again that certainly did not arrive, of recipients who are still subscribed."""
    subscribed = select(subscribers.c.active).where(subscribers.c.id == deliveries.c.subscriber_id).scalar_subquery()
    failed = deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.FAILED
    refused = deliveries.c.reason.in_(RETRYABLE_REASONS), subscribed
    values = {"state": DeliveryState.PENDING, "not_before": None, "reason": DeliveryReason.RETRY_REQUESTED}
    return (await tx.execute(update(deliveries).where(*failed, *refused).values(values))).rowcount


async def planned(tx: Tx, run_id: int) -> bool:
    """Return whether a run has delivery rows."""
    return (
        await tx.execute(select(deliveries.c.run_id).where(deliveries.c.run_id == run_id).limit(1))
    ).first() is not None


async def has_pending(tx: Tx, run_id: int) -> bool:
    """Return whether a run has pending deliveries."""
    return bool(await tx.scalar(select(any_pending(run_id))))


async def count(tx: Tx, run_id: int) -> Counts:
    """Return a run's deliveries by state, and its recipients by that of their first part.

    Parts that another version or layout lacks are left out. All is counted in one pass over the rows, which costs no
    more for the recipients: whether a recipient has every part is asked of nobody.
    """
    recipients, paid = func.count().filter(deliveries.c.part == 1), func.count().filter(deliveries.c.paid)
    by_state = select(deliveries.c.state, func.count(), recipients, paid)
    is_counted = deliveries.c.reason.is_(None) | deliveries.c.reason.not_in(_UNCOUNTED)
    counted = deliveries.c.run_id == run_id, is_counted
    rows = (await tx.execute(by_state.where(*counted).group_by(deliveries.c.state))).all()
    by_name = {row[0]: row[1] for row in rows}
    people = RecipientCounts(**{row[0]: row[2] for row in rows})
    return Counts(recipients=sum(row[2] for row in rows), paid=sum(row[3] for row in rows), people=people, **by_name)


async def unconfirmed(tx: Tx, run_id: int, *, limit: int) -> list[UnconfirmedDelivery]:
    """Return the unconfirmed deliveries of a run, ordered by recipient; those who were erased are only counted."""
    unsettled = deliveries.c.run_id == run_id, IS_UNCONFIRMED
    listed = (
        select(deliveries, subscribers.c.chat_id)
        .where(*unsettled, deliveries.c.subscriber_id == subscribers.c.id, subscribers.c.chat_id.is_not(None))
        .order_by(deliveries.c.subscriber_id, deliveries.c.part)
        .limit(limit)
    )
    return [
        UnconfirmedDelivery(
            key=DeliveryKey(row.run_id, row.subscriber_id, row.part),
            chat_id=row.chat_id,
            reason=_reason(row.reason),
            error=row.error or "",
            changed_at=row.changed_at,
        )
        for row in await tx.execute(listed)
    ]


async def failures(tx: Tx, run_id: int, *, limit: int) -> list[FailureCount]:
    """Return the reasons why deliveries of a run failed, the most frequent first."""
    count, grouping = func.count(), (deliveries.c.reason, deliveries.c.error)
    failed = deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.FAILED
    counted = select(*grouping, count).where(*failed).group_by(*grouping).order_by(count.desc()).limit(limit)
    return [FailureCount(_reason(row[0]), row[1] or "", row[2]) for row in await tx.execute(counted)]


async def _skip(tx: Tx, conditions: Iterable[Any], reason: DeliveryReason, now: datetime) -> int:
    pending = update(deliveries).where(*conditions, IS_PENDING)
    values = {"state": DeliveryState.SKIPPED, "reason": reason, "error": None, "changed_at": now}
    return (await tx.execute(pending.values(values))).rowcount


def _reason(stored: str | None) -> DeliveryReason | None:
    return None if stored is None else DeliveryReason(stored)


_UNCOUNTED_REASONS = (DeliveryReason.CORRECTED, DeliveryReason.OTHER_LAYOUT, DeliveryReason.OF_ALBUM)
_UNCOUNTED = [written(reason) for reason in _UNCOUNTED_REASONS]
_REFUSED_RICH = [written(refusal) for refusal in RichRefusal]
_earlier = deliveries.alias("earlier")
_waits_for_earlier = exists().where(
    _earlier.c.run_id == deliveries.c.run_id,
    _earlier.c.subscriber_id == deliveries.c.subscriber_id,
    _earlier.c.part < deliveries.c.part,
    _earlier.c.state == written(DeliveryState.PENDING),
    _earlier.c.not_before > bindparam("now"),
)
# Found before they are joined, or PostgreSQL may join all recipients in the order of their keys, from the first on.
_due = (
    select(
        deliveries.c.subscriber_id,
        deliveries.c.part,
        deliveries.c.payload_id,
        deliveries.c.attempts,
        deliveries.c.reason,
        deliveries.c.resent,
        deliveries.c.message_id,
    )
    .where(
        deliveries.c.run_id == bindparam("run"),
        IS_PENDING,
        deliveries.c.subscriber_id > bindparam("after"),
        (deliveries.c.not_before.is_(None)) | (deliveries.c.not_before <= bindparam("now")),
        (deliveries.c.part == 1) | ~_waits_for_earlier,
    )
    .order_by(deliveries.c.subscriber_id, deliveries.c.part)
    .limit(bindparam("size"))
    .subquery("due")
)
_schedule_of_slot = (
    select(slot_schedules.c.schedule_id)
    .where(
        slot_schedules.c.bot_id == subscribers.c.bot_id,
        slot_schedules.c.subscriber_id == subscribers.c.id,
        slot_schedules.c.slot == bindparam("slot"),
    )
    .scalar_subquery()
)


def _page_by(schedule_id: Any) -> Select[Any]:
    return (
        select(
            _due.c.subscriber_id,
            _due.c.part,
            _due.c.payload_id,
            _due.c.attempts,
            func.coalesce(subscribers.c.chat_id, ERASED_CHAT),
            subscribers.c.topic_id,
            subscribers.c.silent,
            func.coalesce(schedule_id, 0),
            select(payloads.c.version).where(payloads.c.id == _due.c.payload_id).scalar_subquery(),
            select(runs.c.version).where(runs.c.id == bindparam("run")).scalar_subquery(),
            func.coalesce(_due.c.reason.in_(_REFUSED_RICH), false()),
            select(runs.c.payment).where(runs.c.id == bindparam("run")).scalar_subquery(),
            _due.c.resent,
            _due.c.message_id,
            subscribers.c.signature,
        )
        .join_from(_due, subscribers, subscribers.c.id == _due.c.subscriber_id)
        .order_by(_due.c.subscriber_id, _due.c.part)
    )


_page, _page_of_slot = _page_by(subscribers.c.schedule_id), _page_by(_schedule_of_slot)
