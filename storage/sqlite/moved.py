"""The mark of a database file whose contents were moved to a server: the file must not be used any more."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from domain.chat.i18n import lazy_text
from storage import kv
from storage.database import Tx
from storage.errors import DatabaseUnusable
from storage.sqlite.file_check import connect_read_only
from storage.sqlite.files import size_bytes

_NAME = "moved_to"


class DatabaseMoved(DatabaseUnusable):
    """Another database goes on from where this file stopped."""

    def __init__(self, path: Path, target: str) -> None:
        super().__init__(
            lazy_text(
                "{path} was moved to {target}: set DATABASE to that address, with its user and password; "
                "to go back to the file: digestbot move --undo",
                path=path,
                target=target,
            )
        )


async def moved_to(tx: Tx) -> str | None:
    """Return the address that the database was moved to, or None if it was not moved."""
    return await kv.get(tx, _NAME)


async def mark_moved(tx: Tx, target: str) -> None:
    """Note durably where the database was moved to."""
    await kv.put(tx, _NAME, target)


async def unmark(tx: Tx) -> None:
    """Let the file be used again."""
    await kv.remove(tx, _NAME)


def check_not_moved(database: Path) -> None:
    """Raise `DatabaseMoved` if a file that nobody has open was moved."""
    if not size_bytes(database):
        return  # SQLite would delete the write-ahead log of an empty file
    try:
        with contextlib.closing(connect_read_only(database, immutable=False)) as connection:
            row = connection.execute("SELECT value FROM kv WHERE name = ?", (_NAME,)).fetchone()
    except sqlite3.Error:
        return  # no database, or one that is damaged or empty: whoever opens it says so
    if row is not None:
        raise DatabaseMoved(database, row[0])
