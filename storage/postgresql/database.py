"""The database on a PostgreSQL server: connections that write, connections that read, and the ledger's session.

Many transactions write at the same time. Each begins with its bot's write lock (docs/decisions/0065).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NoReturn, Self

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from domain.chat.i18n import lazy_text
from storage.advisory_locks import LockSpace
from storage.claims import Settlement
from storage.database import Database, Process, Tx, WriteError
from storage.deliveries import DueDelivery
from storage.errors import DatabaseUnusable
from storage.migrate import check_migrated, migrate
from storage.postgresql import ledger
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.ledger_session import LEASE_SECONDS, UPDATE_CHANNEL, LedgerSession, session_settings
from storage.postgresql.open_errors import open_error, translated_errors
from storage.process_name import APPLICATION, application_name, parse_application_name
from storage.schema import FIRST_BOT_ID

WRITERS = 4
READERS = 4
"""Connections that write, and that read, at the same time; further transactions wait."""

MAX_POOL_WAIT_SECONDS = 30.0
"""How long a transaction waits for one of these connections."""

CONNECT_TIMEOUT_SECONDS = 10.0

MAX_STANDBY_WAIT_SECONDS = 5.0
"""A commit that waits longer is not the latency of a standby, but its absence."""

NO_STANDBY = lazy_text("no synchronous standby confirms what the server writes")

SERVER_SETTINGS = {
    "timezone": "UTC",
    "jit": "off",  # statements are short; compiling one takes longer than running it
    "default_transaction_isolation": "read committed",
    # All that is done often has an index and looks rows up one by one. Statistics say otherwise about a ledger whose
    # rows change their state within minutes (docs/decisions/0087).
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""Settings of every connection."""

LEDGER_SETTINGS = {"plan_cache_mode": "force_generic_plan"}  # one plan for any size: each delivery by its key
"""Further settings of the ledger's session."""


