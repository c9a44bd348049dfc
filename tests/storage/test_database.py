"""Opening the database: made, migrated, or refused; transactions whole or not at all; instants keep their moment."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, select
from sqlalchemy.exc import StatementError

from storage import marks, schema, updates
from storage.database import Database
from storage.migrate import MIGRATIONS, NEWEST, SchemaIsNewer
from storage.schema import metadata

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


async def test_made_on_first_start_and_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "bot.db"
    for expected in (True, False):
        database = await Database.open(path)
        async with database.write() as tx:
            assert await updates.mark(tx, 7, now=NOW) is expected
        await database.close()


async def test_the_migrations_make_what_the_schema_says(tmp_path: Path) -> None:
    await (await Database.open(tmp_path / "bot.db")).close()
    engine = create_engine(f"sqlite:///{tmp_path}/bot.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_newest_migration_is_the_one_that_is_named() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [NEWEST]


async def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    await (await Database.open(path)).close()
    newer = sqlite3.connect(path)
    newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.commit()
    with pytest.raises(SchemaIsNewer, match="schema 9999"):
        await Database.open(path)
    assert newer.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
    newer.close()


async def test_a_migration_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE updates (id INTEGER)")  # the migration will stumble over it, late
    other.commit()
    with pytest.raises(Exception, match="updates"):
        await Database.open(path)
    assert other.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("updates",)]
    other.execute("DROP TABLE updates")
    other.commit()
    other.close()
    await (await Database.open(path)).close()


async def test_what_fails_is_rolled_back_and_the_next_may_write(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "bot.db")
    with contextlib.suppress(RuntimeError):
        async with database.write() as tx:
            await marks.note(tx, "a", "1")
            raise RuntimeError
    async with database.write() as tx:
        assert await marks.read(tx, "a") is None
        await marks.note(tx, "a", "2")
        await marks.note(tx, "a", "3")
    async with database.read() as tx:
        assert await marks.read(tx, "a") == "3"
    async with database.write() as tx:
        await marks.erase(tx, "a")
    async with database.read() as tx:
        assert await marks.read(tx, "a") is None
    await database.close()


async def test_a_write_cancelled_at_any_step_lets_go_of_the_database(tmp_path: Path) -> None:
    """Whoever keeps the cancelled task, and with it the traceback and its cursors, must not keep the lock."""
    path, steps = tmp_path / "bot.db", 0
    kept: list[asyncio.Task[None]] = []
    database = await Database.open(path)

    async def note(number: int) -> None:
        async with database.write() as tx:
            names = schema.marks.c.name
            await tx.execute(insert(schema.marks).values(name=f"a{number}", value="").returning(names))
            await tx.execute(select(names))
            await tx.execute(insert(schema.marks).values(name=f"b{number}", value=""))

    with pytest.MonkeyPatch.context() as patch:
        while not kept or kept[-1].cancelled():
            steps += 1
            kept.append(asyncio.create_task(note(steps)))
            patch.setattr(asyncio.get_running_loop(), "call_soon_threadsafe", _cancelling(kept[-1], steps))
            await asyncio.wait([kept[-1]])
            patch.undo()
            with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                (kept_rows,) = other.execute("SELECT count(*) FROM marks").fetchone()
                assert kept_rows % 2 == 0
    await kept[-1]
    assert steps > 10
    await database.close()


def _cancelling(task: asyncio.Task[None], step: int) -> Callable[..., object]:
    """What a thread calls to hand a result to the loop, with `task` cancelled just before the result `step`."""
    hand_over, steps = asyncio.get_running_loop().call_soon_threadsafe, count(1)

    def call(callback: Callable[..., object], *args: Any, **context: Any) -> object:
        if next(steps) == step:
            hand_over(task.cancel)
        return hand_over(callback, *args, **context)

    return call


async def test_readers_do_not_wait_for_the_writer(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "bot.db")
    async with database.write() as tx:
        await marks.note(tx, "a", "1")
        async with asyncio.timeout(2):
            for _ in range(3):
                async with database.read() as reader:
                    assert await marks.read(reader, "a") is None
    await database.close()


async def test_instants_keep_their_moment_and_need_a_zone(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "bot.db")
    async with database.write() as tx:
        await updates.mark(tx, 1, now=NOW)
        await updates.mark(tx, 2, now=datetime(2026, 11, 23, 0, 0, 1, tzinfo=UTC))
        await updates.forget(tx, before=datetime(2026, 11, 23, 0, 0, 1, tzinfo=UTC))
        assert await updates.mark(tx, 2, now=NOW) is False
        assert await updates.mark(tx, 1, now=NOW) is True
        with pytest.raises(StatementError, match="without a zone"):
            await updates.mark(tx, 3, now=datetime(2026, 11, 23))  # noqa: DTZ001 - what is to be refused
    await database.close()
