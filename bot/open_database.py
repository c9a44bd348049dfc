"""Open the bot's database for this process alone: locked, looked at, migrated, and watched.

lock -> finish an interrupted restore -> check the files -> open and migrate -> begin a session
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from delivery.high_water_mark import HighWaterMark
from storage.database import Database
from storage.sqlite.backup import finish_restore
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.file_check import check_file
from storage.sqlite.files import WAL, side_file
from storage.sqlite.lock import DatabaseLock, database_lock
from storage.sqlite.open_errors import open_error
from storage.sqlite.session import DatabaseSession

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OpenDatabase:
    """The database, and this process's session with its files."""

    database: Database
    session: DatabaseSession


@asynccontextmanager
async def open_database(path: Path) -> AsyncIterator[OpenDatabase]:
    """Yield the database, and close it. Raises `DatabaseInUse`, `DatabaseUnusable`, `SchemaIsNewer`."""
    async with AsyncExitStack() as stack:
        try:
            opened = await _open(path, stack)
        except (sqlite3.Error, OSError) as error:
            raise open_error(path, error) from error
        yield opened


async def _open(path: Path, stack: AsyncExitStack) -> OpenDatabase:
    lock = stack.enter_context(database_lock(path))
    await asyncio.to_thread(_prepare, path, lock)
    database = await SqliteDatabase.open(path)
    try:
        session = await asyncio.to_thread(DatabaseSession.begin, path, lock)
    except BaseException:
        await database.close()
        raise
    stack.callback(session.close)
    stack.push_async_callback(database.close)
    return OpenDatabase(database, session)


def _prepare(path: Path, lock: DatabaseLock) -> None:
    kept = finish_restore(path)
    if kept is not None:
        log.warning("restore_finished", former_database=str(kept))
    was_used = bool(lock.sessions) or HighWaterMark.beside(path).read() > 0
    if lock.was_killed and kept is None and path.exists() and not side_file(path, WAL).exists():
        log.warning("write_ahead_log_missing", database=str(path), lost="what was committed since the last checkpoint")
    check_file(path, sessions=lock.sessions, was_used=was_used)
