"""Errors of SQLite and the system, as they come about, and what the operator is told."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from storage.sqlite.lock import FileInUse, FileUnusable
from storage.sqlite.open_errors import DiskFull, NotADatabase, open_error

pytestmark = pytest.mark.sqlite


def _fill(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE names (name TEXT)")
        connection.execute("PRAGMA max_page_count = 3")
        connection.execute("INSERT INTO names VALUES (zeroblob(100000))")


def _open_text(path: Path) -> None:
    path.write_text("Good morning, this is no database at all." * 20)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("SELECT * FROM sqlite_master")


def _open_damaged(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE names (name TEXT)")
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * 3000)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("SELECT * FROM names")


def _write_twice(path: Path) -> None:
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(path, timeout=0)) as other:
        one.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")


def _drop_while_reading(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE names (name TEXT)")
        connection.executemany("INSERT INTO names VALUES (?)", [("a",), ("b",)])
        rows = connection.execute("SELECT * FROM names")
        rows.fetchone()
        connection.execute("DROP TABLE names")


def _write_read_only(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("CREATE TABLE names (name TEXT)")


def _open_folder(path: Path) -> None:
    path.mkdir()
    sqlite3.connect(path).close()


def _misspell(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("SELEKT 1")


def _error_of(path: Path, work: Callable[[Path], None]) -> sqlite3.Error:
    with pytest.raises(sqlite3.Error) as raised:
        work(path)
    return raised.value


@pytest.mark.parametrize(
    ("work", "kind", "words"),
    [
        (_fill, DiskFull, "cannot be opened (the disk is full): free some space there"),
        (
            _open_text,
            NotADatabase,
            "cannot be opened (file is not a database): set DATABASE to another file; a new one is created",
        ),
        (
            _open_damaged,
            NotADatabase,
            "cannot be opened (database disk image is malformed): restore a backup: digestbot restore BACKUP",
        ),
        (_write_twice, FileInUse, "another process (not a bot; perhaps sqlite3 or a backup program) works on"),
        (
            _drop_while_reading,
            FileInUse,
            "another process (not a bot; perhaps sqlite3 or a backup program) works on",
        ),
        (
            _write_read_only,
            FileUnusable,
            "(attempt to write a readonly database): make the file and its folder writable for this user",
        ),
        (
            _open_folder,
            FileUnusable,
            "(unable to open database file): make the file and its folder writable for this user",
        ),
    ],
)
def test_error_says_what_to_do(tmp_path: Path, work: Callable[[Path], None], kind: type[Exception], words: str) -> None:
    path = tmp_path / "bot.db"
    error = _error_of(path, work)
    for raised in (error, OperationalError("SELECT 1", {}, error)):
        named = open_error(path, raised)
        assert type(named) is kind
        assert words in str(named)
        assert str(path) in str(named)


def test_defect_stays_the_error_it_is(tmp_path: Path) -> None:
    error = _error_of(tmp_path / "bot.db", _misspell)
    assert open_error(tmp_path / "bot.db", error) is error
    wrapped = OperationalError("SELECT 1", {}, error)
    assert open_error(tmp_path / "bot.db", wrapped) is wrapped
    foreign = OperationalError("SELECT 1", {}, ValueError("no code"))
    assert open_error(tmp_path / "bot.db", foreign) is foreign


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_of_the_system_is_recognised(tmp_path: Path, number: int) -> None:
    named = open_error(tmp_path / "bot.db", OSError(number, os.strerror(number)))
    assert type(named) is DiskFull
    assert str(named) == f"the database {tmp_path}/bot.db cannot be opened (the disk is full): free some space there"


def test_other_errors_of_the_system_are_named(tmp_path: Path) -> None:
    for error, words in ((OSError(errno.EACCES, "Permission denied"), "Permission denied"), (OSError("odd"), "odd")):
        named = open_error(tmp_path / "bot.db", error)
        assert type(named) is FileUnusable
        assert f"({words}): set DATABASE to a file in a folder that you can write to" in str(named)
