"""Why processes could not start a bot, until one of them has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from storage.database import Tx
from storage.schema import start_failures
from storage.upsert import insert

KEPT = timedelta(days=1)
"""How long a failure is kept that its process does not repeat: that process is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFailure:
    """Why a process could not start a bot."""

    bot_id: int
    process: str
    reason: str
    failed_at: datetime


async def get_all(tx: Tx) -> list[StartFailure]:
    """Return the failures of all bots of the database, whatever bot the transaction is of, the newest first."""
    newest_first = select(start_failures).order_by(start_failures.c.failed_at.desc(), start_failures.c.process)
    return [
        StartFailure(bot_id=row.bot_id, process=row.process, reason=row.reason, failed_at=row.failed_at)
        for row in await tx.execute(newest_first)
    ]


async def note(tx: Tx, process: str, reason: str, *, now: datetime) -> None:
    """Store why a process could not start the bot."""
    of_bot = start_failures.c.bot_id == tx.bot_id
    await tx.execute(delete(start_failures).where(of_bot, start_failures.c.failed_at < now - KEPT))
    values = {"reason": reason, "failed_at": now}
    row = insert(tx, start_failures).values(bot_id=tx.bot_id, process=process, **values)
    await tx.execute(row.on_conflict_do_update(index_elements=["bot_id", "process"], set_=values))


async def forget_ended(tx: Tx, at_work: Collection[str]) -> None:
    """Delete the bot's failures of processes that are not at work: one that is started again has another name."""
    is_ended = start_failures.c.process.not_in(at_work)
    await tx.execute(delete(start_failures).where(start_failures.c.bot_id == tx.bot_id, is_ended))


async def forget(tx: Tx) -> None:
    """Delete the failures of the bot: it has started."""
    await tx.execute(delete(start_failures).where(start_failures.c.bot_id == tx.bot_id))
