"""The stored updates of one bot in the table `inbox`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from storage import inbox
from storage.database import Database
from transport.driver import IncomingUpdate, UpdateKind
from transport.stored_updates import MAX_STORED_CHAT_UPDATES, MAX_STORED_UPDATES, Storing

READ_INTERVAL_SECONDS = 2.0
"""Time after which the table is read in any case: a process may die between storing an update and announcing it."""


class DatabaseUpdateStore:
    """`transport.stored_updates.UpdateStore` in a database, as the bot of the database's view has it."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def put(self, update: IncomingUpdate[Any], body: bytes) -> Storing:
        async with self._database.append() as tx:
            counts = await inbox.count(
                tx, update.chat_id, bot_limit=MAX_STORED_UPDATES, chat_limit=MAX_STORED_CHAT_UPDATES
            )
            if counts.of_bot >= MAX_STORED_UPDATES:
                return Storing.FULL
            if update.kind is UpdateKind.REQUEST and counts.of_chat >= MAX_STORED_CHAT_UPDATES:
                return Storing.CHAT_IS_FULL
            await inbox.put(tx, update.id, update.chat_id, body, now=self._now())
        await self._database.announce_update()
        return Storing.STORED

    async def read(self, limit: int) -> Sequence[tuple[int, bytes]]:
        async with self._database.read() as tx:
            return await inbox.get_oldest(tx, limit)

    async def remove(self, update_ids: Collection[int]) -> None:
        async with self._database.write() as tx:
            await inbox.remove(tx, update_ids)

    async def wait(self) -> None:
        await self._database.wait_for_update(READ_INTERVAL_SECONDS)
