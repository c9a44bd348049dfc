"""The high-water mark beside the database: how many claims were ever made, kept where no backup of it reaches.

A database that is behind it was restored from a backup: it does not know what was sent since.
"""

from __future__ import annotations

import os
from pathlib import Path


class HighWater:
    """A number that only grows, in a file of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = -1

    @classmethod
    def beside(cls, database: Path) -> HighWater:
        """The mark of a database."""
        return cls(database.with_name(database.name + ".mark"))

    def read(self) -> int:
        """The highest number noted; 0 where there is none."""
        try:
            return int(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def write(self, claimed: int) -> None:
        """Note a number, whole or not at all."""
        if claimed == self._written:
            return
        beside = self._path.with_name(self._path.name + ".new")
        beside.write_text(str(claimed))
        os.replace(beside, self._path)  # noqa: PTH105 - the call whose atomicity is documented
        self._written = claimed
