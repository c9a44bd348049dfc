"""The lock of a database: held by one process, and left with what the next one must know."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage.errors import DatabaseUnusable
from storage.sqlite.lock import FileInUse, check_unlocked, database_lock
from storage.sqlite.session import DatabaseSession

pytestmark = pytest.mark.sqlite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "data" / "bot.db"


def _content(path: Path) -> str:
    return path.with_name("bot.db.lock").read_text(encoding="ascii")


def test_lock_is_held_once_and_freed_at_the_end(path: Path) -> None:
    with database_lock(path) as lock:
        assert lock.path == path.with_name("bot.db.lock")
        assert (lock.sessions, lock.was_killed) == (frozenset(), False)
        assert _content(path) == f"pid {os.getpid()}\n"
        with pytest.raises(FileInUse, match=rf"another process \(pid {os.getpid()}\) works on {path}: stop") as refused:
            database_lock(path).__enter__()
        assert refused.value.path == path
        assert _content(path) == f"pid {os.getpid()}\n"
    assert _content(path) == ""
    with database_lock(path):
        assert _content(path) == f"pid {os.getpid()}\n"


def test_holder_that_wrote_nothing_yet_is_not_named(path: Path) -> None:
    with database_lock(path):
        path.with_name("bot.db.lock").write_bytes(b"")
        with pytest.raises(FileInUse, match=r"^another process works on"):
            database_lock(path).__enter__()


def test_lock_passes_the_sessions_on(path: Path) -> None:
    with database_lock(path) as lock:
        lock.note_sessions(3, 4)
        assert _content(path) == f"pid {os.getpid()}\nsession 3\nsession 4\n"
        lock.note_sessions(4, is_open=True)
        assert _content(path) == f"pid {os.getpid()}\nsession 4\nopen\n"
    assert _content(path) == "session 4\n"
    with database_lock(path) as lock:
        assert (lock.sessions, lock.was_killed) == (frozenset({4}), False)
        assert _content(path) == f"pid {os.getpid()}\nsession 4\n"
    assert _content(path) == "session 4\n"


def test_lock_of_a_killed_process_says_so(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.with_name("bot.db.lock").write_text("pid 7\nsession 12\nsession 13\nopen\n", encoding="ascii")
    with database_lock(path) as lock:
        assert (lock.sessions, lock.was_killed) == (frozenset({12, 13}), True)


def test_damaged_lock_file_names_no_session(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.with_name("bot.db.lock").write_bytes(b"\xff\xfe session 12\nsession x\nopen")
    with database_lock(path) as lock:
        assert (lock.sessions, lock.was_killed) == (frozenset(), False)


def test_lock_is_freed_when_the_block_fails(path: Path) -> None:
    def fail() -> None:
        with database_lock(path) as lock:
            lock.note_sessions(5, is_open=True)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    assert _content(path) == "session 5\n"
    with database_lock(path) as lock:
        assert (lock.sessions, lock.was_killed) == (frozenset({5}), False)


def test_identity_follows_the_file_not_the_path(path: Path) -> None:
    with database_lock(path) as lock:
        status = lock.path.stat()
        assert lock.identity() == (status.st_dev, status.st_ino)
        lock.path.rename(path.with_name("moved.lock"))
        assert lock.identity() == (status.st_dev, status.st_ino)


def test_lock_file_is_readable_for_nobody_else(path: Path) -> None:
    former = os.umask(0)
    try:
        with database_lock(path) as lock:
            assert lock.path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(former)


def test_impossible_lock_is_no_database_to_use(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnusable, match=r"file/bot.db cannot be opened \(File exists\): set DATABASE to a file"):
        database_lock(tmp_path / "file" / "bot.db").__enter__()
    (tmp_path / "bot.db.lock").mkdir()
    with pytest.raises(DatabaseUnusable, match=r"bot.db cannot be opened \(Is a directory\): set DATABASE to a file"):
        database_lock(tmp_path / "bot.db").__enter__()


def test_holder_is_named_whatever_bytes_it_wrote(path: Path) -> None:
    with database_lock(path):
        path.with_name("bot.db.lock").write_bytes(b"\xffpid 7\nsession 1\n")
        with pytest.raises(FileInUse, match="another process \\(\ufffdpid 7\\) works on"):
            check_unlocked(path)
        with pytest.raises(FileInUse, match="another process \\(\ufffdpid 7\\) works on"):
            database_lock(path).__enter__()


def test_unlocked_check_changes_nothing(path: Path, tmp_path: Path) -> None:
    check_unlocked(path)
    assert not list(tmp_path.iterdir())
    with database_lock(path), pytest.raises(FileInUse, match=rf"\(pid {os.getpid()}\)"):
        check_unlocked(path)
    check_unlocked(path)
    check_unlocked(path)
    assert _content(path) == ""


def _database(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE notes (text)")
    return path


def test_database_is_held_under_each_of_its_names(path: Path) -> None:
    _database(path)
    (path.parent / "soft.db").symlink_to(path)
    (path.parents[1] / "folder").symlink_to(path.parent)
    with database_lock(path) as lock:
        (path.parent / "hard.db").hardlink_to(path)
        lock.path.unlink()
        for name in (path, path.parent / "soft.db", path.parent / "hard.db", path.parents[1] / "folder" / "bot.db"):
            with pytest.raises(FileInUse, match=r"^another process works on"):
                database_lock(name).__enter__()
        (path.parent / "hard.db").unlink()
    with database_lock(path.parent / "soft.db"):
        pass


def test_file_with_several_names_is_refused_and_keeps_what_its_lock_says(path: Path) -> None:
    _database(path)
    path.with_name("bot.db.lock").write_text("pid 7\nsession 12\nopen\n", encoding="ascii")
    (path.parent / "hard.db").hardlink_to(path)
    with pytest.raises(
        DatabaseUnusable, match=r"bot.db cannot be opened \(the file has 2 names \(hard links\)\): delete"
    ):
        database_lock(path).__enter__()
    assert _content(path) == "pid 7\nsession 12\nopen\n"
    (path.parent / "hard.db").unlink()
    with database_lock(path) as lock:
        assert (lock.sessions, lock.was_killed) == (frozenset({12}), True)


def test_new_database_is_held_from_its_session_on(path: Path) -> None:
    with database_lock(path) as lock:
        session = DatabaseSession.begin(_database(path), lock)
        lock.path.unlink()
        with pytest.raises(FileInUse):
            database_lock(path).__enter__()
        session.close()


def test_sqlites_own_locks_survive_the_holding(path: Path) -> None:
    _database(path)
    with database_lock(path) as lock, closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        lock.hold(path)
        code = f"import sqlite3; sqlite3.connect({str(path)!r}, timeout=0).execute('BEGIN IMMEDIATE')"
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "database is locked" in other.stderr
