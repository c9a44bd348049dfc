"""Tests of the connection that takes one trip to its thread for each statement, through SQLAlchemy.

They fail if aiosqlite or SQLAlchemy's dialect for it changes the members that the adapter uses.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import column, insert, select, table, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.database import Database
from storage.sqlite import one_trip_connection
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.one_trip_connection import OneTripConnection, connect

pytestmark = pytest.mark.sqlite

PEOPLE = table("people", column("id"), column("name"))


class CountingConnection(OneTripConnection):
    """Counts the trips of all connections."""

    trips: list[str] = []  # noqa: RUF012 - shared on purpose

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        self.trips.append(fn.__name__)
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]


@pytest.fixture
async def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(one_trip_connection, "OneTripConnection", CountingConnection)
    found = await SqliteDatabase.open(tmp_path / "people.db")
    async with found.write() as tx:
        await tx.execute(text("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"))
    yield found
    await found.close()


async def test_a_transaction_takes_a_trip_per_statement_and_one_to_commit(database: Database) -> None:
    async with database.read() as tx:
        await tx.execute(select(PEOPLE))
    CountingConnection.trips.clear()
    async with database.write() as tx:
        added = await tx.execute(insert(PEOPLE).values(name="Ann"))
        assert (added.rowcount, added.lastrowid) == (1, 1)
        await tx.execute(insert(PEOPLE), [{"name": "Bob"}, {"name": "Cy"}])
    async with database.read() as tx:
        rows = (await tx.execute(select(PEOPLE.c.name).order_by(PEOPLE.c.id))).all()
    assert [row.name for row in rows] == ["Ann", "Bob", "Cy"]
    assert len(CountingConnection.trips) == 3 + 2


async def test_a_failed_statement_rolls_its_transaction_back(database: Database) -> None:
    async def write() -> None:
        async with database.write() as tx:
            await tx.execute(insert(PEOPLE).values(name="Ann"))
            await tx.execute(insert(PEOPLE).values(name=None))

    with pytest.raises(IntegrityError):
        await write()
    async with database.write() as tx:
        assert (await tx.execute(select(PEOPLE))).all() == []


async def test_a_transaction_without_statements_locks_nothing(database: Database, tmp_path: Path) -> None:
    async with database.write():
        with sqlite3.connect(tmp_path / "people.db", timeout=0) as other:
            other.execute("INSERT INTO people (name) VALUES ('Ann')")
        other.close()
    async with database.read() as tx:
        assert len((await tx.execute(select(PEOPLE))).all()) == 1


async def test_a_read_transaction_sees_one_snapshot(database: Database) -> None:
    async with database.read() as reading:
        assert (await reading.execute(select(PEOPLE))).all() == []
        async with database.write() as tx:
            await tx.execute(insert(PEOPLE).values(name="Ann"))
        assert (await reading.execute(select(PEOPLE))).all() == []
    async with database.read() as reading:
        assert len((await reading.execute(select(PEOPLE))).all()) == 1


async def test_a_cancelled_statement_leaves_no_lock(database: Database) -> None:
    async def write_slowly() -> None:
        count = text(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000000) SELECT max(i) FROM n"
        )
        async with database.write() as tx:
            await tx.execute(insert(PEOPLE).values(name="Ann"))
            await tx.execute(count)

    writing = asyncio.create_task(write_slowly())
    while "_begin_and_call" not in CountingConnection.trips[-1:]:  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0)
    writing.cancel()
    await asyncio.wait((writing,))
    async with database.write() as tx:
        assert (await tx.execute(select(PEOPLE))).all() == []


async def test_closing_ends_the_thread(tmp_path: Path) -> None:
    engine: AsyncEngine = create_async_engine("sqlite+aiosqlite://", async_creator=lambda: connect(tmp_path / "x.db"))
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, OneTripConnection)
        assert driver._thread.daemon, "a connection that nobody closes keeps no process alive"
    await engine.dispose()
    driver._thread.join(timeout=30)
    assert not driver._thread.is_alive()
