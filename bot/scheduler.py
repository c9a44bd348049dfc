"""Decide when to tick; the calendar decides what is due.

date job at the next due instant ───┐
cron job every minute, as a backup ─┼─> wake -> tick() -> next due instant -> date job
wake(): an update, a new digest ────┘
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import Clock

log = structlog.get_logger(__name__)

JOB_DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
"""A late job still runs, once. APScheduler's default grace of one second would drop jobs after a suspend."""

MIN_TICK_INTERVAL = timedelta(milliseconds=20)
"""Delay before a tick for something already due, so that a tick that cannot make progress does not spin."""


class Scheduler:
    """Scheduler that calls `tick` when something is due and after each `wake`, and `clean_up` every night."""

    def __init__(
        self,
        tick: Callable[[], Awaitable[datetime | None]],
        clean_up: Callable[[], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._tick = tick
        self._clean_up = clean_up
        self._clock = clock
        self._woken = asyncio.Event()
        self._jobs = AsyncIOScheduler(timezone=UTC, job_defaults=JOB_DEFAULTS)

    def wake(self) -> None:
        """Request a tick soon, because something that may be due has changed."""
        self._woken.set()

    async def run(self) -> None:
        """Tick until cancelled. A tick that fails is logged; the next minute's tick tries again."""
        self._jobs.add_job(self.wake, "cron", second=0, id="backup_tick")
        self._jobs.add_job(self._clean_up, "cron", hour=3, minute=40, id="clean_up")
        self._jobs.start()
        self.wake()
        try:
            while True:
                await self._woken.wait()
                self._woken.clear()
                await self._tick_once()
        finally:
            self._jobs.shutdown(wait=False)

    async def _tick_once(self) -> None:
        try:
            due = await self._tick()
        except Exception:
            log.exception("scheduler_tick_failed")
            return
        if due is None:
            if self._jobs.get_job("due_tick"):
                self._jobs.remove_job("due_tick")
        else:
            at = max(self._clock.to_wall_clock(due), datetime.now(UTC) + MIN_TICK_INTERVAL)
            self._jobs.add_job(self.wake, "date", run_date=at, id="due_tick", replace_existing=True)
