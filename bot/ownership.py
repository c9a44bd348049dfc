"""Ownership of bots: of all processes on one database, one at a time runs a bot.

waiting -> owner -> released, for another process
                 -> lost: the process ends

A process that has lost its ownership cannot know what the next owner does, so it ends at once, without cleaning up,
and its service manager starts it again. It never tries to get it back.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import NoReturn

import structlog

from bot.exit_code import ExitCode
from storage.database import Database
from storage.errors import OwnershipLost
from storage.process_name import process_name

log = structlog.get_logger(__name__)

TAKE_INTERVAL_SECONDS = 0.25
"""Time between two attempts to take a bot that another process owns."""

ATTEMPTS_WITHIN_SHARE = 20
"""After so many, one attempt goes beyond the fair share: those whose share the bot would be may be unable to run it."""


class OwnershipState(StrEnum):
    """What this process is to a bot."""

    WAITING = "waiting"  # another process owns it; this one takes over when that ends
    OWNER = "owner"  # this process alone claims, plans and receives updates
    LOST = "lost"  # another process may own it by now; this one ends


class Ownership:
    """Ownership of bots by this process; `states` has those that it runs or waits for, by bot id."""

    def __init__(self, database: Database, end: Callable[[str], None] | None = None) -> None:
        self.states: dict[int, OwnershipState] = {}
        self._database = database
        self._end = end or end_process

    async def wait(self, bot_id: int, note_standby: Callable[[], None] = lambda: None) -> None:
        """Wait until this process owns a bot; call `note_standby` if another one does now."""
        self.states[bot_id] = OwnershipState.WAITING
        database, name = self._database.for_bot(bot_id), process_name()
        try:
            if not await database.take(name):
                log.info("standing_by", bot_id=bot_id)
                note_standby()
                attempt = 1
                while not await database.take(name, beyond_share=attempt % ATTEMPTS_WITHIN_SHARE == 0):
                    await asyncio.sleep(TAKE_INTERVAL_SECONDS)
                    attempt += 1
                log.warning("bot_taken_over", bot_id=bot_id)
        except OwnershipLost as error:
            self.lose(str(error))
            raise
        self.states[bot_id] = OwnershipState.OWNER

    async def release(self, bot_id: int) -> None:
        """Let another process take a bot, of which nothing runs here any more."""
        self.states.pop(bot_id, None)
        try:
            await self._database.for_bot(bot_id).release()
        except OwnershipLost as error:
            self.lose(str(error))
            raise

    async def keep(self) -> None:
        """Keep the ownership until cancelled, and end the process as soon as that fails."""
        try:
            await self._database.keep()
        except OwnershipLost as error:
            self.lose(str(error))

    def lose(self, reason: str) -> None:
        """Give up all bots, and end the process."""
        self.states = dict.fromkeys(self.states, OwnershipState.LOST)
        self._end(reason)


@asynccontextmanager
async def keep_ownership(database: Database) -> AsyncIterator[Ownership]:
    """Keep what is owned inside the block; it ends when the bots have, whose last settlements need it."""
    ownership = Ownership(database)
    keeping = asyncio.create_task(ownership.keep())
    try:
        yield ownership
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


def end_process(reason: str) -> NoReturn:
    """End this process at once; nothing runs any more, no transaction ends, nothing is sent."""
    log.error("ownership_lost", reason=reason)
    sys.stderr.write(f"digestbot: this process ends, so that another one can go on: {reason}\n")
    sys.stderr.flush()
    os._exit(ExitCode.TEMPORARY_FAILURE)
