"""The database in one SQLite file: one writing connection, several reading ones, and a writer for batches.

One transaction writes at a time, since SQLite has one writer; readers beside it never wait (WAL).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.claims import Settlement
from storage.database import Database, Tx
from storage.deliveries import DueDelivery
from storage.made_files import make_folder
from storage.migrate import check_migrated, migrate
from storage.schema import FIRST_BOT_ID
from storage.sqlite import ledger
from storage.sqlite.batch_writer import BatchWriter, Statement
from storage.sqlite.files import OpenedFile
from storage.sqlite.one_trip_connection import OneTripConnection, connect
from storage.sqlite.open_errors import open_error

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


class SqliteDatabase(Database):
    """A database file as one bot sees it."""

    def __init__(
        self,
        writer: AsyncEngine,
        readers: AsyncEngine,
        batch_writer: BatchWriter,
        write_lock: asyncio.Lock,
        *,
        bot_id: int = FIRST_BOT_ID,
    ) -> None:
        self.bot_id = bot_id
        self._writer = writer
        self._readers = readers
        self._batch_writer = batch_writer
        self._write_lock = write_lock

    @classmethod
    async def open(cls, path: Path, *, migrates: bool = True) -> Self:
        """Open the database at `path` for its first bot, created if there is none, migrated if it is older.

        Raises `SchemaIsOlder` instead of migrating unless it `migrates`, `SchemaIsNewer` where a newer program has been
        at it, `FileUnusable` or one of its kinds where the file cannot be opened, `FileInUse` where another program
        holds SQLite's lock.
        """
        make_folder(path.parent)
        file = OpenedFile(path)
        writer = _engine(path, file, begin="BEGIN IMMEDIATE", size=1)
        try:
            await (migrate if migrates else check_migrated)(writer)
        except DBAPIError as error:
            await writer.dispose()
            raise open_error(path, error) from error
        except BaseException:
            await writer.dispose()
            raise
        file.note()
        readers = _engine(path, file, begin="BEGIN", size=READERS)
        return cls(writer, readers, BatchWriter(path, PRAGMAS, file.check), asyncio.Lock())

    def for_bot(self, bot_id: int) -> Self:
        return type(self)(self._writer, self._readers, self._batch_writer, self._write_lock, bot_id=bot_id)

    async def close(self) -> None:
        async with self._write_lock:
            await self._batch_writer.close()
            await self._readers.dispose()
            await self._writer.dispose()

    @asynccontextmanager
    async def write(self, *, alone: bool = False) -> AsyncIterator[Tx]:
        async with self._write_lock, self._writer.begin() as connection:
            yield Tx(connection, self.bot_id)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        async with self._readers.begin() as connection:
            yield Tx(connection, self.bot_id)

    async def update_statistics(self, *, with_deliveries: bool = True) -> None:
        """Do nothing: SQLite plans the statements here alike, however many rows there are."""

    async def claim_and_settle(
        self, settlements: Sequence[Settlement], due: Sequence[DueDelivery], *, now: datetime
    ) -> list[bool]:
        return await ledger.claim_and_settle(self.execute_batch, self.bot_id, settlements, due, now=now)

    async def execute_batch(self, statements: Sequence[Statement]) -> list[int]:
        """Run statements in one transaction; return how many rows each changed. Raises `RowCountMismatch`."""
        async with self._write_lock:
            return await self._batch_writer.write(statements)


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
