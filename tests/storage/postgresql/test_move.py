"""`digestbot move`: a SQLite file's rows in an empty PostgreSQL database, whatever interrupts it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import time
import traceback
from asyncio.selector_events import _SelectorSocketTransport  # type: ignore[attr-defined]
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Boolean, DateTime, Float, LargeBinary, String, Table, insert

from bot import bots_commands, move_command
from bot.backup_commands import run_backup, run_restore
from bot.exit_code import ExitCode
from bot.move_command import run_move, run_undo
from bot.open_database import high_water_mark, open_database
from bot.settings import Settings
from domain.delivery.states import BotState
from emulator.client import run_emulator
from storage import id_sequences, table_rows
from storage.database import Database, Tx
from storage.errors import DatabaseUnusable
from storage.postgresql import move_target
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import PostgresqlDatabase
from storage.postgresql.errors import ServerUnavailable
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.lock import database_lock
from storage.sqlite.moved import DatabaseMoved, check_not_moved
from storage.table_rows import TableDigest, TableHasher
from tests.databases import LEASE_SECONDS
from tests.delivery import harness
from tests.delivery.harness import ADMIN, MORNING, open_harness, run_of
from tests.postgresql import Cluster

KILLED = 77
PASSWORD = "hunter2-of-the-server"
SHORT_LEASE_SECONDS = 0.2
NOW = datetime(2026, 11, 26, 7, 59, 59, 999_999, tzinfo=UTC)
TEXTS = ("", "plain", "Ünïcödé 早上好 🙂", "\ttab\\N\n\\.", "B", "a", "é")


@pytest.fixture
def target(cluster: Cluster) -> Iterator[PostgresqlAddress]:
    """Yield the address of an empty database."""
    cluster.execute("CREATE DATABASE target TEMPLATE template0 STRATEGY WAL_LOG")
    yield Cluster(cluster.folder, PASSWORD).address("target")
    cluster.execute("DROP DATABASE target WITH (FORCE)")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    token = SecretStr("42:" + "a" * 35)
    return Settings(bot_token=token, database=tmp_path / "bot.db", state_folder=tmp_path / "state")


def file_of(settings: Settings) -> Path:
    assert isinstance(settings.database, Path)
    return settings.database


def value_of(column: Any, number: int) -> object:
    """Return one of the values that a column may hold, the extreme ones among them."""
    kind = column.type
    if column.table.name == "bots" and column.name in BOT_COLUMNS:
        return BOT_COLUMNS[column.name]
    if column.nullable and number % 3 == 0:
        return None
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, String):
        is_unique = column.primary_key or column.name in UNIQUE_TEXTS
        return (str(number) * is_unique + TEXTS[number % len(TEXTS)])[: kind.length]
    if isinstance(kind, LargeBinary):
        return bytes(range(256)) * (number % 4)
    if isinstance(kind, Float):
        return number / 7
    if isinstance(kind, DateTime) or "DateTime" in type(kind).__name__:
        return NOW + timedelta(seconds=number)
    return number + 1


BOT_COLUMNS = {"state": "running", "settings": "{}"}
UNIQUE_TEXTS = ("name", "zone", "layout", "date")


async def fill_file(path: Path, rows: int) -> None:
    """Store rows in every table there is."""
    database = await SqliteDatabase.open(path)
    async with database.write() as tx:
        await tx.exec_driver_sql("DELETE FROM bots")
        for table in table_rows.tables():
            values = [{column.name: value_of(column, n) for column in table.columns} for n in range(rows)]
            await tx.execute(insert(table), values)
    await database.close()


async def contents(tx: Tx) -> dict[str, TableDigest]:
    return {table.name: await digest_of(tx, table) for table in table_rows.tables()}


async def digest_of(tx: Tx, table: Table) -> TableDigest:
    hasher = TableHasher()
    async for rows in table_rows.batches(tx, table):
        hasher.add(rows)
    return hasher.digest()


async def both(path: Path, target: PostgresqlAddress) -> tuple[dict[str, TableDigest], dict[str, TableDigest]]:
    """Return what is in both databases."""
    file, server = await SqliteDatabase.open(path), await PostgresqlDatabase.open(target)
    async with file.write() as tx:
        await tx.exec_driver_sql("DELETE FROM kv WHERE name = 'moved_to'")
        before = await contents(tx)
    async with server.read() as tx:
        after = await contents(tx)
    await file.close()
    await server.close()
    return before, after


def compare(settings: Settings, target: PostgresqlAddress) -> int:
    """Assert that both databases hold the same rows; return how many."""
    before, after = asyncio.run(both(file_of(settings), target))
    assert after == before
    return sum(table.rows for table in after.values())


async def opens(place: Path | PostgresqlAddress) -> bool:
    """Return whether a bot could run on a database."""
    try:
        async with open_database(place):
            return True
    except DatabaseUnusable:
        return False


def test_move_every_row_of_every_table(
    settings: Settings, target: PostgresqlAddress, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(table_rows, "ROWS_PER_BATCH", 7)
    monkeypatch.setattr(table_rows, "BLOB_ROWS_PER_BATCH", 3)
    asyncio.run(fill_file(file_of(settings), 30))
    assert run_move(settings, target) == ExitCode.SUCCESS
    shown = capsys.readouterr()
    assert PASSWORD not in shown.out + shown.err
    assert "verified" in shown.out
    assert not asyncio.run(opens(file_of(settings)))
    assert asyncio.run(opens(target))
    assert compare(settings, target) == 30 * len(table_rows.tables())


async def test_ids_go_on_after_the_moved_ones(settings: Settings, target: PostgresqlAddress) -> None:
    await fill_file(file_of(settings), 5)
    await asyncio.to_thread(run_move, settings, target)
    async with open_database(target) as opened, opened.database.write() as tx:
        for table in ("schedules", "content_preferences", "bots", "subscribers", "runs", "waves"):
            sequence = f"SELECT nextval(pg_get_serial_sequence('{table}', 'id'))"
            assert (await tx.exec_driver_sql(sequence)).scalar_one() == 6, table


async def test_empty_tables_move(settings: Settings, target: PostgresqlAddress) -> None:
    await (await SqliteDatabase.open(file_of(settings))).close()
    assert await asyncio.to_thread(run_move, settings, target) == ExitCode.SUCCESS
    async with open_database(target) as opened, opened.database.write() as tx:
        assert await id_sequences.reserve(tx, "payload", 3) == 1
        assert (await tx.exec_driver_sql("SELECT nextval('schedules_id_seq')")).scalar_one() == 1


def test_moved_file_is_refused_and_names_the_target(settings: Settings, target: PostgresqlAddress) -> None:
    asyncio.run(fill_file(file_of(settings), 2))
    run_move(settings, target)
    with pytest.raises(DatabaseMoved) as refused:
        asyncio.run(enter(file_of(settings)))
    assert str(target) in str(refused.value)
    assert "digestbot move --undo" in str(refused.value)


async def enter(place: Path | PostgresqlAddress) -> None:
    async with open_database(place):
        pass


class SlowSource:
    """Progress of a move whose source is silent for longer than the lease of the target's sessions."""

    def copied(self, table: str, rows: int) -> None:
        if table == "bots":
            time.sleep(3 * SHORT_LEASE_SECONDS)

    def verified(self, table: str, rows: int) -> None:
        pass


