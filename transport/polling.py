"""Long polling: updates in, each finished before it is confirmed.

    fetch -> inbox -> offset

The offset moves only past finished updates: after a crash Telegram gives the others again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Generic

import structlog

from transport.driver import FetchFailed, IncomingUpdate, Raw, UpdateSource
from transport.inbox import Inbox

log = structlog.get_logger(__name__)

POLL_SECONDS = 50
"""How long Telegram may hold a poll open: its own limit."""

GRACE_SECONDS = 15
"""How much longer an answer may take; a poll that never answers is noticed after both."""


TROUBLE_SECONDS = 90.0
"""So long without an answered poll, longer than one may be held open, and the bot calls itself unwell."""


class Poller(Generic[Raw]):
    """Polls until it is cancelled."""

    def __init__(self, update_source: UpdateSource[Raw], inbox: Inbox[Raw]) -> None:
        self._update_source = update_source
        self._inbox = inbox
        self.polled_at: float | None = None
        """When Telegram last answered, on the event loop's clock; None before polling began."""

    @property
    def trouble(self) -> str | None:
        """Why nobody is heard; None when all is well."""
        if self.polled_at is not None and asyncio.get_running_loop().time() - self.polled_at <= TROUBLE_SECONDS:
            return None
        return "Telegram has not answered a poll of late"

    async def run(self) -> None:
        self._note()  # the bot has just signed in
        offset: int | None = None
        while True:
            batch = await self._fetch(offset)
            await self._inbox.take(batch)
            if batch:
                offset = batch[-1].id + 1

    async def _fetch(self, offset: int | None) -> Sequence[IncomingUpdate[Raw]]:
        for failures in range(1_000_000_000):
            try:
                batch = await self._update_source.fetch(offset)
            except FetchFailed as failed:
                wait = failed.wait if failed.wait is not None else min(0.5 * 2 ** min(failures, 6), 20)
                log.warning("poll failed", why=str(failed), again_in=wait)
                await asyncio.sleep(wait)
            else:
                self._note()
                return batch
        raise AssertionError("unreachable")

    def _note(self) -> None:
        self.polled_at = asyncio.get_running_loop().time()
