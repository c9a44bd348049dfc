"""Deadlines of Telegram's 429 answers, kept in the database so that they outlive a restart.

rate limiter → note → write; at start: restore → rate limiter

A deadline is written a moment after it was met: a kill just then costs one more 429.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from storage import retry_after
from storage.database import Database
from storage.retry_after import RetryAfter
from transport.rate_limiter import RateLimiter

log = structlog.get_logger(__name__)

RETRY_SECONDS = 5.0
"""Wait after a failed write."""


class RetryAfterStore:
    """Stores the rate limiter's deadlines. `run` writes them; `restore` applies them again, once, at start."""

    def __init__(self, database: Database, rate_limiter: RateLimiter, now: Callable[[], datetime]) -> None:
        self._database = database
        self._rate_limiter = rate_limiter
        self._now = now
        self._new: set[int | None] = set()
        self._wanted = asyncio.Event()

    def note(self, chat_id: int | None, seconds: float) -> None:
        """Note a new deadline to be written; the rate limiter calls this."""
        self._new.add(chat_id)
        self._wanted.set()

    async def run(self) -> None:
        """Write new deadlines until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self.write()
            except Exception:
                log.exception("retry_after_not_written")
                await asyncio.sleep(RETRY_SECONDS)
                self._wanted.set()

    async def write(self) -> None:
        """Write the deadlines noted since the last write."""
        new = frozenset(self._new)
        if not new:
            return
        async with self._database.write() as tx:
            for chat_id in new:
                seconds = self._rate_limiter.retry_after if chat_id is None else self._rate_limiter.chat_wait(chat_id)
                until = self._now() + timedelta(seconds=seconds)
                await retry_after.put(tx, RetryAfter(chat_id, until, seconds))
        self._new -= new

    async def restore(self) -> None:
        """Apply the stored deadlines to the rate limiter; delete those that are over."""
        async with self._database.write() as tx:
            for deadline in await retry_after.get_all(tx):
                seconds = _seconds_left(deadline, self._now())
                if seconds > 0:
                    self._apply(deadline.chat_id, seconds)
                else:
                    await retry_after.remove(tx, deadline)

    def _apply(self, chat_id: int | None, seconds: float) -> None:
        log.warning("retry_after_restored", chat=chat_id or "all", seconds=round(seconds))
        self._rate_limiter.restore_retry_after(chat_id, seconds)


def _seconds_left(deadline: RetryAfter, now: datetime) -> float:
    """Return the seconds until a deadline: never more than Telegram said, wherever the clock was set meanwhile."""
    return min(deadline.seconds, (deadline.until - now).total_seconds())
