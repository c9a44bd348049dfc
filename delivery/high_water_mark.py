"""The high-water mark beside the database: how many claims were ever made, kept where no backup of it reaches.

A database that is behind it was restored from a backup: it does not know what was sent since.
"""

from __future__ import annotations

import os
from pathlib import Path

_WIDTH = 20


class HighWaterMark:
    """A number that only grows, in a file of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = -1

    @classmethod
    def beside(cls, database: Path) -> HighWaterMark:
        """The mark of a database."""
        return cls(database.with_name(database.name + ".mark"))

    def read(self) -> int:
        """The highest number noted; 0 where there is none."""
        try:
            return int(self._path.read_bytes())
        except (FileNotFoundError, ValueError):
            return 0

    def write(self, claimed: int) -> None:
        """Note a number, in place and always as wide: a few bytes that are written whole.

        Not flushed: a mark that lags behind costs nothing, a flush each second would.
        """
        if claimed == self._written:
            return
        number = str(claimed).rjust(_WIDTH).encode()
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.pwrite(file, number, 0)
        finally:
            os.close(file)
        self._written = claimed
