"""Planning tick: plan what is due, adopt what admins changed, and say when to look again.

startup check -> new schedules -> due waves planned -> queues of running runs -> next due instant
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from delivery import recovery
from delivery.missing_edition_alert import MissingEditionAlert
from delivery.planner import Planner
from delivery.recap_runs import plan_recaps
from delivery.run_lifecycle import RunLifecycle
from delivery.run_queues import RunQueues
from delivery.startup_check import StartupCheck
from domain.delivery.states import RunState
from domain.subscription.calendar import MAX_EDITION_AGE
from domain.subscription.due_runs import schedules_due_for
from storage import runs, schedules, waves
from storage.database import Database
from storage.snapshot import Snapshot, load_snapshot

log = structlog.get_logger(__name__)

RETRY_INTERVAL = timedelta(seconds=30)
"""Time until what could not be planned is planned again."""

INTERRUPTION = timedelta(minutes=10)
"""Time between two ticks after which the machine must have slept, or its clock was moved."""


class PlanningLoop:
    """Runs one planning tick at a time.

    `last_tick_failed` tells how the last one ended, `has_confirmed_draft` whether it saw an edition to be published.
    """

    def __init__(
        self,
        database: Database,
        startup_check: StartupCheck,
        planner: Planner,
        run_queues: RunQueues,
        run_lifecycle: RunLifecycle,
        missing_edition_alert: MissingEditionAlert,
        default_zone: str,
        now: Callable[[], datetime],
    ) -> None:
        self.last_tick_failed = False
        self._has_failed = False
        self.has_confirmed_draft = False
        self._database = database
        self._startup_check = startup_check
        self._planner = planner
        self._run_queues = run_queues
        self._run_lifecycle = run_lifecycle
        self._missing_edition_alert = missing_edition_alert
        self._default_zone = default_zone
        self._now = now
        self._lock = asyncio.Lock()
        self._last_tick_at: datetime | None = None
        self._newest_known_schedule = 0

    async def start(self) -> None:
        """Run the startup check, before the first tick or with it."""
        async with self._lock:
            await self._startup_check.run_once()

    async def tick(self) -> datetime | None:
        """Plan everything that is due now; return the instant of the next tick, or None if nothing is to come."""
        async with self._lock:
            now = self._now()
            try:
                next_tick_at = await self._tick(now)
            except BaseException:
                self.last_tick_failed = True
                raise
            self._last_tick_at, self.last_tick_failed = now, self._has_failed
        return next_tick_at

    async def _tick(self, now: datetime) -> datetime | None:
        self._has_failed = False
        await self._startup_check.run_once()
        if self._startup_check.hold_reason:
            await self._load_snapshot()
            return None
        if self._last_tick_at is not None and abs(now - self._last_tick_at) > INTERRUPTION:
            await recovery.catch_up(self._database, now)
        snapshot = await self._load_snapshot()
        if snapshot.has_recaps:
            await self._plan_recaps(now)
            snapshot = await self._load_snapshot()
        if snapshot.newest_schedule > self._newest_known_schedule:
            await self._add_waves_of_new_schedules(now)
            snapshot = await self._load_snapshot()
        changed: frozenset[int] = frozenset()
        if snapshot.next_due is not None and snapshot.next_due <= now:
            changed = await self._planner.plan_due(now)
            self._has_failed = self._has_failed or bool(self._planner.failed_runs)
            snapshot = await self._load_snapshot()
        stopped = self._run_queues.sync(snapshot.running, changed=changed, corrections=snapshot.corrections)
        for run_id in stopped:
            await self._run_lifecycle.clean_up_stopped(run_id, now)
        next_alert_at = await self._missing_edition_alert.check(now)
        next_tick_at = next_alert_at if snapshot.next_due is None else min(snapshot.next_due, next_alert_at)
        return max(next_tick_at, now + RETRY_INTERVAL) if self._has_failed else next_tick_at

    async def _plan_recaps(self, now: datetime) -> None:
        """Plan recaps; that they cannot be planned holds up nothing else."""
        try:
            await plan_recaps(self._database, now)
        except Exception:
            log.exception("recaps_not_planned")
            self._has_failed = True

    async def _load_snapshot(self) -> Snapshot:
        async with self._database.read() as tx:
            snapshot = await load_snapshot(tx)
        self.has_confirmed_draft = snapshot.has_confirmed_draft
        return snapshot

    async def _add_waves_of_new_schedules(self, now: datetime) -> None:
        """Add waves to the running runs for schedules stored since the last tick."""
        async with self._database.read() as tx:
            new = await schedules.all_after(tx, self._newest_known_schedule)
        if not new:
            return
        async with self._database.write(alone=True) as tx:
            live = RunState.RUNNING, RunState.PAUSED
            since, zone = now - MAX_EDITION_AGE, self._default_zone
            publications = await runs.digest_publications(tx, *live, since=since, default_zone=zone)
            for run_id, publication in publications.items():
                await waves.add(tx, run_id, schedules_due_for(publication, new))
        self._newest_known_schedule = max(new)