async def test_slow_disk_does_not_end_the_move(settings: Settings, target: PostgresqlAddress) -> None:
    await fill_file(file_of(settings), 2)
    file = await SqliteDatabase.open(file_of(settings))
    server = await PostgresqlDatabase.open(target, lease_seconds=SHORT_LEASE_SECONDS)
    async with file.read() as source:
        await move_target.fill(target, server, source, SlowSource())
    await file.close()
    await server.close()
    before, after = await both(file_of(settings), target)
    assert after == before


class ServerThatStops:
    """Progress of a move whose target ends the connection between two statements."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def copied(self, table: str, rows: int) -> None:
        if table == "bots":
            self._cluster.execute(f"SELECT pg_terminate_backend(pid, 60000) {BACKENDS}")

    def verified(self, table: str, rows: int) -> None:
        pass


BACKENDS = "FROM pg_stat_activity WHERE datname = 'target'"


async def test_lost_connection_is_no_wrong_option(
    settings: Settings, target: PostgresqlAddress, cluster: Cluster
) -> None:
    await fill_file(file_of(settings), 2)
    file, server = await SqliteDatabase.open(file_of(settings)), await PostgresqlDatabase.open(target)
    async with file.read() as source:
        with pytest.raises(ServerUnavailable):
            await move_target.fill(target, server, source, ServerThatStops(cluster))
    await file.close()
    await server.close()


async def test_nobody_changes_the_file_meanwhile(
    settings: Settings, target: PostgresqlAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_file(file_of(settings), 3)
    failures: list[str] = []

    async def wait_for_writer(*args: Any) -> None:
        await asyncio.to_thread(write_beside, file_of(settings), failures)

    monkeypatch.setattr(move_command, "_take_marks_along", wait_for_writer)
    await asyncio.to_thread(run_move, settings, target)
    assert failures == ["database is locked"]


def write_beside(path: Path, failures: list[str]) -> None:
    """Write to a file as another process does."""
    with closing(sqlite3.connect(path, timeout=0.1, isolation_level=None)) as connection:
        try:
            connection.execute("UPDATE kv SET value = 'changed'")
        except sqlite3.OperationalError as error:
            failures.append(str(error))


def test_command_that_waited_for_the_move_changes_nothing(
    settings: Settings, target: PostgresqlAddress, capsys: pytest.CaptureFixture[str]
) -> None:
    """It begins while the move holds the file, and its turn comes when the file is marked."""
    asyncio.run(fill_file(file_of(settings), 2))
    run_move(settings, target)
    with database_lock(file_of(settings)):
        assert bots_commands.set_state(settings, "0", BotState.PAUSED) == ExitCode.SETTINGS
    assert "was moved to" in capsys.readouterr().err
    with closing(sqlite3.connect(file_of(settings))) as connection:
        assert {row[0] for row in connection.execute("SELECT state FROM bots")} == {"running"}


def test_finish_leaves_the_move_of_another_file_alone(
    settings: Settings, target: PostgresqlAddress, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server's database was made anew, and filling it from another file was interrupted."""
    asyncio.run(fill_file(file_of(settings), 2))
    assert run_move(settings, target) == ExitCode.SUCCESS
    cluster.execute("CREATE TABLE unfinished_move (source text)", database="target")
    cluster.execute("INSERT INTO unfinished_move VALUES ('/another.db')", database="target")
    assert run_move(settings, target) == ExitCode.SETTINGS
    assert "a move from /another.db to it is unfinished" in capsys.readouterr().err
    assert cluster.value("SELECT source FROM unfinished_move", database="target") == "/another.db"


