"""Opening the database: a path in; connections to write and to read with out, the schema brought up to date.

One writer at a time, in this process (SQLite has one writer anyway); readers beside it never wait (WAL).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.batch_writer import BatchWriter, Statement
from storage.lock import DatabaseUnusable
from storage.migrate import migrate

PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",  # a power cut must not turn a sent row back into a pending one
    "foreign_keys = ON",
    "busy_timeout = 10000",
    "temp_store = MEMORY",
    "cache_size = -16384",
)
"""What every connection is told first."""

READERS = 4
"""Connections that read at the same time; who comes when all are at work waits."""

Tx = AsyncConnection
"""A connection inside a transaction: what every function of this floor takes first."""


class Database:
    """The database of one bot. Statements run inside `async with database.write() as tx` or `.read()`."""

    def __init__(self, writer: AsyncEngine, readers: AsyncEngine, at_once: BatchWriter) -> None:
        self._writer = writer
        self._readers = readers
        self._at_once = at_once
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> Database:
        """The database at `path`, made if there is none, migrated if it is older.

        Raises `SchemaIsNewer` where a newer program has been at it, `NoDatabase` where there is nothing to open.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        writer = _engine(path, begin="BEGIN IMMEDIATE", size=1)
        try:
            await _connect(writer, path)
            await migrate(writer)
        except BaseException:
            await writer.dispose()
            raise
        return cls(writer, _engine(path, begin="BEGIN", size=READERS), BatchWriter(path, PRAGMAS))

    async def close(self) -> None:
        async with self._turn:
            await self._at_once.close()
            await self._readers.dispose()
            await self._writer.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """A transaction that may write; commits at the end, rolls back on an exception."""
        async with self._turn, self._writer.begin() as tx:
            yield tx

    async def execute_batch(self, statements: Sequence[Statement]) -> list[int]:
        """Ready statements in one transaction; how many rows each concerned. Raises `NotAsExpected`."""
        async with self._turn:
            return await self._at_once.write(statements)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A snapshot to read from."""
        async with self._readers.begin() as tx:
            yield tx


def _engine(path: Path, *, begin: str, size: int) -> AsyncEngine:
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=size, max_overflow=0)
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "invalidate", _let_go)
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


async def _connect(engine: AsyncEngine, path: Path) -> None:
    """Connect for the first time: SQLite then says whether it can work with the file. Raises `NoDatabase`."""
    try:
        async with engine.connect():
            pass
    except DBAPIError as error:
        raise DatabaseUnusable(path, error.orig) from error


def _prepare(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, too late and never for DDL: it is told to leave that to us.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _let_go(connection: Any, _record: object, reason: BaseException | None) -> None:
    # A statement that is cancelled costs the connection. To close it does not end its transaction while a cursor with
    # unread rows lives on in a traceback that somebody keeps: the database would be locked for as long.
    if isinstance(reason, asyncio.CancelledError):
        connection.rollback()
