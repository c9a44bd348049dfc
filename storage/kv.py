"""Key-value table for facts about a bot that belong to no row of another table."""

from __future__ import annotations

from sqlalchemy import delete, select

from storage.database import Tx
from storage.schema import kv
from storage.upsert import insert

INLINE_MODE_OFF = "inline_mode_off"
"""Stands there while inline mode is not switched on at @BotFather."""


async def get(tx: Tx, name: str) -> str | None:
    """Return a value, or None if there is none."""
    value: str | None = await tx.scalar(select(kv.c.value).where(kv.c.bot_id == tx.bot_id, kv.c.name == name))
    return value


async def is_any(tx: Tx, name: str) -> bool:
    """Return whether there is a value of this name for any bot of the database."""
    return await tx.scalar(select(kv.c.bot_id).where(kv.c.name == name).limit(1)) is not None


async def put(tx: Tx, name: str, value: str) -> None:
    """Store a value in place of the former one."""
    row = insert(tx, kv).values(bot_id=tx.bot_id, name=name, value=value)
    await tx.execute(row.on_conflict_do_update(index_elements=["bot_id", "name"], set_={"value": value}))


async def remove(tx: Tx, name: str) -> None:
    """Delete a value."""
    await tx.execute(delete(kv).where(kv.c.bot_id == tx.bot_id, kv.c.name == name))