class PostgresqlDatabase(Database):
    """A database on a server as one bot sees it."""

    step_factor = 2.3
    is_shared = True

    def __init__(
        self,
        address: PostgresqlAddress,
        writer: AsyncEngine,
        reader: AsyncEngine,
        session: LedgerSession,
        *,
        bot_id: int = FIRST_BOT_ID,
        parallel: asyncio.Lock | None = None,
    ) -> None:
        self.bot_id = bot_id
        self._parallel = asyncio.Lock() if parallel is None else parallel
        self._address = address
        self._writer = writer
        self._reader = reader
        self._session = session

    @classmethod
    async def open(
        cls,
        address: PostgresqlAddress,
        *,
        lease_seconds: float = LEASE_SECONDS,
        role: str = "",
        migrates: bool = True,
    ) -> Self:
        """Open the database at `address` for its first bot, migrated if it is older. No bot is taken yet.

        `role` is what this process is there for; a command has none.

        Raises `SchemaIsOlder` instead of migrating unless it `migrates`, `SchemaIsNewer` where a newer program has been
        at it, `DatabaseRefused` or `ServerUnavailable` where it cannot be opened.
        """
        await _migrate(address, migrates=migrates)
        # A frozen process must not keep the next owner waiting for what it has locked.
        settings = SERVER_SETTINGS | {"application_name": application_name(role)}
        owner_settings = settings | session_settings(lease_seconds)
        writer_settings = {name: value for name, value in owner_settings.items() if name != "idle_session_timeout"}
        writer = _engine(address, size=WRITERS, settings=writer_settings)
        reader = _engine(address, size=READERS, settings=settings).execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        session = LedgerSession(
            lambda: connect(address, owner_settings | LEDGER_SETTINGS), lease_seconds, statements=(ledger.COMMIT,)
        )
        return cls(address, writer, reader, session)

    def for_bot(self, bot_id: int) -> Self:
        shared = self._address, self._writer, self._reader, self._session
        return type(self)(*shared, bot_id=bot_id, parallel=self._parallel)

    async def close(self) -> None:
        await self._session.close()
        await self._reader.dispose()
        await self._writer.dispose()

    async def take(self, owner: str, *, beyond_share: bool = False) -> bool:
        return await self._session.take(self.bot_id, owner, beyond_share=beyond_share)

    async def release(self) -> None:
        await self._session.release(self.bot_id)

    async def keep(self) -> NoReturn:
        await self._session.keep()

    def may_send(self) -> bool:
        return self._session.may_send()

    @asynccontextmanager
    async def write(self, *, alone: bool = False) -> AsyncIterator[Tx]:
        async with self._writer.begin() as connection:
            await connection.execute(_LOCK_ALONE if alone else _LOCK_SHARED, {"bot": self.bot_id})
            if self._session.owns(self.bot_id):
                await self._check_epoch(connection)
            yield Tx(connection, self.bot_id)

    @asynccontextmanager
    async def write_in_parallel(self) -> AsyncIterator[Sequence[Tx]]:
        # One at a time has two connections, and has both before it locks anything: else it might wait for a connection
        # of those who wait for its lock.
        if self._parallel.locked():
            async with self.write(alone=True) as tx:
                yield [tx]
            return
        async with self._parallel, self._writer.connect() as second, self.write(alone=True) as tx, second.begin():
            if self._session.owns(self.bot_id):
                await self._check_epoch(second)
            yield [tx, Tx(second, self.bot_id)]

    @asynccontextmanager
    async def append(self) -> AsyncIterator[Tx]:
        async with self._writer.begin() as connection:
            yield Tx(connection, self.bot_id)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        async with self._reader.begin() as connection:
            yield Tx(connection, self.bot_id)

    async def update_statistics(self, *, with_deliveries: bool = True) -> None:
        async with self._writer.begin() as connection:
            await connection.execute(_SMALL_SAMPLE)
            await connection.execute(_ANALYZE_ALL if with_deliveries else _ANALYZE)

    async def find_write_error(self) -> WriteError | None:
        try:
            async with translated_errors(self._address), self._reader.begin() as connection:
                waiting_seconds: float | None = await connection.scalar(_STANDBY_WAIT_SECONDS)
        except DatabaseUnusable as error:
            return WriteError(str(error))
        except PoolTimeout:
            return WriteError(lazy_text("the server cannot be asked: all connections are busy"))
        if waiting_seconds is None or waiting_seconds <= MAX_STANDBY_WAIT_SECONDS:
            return None
        return WriteError(NO_STANDBY, waiting_seconds, is_waiting=True)

    async def processes(self, known: Collection[str] = ()) -> list[Process]:
        async with self._reader.begin() as connection:
            rows = (await connection.execute(_PROCESSES)).all()
        return [
            Process(
                name=name,
                role=role,
                silent_seconds=row.silent_seconds,
                bot_ids=frozenset(row.bot_ids),
                shares_bots=row.is_counted,
            )
            for row in rows
            for name, role in [parse_application_name(row.application_name)]
            if row.is_counted or role or name in known
        ]

    async def announce_update(self) -> None:
        # Not in the transaction that stores it: notifying ones commit one after the other, with their flush to disk.
        async with self._writer.begin() as connection:
            await connection.execute(_ANNOUNCE, {"bot": str(self.bot_id)})

    async def wait_for_update(self, seconds: float) -> None:
        await self._session.wait_for_update(self.bot_id, seconds)

    async def claim_and_settle(
        self, settlements: Sequence[Settlement], due: Sequence[DueDelivery], *, now: datetime
    ) -> list[bool]:
        return await ledger.claim_and_settle(self._session, self.bot_id, settlements, due, now=now)

    async def _check_epoch(self, connection: AsyncConnection) -> None:
        """Hold the lease until the transaction ends. Raises `OwnershipLost` if another process has taken the bot."""
        epoch = self._session.epoch(self.bot_id)
        if await connection.scalar(_FENCE, {"bot": self.bot_id, "epoch": epoch}) is None:
            self._session.lose(f"another process has taken bot {self.bot_id}")


_LOCK_SHARED = text(f"SELECT pg_advisory_xact_lock_shared({LockSpace.WRITE:d}, CAST(CAST(:bot AS bigint) AS integer))")
_LOCK_ALONE = text(f"SELECT pg_advisory_xact_lock({LockSpace.WRITE:d}, CAST(CAST(:bot AS bigint) AS integer))")

_FENCE = text("SELECT epoch FROM leases WHERE bot_id = :bot AND epoch = :epoch FOR SHARE")

_ANNOUNCE = text(f"SELECT pg_notify('{UPDATE_CHANNEL}', :bot)")