@pytest.mark.sqlite  # the morning begins in a file
async def test_morning_goes_on_after_a_move(
    settings: Settings, target: PostgresqlAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_emulator() as emulator:
        await emulator.create_user("Admin", language="en", id=ADMIN, started=True)
        async with open_harness(emulator, file_of(settings), rate=20) as before:
            chats = await before.crowd(40)
            run_id = run_of(await before.publish())
            await before.at(MORNING)
            await before.until(run_id, lambda now: now.sent >= 5)
        sent = await before.times()
        assert 5 <= len(sent) < len(chats)
        assert await asyncio.to_thread(run_move, settings, target) == ExitCode.SUCCESS

        async def open_target(_path: Path) -> Database:
            database = await PostgresqlDatabase.open(target, lease_seconds=LEASE_SECONDS)
            assert await database.take("test")
            return database

        monkeypatch.setattr(harness, "open_database", open_target)
        mark = high_water_mark(settings.model_copy(update={"database": target}))
        async with open_harness(emulator, file_of(settings), clock=before.clock, mark=mark) as after:
            await after.at(MORNING)
            progress = await after.done(run_id)
            times = await after.times()
        assert set(times.values()) == {1}
        assert set(times) <= set(chats)
        assert len(times) >= len(chats) - progress.unconfirmed
        assert progress.sent + progress.unconfirmed == len(chats)


def test_marks_go_along(settings: Settings, target: PostgresqlAddress) -> None:
    asyncio.run(fill_file(file_of(settings), 3))
    for bot_id, claimed in ((1, 900), (3, 70)):
        high_water_mark(settings, bot_id).write(claimed)
    run_move(settings, target)
    moved = settings.model_copy(update={"database": target})
    assert [high_water_mark(moved, bot_id).read() for bot_id in (1, 2, 3)] == [900, 0, 70]


def test_undo_holds_sending(settings: Settings, target: PostgresqlAddress, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(fill_file(file_of(settings), 3))
    run_move(settings, target)
    assert run_undo(settings) == ExitCode.SUCCESS
    assert "resume --after-restore" in capsys.readouterr().out
    assert asyncio.run(opens(file_of(settings)))
    with closing(sqlite3.connect(file_of(settings))) as connection:
        counts = dict(connection.execute("SELECT id, claim_count FROM bots"))
    assert {bot_id: high_water_mark(settings, bot_id).read() for bot_id in counts} == {
        bot_id: claimed + 1 for bot_id, claimed in counts.items()
    }
    assert run_undo(settings) == ExitCode.FAILURE


@pytest.mark.parametrize("relation", ["TABLE guests (id int)", "VIEW guests AS SELECT 1", "SEQUENCE guests"])
def test_refuse_target_with_anything_in_it(
    relation: str, settings: Settings, target: PostgresqlAddress, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(fill_file(file_of(settings), 2))
    cluster.execute(f"CREATE {relation}", database="target")
    assert run_move(settings, target) == ExitCode.SETTINGS
    shown = capsys.readouterr().err
    assert "not empty" in shown
    assert shown.count("\n") == 1
    assert PASSWORD not in shown
    assert (
        cluster.value("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace", database="target")
        == 1
    )
    assert asyncio.run(opens(file_of(settings)))


def test_refuse_database_of_another_bot(settings: Settings, target: PostgresqlAddress) -> None:
    asyncio.run(fill_file(file_of(settings), 2))
    asyncio.run(enter(target))
    assert run_move(settings, target) == ExitCode.SETTINGS
    assert asyncio.run(opens(file_of(settings)))


def test_refuse_unfinished_move_of_another_file(
    settings: Settings, target: PostgresqlAddress, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(fill_file(file_of(settings), 2))
    cluster.execute("CREATE TABLE unfinished_move (source text)", database="target")
    cluster.execute("INSERT INTO unfinished_move VALUES ('/another.db')", database="target")
    assert run_move(settings, target) == ExitCode.SETTINGS
    assert "/another.db" in capsys.readouterr().err
    assert asyncio.run(opens(file_of(settings)))


async def test_refuse_while_a_bot_runs(settings: Settings, target: PostgresqlAddress, cluster: Cluster) -> None:
    await fill_file(file_of(settings), 2)
    async with open_database(file_of(settings)):
        assert await asyncio.to_thread(run_move, settings, target) == ExitCode.TEMPORARY_FAILURE
    assert cluster.value("SELECT to_regclass('unfinished_move')", database="target") is None


def test_refuse_value_that_server_cannot_store(
    settings: Settings, target: PostgresqlAddress, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(fill_file(file_of(settings), 2))
    with closing(sqlite3.connect(file_of(settings), isolation_level=None)) as connection:
        connection.execute("UPDATE kv SET value = ?", ("nul \0 byte",))
    assert run_move(settings, target) == ExitCode.FAILURE
    assert "the table kv" in capsys.readouterr().err
    assert asyncio.run(opens(file_of(settings)))
    assert not asyncio.run(opens(target))


def test_notice_rows_that_did_not_arrive(
    settings: Settings, target: PostgresqlAddress, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(fill_file(file_of(settings), 4))
    begun(settings, target)
    cluster.execute(
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.state = ''sent''; RETURN NEW; END'",
        "CREATE TRIGGER lose BEFORE INSERT ON deliveries FOR EACH ROW EXECUTE FUNCTION lose()",
        database="target",
    )
    assert run_move(settings, target) == ExitCode.FAILURE
    assert "deliveries did not arrive" in capsys.readouterr().err
    assert asyncio.run(opens(file_of(settings)))
    assert not asyncio.run(opens(target))


def test_server_that_goes_away_is_one_line(
    settings: Settings, target: PostgresqlAddress, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(fill_file(file_of(settings), 4))
    begun(settings, target)
    cluster.execute(
        "CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'",
        "CREATE TRIGGER end_session BEFORE INSERT ON deliveries FOR EACH ROW EXECUTE FUNCTION end_session()",
        database="target",
    )
    assert run_move(settings, target) == ExitCode.TEMPORARY_FAILURE
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert PASSWORD not in shown
    cluster.execute("DROP FUNCTION end_session CASCADE", database="target")
    assert run_move(settings, target) == ExitCode.SUCCESS


def test_unsafe_server_is_left_untouched(settings: Settings, target: PostgresqlAddress, cluster: Cluster) -> None:
    asyncio.run(fill_file(file_of(settings), 2))
    cluster.execute("ALTER DATABASE target SET synchronous_commit = off")
    assert run_move(settings, target) == ExitCode.SETTINGS
    assert cluster.value("SELECT to_regclass('unfinished_move')", database="target") is None


def test_restore_over_a_moved_file_is_refused(
    settings: Settings, target: PostgresqlAddress, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(fill_file(file_of(settings), 3))
    assert run_backup(file_of(settings), tmp_path / "backup.db") == ExitCode.SUCCESS
    run_move(settings, target)
    assert run_restore(file_of(settings), tmp_path / "backup.db") == ExitCode.FAILURE
    assert "digestbot move --undo" in capsys.readouterr().err
    run_undo(settings)
    assert run_restore(file_of(settings), tmp_path / "backup.db") == ExitCode.SUCCESS
    assert "sending is held" in capsys.readouterr().out


def begun(settings: Settings, target: PostgresqlAddress) -> None:
    """Leave a target as a move that was killed early does."""

    async def run() -> None:
        await move_target.begin(target, str(file_of(settings)))
        await (await PostgresqlDatabase.open(target)).close()

    asyncio.run(run())


def move_in_child(settings: Settings, target: PostgresqlAddress, *, die_at: int, counter: Path) -> int:
    """Move in a process that dies before its write number `die_at` to the server; return its exit code."""
    child = os.fork()
    if child == 0:
        writes = count(1)
        write = _SelectorSocketTransport.write

        def counting(transport: Any, data: bytes) -> None:
            number = next(writes)
            counter.write_text(str(number))
            if number == die_at:
                os._exit(KILLED)
            write(transport, data)

        _SelectorSocketTransport.write = counting
        try:
            os._exit(run_move(settings, target))
        finally:
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


IS_USABLE = "SELECT to_regclass('deliveries') IS NOT NULL AND to_regclass('unfinished_move') IS NULL"
SESSIONS = f"SELECT count(*) {BACKENDS}"


@pytest.mark.slow
@pytest.mark.parametrize(("interval", "late_interval"), [(300, 12), pytest.param(60, 6, marks=pytest.mark.long)])
def test_kill_at_any_point_leaves_one_database(
    settings: Settings, target: PostgresqlAddress, cluster: Cluster, tmp_path: Path, interval: int, late_interval: int
) -> None:
    path, counter, original = tmp_path / "bot.db", tmp_path / "writes", tmp_path / "original.db"
    asyncio.run(fill_file(path, 3))
    shutil.copy(path, original)
    assert move_in_child(settings, target, die_at=0, counter=counter) == 0
    writes = int(counter.read_text())
    # Before the commit all points are alike; from the file's mark on, which is near the end, each is one of its own.
    points = sorted(
        {*range(1, writes, interval), *range(writes - 24, writes, late_interval), *range(writes - 5, writes + 1)}
    )
    usable: set[tuple[bool, bool]] = set()
    for point in points:
        cluster.execute("DROP DATABASE target WITH (FORCE)", "CREATE DATABASE target TEMPLATE template0")
        for file in tmp_path.glob("bot.db*"):
            file.unlink()
        shutil.copy(original, path)
        assert move_in_child(settings, target, die_at=point, counter=counter) == KILLED
        while cluster.value(SESSIONS) != 0:  # the server ends them when it notices
            time.sleep(0.01)
        state = is_file_usable(path), bool(cluster.value(IS_USABLE, database="target"))
        assert state != (True, True), point
        usable.add(state)
        assert run_move(settings, target) == ExitCode.SUCCESS, point
        assert (is_file_usable(path), cluster.value(IS_USABLE, database="target")) == (False, True), point
        assert compare(settings, target) == 3 * len(table_rows.tables()), point
    assert usable == {(True, False), (False, False), (False, True)}


def is_file_usable(path: Path) -> bool:
    try:
        check_not_moved(path)
    except DatabaseMoved:
        return False
    return True
