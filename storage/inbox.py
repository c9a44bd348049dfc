"""Updates that a webhook took in and the owner of their bot has not handled yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, delete, func, select

from storage.database import Tx
from storage.schema import inbox
from storage.upsert import insert


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """How many updates wait, of the bot and of one chat of it; neither is counted beyond its limit."""

    of_bot: int
    of_chat: int


async def count(tx: Tx, chat_id: int, *, bot_limit: int, chat_limit: int) -> InboxCounts:
    """Return how many updates wait, in a time that does not grow with their number."""
    of_bot = inbox.c.bot_id == tx.bot_id
    row = (
        await tx.execute(select(_count_up_to(bot_limit, of_bot), _count_up_to(chat_limit, of_bot & _of_chat(chat_id))))
    ).one()
    return InboxCounts(*row)


async def put(tx: Tx, update_id: int, chat_id: int, raw: bytes, *, now: datetime) -> None:
    """Store an update, unless it is there."""
    row = {"bot_id": tx.bot_id, "update_id": update_id, "chat_id": chat_id, "raw": raw, "received_at": now}
    await tx.execute(insert(tx, inbox).values(row).on_conflict_do_nothing())


async def get_oldest(tx: Tx, limit: int) -> Sequence[tuple[int, bytes]]:
    """Return ids and bodies of the oldest updates that wait, in the order of their ids."""
    waiting = select(inbox.c.update_id, inbox.c.raw).where(inbox.c.bot_id == tx.bot_id)
    rows = await tx.execute(waiting.order_by(inbox.c.update_id).limit(limit))
    return [(row.update_id, row.raw) for row in rows]


async def remove(tx: Tx, update_ids: Collection[int]) -> None:
    """Remove updates that are finished."""
    await tx.execute(delete(inbox).where(inbox.c.bot_id == tx.bot_id, inbox.c.update_id.in_(update_ids)))


def _of_chat(chat_id: int) -> ColumnElement[bool]:
    return inbox.c.chat_id == chat_id


def _count_up_to(limit: int, condition: ColumnElement[bool]) -> ScalarSelect[int]:
    some = select(inbox.c.update_id).where(condition).limit(limit).subquery()
    return select(func.count()).select_from(some).scalar_subquery()
