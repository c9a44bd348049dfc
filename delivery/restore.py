"""Resuming after a backup was restored: sending is allowed again, and nothing is sent twice.

What the backup says is due may have been sent since it was made. So the runs under way are cancelled, and editions
up to today's are for reading only; the next one goes out as usual. Only withdrawals go on: to delete a message again
does no harm.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from delivery.high_water_mark import HighWaterMark
from domain.delivery.reasons import DeliveryReason, RunStateReason
from domain.delivery.states import RunPurpose, RunState
from domain.subscription.calendar import Schedule, local_date
from storage import bots, claims, deliveries, payloads, runs
from storage.database import Database


@dataclass(frozen=True, slots=True)
class ResumeResult:
    """How many runs were cancelled, and how many of their deliveries skipped."""

    runs: int
    parts: int


async def resume_after_restore(
    database: Database, mark: HighWaterMark, default_schedule: Schedule, now: datetime
) -> ResumeResult:
    """Accept the restored database; return what was given up."""
    high_water = await asyncio.to_thread(mark.read)
    async with database.write(alone=True) as tx:
        under_way = await runs.in_state(tx, RunState.RUNNING, RunState.PAUSED)
        live = [run for run in under_way if run.purpose is not RunPurpose.WITHDRAWAL]
        await claims.repeat_interrupted_changes(tx)
        await claims.mark_interrupted(tx)
        skipped = 0
        for run in live:
            skipped += await deliveries.drop(tx, run.id, DeliveryReason.RESTORED, now=now, size=1_000_000_000)
            await runs.cancel(tx, run.id, RunStateReason.RESTORED)
        await payloads.skip_ids(tx)
        await bots.set_restored_on(tx, local_date(now, default_schedule.zone))
        await bots.raise_claim_count(tx, high_water)
    return ResumeResult(len(live), skipped)
