"""Writer of ready statements, on a connection and a thread of its own.

SQLAlchemy's connection hands every step of a transaction to its thread and back; for the ledger, which commits dozens
of times a second, that costs more than SQLite does. Here a transaction is one step, and its rows are one statement.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and its values. If it does not change `expect` rows, the transaction is rolled back."""

    sql: str
    values: tuple[Any, ...]
    expect: int | None = None


class RowCountMismatch(Exception):
    """A statement did not change as many rows as it must; nothing was written."""


class BatchWriter:
    """Writer of statement batches; the caller makes sure that nothing else writes meanwhile."""

    def __init__(self, path: Path, pragmas: Sequence[str], check_file: Callable[[], None]) -> None:
        self._path = path
        self._check_file = check_file
        self._pragmas = pragmas
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._connection: sqlite3.Connection | None = None

    async def write(self, statements: Sequence[Statement]) -> list[int]:
        """Run statements in one durable transaction; return how many rows each changed. Raises `RowCountMismatch`."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, statements)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _write(self, statements: Sequence[Statement]) -> list[int]:
        connection = self._connection or self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            counts = [_run(connection, statement) for statement in statements]
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return counts

    def _open(self) -> sqlite3.Connection:
        self._check_file()
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        for pragma in self._pragmas:
            connection.execute(f"PRAGMA {pragma}")
        self._connection = connection
        return connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _run(connection: sqlite3.Connection, statement: Statement) -> int:
    count = connection.execute(statement.sql, statement.values).rowcount
    if statement.expect is not None and count != statement.expect:
        raise RowCountMismatch
    return count
