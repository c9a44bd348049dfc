"""The ends of Telegram's 429s: told by the pace as they come, written down, and told the next process's pace.

They are noted a moment later than what met them: a kill just then costs one more 429.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from storage import kv
from storage.database import Database
from transport.rate_limiter import RateLimiter

log = structlog.get_logger(__name__)

HELD = "429"
"""What the marks of deadlines begin with; that of one chat goes on with its id."""

RETRY_SECONDS = 5.0
"""After a failed write."""


class RetryAfterStore:
    """Keeps a pace's deadlines in the database. `run` writes them; `restore` brings them back, once, at start."""

    def __init__(self, database: Database, rate_limiter: RateLimiter, now: Callable[[], datetime]) -> None:
        self._database = database
        self._rate_limiter = rate_limiter
        self._now = now
        self._new: set[int | None] = set()
        self._wanted = asyncio.Event()

    def note(self, chat_id: int | None, seconds: float) -> None:
        """Have a new deadline written down; listens to the rate limiter."""
        self._new.add(chat_id)
        self._wanted.set()

    async def run(self) -> None:
        """Write down whatever comes, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self.write()
            except Exception:
                log.exception("deadlines not written")
                await asyncio.sleep(RETRY_SECONDS)
                self._wanted.set()

    async def write(self) -> None:
        """Write down what has come since the last time."""
        new = frozenset(self._new)
        if not new:
            return
        async with self._database.write() as tx:
            for chat_id in new:
                seconds = self._rate_limiter.retry_after if chat_id is None else self._rate_limiter.chat_wait(chat_id)
                name = HELD if chat_id is None else f"{HELD} {chat_id}"
                await kv.put(tx, name, f"{(self._now() + timedelta(seconds=seconds)).isoformat()} {seconds}")
        self._new -= new

    async def restore(self) -> None:
        """Have the pace keep what Telegram told the former process; forget what is over."""
        async with self._database.write() as tx:
            for name, value in (await kv.get_by_prefix(tx, HELD)).items():
                seconds = _left(value, self._now())
                if seconds <= 0:
                    await kv.remove(tx, name)
                else:
                    self._hold(name.removeprefix(HELD), seconds)

    def _hold(self, chat: str, seconds: float) -> None:
        log.warning("telegram still wants us to wait", chat=chat or "all", seconds=round(seconds))
        if chat:
            self._rate_limiter.restore_retry_after(int(chat), seconds)
        else:
            self._rate_limiter.restore_retry_after(None, seconds)


def _left(value: str, now: datetime) -> float:
    """Seconds that a deadline is away: never more than Telegram said, wherever the clock was set meanwhile."""
    until, said = value.split()
    return min(float(said), (datetime.fromisoformat(until) - now).total_seconds())
