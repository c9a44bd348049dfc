"""Long polling: confirm updates only after they are finished.

fetch -> inbox -> offset

The next fetch confirms all updates before its offset; after a crash Telegram sends the others again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Generic

import structlog

from transport.driver import ApiCallFailed, IncomingUpdate, Raw, UpdateSource
from transport.inbox import Inbox

log = structlog.get_logger(__name__)

STALE_POLL_SECONDS = 90.0
"""Time without an answered poll after which the bot reports a problem; longer than a poll may be held open."""

FIRST_RETRY_SECONDS = 1.0
MAX_RETRY_SECONDS = 20.0


class Poller(Generic[Raw]):
    """Polls for updates until it is cancelled."""

    def __init__(self, update_source: UpdateSource[Raw], inbox: Inbox[Raw]) -> None:
        self._update_source = update_source
        self._inbox = inbox
        self.polled_at: float | None = None
        """When Telegram last answered, on the event loop's clock; None before the first poll."""

    @property
    def problem(self) -> str | None:
        """Why updates do not arrive, or None if they do."""
        if self.polled_at is not None and asyncio.get_running_loop().time() - self.polled_at <= STALE_POLL_SECONDS:
            return None
        return f"Telegram has not answered a poll for {STALE_POLL_SECONDS:.0f} s"

    async def run(self) -> None:
        self._record_poll()  # the bot has just signed in
        offset: int | None = None
        while True:
            batch = await self._fetch(offset)
            await self._inbox.take(batch)
            if batch:
                offset = batch[-1].id + 1

    async def _fetch(self, offset: int | None) -> Sequence[IncomingUpdate[Raw]]:
        """Poll until Telegram answers."""
        failures = 0
        while True:
            try:
                batch = await self._update_source.fetch(offset)
            except ApiCallFailed as error:
                wait = _retry_wait(failures) if error.retry_after is None else error.retry_after
                failures += 1
                log.warning("poll_failed", reason=str(error), retry_in=wait)
                await asyncio.sleep(wait)
            else:
                self._record_poll()
                return batch

    def _record_poll(self) -> None:
        self.polled_at = asyncio.get_running_loop().time()


def _retry_wait(failures: int) -> float:
    growth: int = 2 ** min(failures, 6)
    return min(FIRST_RETRY_SECONDS * growth, MAX_RETRY_SECONDS)