_STANDBY_WAIT_SECONDS = text(
    "SELECT CAST(max(extract(epoch FROM clock_timestamp() - query_start)) AS double precision) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event = 'SyncRep'"
)

# Plans need the number of rows and little else (docs/decisions/0087), and nothing is sent meanwhile: a tenth of the
# usual sample takes an eighth of the time.
_SMALL_SAMPLE = text("SELECT set_config('default_statistics_target', '10', true)")
_ANALYZE = text("ANALYZE payloads, contents, run_contents, waves, subscribers")
_ANALYZE_ALL = text("ANALYZE deliveries, payloads, contents, run_contents, waves, subscribers")
_PROCESSES = text(
    f"""
    SELECT application_name, bool_or(classid IS NOT NULL) AS is_counted,
        CAST(extract(epoch FROM clock_timestamp() - max(greatest(state_change, query_start))) AS double precision)
            AS silent_seconds,
        coalesce(array_agg(CAST(objid AS bigint)) FILTER (WHERE classid = {LockSpace.BOT:d}), '{{}}') AS bot_ids
    FROM pg_stat_activity AS activity LEFT JOIN pg_locks AS locks ON locks.pid = activity.pid AND granted
        AND locktype = 'advisory' AND classid IN ({LockSpace.BOT:d}, {LockSpace.PROCESS:d})
    WHERE datname = current_database() AND starts_with(application_name, '{APPLICATION} ')
    GROUP BY application_name ORDER BY application_name
    """  # noqa: S608 - of constants only
)
"""The processes by their connections: whoever may own bots holds a lock, by which all processes are counted."""


async def connect(
    address: PostgresqlAddress, settings: Mapping[str, str] = SERVER_SETTINGS, **options: Any
) -> asyncpg.Connection:
    """Return a connection of its own, to the first of several servers that lets itself be used.

    All of them are asked at once: the driver waits for one after the other, and a machine that is gone never answers.
    """
    if len(address.servers) == 1 or "host" in options:
        return await _connect(address, settings, **options)
    attempts = {
        asyncio.create_task(_connect(address, settings, host=host, port=port, **options))
        for host, port in address.servers
    }
    waiting, chosen = attempts, None
    try:
        while waiting and chosen is None:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            chosen = next((attempt for attempt in done if attempt.exception() is None), None)
    finally:
        for attempt in attempts - {chosen}:
            attempt.add_done_callback(_end_unused)
            attempt.cancel()
    if chosen is None:
        raise max((error for attempt in attempts if (error := attempt.exception())), key=_how_telling)
    return chosen.result()


def _end_unused(attempt: asyncio.Task[asyncpg.Connection]) -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().terminate()


def _how_telling(error: BaseException) -> int:
    """Rank why servers could not be used: one that refuses says more than a standby, and that more than silence."""
    if isinstance(error, OSError):
        return 0
    return 1 if isinstance(error, asyncpg.TargetServerAttributeNotMatched) else 2


async def _connect(address: PostgresqlAddress, settings: Mapping[str, str], **options: Any) -> asyncpg.Connection:
    options = {
        "timeout": CONNECT_TIMEOUT_SECONDS,
        "server_settings": {"application_name": application_name()},
        **options,
    }
    connection = await asyncpg.connect(address.url, **options)
    if not settings:
        return connection
    try:
        # Afterwards: a pooler refuses those that it does not know in a new connection, or leaves them out.
        values = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in settings.items())
        await connection.execute(f"SELECT {values}", timeout=CONNECT_TIMEOUT_SECONDS)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def _migrate(address: PostgresqlAddress, *, migrates: bool) -> None:
    engine = _engine(address, size=1)
    lock = f"SELECT pg_advisory_xact_lock({LockSpace.MIGRATION:d}, 0)"
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(lock))
    try:
        await (migrate if migrates else check_migrated)(engine)
    except (DBAPIError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        if (known := open_error(address, error)) is not None:
            raise known from None
        raise
    finally:
        with contextlib.suppress(OSError):
            await engine.dispose()


def _engine(address: PostgresqlAddress, *, size: int, settings: Mapping[str, str] = SERVER_SETTINGS) -> AsyncEngine:
    async def connect_engine() -> asyncpg.Connection:
        return await connect(address, settings)

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect_engine,
        pool_size=size,
        max_overflow=0,
        pool_timeout=MAX_POOL_WAIT_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,
    )
