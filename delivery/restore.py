"""The operator's word after a backup was restored: the database and its mark in; sending may go on, nothing replayed.

What the backup says is due may have been sent since: so the runs it has under way are cancelled, and editions up to
today's are for reading only. Tomorrow's morning is the next.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from delivery.high_water_mark import HighWaterMark
from delivery.publishing import RESTORED
from domain.delivery.reasons import DeliveryReason, RunStateReason
from domain.delivery.states import RunState
from domain.subscription.calendar import Schedule, local_date
from storage import claims, deliveries, kv, payloads, runs
from storage.database import Database


@dataclass(frozen=True, slots=True)
class ResumeResult:
    """What was given up: runs that were not at their end, and parts of theirs."""

    runs: int
    parts: int


async def resume_after_restore(database: Database, mark: HighWaterMark, house: Schedule, now: datetime) -> ResumeResult:
    """Take the database as it is for the truth from now on."""
    claimed = await asyncio.to_thread(mark.read)
    async with database.write() as tx:
        live = await runs.in_state(tx, RunState.RUNNING, RunState.PAUSED)
        await claims.mark_interrupted(tx)
        parts = 0
        for run in live:
            parts += await deliveries.drop(tx, run.id, DeliveryReason.RESTORED, now=now, size=1_000_000_000)
            await runs.cancel(tx, run.id, RunStateReason.RESTORED)
        await payloads.skip_ids(tx)
        await kv.put(tx, RESTORED, local_date(now, house.zone).isoformat())
        behind = int(await kv.get(tx, claims.CLAIMED) or 0)
        await kv.put(tx, claims.CLAIMED, str(max(claimed, behind)))
    return ResumeResult(len(live), parts)
