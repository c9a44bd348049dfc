"""Files looked at before they are opened: a torn, damaged or vanished database is refused, and left as it is."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from delivery.high_water_mark import HighWaterMark
from storage.errors import DatabaseUnusable
from storage.sqlite import file_check
from storage.sqlite.backup import back_up
from storage.sqlite.file_check import DatabaseDamaged, check_file, connect_read_only, find_damage
from storage.sqlite.files import read_header
from tests.storage.files import add_claims, at_each_step, copy_set, kill_after, names_in, note, open_and_close

pytestmark = pytest.mark.sqlite


def _grow(path: Path) -> None:
    """Add rows in so many transactions that the write-ahead log begins anew several times."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for turn in range(12):
            connection.execute("BEGIN")
            connection.executemany(
                "INSERT INTO kv (bot_id, name, value) VALUES (1, ?, ?)",
                ((f"{turn}-{n}", "x" * 700) for n in range(1500)),
            )
            connection.execute("COMMIT")


def _content(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir() if file.name.endswith((".db", "-wal"))}


def _refusal(path: Path) -> str:
    """Start, twice, and return the refusal; nothing may have changed."""
    before = _content(path)
    refusals = []
    for _ in range(2):
        with pytest.raises(DatabaseDamaged) as refused:
            open_and_close(path)
        refusals.append(str(refused.value))
    assert _content(path) == before
    assert refusals[0] == refusals[1]
    assert "\n" not in refusals[0]
    assert "digestbot restore BACKUP" in refusals[0]
    return refusals[0]


def test_killed_process_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    for number in range(3):
        kill_after(path, lambda path, number=number: note(path, f"n{number}"))  # type: ignore[misc]
    open_and_close(path)
    assert names_in(path) == ["n0", "n1", "n2"]


def test_kill_at_any_step_of_a_start_is_no_damage(tmp_path: Path) -> None:
    """Neither of a new database, nor of one that a killed process left, whose session number changes."""
    path, left = tmp_path / "bot.db", tmp_path / "left" / "bot.db"
    left.parent.mkdir()
    kill_after(left, lambda path: note(path, "a"))

    def remove() -> None:
        for file in tmp_path.glob("bot.db*"):
            file.unlink()

    def leave() -> None:
        remove()
        copy_set(left, path)

    for prepare, expected in ((remove, []), (leave, ["a"])):
        states = []
        for _ in at_each_step(prepare, lambda: open_and_close(path)):
            open_and_close(path)
            states.append(names_in(path))
        assert len(states) > 8
        assert states == [expected] * len(states)


def test_backup_copied_over_a_killed_database_is_refused(tmp_path: Path) -> None:
    """The log that is left fits no other file, although SQLite would replay it onto any."""
    path = tmp_path / "bot.db"
    open_and_close(path)
    note(path, "a")
    back_up(path, tmp_path / "backup.db")
    kill_after(path, lambda path: note(path, "b"))
    shutil.copy(tmp_path / "backup.db", path)
    assert "was replaced while the write-ahead log of the former one stayed (bot.db-wal)" in _refusal(path)
    (tmp_path / "bot.db-wal").unlink()
    (tmp_path / "bot.db-shm").unlink(missing_ok=True)
    open_and_close(path)
    assert names_in(path) == ["a"]


