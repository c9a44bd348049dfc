"""Opening the database: made, migrated, or refused; transactions whole or not at all; instants keep their moment."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections import Counter
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from storage import kv, schema, updates
from storage.database import Tx
from storage.errors import DatabaseLost
from storage.migrate import (
    LATEST_REVISION,
    MIGRATIONS,
    OLDEST_PROGRAM,
    SchemaDiffers,
    SchemaIsNewer,
    belongs_to_schema,
)
from storage.schema import metadata
from storage.sqlite.batch_writer import Statement
from storage.sqlite.database import READERS, SqliteDatabase
from tests.cancellation import at_every_step
from tests.databases import on_postgresql, open_database, sql

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


async def test_database_is_created_and_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "bot.db"
    for expected in (True, False):
        database = await open_database(path)
        async with database.write() as tx:
            assert await updates.mark_processed(tx, 7, now=NOW) is expected
        await database.close()


async def test_migrations_match_the_schema(tx: Tx) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True, "include_object": belongs_to_schema}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    assert await tx.connection.run_sync(differences) == []


def test_latest_revision_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [LATEST_REVISION]


async def test_newer_schema_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    newer = await open_database(path)
    async with newer.write() as tx:
        await sql(tx, "UPDATE alembic_version SET version_num = '9999'")
        await sql(tx, "UPDATE supported_programs SET oldest = '9998'")
    with pytest.raises(SchemaIsNewer, match="schema 9999, for programs that know schema 9998; this program knows"):
        await open_database(path)
    async with newer.read() as tx:
        assert (await sql(tx, "SELECT version_num FROM alembic_version")).scalars().all() == ["9999"]
    await newer.close()


async def test_newer_schema_that_serves_this_program_is_used(tmp_path: Path) -> None:
    """During a rolling upgrade an older process may start on what a newer one has migrated."""
    path = tmp_path / "bot.db"
    newer = await open_database(path)
    async with newer.write() as tx:
        await sql(tx, "UPDATE alembic_version SET version_num = '9999'")
    older = await open_database(path, own=False)
    async with older.read() as tx:
        assert (await sql(tx, "SELECT version_num FROM alembic_version")).scalars().all() == ["9999"]
        assert (await sql(tx, "SELECT oldest FROM supported_programs")).scalars().all() == [OLDEST_PROGRAM]
    await older.close()
    await newer.close()


async def test_newer_schema_that_says_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    newer = await open_database(path)
    async with newer.write() as tx:
        await sql(tx, "UPDATE alembic_version SET version_num = '9999'")
        await sql(tx, "DROP TABLE supported_programs")
    with pytest.raises(SchemaIsNewer, match="for programs that know schema 9999"):
        await open_database(path)
    await newer.close()


@pytest.mark.parametrize("version", ["zzz", "\x1b[31m", "0000"])
async def test_version_that_no_migration_has_is_refused(tmp_path: Path, version: str) -> None:
    path = tmp_path / "bot.db"
    changed = await open_database(path)
    async with changed.write() as tx:
        await tx.connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    with pytest.raises(SchemaIsNewer) as refused:
        await open_database(path)
    assert str(refused.value).isprintable()
    await changed.close()


@pytest.mark.parametrize("statement", ["DROP TABLE pins", "ALTER TABLE pins RENAME COLUMN message_id TO number"])
async def test_older_schema_that_is_not_a_released_one_is_not_migrated(tmp_path: Path, statement: str) -> None:
    """A database from before the first release names the first schema, too, and has other columns."""
    path = tmp_path / "bot.db"
    older = await open_database(path)
    async with older.write() as tx:
        for column in ("question", "question_at"):
            await sql(tx, f"ALTER TABLE subscribers DROP COLUMN {column}")
        await sql(tx, statement)
        await sql(tx, "UPDATE alembic_version SET version_num = '0003'")
    with pytest.raises(SchemaDiffers, match=r"not the tables and columns of schema 0003, .* \(see pins\."):
        await open_database(path)
    async with older.read() as tx:
        assert (await sql(tx, "SELECT version_num FROM alembic_version")).scalars().all() == ["0003"]
    await older.close()


async def test_older_schema_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    older = await open_database(path)
    async with older.write() as tx:
        for column in ("question", "question_at"):
            await sql(tx, f"ALTER TABLE subscribers DROP COLUMN {column}")
        await sql(tx, "UPDATE alembic_version SET version_num = '0003'")
    newer = await open_database(path, own=False)
    async with newer.read() as tx:
        assert (await sql(tx, "SELECT count(question) FROM subscribers")).scalars().all() == [0]
    await newer.close()
    await older.close()


@pytest.mark.sqlite
async def test_interrupted_migration_is_rolled_back(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE updates (id INTEGER)")  # the migration will stumble over it, late
    other.commit()
    with pytest.raises(Exception, match="updates"):
        await SqliteDatabase.open(path)
    assert other.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("updates",)]
    other.execute("DROP TABLE updates")
    other.commit()
    other.close()
    await (await SqliteDatabase.open(path)).close()


async def test_failed_write_is_rolled_back_and_frees_the_writer(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "bot.db")
    with contextlib.suppress(RuntimeError):
        async with database.write() as tx:
            await kv.put(tx, "a", "1")
            raise RuntimeError
    async with database.write() as tx:
        assert await kv.get(tx, "a") is None
        await kv.put(tx, "a", "2")
        await kv.put(tx, "a", "3")
    async with database.read() as tx:
        assert await kv.get(tx, "a") == "3"
    async with database.write() as tx:
        await kv.remove(tx, "a")
    async with database.read() as tx:
        assert await kv.get(tx, "a") is None
    await database.close()


async def test_write_cancelled_at_any_step_frees_the_database(tmp_path: Path) -> None:
    """Whoever keeps the cancelled task, and with it the traceback and its cursors, must not keep the lock."""
    path, numbers = tmp_path / "bot.db", count()
    kept: list[asyncio.Task[None]] = []
    database = await open_database(path)

    async def note() -> None:
        number, names = next(numbers), schema.kv.c.name
        async with database.write() as tx:
            await tx.execute(insert(schema.kv).values(bot_id=1, name=f"a{number}", value="").returning(names))
            await tx.execute(select(names))
            await tx.execute(insert(schema.kv).values(bot_id=1, name=f"b{number}", value=""))

    async for task in at_every_step(note):
        kept.append(task)
        assert await _rows_of_another(path) % 2 == 0
    await kept[-1]
    assert len(kept) > 20
    await database.close()


async def _rows_of_another(path: Path) -> int:
    """Return how many rows another connection sees that writes alone."""
    if not on_postgresql():
        with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            return int(other.execute("SELECT count(*) FROM kv").fetchone()[0])
    other_database = await open_database(path, own=False)
    async with asyncio.timeout(60), other_database.write(alone=True) as tx:
        count = await tx.scalar(select(func.count()).select_from(schema.kv))
    await other_database.close()
    return int(count)


async def test_read_cancelled_at_any_step_frees_its_reader(tmp_path: Path) -> None:
    """The first one opens its connection: to be cancelled there must not lose it either."""
    database = await open_database(tmp_path / "bot.db")

    async def read() -> None:
        async with database.read() as tx:
            await kv.get(tx, "a")
            await kv.get(tx, "b")

    kept = [task async for task in at_every_step(read)]
    await kept[-1]
    assert len(kept) > 20
    async with asyncio.timeout(60), contextlib.AsyncExitStack() as all_readers:
        for _ in range(READERS):
            await kv.get(await all_readers.enter_async_context(database.read()), "a")
    await database.close()


@pytest.mark.sqlite
async def test_cancelled_batch_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """Its thread goes on, and whoever writes next waits for it."""
    database, numbers = await SqliteDatabase.open(tmp_path / "bot.db"), count()
    kept: list[asyncio.Task[list[int]]] = []
    note = "INSERT INTO kv (bot_id, name, value) VALUES (1, ?, '')"

    async def write() -> list[int]:
        number = next(numbers)
        return await database.execute_batch([Statement(note, (f"{letter}{number}",), 1) for letter in "ab"])

    async for task in at_every_step(write):
        kept.append(task)
        async with database.write() as tx:
            names = await tx.scalars(select(schema.kv.c.name))
            letters = Counter(name[0] for name in names)
        assert letters["a"] == letters["b"]
    assert await kept[-1] == [1, 1]
    cut = asyncio.create_task(write())
    await asyncio.sleep(0)
    cut.cancel()
    await database.close()  # not before the thread has ended what it began
    assert cut.cancelled()


@pytest.mark.sqlite
async def test_no_connection_is_made_to_another_file(tmp_path: Path) -> None:
    """SQLite would create an empty database where the file was deleted."""
    path = tmp_path / "bot.db"
    database = await SqliteDatabase.open(path)
    path.unlink()
    with pytest.raises(DatabaseLost, match=r"bot\.db was deleted, moved or replaced"):
        async with database.read():
            pass
    with pytest.raises(DatabaseLost):
        await database.execute_batch([Statement("DELETE FROM kv", ())])
    assert not path.exists()
    path.touch()
    with pytest.raises(DatabaseLost):
        async with database.read():
            pass
    assert path.stat().st_size == 0
    await database.close()


async def test_readers_do_not_wait_for_the_writer(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "bot.db")
    async with database.write() as tx:
        await kv.put(tx, "a", "1")
        async with asyncio.timeout(60):
            for _ in range(3):
                async with database.read() as reader:
                    assert await kv.get(reader, "a") is None
    await database.close()


async def test_instants_round_trip_and_need_a_zone(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "bot.db")
    async with database.write() as tx:
        await updates.mark_processed(tx, 1, now=NOW)
        await updates.mark_processed(tx, 2, now=datetime(2026, 11, 23, 0, 0, 1, tzinfo=UTC))
        await updates.delete_before(tx, before=datetime(2026, 11, 23, 0, 0, 1, tzinfo=UTC))
        assert await updates.mark_processed(tx, 2, now=NOW) is False
        assert await updates.mark_processed(tx, 1, now=NOW) is True
        with pytest.raises(StatementError, match="without a zone"):
            await updates.mark_processed(tx, 3, now=datetime(2026, 11, 23))  # noqa: DTZ001 - what is to be refused
    await database.close()


async def test_error_does_not_repeat_what_was_to_be_stored(tmp_path: Path) -> None:
    """It ends in a log, where nobody's words belong."""
    database = await SqliteDatabase.open(tmp_path / "bot.db")
    row = insert(schema.kv).values(bot_id=1, name="a", value="somebody's words")
    async with database.write() as tx:
        await tx.execute(row)
        with pytest.raises(IntegrityError) as raised:
            await tx.execute(row)
    assert "kv" in str(raised.value)
    assert "somebody's words" not in str(raised.value)
    await database.close()
