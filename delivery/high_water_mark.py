"""High-water mark of a bot's claims, in a file beside the database that no backup of the database contains.

The file has a number for each bot, at a place of its own.

A database whose own count is below the mark was restored from a backup: it does not know what was sent since.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import structlog

from delivery.ledger import Ledger
from storage import bots
from storage.database import Database
from storage.made_files import leave_to_owner_of_folder
from storage.schema import FIRST_BOT_ID

log = structlog.get_logger(__name__)

NUMBER_WIDTH_BYTES = 20
"""Width of the stored number: always the same, so that it is overwritten in place and never torn."""

BYTES_PER_BOT = 32
"""Distance of two bots' numbers: none of them crosses a sector."""

WRITE_INTERVAL_SECONDS = 1.0


class HighWaterMark:
    """A number that only grows, in a file that the bots of a database share."""

    def __init__(self, path: Path, bot_id: int = FIRST_BOT_ID) -> None:
        self._path = path
        self._offset = (bot_id - FIRST_BOT_ID) * BYTES_PER_BOT
        self._written = -1

    @classmethod
    def beside(cls, database: Path, bot_id: int = FIRST_BOT_ID) -> HighWaterMark:
        """Return a bot's mark of the database at this path."""
        return cls(database.with_name(database.name + ".mark"), bot_id)

    def exists(self) -> bool:
        """Return whether a number was ever stored, of whatever bot."""
        return self._path.exists()

    def read(self) -> int:
        """Return the highest number stored; 0 if there is none."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                return int(file.read(NUMBER_WIDTH_BYTES))
        except (FileNotFoundError, ValueError):
            return 0

    def write(self, claimed: int) -> None:
        """Store a number in place.

        The file is not flushed to disk: a mark that lags behind costs nothing, a flush each second would.
        """
        if claimed == self._written:
            return
        number = str(claimed).rjust(NUMBER_WIDTH_BYTES).encode()
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        if self._written < 0:
            leave_to_owner_of_folder(self._path)
        try:
            os.pwrite(file, number, self._offset)
        finally:
            os.close(file)
        self._written = claimed

    def raise_to(self, claimed: int) -> None:
        """Store a number unless a higher one is stored: a former owner that wakes knows less than the next one."""
        if claimed > self.read() or not self.exists():
            self.write(claimed)


async def follow_claims(database: Database, mark: HighWaterMark) -> None:
    """Raise the mark to what another process claims for the bot, until cancelled.

    After a restore any machine may be the first to start, also one that has sent nothing of what is forgotten.
    """
    while True:
        await asyncio.sleep(WRITE_INTERVAL_SECONDS)
        try:
            async with database.read() as tx:
                claimed = await bots.claim_count(tx)
            mark.raise_to(claimed)
        except Exception:
            log.exception("high_water_mark_write_failed")


class HighWaterWriter:
    """Writes the mark every second, once `start` told it how many claims were made before this process."""

    def __init__(self, mark: HighWaterMark | None, ledger: Ledger) -> None:
        self.mark = mark
        self._ledger = ledger
        self._claimed_before: int | None = None

    def start(self, claimed_before: int) -> None:
        """Begin to write. Never called while the database is behind the mark, so that the mark survives."""
        self._claimed_before = claimed_before

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(WRITE_INTERVAL_SECONDS)
            self.write()

    def write(self) -> None:
        """Write the number of claims ever made. A failure is logged and tried again with the next write."""
        if self.mark is None or self._claimed_before is None:
            return
        try:
            self.mark.raise_to(self._claimed_before + self._ledger.claimed)
        except OSError:
            log.exception("high_water_mark_write_failed")
