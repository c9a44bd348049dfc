"""Chats that want the newest digest pinned: what is to be pinned and unpinned, each asked of Telegram at most once.

newest edition delivered -> claim (committed before the call) -> pin -> claim -> unpin what was pinned before
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, or_, select, update

from domain.delivery.reasons import RunStateReason
from domain.delivery.states import DeliveryState, RunKind
from domain.edition_day import EditionDay, slot_of
from storage.database import Tx
from storage.schema import deliveries, pins, runs, subscribers
from storage.upsert import insert


@dataclass(frozen=True, slots=True, kw_only=True)
class PinTask:
    """A chat whose newest digest is to be pinned, or (`message_id` None) whose former one is to be unpinned.

    `former_message_id` is what is pinned there before, `was_refused` that the last pin was refused for want of rights.
    """

    subscriber_id: int
    chat_id: int
    edition: date | None = None
    published_at: datetime | None = None
    message_id: int | None = None
    former_message_id: int | None = None
    was_refused: bool = False


async def is_wanted(tx: Tx, subscriber_id: int) -> bool:
    """Return whether a chat wants the newest digest pinned."""
    return await tx.scalar(select(pins.c.subscriber_id).where(*_of(tx, subscriber_id))) is not None


async def choose(tx: Tx, subscriber_id: int, *, wanted: bool) -> None:
    """Store whether a chat wants the newest digest pinned. What is pinned already stays so."""
    if not wanted:
        await tx.execute(delete(pins).where(*_of(tx, subscriber_id)))
        return
    row = {"bot_id": tx.bot_id, "subscriber_id": subscriber_id, "refused": False}
    await tx.execute(insert(tx, pins).values(row).on_conflict_do_nothing())


async def to_pin(tx: Tx, *, since: datetime) -> list[PinTask]:
    """Return the chats that have an edition newer than the one that was pinned, published since an instant."""
    first_part = deliveries.c.part == 1, deliveries.c.state == DeliveryState.SENT, deliveries.c.message_id.is_not(None)
    of_bot = runs.c.bot_id == tx.bot_id, runs.c.state_reason != RunStateReason.WITHDRAWN
    editions = *of_bot, runs.c.kind == RunKind.DIGEST, runs.c.published_at >= since
    newer = _follows(runs.c.date, runs.c.slot, runs.c.published_at)
    joined = (
        pins.c.bot_id == tx.bot_id,
        subscribers.c.id == pins.c.subscriber_id,
        subscribers.c.active,
        deliveries.c.run_id == runs.c.id,
        deliveries.c.subscriber_id == pins.c.subscriber_id,
    )
    newest_run = runs.c.date, runs.c.slot.label("new_slot"), runs.c.published_at.label("new_published_at")
    columns = select(pins, subscribers.c.chat_id, *newest_run, deliveries.c.message_id.label("new_message_id"))
    found = columns.where(*joined, *editions, newer, *first_part)
    newest: dict[int, PinTask] = {}
    for row in await tx.execute(found.order_by(runs.c.date, runs.c.published_at)):
        newest[row.subscriber_id] = PinTask(
            subscriber_id=row.subscriber_id,
            chat_id=row.chat_id,
            edition=EditionDay.read(row.date, row.new_slot),
            published_at=row.new_published_at,
            message_id=row.new_message_id,
            former_message_id=row.message_id,
            was_refused=row.refused,
        )
    return list(newest.values())


async def to_unpin(tx: Tx) -> list[PinTask]:
    """Return the chats where a former digest is still to be unpinned: a stop came in between."""
    left = pins.c.bot_id == tx.bot_id, pins.c.former_message_id.is_not(None), subscribers.c.chat_id.is_not(None)
    found = select(pins, subscribers.c.chat_id).where(*left, subscribers.c.id == pins.c.subscriber_id)
    return [
        PinTask(subscriber_id=row.subscriber_id, chat_id=row.chat_id, former_message_id=row.former_message_id)
        for row in await tx.execute(found)
    ]


async def claim_pin(tx: Tx, task: PinTask) -> bool:
    """Note, before Telegram is asked, that an edition is pinned; False if it was asked before."""
    if task.edition is None:
        return False
    edition = {"edition": task.edition.isoformat(), "slot": slot_of(task.edition), "published_at": task.published_at}
    older = _follows(*(bindparam(f"new_{name}", value, pins.c[name].type) for name, value in edition.items()))
    values = edition | {"message_id": task.message_id, "former_message_id": task.former_message_id}
    claimed = update(pins).where(*_of(tx, task.subscriber_id), older).values(values)
    return (await tx.execute(claimed)).rowcount == 1


async def claim_unpin(tx: Tx, task: PinTask) -> bool:
    """Note, before Telegram is asked, that the former digest is unpinned; False if it was asked before."""
    waits = pins.c.former_message_id == task.former_message_id
    claimed = update(pins).where(*_of(tx, task.subscriber_id), waits).values(former_message_id=None)
    return (await tx.execute(claimed)).rowcount == 1


async def note_refused(tx: Tx, task: PinTask) -> None:
    """Store that the bot lacks the right to pin; the message that was pinned before stays pinned."""
    values = {"refused": True, "message_id": task.former_message_id, "former_message_id": None}
    await tx.execute(update(pins).where(*_of(tx, task.subscriber_id)).values(values))


async def note_pinned(tx: Tx, task: PinTask) -> None:
    """Note that the bot has the right (again)."""
    await tx.execute(update(pins).where(*_of(tx, task.subscriber_id)).values(refused=False))


async def withdraw(tx: Tx, day: date) -> None:
    """Have a withdrawn edition unpinned where it is pinned, and the one before pinned again if it is still new."""
    pinned = pins.c.bot_id == tx.bot_id, pins.c.edition == day.isoformat(), pins.c.slot == slot_of(day)
    values = {"edition": None, "former_message_id": pins.c.message_id, "message_id": None}
    await tx.execute(update(pins).where(*pinned).values(values))


async def forget_messages(tx: Tx, subscriber_ids: Sequence[int]) -> None:
    """Forget what is pinned in chats whose messages have other ids now."""
    of_chats = pins.c.bot_id == tx.bot_id, pins.c.subscriber_id.in_(subscriber_ids)
    await tx.execute(update(pins).where(*of_chats).values(message_id=None, former_message_id=None))


def _follows(day: Any, slot: Any, published_at: Any) -> ColumnElement[bool]:
    """Return the condition that an edition is newer than the pinned one: of a later day, or a later one of its day."""
    is_later_slot = and_(day == pins.c.edition, slot != pins.c.slot, published_at > pins.c.published_at)
    return or_(pins.c.edition.is_(None), day > pins.c.edition, is_later_slot)


def _of(tx: Tx, subscriber_id: int) -> tuple[ColumnElement[bool], ...]:
    return pins.c.bot_id == tx.bot_id, pins.c.subscriber_id == subscriber_id
