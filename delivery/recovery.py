"""Recovery after a restart, or after the machine slept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

import structlog

from delivery.high_water_mark import HighWaterMark
from domain.delivery.policy import MAX_RESENDS, UnconfirmedPolicy
from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import RunPurpose, RunState
from domain.edition_day import DEFAULT_SLOT
from domain.subscription.calendar import Schedule
from domain.subscription.recap import decide_recap, recap_instant
from domain.subscription.wave_decision import WaveDecision, allowed_at
from storage import bots, claims, deliveries, runs, waves
from storage.database import Database
from storage.runs import Run

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StartupState:
    """Whether the database is behind the high-water mark, and how many claims it counts."""

    behind: bool
    claimed: int


async def begin(
    database: Database, now: datetime, policy: UnconfirmedPolicy, high_water: HighWaterMark | None
) -> StartupState:
    """Settle what the former process left in flight, unless the database is behind the high-water mark."""
    # First: if this process is frozen in between, another one may own the bot by then, and raise both.
    mark = 0 if high_water is None else await asyncio.to_thread(high_water.read)
    async with database.read() as tx:
        claimed = await bots.claim_count(tx)
    behind = mark > claimed
    if not behind:
        await _settle_interrupted(database, policy)
        async with database.read() as tx:
            cancelled = await runs.leftovers(tx)
        for run_id in cancelled:
            await _drop(database, run_id, now)
        await catch_up(database, now)
    return StartupState(behind, claimed)


async def catch_up(database: Database, now: datetime) -> None:
    """Delay what is pending of a window that has passed to the next one the calendar allows, or skip it as missed."""
    async with database.read() as tx:
        live = await runs.in_state(tx, RunState.RUNNING, RunState.PAUSED)
    for run in live:
        # Retry times computed before mean nothing on a clock that was moved.
        async with database.write(alone=True) as tx:
            await deliveries.forget_delays(tx, run.id)
        if run.purpose in (RunPurpose.DIGEST, RunPurpose.RECAP):
            await _catch_up(database, run, now)


async def drop_cancelled(database: Database, run_id: int, now: datetime) -> None:
    """Skip what is pending of a run if it was cancelled."""
    async with database.read() as tx:
        run = await runs.get(tx, run_id)
    if run is not None and run.state is RunState.CANCELLED:
        await _drop(database, run_id, now)


async def _settle_interrupted(database: Database, policy: UnconfirmedPolicy) -> None:
    async with database.write(alone=True) as tx:
        changes = await claims.repeat_interrupted_changes(tx)
        again = (
            await claims.resend_interrupted(tx, max_attempts=MAX_RESENDS) if policy is UnconfirmedPolicy.RESEND else 0
        )
        interrupted = await claims.mark_interrupted(tx)
    if changes:
        log.info("interrupted_changes_repeated", count=changes)
    if again:
        log.warning("interrupted_sends_retried", count=again)
    if interrupted:
        log.warning("interrupted_sends_unconfirmed", count=interrupted)


async def _catch_up(database: Database, run: Run, now: datetime) -> None:
    async with database.read() as tx:
        if not await deliveries.has_pending(tx, run.id):
            return
        planned = await waves.begun(tx, run.id, now=now)
    slot = DEFAULT_SLOT if run.edition is None else run.edition.slot
    for wave in planned:
        at = None if wave.schedule is None else _allowed_at(run, wave.schedule, now)
        if at is not None and at <= now:
            continue
        async with database.write(alone=True) as tx:
            rows = await deliveries.shift(tx, wave, at, now=now, slot=slot)
        if rows:
            log.warning("late_deliveries_shifted", run=run.id, rows=rows, due_at=str(at))


def _allowed_at(run: Run, schedule: Schedule, now: datetime) -> datetime | None:
    """Return when what is pending may still go out: now, at the start of a later window, or never."""
    if run.purpose is not RunPurpose.RECAP or run.edition is None:
        return allowed_at(run.published_at, schedule, now)
    due_at = recap_instant(run.edition, schedule)
    decision = None if due_at is None else decide_recap(due_at, schedule, now)
    if decision is None or decision is WaveDecision.MISSED:
        return None
    return decision if isinstance(decision, datetime) else now


async def _drop(database: Database, run_id: int, now: datetime) -> None:
    more = True
    while more:
        async with database.write(alone=True) as tx:
            more = await deliveries.drop(tx, run_id, DeliveryReason.CANCELLED, now=now) > 0
        await asyncio.sleep(0)
