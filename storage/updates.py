"""Processed updates: the mark of each commits together with the update's effect."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists

from storage.database import Tx
from storage.schema import inbox, updates
from storage.upsert import insert


async def mark_processed(tx: Tx, update_id: int, *, now: datetime) -> bool:
    """Mark an update as processed; return False if it was before, so it must have no second effect."""
    row = insert(tx, updates).values(bot_id=tx.bot_id, id=update_id, processed_at=now).on_conflict_do_nothing()
    return (await tx.execute(row)).rowcount == 1


async def delete_before(tx: Tx, *, before: datetime) -> None:
    """Delete marks so old that Telegram, which keeps updates for 24 hours, cannot send their updates again.

    The mark of an update that still waits in the inbox is kept: it is to be handled once more.
    """
    waits = exists().where(inbox.c.bot_id == updates.c.bot_id, inbox.c.update_id == updates.c.id)
    is_old = updates.c.bot_id == tx.bot_id, updates.c.processed_at < before, ~waits
    await tx.execute(delete(updates).where(*is_old))
