"""When to look at what is due: APScheduler's jobs in, looks out. What is due, the calendar knows.

date job at the next due instant ─┐
cron job every minute, for safety ─┼─> wanted -> look() -> the next due instant -> date job
poke(): an update, a new digest ──┘
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import Clock

log = structlog.get_logger(__name__)

ALWAYS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
"""A job that comes late still comes, once: the default grace of one second drops jobs after a suspend."""

SOONEST = timedelta(milliseconds=20)
"""The least time between two looks that nobody asked for: something due that cannot be helped must not spin."""


class Scheduler:
    """Calls `look` when something is due and after every `poke`, one look at a time; `tidy` each night."""

    def __init__(
        self,
        look: Callable[[], Awaitable[datetime | None]],
        tidy: Callable[[], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._look = look
        self._tidy = tidy
        self._clock = clock
        self._wanted = asyncio.Event()
        self._jobs = AsyncIOScheduler(timezone=UTC, job_defaults=ALWAYS)

    def wake(self) -> None:
        """Look soon: something that may be due has changed."""
        self._wanted.set()

    async def run(self) -> None:
        """Look until cancelled; what fails is logged and tried again at the next minute's look."""
        self._jobs.add_job(self.wake, "cron", second=0, id="safety")
        self._jobs.add_job(self._tidy, "cron", hour=3, minute=40, id="tidy")
        self._jobs.start()
        self.wake()
        try:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                await self._look_once()
        finally:
            self._jobs.shutdown(wait=False)

    async def _look_once(self) -> None:
        try:
            due = await self._look()
        except Exception:
            log.exception("look failed")
            return
        if due is None:
            if self._jobs.get_job("due"):
                self._jobs.remove_job("due")
        else:
            at = max(self._clock.to_wall_clock(due), datetime.now(UTC) + SOONEST)
            self._jobs.add_job(self.wake, "date", run_date=at, id="due", replace_existing=True)
