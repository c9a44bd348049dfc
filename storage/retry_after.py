"""Stored deadlines of Telegram's 429 answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from storage.database import Tx
from storage.schema import retry_after
from storage.upsert import insert

_ALL_CHATS = 0


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Instant until which sending to a chat (None: to any) must wait, and the seconds Telegram asked for."""

    chat_id: int | None
    until: datetime
    seconds: float


async def get_all(tx: Tx) -> list[RetryAfter]:
    """Return all stored deadlines."""
    rows = await tx.execute(select(retry_after).where(retry_after.c.bot_id == tx.bot_id))
    return [RetryAfter(None if row.chat_id == _ALL_CHATS else row.chat_id, row.until, row.seconds) for row in rows]


async def put(tx: Tx, deadline: RetryAfter) -> None:
    """Store a deadline in place of the chat's former one."""
    values = {"until": deadline.until, "seconds": deadline.seconds}
    row = insert(tx, retry_after).values(bot_id=tx.bot_id, chat_id=deadline.chat_id or _ALL_CHATS, **values)
    await tx.execute(row.on_conflict_do_update(index_elements=["bot_id", "chat_id"], set_=values))


async def remove(tx: Tx, deadline: RetryAfter) -> None:
    """Delete a chat's deadline."""
    chat_id = deadline.chat_id or _ALL_CHATS
    await tx.execute(delete(retry_after).where(retry_after.c.bot_id == tx.bot_id, retry_after.c.chat_id == chat_id))
