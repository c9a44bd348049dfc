"""Why SQLite cannot open or write a database: its error codes, as exceptions whose messages say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from domain.chat.i18n import lazy_text
from domain.known_reasons import reason_text
from storage.sqlite.file_check import RESTORE_ADVICE
from storage.sqlite.lock import DISK_FULL_ERRORS, FileInUse, FileUnusable

_PRIMARY_CODE = 0xFF
"""The low byte of SQLite's extended error codes."""


class NotADatabase(FileUnusable):
    """The file is something else, or its pages are damaged."""


class DiskFull(FileUnusable):
    """There is no space to open or write the database; that passes when the operator makes some."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, lazy_text("the disk is full"), lazy_text("free some space there"))


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Raise the exception that says what to do for an error of SQLite, or a full disk, inside the block."""
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_FULL_ERRORS:
            raise
        raise DiskFull(path) from error
    except (DBAPIError, sqlite3.Error) as error:
        if (known := open_error(path, error)) is error:
            raise
        raise known from error


def open_error(path: Path, error: DBAPIError | sqlite3.Error | OSError) -> Exception:
    """Return the exception for an error of SQLite or the system while a database is opened or used.

    That is the error itself if it is a defect.
    """
    if isinstance(error, OSError):
        return (
            DiskFull(path)
            if error.errno in DISK_FULL_ERRORS
            else FileUnusable(path, reason_text(error.strerror or error))
        )
    reason = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(reason, "sqlite_errorcode", 0) & _PRIMARY_CODE
    match code:
        case sqlite3.SQLITE_FULL:
            return DiskFull(path)
        case sqlite3.SQLITE_NOTADB:
            return NotADatabase(
                path, reason_text(reason), lazy_text("set DATABASE to another file; a new one is created")
            )
        case sqlite3.SQLITE_CORRUPT:
            return NotADatabase(path, reason_text(reason), RESTORE_ADVICE)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return FileInUse(path, lazy_text("not a bot; perhaps sqlite3 or a backup program"))
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_IOERR:
            return FileUnusable(
                path, reason_text(reason), lazy_text("make the file and its folder writable for this user")
            )
    return error