def test_foreign_log_is_recognised_without_session_numbers(tmp_path: Path) -> None:
    """A copy by another tool keeps the number of the session that was open; the pages do not fit each other."""
    path = tmp_path / "bot.db"

    def copy_then_grow(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
            connection.backup(copy)
        _grow(path)

    kill_after(path, copy_then_grow)
    header = read_header(tmp_path / "copy.db")
    assert header is not None
    assert header.session_id > 0
    shutil.copy(tmp_path / "copy.db", path)
    assert "was replaced while the write-ahead log" in _refusal(path)


def test_damaged_pages_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    open_and_close(path)
    _grow(path)
    with path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xa5" * 4096 * 60)
    assert "has damaged pages (" in _refusal(path)


def test_truncated_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    open_and_close(path)
    with path.open("r+b") as file:
        file.truncate(20 * 4096)
    assert "ends early (81920 of " in _refusal(path)


@pytest.mark.parametrize("trace", ["lock", "mark", "wal"])
@pytest.mark.parametrize("is_empty", [True, False])
def test_vanished_database_is_not_begun_anew(tmp_path: Path, trace: str, is_empty: bool) -> None:
    """SQLite would make a new one, and delete the log beside an empty one."""
    path = tmp_path / "bot.db"
    kill_after(path, lambda path: note(path, "a"))
    HighWaterMark.beside(path).write(3)
    path.unlink()
    if is_empty:
        path.touch()
    for suffix in {"-wal", "-shm", ".lock", ".mark"} - {f"-{trace}", f".{trace}"}:
        path.with_name(path.name + suffix).unlink()
    assert "is missing or empty" in _refusal(path)


def test_empty_file_without_traces_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.touch()
    open_and_close(path)
    assert names_in(path) == []


@pytest.mark.parametrize("content", [b"Good morning, this is no database at all.", b"\0" * 8192])
def test_other_files_are_refused_as_before(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bot.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseUnusable, match="not a database"):
        open_and_close(path)
    assert path.read_bytes() == content


def test_removed_log_is_said_in_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What it held cannot be known, but for what was sent: the high-water mark tells that."""
    path = tmp_path / "bot.db"
    kill_after(path, lambda path: add_claims(path, 5))
    open_and_close(path)
    assert "write_ahead_log_missing" not in capsys.readouterr().out
    kill_after(path, lambda path: add_claims(path, 5))
    (tmp_path / "bot.db-wal").unlink()
    open_and_close(path)
    assert "write_ahead_log_missing" in capsys.readouterr().out


def test_refusals_name_the_database_first(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with pytest.raises(
        DatabaseDamaged, match=f"^the database {path} is missing or empty, but the bot has used it before: "
    ):
        check_file(path, sessions=frozenset(), was_used=True)
    open_and_close(path)
    _grow(path)
    _damage(path)
    with pytest.raises(DatabaseDamaged, match=f"^the database {path} has damaged pages "):
        check_file(path, sessions=frozenset(), was_used=True)


def _damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-60 * 4096, os.SEEK_END)
        file.write(b"\xa5" * 4096 * 60)


def test_damage_below_a_databases_own_log_is_no_foreign_log(tmp_path: Path) -> None:
    """The file is damaged without its log too, so the log is not what is wrong."""
    path = tmp_path / "bot.db"
    open_and_close(path)
    _grow(path)
    kill_after(path, lambda path: note(path, "b"))
    _damage(path)
    with pytest.raises(DatabaseDamaged, match="has damaged pages"):
        check_file(path, sessions=frozenset(), was_used=True)


@pytest.mark.parametrize(("table", "is_noticed"), [("names", True), ("digests", False)])
def test_largest_tables_of_a_large_file_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, is_noticed: bool
) -> None:
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE {table} (name TEXT)")
        connection.executemany(f"INSERT INTO {table} VALUES (?)", [("x" * 700,)] * 1500)  # noqa: S608 - ours
    _damage(path)
    assert find_damage(path, immutable=True, is_thorough=False) is not None
    monkeypatch.setattr(file_check, "LARGE_FILE_BYTES", path.stat().st_size + 1)
    assert find_damage(path, immutable=True, is_thorough=False) is not None
    monkeypatch.setattr(file_check, "LARGE_FILE_BYTES", path.stat().st_size)
    assert (find_damage(path, immutable=True, is_thorough=False) is not None) is is_noticed
    assert find_damage(path, immutable=True, is_thorough=True) is not None


def test_reading_connection_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "odd ?name#100%.db"
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        connect_read_only(path, immutable=False)
    assert not list(tmp_path.iterdir())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE names (name TEXT)")
    for immutable in (True, False):
        with closing(connect_read_only(path, immutable=immutable)) as connection:
            assert connection.isolation_level is None
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                connection.execute("INSERT INTO names VALUES ('a')")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
