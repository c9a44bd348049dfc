"""The database on a PostgreSQL server: connections that write, connections that read, and the ledger's session.

Many transactions write at the same time. Each begins with its bot's write lock (docs/decisions/0065).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Self

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.advisory_locks import LockSpace
from storage.claims import Settlement
from storage.database import Database, Tx
from storage.deliveries import DueDelivery
from storage.errors import DatabaseUnusable
from storage.migrate import migrate
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.errors import DatabaseHeld
from storage.postgresql.ledger import LedgerSession
from storage.postgresql.open_errors import open_error, translated_errors
from storage.schema import FIRST_BOT_ID

WRITERS = 4
READERS = 4
"""Connections that write, and that read, at the same time; further transactions wait."""

CONNECT_TIMEOUT_SECONDS = 10.0

MAX_STANDBY_WAIT_SECONDS = 5.0
"""A commit that waits longer is not the latency of a standby, but its absence."""

NO_STANDBY = "no synchronous standby confirms what the server writes"

SERVER_SETTINGS = {
    "application_name": "digestbot",
    "timezone": "UTC",
    "jit": "off",  # statements are short; compiling one takes longer than running it
    "default_transaction_isolation": "read committed",
}
"""Settings of every connection."""


class PostgresqlDatabase(Database):
    """A database on a server as one bot sees it."""

    def __init__(
        self,
        address: PostgresqlAddress,
        writer: AsyncEngine,
        reader: AsyncEngine,
        ledger: LedgerSession,
        *,
        bot_id: int = FIRST_BOT_ID,
    ) -> None:
        self.bot_id = bot_id
        self._address = address
        self._writer = writer
        self._reader = reader
        self._ledger = ledger

    @classmethod
    async def open(cls, address: PostgresqlAddress) -> Self:
        """Open the database at `address` for its first bot, migrated if it is older.

        Raises `SchemaIsNewer` where a newer program has been at it, `DatabaseRefused` or
        `ServerUnavailable` where it cannot be opened.
        """
        await _migrate(address)
        writer = _engine(address, size=WRITERS)
        reader = _engine(address, size=READERS).execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        return cls(address, writer, reader, LedgerSession(lambda: connect(address)))

    def for_bot(self, bot_id: int) -> Self:
        return type(self)(self._address, self._writer, self._reader, self._ledger, bot_id=bot_id)

    async def close(self) -> None:
        await self._ledger.close()
        await self._reader.dispose()
        await self._writer.dispose()

    async def hold(self) -> None:
        """Keep other processes from working on the database until this one ends. Raises `DatabaseHeld`."""
        if not await self._ledger.try_lock(LockSpace.OPEN, self.bot_id):
            raise DatabaseHeld(self._address)

    @asynccontextmanager
    async def write(self, *, alone: bool = False) -> AsyncIterator[Tx]:
        async with self._writer.begin() as connection:
            await connection.execute(_LOCK_ALONE if alone else _LOCK_SHARED, {"bot": self.bot_id})
            yield Tx(connection, self.bot_id)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        async with self._reader.begin() as connection:
            yield Tx(connection, self.bot_id)

    async def update_statistics(self) -> None:
        async with self._writer.begin() as connection:
            await connection.execute(_ANALYZE)

    async def find_write_error(self) -> str | None:
        try:
            async with translated_errors(self._address), self._reader.begin() as connection:
                waiting_seconds: float | None = await connection.scalar(_STANDBY_WAIT_SECONDS)
        except DatabaseUnusable as error:
            return str(error)
        return NO_STANDBY if waiting_seconds is not None and waiting_seconds > MAX_STANDBY_WAIT_SECONDS else None

    async def claim_and_settle(
        self, settlements: Sequence[Settlement], due: Sequence[DueDelivery], *, now: datetime
    ) -> list[bool]:
        return await self._ledger.claim_and_settle(self.bot_id, settlements, due, now=now)


_LOCK_SHARED = text(f"SELECT pg_advisory_xact_lock_shared({LockSpace.WRITE:d}, CAST(CAST(:bot AS bigint) AS integer))")
_LOCK_ALONE = text(f"SELECT pg_advisory_xact_lock({LockSpace.WRITE:d}, CAST(CAST(:bot AS bigint) AS integer))")

_STANDBY_WAIT_SECONDS = text(
    "SELECT CAST(max(extract(epoch FROM clock_timestamp() - query_start)) AS double precision) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event = 'SyncRep'"
)
_ANALYZE = text("ANALYZE deliveries, payloads, contents, run_contents, waves, subscribers")


async def connect(address: PostgresqlAddress, **options: Any) -> asyncpg.Connection:
    """Return a connection of its own."""
    return await asyncpg.connect(
        address.url, timeout=CONNECT_TIMEOUT_SECONDS, server_settings=SERVER_SETTINGS, **options
    )


async def _migrate(address: PostgresqlAddress) -> None:
    engine = _engine(address, size=1)
    lock = f"SELECT pg_advisory_xact_lock({LockSpace.MIGRATION:d}, 0)"
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(lock))
    try:
        await migrate(engine)
    except (DBAPIError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        if (known := open_error(address, error)) is not None:
            raise known from None
        raise
    finally:
        with contextlib.suppress(OSError):
            await engine.dispose()


def _engine(address: PostgresqlAddress, *, size: int) -> AsyncEngine:
    async def connect_engine() -> asyncpg.Connection:
        return await connect(address)

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect_engine,
        pool_size=size,
        max_overflow=0,
        pool_use_lifo=True,
        hide_parameters=True,
    )
