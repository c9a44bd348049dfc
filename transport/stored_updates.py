"""Updates that one process takes in over a webhook, and another one handles: the owner of their bot.

web: request -> throttle -> store -> 200        owner: store -> inbox -> finished -> removed from the store

The store outlives every process. An update that was finished and not removed comes again, as from Telegram, and its
stored effect is not repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from enum import Enum, auto
from typing import Any, Generic, Protocol

import structlog

from domain.chat.i18n import lazy_text
from transport.driver import IncomingUpdate, Raw, UpdateKind, UpdateSource
from transport.inbox import Inbox
from transport.update_decoding import decode_body
from transport.update_throttle import DropAnnouncements, UpdateThrottle

log = structlog.get_logger(__name__)

MAX_STORED_UPDATES = 10_000
"""How many updates of one bot may wait in the store; further ones stay at Telegram."""

MAX_STORED_CHAT_UPDATES = 100
"""How many requests of one chat may wait there; further ones are dropped, as the owner would drop them at once."""

LENIENCY = 2
"""How many times as much as the owner answers is stored, so that the owner notices a flood and announces it."""

STORE_SECONDS = 10.0
"""How long storing may take; then Telegram is to send the update again."""

READ_SIZE = 100
"""How many updates are read at a time, as in a poll."""

RETRY_SECONDS = 1.0
"""Pause after a failure of the store."""


class Storing(Enum):
    """What became of an update that was to be stored."""

    STORED = auto()  # by this request or an earlier one
    CHAT_IS_FULL = auto()
    FULL = auto()


class UpdateStore(Protocol):
    """The stored updates of one bot, whichever processes write and read them."""

    async def put(self, update: IncomingUpdate[Any], body: bytes) -> Storing:
        """Store an update within the bounds of this module, durably, and wake whoever waits in `wait`."""

    async def read(self, limit: int) -> Sequence[tuple[int, bytes]]:
        """Return ids and bodies of the oldest updates, in the order of their ids."""

    async def remove(self, update_ids: Collection[int]) -> None:
        """Remove finished updates."""

    async def wait(self) -> None:
        """Wait until updates may have been stored since the last call; return after a while in any case."""


class StoreIntake:
    """Stores what the webhook of a bot takes in. `monotonic` returns seconds that never go back."""

    def __init__(self, store: UpdateStore, *, monotonic: Callable[[], float]) -> None:
        self._store = store
        self._throttle = UpdateThrottle(monotonic, leniency=LENIENCY)
        self._announcements = DropAnnouncements(monotonic)

    async def take(self, body: bytes) -> int:
        """Store an update and return the status of the answer: 200 when it is durable, or needs no answer."""
        update = decode_body(body)
        if update.kind is UpdateKind.CHATTER:
            return 200
        if update.kind is UpdateKind.REQUEST and not self._throttle.allow(update.sender_id, update.chat_id):
            return self._drop(update, "throttled")
        try:
            async with asyncio.timeout(STORE_SECONDS):
                stored = await self._store.put(update, body)
        except Exception as error:  # noqa: BLE001 - whatever it is, Telegram keeps the update
            log.warning("update_not_stored", update_id=update.id, error=type(error).__name__)
            return 503
        match stored:
            case Storing.STORED:
                return 200
            case Storing.CHAT_IS_FULL:
                return self._drop(update, "updates_waiting")
            case Storing.FULL:
                return 503

    def _drop(self, update: IncomingUpdate[Any], reason: str) -> int:
        if self._announcements.record_drop(update.chat_id):
            log.warning("chat_throttled", chat_id=update.chat_id, sender_id=update.sender_id, reason=reason)
        return 200


class StoredUpdateReader(Generic[Raw]):
    """Has the owner of a bot handle its stored updates, as if they were polled."""

    def __init__(self, store: UpdateStore, update_source: UpdateSource[Raw], inbox: Inbox[Raw]) -> None:
        self._store = store
        self._update_source = update_source
        self._inbox = inbox
        self._received: dict[int, asyncio.Future[None] | None] = {}
        """The updates in the store that the inbox has got; None for one that was finished at once."""
        self.has_read = asyncio.Event()
        """Set when the updates that were stored before the start are in the inbox."""
        self.problem: str | None = None
        """Why updates are not handled, or None if they are."""

    async def run(self) -> None:
        """Handle stored updates until cancelled."""
        while True:
            try:
                is_more = await self._take_in()
                await self._remove_finished()
            except Exception as error:
                log.exception("stored_updates_unreadable")
                self.problem = lazy_text(
                    "the stored updates cannot be read or removed ({reason})", reason=type(error).__name__
                )
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self.problem = None
            if is_more:
                continue
            if not self._inbox.is_full:
                self.has_read.set()
            await self._wait()

    async def _take_in(self) -> bool:
        """Put the oldest new updates into the inbox; return whether there were any."""
        if self._inbox.is_full:
            return False
        stored = await self._store.read(len(self._received) + READ_SIZE)
        new = [(update_id, body) for update_id, body in stored if update_id not in self._received]
        for update_id, body in new:
            self._received[update_id] = self._put(update_id, body)
        return bool(new)

    def _put(self, update_id: int, body: bytes) -> asyncio.Future[None] | None:
        try:
            return self._inbox.put(self._update_source.decode(body))
        except ValueError:
            log.warning("update_undecodable", update_id=update_id)
            return None

    async def _remove_finished(self) -> None:
        finished = [update_id for update_id, future in self._received.items() if future is None or future.done()]
        if finished:
            await self._store.remove(finished)
            for update_id in finished:
                del self._received[update_id]

    async def _wait(self) -> None:
        """Wait until an update is stored or finished."""
        unfinished = [future for future in self._received.values() if future is not None]
        waiting = asyncio.ensure_future(self._store.wait())
        try:
            await asyncio.wait((waiting, *unfinished), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
