"""Databases of the tests: files, or with `pytest --database=postgresql` on the tests' own cluster.

A path names a database on either. Child processes of a test find the cluster by an environment variable.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import CursorResult, text

from storage.database import Database, Tx
from storage.postgresql.address import PostgresqlAddress
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.ledger import to_sqlite

CLUSTER_VARIABLE = "DIGESTBOT_TEST_CLUSTER"
"""Folder of the cluster; not set: SQLite."""

LEASE_SECONDS = 600.0
"""No test that only uses the database keeps its ownership."""

_made: set[str] = set()
_blank_files: list[bytes] = []
"""The content of a migrated database file, once there is one."""


def on_postgresql() -> bool:
    """Return whether the tests run on PostgreSQL."""
    return CLUSTER_VARIABLE in os.environ


async def open_database(path: Path, *, own: bool = True) -> Database:
    """Open the database that a path names, created if there is none; own its first bot unless another one does."""
    if on_postgresql():
        from storage.postgresql.database import PostgresqlDatabase  # its driver may not be installed

        database = await PostgresqlDatabase.open(postgresql_address(path), lease_seconds=LEASE_SECONDS)
        while own and not await database.take("test"):  # noqa: ASYNC110 - the session of a process that was killed ends a moment later
            await asyncio.sleep(0.01)
        return database
    await write_blank_file(path)
    return await SqliteDatabase.open(path)


async def write_blank_file(path: Path) -> None:
    """Create a migrated database file without rows, unless there is a file: migrating takes fifteen times as long."""
    if path.exists():
        return
    if not _blank_files:
        with TemporaryDirectory() as folder:
            await (await SqliteDatabase.open(Path(folder) / "blank.db")).close()
            _blank_files.append((Path(folder) / "blank.db").read_bytes())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(_blank_files[0])


def postgresql_address(path: Path) -> PostgresqlAddress:
    """Return the address of the database that a path names, created if there is none."""
    from tests.postgresql import TEMPLATE, Cluster

    name = f"test_{hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:24]}"
    cluster = Cluster(Path(os.environ[CLUSTER_VARIABLE]))
    if name not in _made and name not in cluster.names():
        cluster.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY WAL_LOG")
    _made.add(name)
    return cluster.address(name)


def drop_databases() -> None:
    """Drop the databases that this process has made or opened on the cluster."""
    if _made:
        from tests.postgresql import Cluster

        cluster = Cluster(Path(os.environ[CLUSTER_VARIABLE]))
        cluster.execute(*(f"DROP DATABASE {name} WITH (FORCE)" for name in _made))
        _made.clear()


async def sql(tx: Tx, statement: str, *values: Any) -> CursorResult[*tuple[Any, ...]]:
    """Run a statement that both databases know, with a `?` for each value."""
    first, *others = statement.split("?")
    assert len(others) == len(values)
    named = "".join(f":v{number}{other}" for number, other in enumerate(others))
    bound = {f"v{number}": _bound(tx, value) for number, value in enumerate(values)}
    return await tx.execute(text(first + named), bound)


def _bound(tx: Tx, value: Any) -> Any:
    return as_text(value) if isinstance(value, datetime) and tx.dialect.name == "sqlite" else value


def as_text(instant: Any) -> Any:
    """Return an instant that raw SQL read, from either database, as SQLite stores it."""
    return to_sqlite(instant) if isinstance(instant, datetime) else instant


async def break_writes(tx: Tx, table: str, *, event: str = "INSERT", when: str = "true") -> None:
    """Let writes of a kind to a table fail, as a disk does, until `mend_writes`."""
    trigger = f"CREATE TRIGGER broken BEFORE {event} ON {table}"
    if tx.dialect.name == "sqlite":
        await sql(tx, f"{trigger} WHEN {when} BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END")
        return
    body = "BEGIN RAISE 'disk I/O error'; END"
    await sql(
        tx, f"CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS '{body.replace(chr(39), chr(39) * 2)}'"
    )
    await sql(tx, f"{trigger} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION broken()")


async def mend_writes(tx: Tx) -> None:
    """Let writes succeed again."""
    await sql(tx, "DROP TRIGGER broken" if tx.dialect.name == "sqlite" else "DROP FUNCTION broken CASCADE")
