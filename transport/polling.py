"""Long polling: confirm updates only after they are finished, and go on polling meanwhile.

fetch -> inbox -> offset: the first unfinished update

The next fetch confirms all updates before its offset; after a crash Telegram sends the others again. It also returns
the unfinished ones again, with all that came in since, so that a slow one holds up only its own chat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Generic

import structlog

from domain.chat.i18n import lazy_text
from transport.driver import ApiCallFailed, IncomingUpdate, Raw, UpdateSource
from transport.inbox import Inbox

log = structlog.get_logger(__name__)

STALE_POLL_SECONDS = 90.0
"""Time without an answered poll after which the bot reports a problem; longer than a poll may be held open."""

UNFINISHED_POLL_SECONDS = 0.1
"""Time between two polls while updates are unfinished; Telegram would return them again at once."""

DROPPED_POLL_SECONDS = 0.002
"""Time between two polls while updates are dropped, so that a flood comes in batches."""

FIRST_RETRY_SECONDS = 1.0
MAX_RETRY_SECONDS = 20.0


class Poller(Generic[Raw]):
    """Polls for updates until it is cancelled."""

    def __init__(self, update_source: UpdateSource[Raw], inbox: Inbox[Raw]) -> None:
        self._update_source = update_source
        self._inbox = inbox
        self._received: dict[int, asyncio.Future[None] | None] = {}
        """The updates from the offset on that the inbox has got, in their order; None for a finished one."""
        self.polled_at: float | None = None
        """When Telegram last answered, on the event loop's clock; None before the first poll."""
        self._last_failure: str | None = None
        """Why the last poll failed; None if it did not."""

    @property
    def problem(self) -> str | None:
        """Why updates do not arrive, or None if they do."""
        if self.polled_at is not None and asyncio.get_running_loop().time() - self.polled_at <= STALE_POLL_SECONDS:
            return None
        text = lazy_text("Telegram has not answered a poll for {n} s", n=round(STALE_POLL_SECONDS))
        return lazy_text("{name}: {problem}", name=text, problem=self._last_failure) if self._last_failure else text

    async def run(self) -> None:
        self._record_poll()  # the bot has just signed in
        offset: int | None = None
        while True:
            batch = [update for update in await self._fetch(offset) if update.id not in self._received]
            self._received |= {update.id: self._inbox.put(update) for update in batch}
            await self._wait_until_finished()
            if any(self._received[update.id] is None for update in batch):
                await asyncio.sleep(DROPPED_POLL_SECONDS)
            offset = self._pop_finished() or offset

    async def _wait_until_finished(self) -> None:
        """Wait for the received updates to finish, but not longer than other chats' updates may wait."""
        unfinished = [finished for finished in self._received.values() if finished is not None and not finished.done()]
        if unfinished:
            await asyncio.wait(unfinished, timeout=UNFINISHED_POLL_SECONDS)

    def _pop_finished(self) -> int | None:
        """Forget the finished updates before the first unfinished one; return the offset after them, if any."""
        offset = None
        while self._received and _is_finished(self._received[first := next(iter(self._received))]):
            del self._received[first]
            offset = first + 1
        return offset

    async def _fetch(self, offset: int | None) -> Sequence[IncomingUpdate[Raw]]:
        """Poll until Telegram answers."""
        failures = 0
        while True:
            try:
                batch = await self._update_source.fetch(offset)
            except ApiCallFailed as error:
                wait = _retry_wait(failures) if error.retry_after is None else error.retry_after
                failures += 1
                self._last_failure = str(error)
                log.warning("poll_failed", reason=str(error), retry_in=wait)
                await asyncio.sleep(wait)
            else:
                self._record_poll()
                return batch

    def _record_poll(self) -> None:
        self.polled_at = asyncio.get_running_loop().time()
        self._last_failure = None


def _is_finished(finished: asyncio.Future[None] | None) -> bool:
    return finished is None or finished.done()


def _retry_wait(failures: int) -> float:
    growth: int = 2 ** min(failures, 6)
    return min(FIRST_RETRY_SECONDS * growth, MAX_RETRY_SECONDS)
