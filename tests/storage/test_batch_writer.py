"""The writer of ready statements: whole batches or nothing, on a connection of its own."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.sqlite.batch_writer import BatchWriter, RowCountMismatch, Statement

pytestmark = pytest.mark.sqlite

INSERT = "INSERT INTO names VALUES (?)"


class Checks:
    """Counts the checks of the file, and fails them on demand."""

    def __init__(self) -> None:
        self.count = 0
        self.error: Exception | None = None

    def __call__(self) -> None:
        self.count += 1
        if self.error is not None:
            raise self.error


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
        connection.execute("CREATE TABLE names (name TEXT UNIQUE)")
    return tmp_path / "bot.db"


@pytest.fixture
def checks() -> Checks:
    return Checks()


@pytest.fixture
async def writer(path: Path, checks: Checks) -> AsyncIterator[BatchWriter]:
    writer = BatchWriter(path, ("busy_timeout = 0", "recursive_triggers = ON"), checks)
    yield writer
    await writer.close()


def _names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM names ORDER BY name")]


async def test_batch_returns_how_many_rows_each_statement_changed(path: Path, writer: BatchWriter) -> None:
    batch = [
        Statement(INSERT, ("a",), expect=1),
        Statement(INSERT, ("b",)),
        Statement("UPDATE names SET name = name || 'x'", (), expect=2),
        Statement("DELETE FROM names WHERE name = ?", ("none",), expect=0),
    ]
    assert await writer.write(batch) == [1, 1, 2, 0]
    assert _names(path) == ["ax", "bx"]


async def test_mismatch_and_errors_roll_the_batch_back(path: Path, writer: BatchWriter) -> None:
    with pytest.raises(RowCountMismatch):
        await writer.write([Statement(INSERT, ("a",)), Statement("DELETE FROM names WHERE name = 'b'", (), expect=1)])
    with pytest.raises(sqlite3.IntegrityError):
        await writer.write([Statement(INSERT, ("a",)), Statement(INSERT, ("a",))])
    assert _names(path) == []
    assert await writer.write([Statement(INSERT, ("a",))]) == [1]
    assert _names(path) == ["a"]


async def test_statement_that_ends_the_transaction_raises_its_own_error(path: Path, writer: BatchWriter) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        await writer.write([Statement(INSERT, ("a",)), Statement("INSERT OR ROLLBACK INTO names VALUES ('a')", ())])
    assert _names(path) == []


async def test_file_is_checked_once_when_it_is_opened(path: Path, writer: BatchWriter, checks: Checks) -> None:
    checks.error = InterruptedError()
    with pytest.raises(InterruptedError):
        await writer.write([Statement(INSERT, ("a",))])
    checks.error = None
    for name in ("b", "c"):
        await writer.write([Statement(INSERT, (name,))])
    assert checks.count == 2
    assert _names(path) == ["b", "c"]


async def test_pragmas_hold_on_the_writers_connection(path: Path, writer: BatchWriter) -> None:
    assert await writer.write(
        [Statement("INSERT INTO names SELECT recursive_triggers FROM pragma_recursive_triggers", ())]
    )
    assert _names(path) == ["1"]
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await writer.write([Statement(INSERT, ("a",))])


async def test_writer_has_one_named_thread_until_it_is_closed(path: Path) -> None:
    def threads() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name.startswith("ledger")]

    writer = BatchWriter(path, (), lambda: None)
    for name in ("a", "b"):
        await writer.write([Statement(INSERT, (name,))])
        assert threads() == ["ledger_0"]
    await writer.close()
    assert threads() == []
    with pytest.raises(RuntimeError):
        await writer.write([Statement(INSERT, ("c",))])


async def test_closing_frees_the_file(path: Path) -> None:
    def open_files() -> int:
        return sum(link.resolve() == path.resolve() for link in Path("/proc/self/fd").iterdir())

    writer = BatchWriter(path, (), lambda: None)
    await writer.write([Statement(INSERT, ("a",))])
    assert open_files() == 1
    await writer.close()
    assert open_files() == 0


async def test_batches_asked_for_at_once_follow_each_other(path: Path) -> None:
    """Closing comes after them, on the same thread."""
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000)"
    slow = f"INSERT INTO names {numbers} SELECT max(i) FROM n"  # noqa: S608 - ours
    writer = BatchWriter(path, (), lambda: None)
    batches = (
        [Statement(slow, ()), Statement("DELETE FROM names", ()), Statement(INSERT, (name,))] for name in "abcdef"
    )
    writing = [asyncio.create_task(writer.write(batch)) for batch in batches]
    await asyncio.sleep(0)  # each is handed to the thread
    await writer.close()
    assert await asyncio.gather(*writing) == [[1, 1, 1], *[[1, 2, 1]] * 5]
    assert _names(path) == ["f"]


async def test_writer_that_never_wrote_closes(path: Path) -> None:
    await BatchWriter(path, (), lambda: None).close()
    assert _names(path) == []
