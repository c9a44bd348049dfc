"""Pins of the newest digest in groups and channels that want it, and removal of the former pin.

a digest arrived -> chats where it is newer than the pinned one -> claim -> pinChatMessage -> claim -> unpinChatMessage

Both calls are claimed durably before they leave, so each is made at most once for a digest. A kill in between leaves
the newest digest of a chat unpinned until the next one. Pins take turns after all else, so no delivery waits for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from delivery.notifier import Notifier
from domain.delivery.outcome import Outcome, Refused, Sent
from domain.subscription.calendar import MAX_EDITION_AGE
from storage import pins
from storage.database import Database
from storage.pins import PinTask
from transport.turn_queue import Priority
from views.my_chats import pin_refused_message

log = structlog.get_logger(__name__)

RETRY_SECONDS = 5.0
"""Wait after a pass that failed."""


class PinUpdater:
    """Pins what has arrived, while `run` runs."""

    def __init__(self, database: Database, notifier: Notifier, now: Callable[[], datetime]) -> None:
        self._database = database
        self._notifier = notifier
        self._now = now
        self._wake_event = asyncio.Event()

    def wake(self) -> None:
        """Look again soon: a digest may have arrived, or a chat may want it pinned."""
        self._wake_event.set()

    async def run(self) -> None:
        """Pin until cancelled."""
        while True:
            await self._wake_event.wait()
            self._wake_event.clear()
            try:
                await self.update()
            except Exception:
                log.exception("pins_failed")
                await asyncio.sleep(RETRY_SECONDS)
                self.wake()

    async def update(self) -> None:
        """Pin the newest digest where it is wanted, one chat after the other."""
        async with self._database.read() as tx:
            left = await pins.to_unpin(tx)
            tasks = await pins.to_pin(tx, since=self._now() - 2 * MAX_EDITION_AGE)
        for task in left:
            await self._unpin(task)
        for task in tasks:
            await self._pin(task)

    async def _pin(self, task: PinTask) -> None:
        async with self._database.write() as tx:
            if not await pins.claim_pin(tx, task):
                return
        parameters: dict[str, object] = {"message_id": task.message_id, "disable_notification": True}
        outcome = await self._notifier.call("pinChatMessage", task.chat_id, parameters, Priority.PIN)
        if _lacks_rights(outcome):
            await self._note_refused(task)
            return
        if not isinstance(outcome, Sent):
            log.warning("pin_failed", subscriber=task.subscriber_id, outcome=type(outcome).__name__)
        elif task.was_refused:
            async with self._database.write() as tx:
                await pins.note_pinned(tx, task)
        await self._unpin(task)

    async def _unpin(self, task: PinTask) -> None:
        if task.former_message_id is None:
            return
        async with self._database.write() as tx:
            if not await pins.claim_unpin(tx, task):
                return
        parameters: dict[str, object] = {"message_id": task.former_message_id}
        outcome = await self._notifier.call("unpinChatMessage", task.chat_id, parameters, Priority.PIN)
        if not isinstance(outcome, Sent):  # somebody may have unpinned or deleted it
            log.info("unpin_refused", subscriber=task.subscriber_id, outcome=type(outcome).__name__)

    async def _note_refused(self, task: PinTask) -> None:
        """Tell the administrators once that the right is missing; the next pin that succeeds forgets that."""
        async with self._database.write() as tx:
            await pins.note_refused(tx, task)
        log.warning("pin_not_allowed", subscriber=task.subscriber_id)
        if not task.was_refused:
            await self._notifier.notify_administrators(task.subscriber_id, pin_refused_message)


def _lacks_rights(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and not outcome.is_content_error
