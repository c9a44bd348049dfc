"""A database on a server that is filled with the rows of another one.

begin -> fill and verify, in one transaction -> the source is marked -> finish

From `begin` to `finish` the table `unfinished_move` stands there, and no bot starts on the database: at no instant can
both databases be used. Whatever interrupts a move, it is repeated from `begin` on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncpg
from sqlalchemy import Table, text

from domain.chat.i18n import lazy_text
from storage import table_rows
from storage.advisory_locks import LockSpace
from storage.database import Database, Tx
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import connect
from storage.postgresql.errors import DatabaseRefused
from storage.postgresql.open_errors import translated_errors
from storage.table_rows import TableDigest, TableHasher

EMPTY_DATABASE = lazy_text("create an empty one for the move: createdb --owner=USER NAME")


class MoveFailed(Exception):
    """The rows could not be moved; the target is as it was before `fill`."""


class MoveProgress(Protocol):
    """Is told how far a move has come."""

    def copied(self, table: str, rows: int) -> None:
        """Add rows that were copied."""

    def verified(self, table: str, rows: int) -> None:
        """Add rows that were read again."""


async def begin(address: PostgresqlAddress, source: str) -> None:
    """Take an empty database for a move from `source`, or one whose move from there was interrupted.

    Raises `DatabaseRefused` where anything else is in it, and has changed nothing then.
    """
    async with _connection(address) as connection, connection.transaction():
        await connection.execute(f"SELECT pg_advisory_xact_lock({LockSpace.MIGRATION:d}, 0)")
        await _refuse_other_source(connection, address, source)
        if await _source(connection) is None:
            await _refuse_relations(connection, address)
            await connection.execute("CREATE TABLE unfinished_move (source text NOT NULL)")
            await connection.execute("INSERT INTO unfinished_move VALUES ($1)", source)


async def fill(address: PostgresqlAddress, database: Database, source: Tx, progress: MoveProgress) -> None:
    """Replace all rows by those of the source, in one transaction that is verified before it commits.

    Raises `MoveFailed`, `DatabaseRefused` or `ServerUnavailable`.
    """
    tables = table_rows.tables()
    async with translated_errors(address):
        async with database.write(alone=True) as tx:
            await tx.execute(_WAIT_FOR_SOURCE)
            await tx.execute(text(f"TRUNCATE {', '.join(table.name for table in tables)}"))
            copied = {table.name: await _copy(source, tx, table, progress) for table in tables}
            await _set_sequences(tx)
            for table in tables:
                await _verify(tx, table, copied[table.name], progress)
        await database.update_statistics()


_WAIT_FOR_SOURCE = text("SET LOCAL idle_in_transaction_session_timeout = 0")
"""The lease does not bound a move: a slow disk may keep a batch longer, and no bot runs that would wait for it."""


async def finish(address: PostgresqlAddress, source: str) -> None:
    """Let bots use the database. The source must be marked as moved before.

    Raises `DatabaseRefused` if what is unfinished there is the move of another source.
    """
    async with _connection(address) as connection, connection.transaction():
        await connection.execute(f"SELECT pg_advisory_xact_lock({LockSpace.MIGRATION:d}, 0)")
        await _refuse_other_source(connection, address, source)
        await connection.execute("DROP TABLE IF EXISTS unfinished_move")


async def check_finished(address: PostgresqlAddress) -> None:
    """Raise `DatabaseRefused` while a move to the database is unfinished."""
    async with _connection(address) as connection:
        source = await _source(connection)
    if source is not None:
        raise DatabaseRefused(
            address,
            lazy_text("the move from {source} to it is unfinished", source=source),
            lazy_text("set DATABASE to that file and run the same digestbot move --to again; it goes on where it must"),
        )


@asynccontextmanager
async def _connection(address: PostgresqlAddress) -> AsyncIterator[asyncpg.Connection]:
    """Yield a connection. Raises `DatabaseRefused` or `ServerUnavailable`."""
    async with translated_errors(address):
        connection = await connect(address)
        try:
            yield connection
        finally:
            await connection.close()


async def _source(connection: asyncpg.Connection) -> str | None:
    """Return what the unfinished move is from, or None without one."""
    if await connection.fetchval("SELECT to_regclass('unfinished_move')") is None:
        return None
    source: str | None = await connection.fetchval("SELECT source FROM unfinished_move")
    return source


async def _refuse_other_source(connection: asyncpg.Connection, address: PostgresqlAddress, source: str) -> None:
    former = await _source(connection)
    if former not in (None, source):
        raise DatabaseRefused(
            address, lazy_text("a move from {source} to it is unfinished", source=former), EMPTY_DATABASE
        )


async def _refuse_relations(connection: asyncpg.Connection, address: PostgresqlAddress) -> None:
    names = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        " AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') ORDER BY relkind <> 'r', relname LIMIT 1"
    )
    if names:
        raise DatabaseRefused(
            address, lazy_text("it is not empty; it has for example {name}", name=names[0][0]), EMPTY_DATABASE
        )


async def _copy(source: Tx, target: Tx, table: Table, progress: MoveProgress) -> TableDigest:
    driver: Any = (await target.connection.get_raw_connection()).driver_connection
    columns, hasher = [column.name for column in table.columns], TableHasher()
    async for rows in table_rows.batches(source, table):
        hasher.add(rows)
        records: list[tuple[Any, ...]] = [tuple(row) for row in rows]
        try:
            await driver.copy_records_to_table(table.name, records=records, columns=columns)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError, OverflowError) as error:
            raise MoveFailed(
                lazy_text(
                    "PostgreSQL refuses a row of the table {table} ({reason})", table=table.name, reason=str(error)
                )
            ) from None
        progress.copied(table.name, len(rows))
    return hasher.digest()


async def _verify(target: Tx, table: Table, copied: TableDigest, progress: MoveProgress) -> None:
    hasher = TableHasher()
    async for rows in table_rows.batches(target, table):
        hasher.add(rows)
        progress.verified(table.name, len(rows))
    arrived = hasher.digest()
    if arrived != copied:
        what = (
            lazy_text("{copied} rows were copied, {arrived} arrived", copied=copied.rows, arrived=arrived.rows)
            if arrived.rows != copied.rows
            else lazy_text("values differ")
        )
        raise MoveFailed(
            lazy_text("the table {table} did not arrive as it was sent ({what})", table=table.name, what=what)
        )


async def _set_sequences(tx: Tx) -> None:
    """Let generated ids go on after the highest ones that were copied."""
    sequences = await tx.execute(
        text(
            "SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name)"
            " FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL"
        )
    )
    for table, column, sequence in sequences.all():
        highest = (await tx.execute(text(f"SELECT max({column}) FROM {table}"))).scalar_one()  # noqa: S608 - our names
        setval = text("SELECT setval(CAST(:sequence AS regclass), :value, :is_used)")
        await tx.execute(setval, {"sequence": sequence, "value": highest or 1, "is_used": highest is not None})
