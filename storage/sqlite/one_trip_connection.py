"""An aiosqlite connection whose statements take one trip to its thread each, instead of four.

SQLAlchemy has aiosqlite create a cursor, execute, fetch all rows and close the cursor, and awaits the connection's
thread each time. A trip costs more than a small statement, and while a broadcast goes out each one also waits for the
event loop. It makes no difference that rows are fetched at once: SQLAlchemy does so too, except for streams, which
nothing here uses.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiosqlite


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    description: Any
    rowcount: int
    lastrowid: int | None
    rows: Sequence[Any]


_Function = Callable[[sqlite3.Connection, str, Any], _Result]

_NOTHING = _Result(description=None, rowcount=-1, lastrowid=None, rows=())


class OneTripConnection(aiosqlite.Connection):
    """Connection for `async_creator` of SQLAlchemy's engine, which uses no other cursors than these.

    BEGIN takes no trip of its own: it is run with the transaction's first statement.
    """

    _begin: str | None = None
    _is_in_transaction = False

    def cursor(self) -> OneTripCursor:  # type: ignore[override]
        return OneTripCursor(self)

    async def commit(self) -> None:
        self._begin = None
        if self._is_in_transaction:
            await super().commit()
            self._is_in_transaction = False

    async def rollback(self) -> None:
        """Roll back if there is a transaction: the pool asks for it after each commit too."""
        self._begin = None
        if self._is_in_transaction:
            await super().rollback()
            self._is_in_transaction = False

    async def call(self, function: _Function, sql: str, parameters: object) -> _Result:
        """Run a statement on the connection's thread."""
        if sql.startswith("BEGIN"):
            self._begin = sql
            return _NOTHING
        begin, self._begin = self._begin, None
        self._is_in_transaction = self._is_in_transaction or begin is not None
        result: _Result = await self._execute(_begin_and_call, self._conn, begin, function, sql, parameters)  # type: ignore[no-untyped-call]
        return result


class OneTripCursor:
    """The part of an asynchronous cursor that SQLAlchemy uses."""

    def __init__(self, connection: OneTripConnection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.arraysize = 1
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def close(self) -> None:
        """Do nothing: the statement's own cursor is closed."""

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Self:
        return self._keep(await self._connection.call(_execute_one, sql, parameters))

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        return self._keep(await self._connection.call(_execute_many, sql, parameters))

    async def fetchall(self) -> Sequence[Any]:
        return self._rows

    def _keep(self, result: _Result) -> Self:
        self.description, self.rowcount, self.lastrowid = result.description, result.rowcount, result.lastrowid
        self._rows = result.rows
        return self


async def connect(path: Path) -> OneTripConnection:
    """Open the database file on a thread of its own."""
    connection = OneTripConnection(lambda: sqlite3.connect(path), iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy sets it for its own connections
    await connection
    return connection


def _begin_and_call(
    connection: sqlite3.Connection, begin: str | None, function: _Function, sql: str, parameters: object
) -> _Result:
    if begin is not None:
        connection.execute(begin)
    return function(connection, sql, parameters)


def _execute_one(connection: sqlite3.Connection, sql: str, parameters: Any) -> _Result:
    return _result(connection.execute(sql, parameters))


def _execute_many(connection: sqlite3.Connection, sql: str, parameters: Any) -> _Result:
    return _result(connection.executemany(sql, parameters))


def _result(cursor: sqlite3.Cursor) -> _Result:
    rows = cursor.fetchall() if cursor.description else ()
    result = _Result(description=cursor.description, rowcount=cursor.rowcount, lastrowid=cursor.lastrowid, rows=rows)
    cursor.close()
    return result
