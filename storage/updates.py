"""Updates of Telegram's that have had their effect: the mark commits together with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from storage.database import Tx
from storage.schema import updates
from storage.upsert import insert


async def mark_processed(tx: Tx, update_id: int, *, now: datetime) -> bool:
    """Take an update as done. False where it was done before: it must have no second effect."""
    fresh = insert(tx, updates).values(id=update_id, done_at=now).on_conflict_do_nothing()
    return (await tx.execute(fresh)).rowcount == 1


async def delete_before(tx: Tx, *, before: datetime) -> None:
    """Drop marks that Telegram, which keeps updates for 24 hours, can no longer ask about."""
    await tx.execute(delete(updates).where(updates.c.done_at < before))
