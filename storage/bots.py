"""The bot's own row: facts about its ledger and its editions that must survive a restart."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, update

from storage.database import Tx
from storage.schema import bots


async def claim_count(tx: Tx) -> int:
    """Return how many claims were ever made."""
    count: int = (await tx.execute(select(bots.c.claim_count).where(bots.c.id == tx.bot_id))).scalar_one()
    return count


async def raise_claim_count(tx: Tx, at_least: int) -> None:
    """Set the claim count to a number unless it is higher already."""
    is_lower = bots.c.id == tx.bot_id, bots.c.claim_count < at_least
    await tx.execute(update(bots).where(*is_lower).values(claim_count=at_least))


async def restored_on(tx: Tx) -> date | None:
    """Return the day on which the database was last restored from a backup."""
    return _read_day(await tx.scalar(select(bots.c.restored_on).where(bots.c.id == tx.bot_id)))


async def set_restored_on(tx: Tx, day: date) -> None:
    """Note that the database was restored from a backup."""
    await tx.execute(update(bots).where(bots.c.id == tx.bot_id).values(restored_on=day.isoformat()))


async def checked_morning(tx: Tx) -> date | None:
    """Return the last day whose edition was looked for."""
    return _read_day(await tx.scalar(select(bots.c.checked_morning).where(bots.c.id == tx.bot_id)))


async def set_checked_morning(tx: Tx, day: date) -> None:
    """Note that a day's edition was looked for."""
    await tx.execute(update(bots).where(bots.c.id == tx.bot_id).values(checked_morning=day.isoformat()))


def _read_day(stored: str | None) -> date | None:
    return None if stored is None else date.fromisoformat(stored)
