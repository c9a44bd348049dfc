"""A session notices what happens to the files of its database, and saves what only it still has."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from domain.chat.i18n import Translations, translated
from storage.sqlite import session as session_module
from storage.sqlite.backup import back_up
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.lock import database_lock
from storage.sqlite.session import DatabaseSession
from tests.storage.files import names_in, note

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
CHINESE = Translations.load().translator("zh")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a database in a folder of its own, with one committed name and a backup beside the folder."""
    path = tmp_path / "data" / "bot.db"

    async def create() -> None:
        await (await SqliteDatabase.open(path)).close()

    asyncio.run(create())
    note(path, "a")
    back_up(path, tmp_path / "backup.db")
    return path


@pytest.fixture
def session(path: Path) -> Iterator[DatabaseSession]:
    with ExitStack() as stack:
        session = DatabaseSession.begin(path, stack.enter_context(database_lock(path)))
        stack.callback(session.close)
        note(path, "b")
        assert session.find_loss() is None
        yield session


def test_close_waits_for_a_write_of_a_cancelled_caller(path: Path) -> None:
    """A thread goes on when its caller is cancelled; a connection closed under it would end the process."""
    begun, may_end, order = Event(), Event(), list[str]()

    class SlowConnection(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            begun.set()
            assert may_end.wait(60)
            order.append("written")
            return super().execute(sql, *values)

        def close(self) -> None:
            order.append("closed")
            super().close()

    with database_lock(path) as lock:
        session = DatabaseSession.begin(path, lock)
        session._connection.close()
        session._connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, factory=SlowConnection
        )
        writing = Thread(target=session.find_write_error)
        writing.start()
        assert begun.wait(60)
        closing_thread = Thread(target=session.close)
        closing_thread.start()
        closing_thread.join(0.1)
        may_end.set()
        for thread in (writing, closing_thread):
            thread.join(60)
    assert order == ["written", "closed"]


def _copy_over(file: Path) -> None:
    shutil.copy(file.parents[1] / "backup.db", file)


def _replace(file: Path) -> None:
    shutil.copy(file.parents[1] / "backup.db", file.with_suffix(".new"))
    file.with_suffix(".new").rename(file)


def _move_folder(file: Path) -> None:
    file.parent.rename(file.parent.with_name("moved"))


def _truncate(file: Path) -> None:
    file.write_bytes(b"")


def _move(file: Path) -> None:
    file.rename(file.with_name("moved.db"))


@pytest.mark.parametrize(
    ("suffix", "change", "what"),
    [
        ("", Path.unlink, "bot.db was deleted or moved"),
        ("", _move, "bot.db was deleted or moved"),
        ("", _move_folder, "bot.db was deleted or moved"),
        ("", _replace, "bot.db was replaced"),
        ("", _copy_over, "bot.db was overwritten"),
        ("", _truncate, "bot.db was overwritten"),
        ("-wal", Path.unlink, "bot.db-wal was deleted or moved"),
        ("-wal", _replace, "bot.db-wal was replaced"),
        ("-shm", Path.unlink, "bot.db-shm was deleted or moved"),
        (".lock", Path.unlink, "bot.db.lock was deleted or moved"),
        (".lock", _replace, "bot.db.lock was replaced"),
    ],
)
def test_each_loss_is_noticed(
    path: Path, session: DatabaseSession, suffix: str, change: Callable[[Path], None], what: str
) -> None:
    change(path.with_name(f"bot.db{suffix}"))
    loss = session.find_loss()
    assert loss is not None
    assert loss.problem.endswith(what)
    assert translated(loss.problem, CHINESE) != loss.problem
    assert loss.is_lock == (suffix == ".lock")


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_saved_copy_has_all_of_a_deleted_database(path: Path, session: DatabaseSession, suffix: str) -> None:
    path.with_name(f"bot.db{suffix}").unlink()
    saved = session.save_copy(NOW)
    assert saved == path.with_name("bot.db.saved-20261126-080000")
    assert names_in(saved) == ["a", "b"]
    assert saved.stat().st_mode & 0o777 == 0o600


def test_saved_copy_goes_to_the_nearest_folder_there_is(path: Path, session: DatabaseSession, tmp_path: Path) -> None:
    shutil.rmtree(path.parent)
    assert session.save_copy(NOW) == tmp_path / "bot.db.saved-20261126-080000"
    assert names_in(tmp_path / "bot.db.saved-20261126-080000") == ["a", "b"]


def test_what_is_no_longer_whole_is_not_saved(path: Path, session: DatabaseSession) -> None:
    _truncate(path)
    assert session.save_copy(NOW) is None
    assert not list(path.parent.glob("*.saved-*"))


def test_backup_of_an_open_database_is_no_loss(path: Path, session: DatabaseSession, tmp_path: Path) -> None:
    back_up(path, tmp_path / "backup.db")
    assert names_in(tmp_path / "backup.db") == ["a", "b"]
    assert session.find_loss() is None


def test_write_error_is_found_and_ends(path: Path, session: DatabaseSession) -> None:
    assert session.find_write_error() is None
    session._connection.execute("PRAGMA query_only = ON")  # what a read-only file system does to a connection
    assert session.find_write_error() == "attempt to write a readonly database"
    session._connection.execute("PRAGMA query_only = OFF")
    assert session.find_write_error() is None
    assert session.find_loss() is None


def test_former_session_counts_while_a_reader_holds_the_log(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new number is in the write-ahead log only; a kill now would leave the former one in the file."""
    monkeypatch.setattr(session_module, "PRAGMAS", ("journal_mode = WAL", "busy_timeout = 0"))
    with closing(sqlite3.connect(path, isolation_level=None)) as former:
        former.execute("PRAGMA user_version = 12345")
    with closing(sqlite3.connect(path, isolation_level=None)) as reader, database_lock(path) as lock:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM kv").fetchall()
        with closing(DatabaseSession.begin(path, lock)) as session:
            assert session.find_loss() is None
            noted = lock.path.read_text(encoding="ascii").splitlines()
            assert "session 12345" in noted
            assert len(noted) == len(["pid", "session 12345", "the new session", "open"])
