"""The database: one writing connection, several reading ones, and a writer for batches.

One transaction writes at a time, since SQLite has one writer; readers beside it never wait (WAL).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.batch_writer import BatchWriter, Statement
from storage.migrate import migrate
from storage.one_trip_connection import OneTripConnection, connect
from storage.open_errors import open_error
from storage.sqlite_file import OpenedFile

PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",  # a power cut must not turn a sent row back into a pending one
    "foreign_keys = ON",
    "busy_timeout = 10000",
    "temp_store = MEMORY",
    "cache_size = -16384",
)
"""Settings of every connection."""

READERS = 4
"""Connections that read at the same time; further readers wait."""

Tx = AsyncConnection
"""Connection inside a transaction: the first argument of every function in this package."""


class Database:
    """The database of one bot. Statements run inside `async with database.write() as tx` or `.read()`."""

    def __init__(self, writer: AsyncEngine, readers: AsyncEngine, batch_writer: BatchWriter) -> None:
        self._writer = writer
        self._readers = readers
        self._batch_writer = batch_writer
        self._write_lock = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> Database:
        """Open the database at `path`, created if there is none, migrated if it is older.

        Raises `SchemaIsNewer` where a newer program has been at it, `DatabaseUnusable` or one of its kinds where the
        file cannot be opened, `DatabaseInUse` where another program holds SQLite's lock.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        file = OpenedFile(path)
        writer = _engine(path, file, begin="BEGIN IMMEDIATE", size=1)
        try:
            await migrate(writer)
        except DBAPIError as error:
            await writer.dispose()
            raise open_error(path, error) from error
        except BaseException:
            await writer.dispose()
            raise
        file.note()
        return cls(writer, _engine(path, file, begin="BEGIN", size=READERS), BatchWriter(path, PRAGMAS, file.check))

    async def close(self) -> None:
        async with self._write_lock:
            await self._batch_writer.close()
            await self._readers.dispose()
            await self._writer.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """Open a transaction that may write; it commits at the end and rolls back on an exception."""
        async with self._write_lock, self._writer.begin() as tx:
            yield tx

    async def execute_batch(self, statements: Sequence[Statement]) -> list[int]:
        """Run statements in one transaction; return how many rows each changed. Raises `RowCountMismatch`."""
        async with self._write_lock:
            return await self._batch_writer.write(statements)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """Open a transaction that reads one snapshot."""
        async with self._readers.begin() as tx:
            yield tx


def _engine(path: Path, file: OpenedFile, *, begin: str, size: int) -> AsyncEngine:
    async def connect_if_same_file() -> OneTripConnection:
        file.check()
        return await connect(path)

    url = URL.create("sqlite+aiosqlite", database=str(path))  # only names a file, so that the engine has a pool
    engine = create_async_engine(
        url, async_creator=connect_if_same_file, pool_size=size, max_overflow=0, hide_parameters=True
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "invalidate", _roll_back_cancelled)
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _prepare(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, too late and never for DDL; this leaves them to the engine.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _roll_back_cancelled(connection: Any, _record: object, reason: BaseException | None) -> None:
    # A statement that is cancelled costs the connection. To close it does not end its transaction while a cursor with
    # unread rows lives on in a traceback that somebody keeps: the database would be locked for as long.
    if isinstance(reason, asyncio.CancelledError):
        connection.rollback()
