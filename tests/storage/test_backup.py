"""Backups: complete, verified, in one file; a kill at any step leaves the former backup or database, or the new one."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.backup_commands import run_backup, run_restore
from delivery.high_water_mark import HighWaterMark
from domain.chat.event import Chat
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from storage import digests, subscribers
from storage.digests import Source
from storage.migrate import LATEST_REVISION
from storage.sqlite.backup import (
    RESTORING,
    BackupFailed,
    DatabaseSummary,
    back_up,
    claim_counts,
    commit_staged,
    finish_restore,
    has_newest_schema,
    stage,
)
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.files import read_header
from tests.handlers.editions import edition
from tests.storage.files import add_claims, at_each_step, copy_set, kill_after, names_in, note, open_and_close

pytestmark = pytest.mark.sqlite

NOW = datetime(2025, 9, 12, 6, 5, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a database that was closed in order."""
    path = tmp_path / "data" / "bot.db"
    open_and_close(path)
    note(path, "a")
    return path


@pytest.fixture
def backup(path: Path, tmp_path: Path) -> Path:
    """Return a backup of the database, which has got another row since."""
    back_up(path, tmp_path / "backup.db")
    note(path, "b")
    return tmp_path / "backup.db"


def _names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def _damage(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(10 * 4096)
        opened.write(b"\xa5" * 4096 * 10)


def _is_valid(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_backup_holds_what_is_committed(path: Path, tmp_path: Path) -> None:
    """Also what only the write-ahead log holds, and nothing of a transaction under way; nobody waits for anybody."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as writer:
        writer.execute("INSERT INTO kv VALUES (1, 'logged', '')")
        assert path.with_name("bot.db-wal").stat().st_size > 0
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO kv VALUES (1, 'under way', '')")
        summary = back_up(path, tmp_path / "backup.db")
        writer.execute("COMMIT")
    assert (summary.schema, summary.editions, summary.subscribers) == ("0004", 0, 0)
    assert summary.size_bytes == (tmp_path / "backup.db").stat().st_size
    assert _names(tmp_path) == {"data", "backup.db"}
    assert (tmp_path / "backup.db").stat().st_mode & 0o777 == 0o600
    assert names_in(tmp_path / "backup.db") == ["a", "logged"]


def test_backup_replaces_a_former_one_through_a_link(path: Path, backup: Path, tmp_path: Path) -> None:
    (tmp_path / "newest.db").symlink_to(backup)
    backup.chmod(0o644)
    back_up(path, tmp_path / "newest.db")
    assert names_in(backup) == ["a", "b"]
    assert (tmp_path / "newest.db").is_symlink()
    assert backup.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal", ".lock", ".mark", ".restoring"])
def test_files_of_the_database_are_no_target(path: Path, suffix: str) -> None:
    before = path.read_bytes()
    with pytest.raises(BackupFailed, match="belongs to the database in use"):
        back_up(path, path.parent / ".." / "data" / f"bot.db{suffix}")
    assert path.read_bytes() == before


@pytest.mark.parametrize("is_hard", [True, False])
def test_links_to_the_database_are_no_target(path: Path, tmp_path: Path, is_hard: bool) -> None:
    link = tmp_path / "link.db"
    os.link(path, link) if is_hard else link.symlink_to(path)
    with pytest.raises(BackupFailed, match="belongs to the database in use"):
        back_up(path, link)


def test_other_files_are_not_overwritten(path: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOT_TOKEN=1:a\n" * 20)
    os.mkfifo(tmp_path / "pipe")
    for name in (".env", "pipe"):
        with pytest.raises(BackupFailed, match=f"{name} is no backup, and is not overwritten"):
            back_up(path, tmp_path / name)
    assert (tmp_path / ".env").read_text().startswith("BOT_TOKEN")


def test_missing_places_are_named(path: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="there is no folder"):
        back_up(path, tmp_path / "nowhere" / "backup.db")
    with pytest.raises(BackupFailed, match="there is no database"):
        back_up(tmp_path / "other.db", tmp_path / "backup.db")
    assert _names(tmp_path) == {"data"}


def test_backup_of_a_damaged_database_leaves_the_former_one(path: Path, backup: Path, tmp_path: Path) -> None:
    _damage(path)
    with pytest.raises(BackupFailed, match=r"^the copy is damaged \([^*]+\), so the original is$"):
        back_up(path, backup)
    assert names_in(backup) == ["a"]
    assert _names(tmp_path) == {"data", "backup.db"}


def test_kill_at_any_step_of_a_backup_leaves_a_whole_one(path: Path, backup: Path, tmp_path: Path) -> None:
    back_up(backup, tmp_path / "former.db")
    states = []
    for _ in at_each_step(lambda: shutil.copy(tmp_path / "former.db", backup), lambda: back_up(path, backup)):
        states.append(names_in(backup))
        assert _is_valid(backup)
    assert states[0] == ["a"]
    assert states[-1] == ["a", "b"]
    assert len(states) > 4
    back_up(path, backup)
    assert names_in(path) == ["a", "b"]


def test_restore_keeps_the_former_database_whole(path: Path, backup: Path) -> None:
    """With what only its write-ahead log holds."""
    kill_after(path, lambda path: note(path, "c"))
    assert run_restore(path, backup) == 0
    (kept,) = path.parent.glob("bot.db.replaced-*[0-9]")
    assert names_in(path) == ["a"]
    assert names_in(kept) == ["a", "b", "c"]
    open_and_close(path)


def test_kill_at_any_step_of_a_restore_is_finished_or_undone(path: Path, backup: Path, tmp_path: Path) -> None:
    """By the next start, which opens the former database or the restored one, each whole; by another restore, too."""
    kill_after(path, lambda path: note(path, "c"))
    left = tmp_path / "left" / "bot.db"
    left.parent.mkdir()
    copy_set(path, left)

    def leave() -> None:
        shutil.rmtree(path.parent)
        path.parent.mkdir()
        copy_set(left, path)

    states = []
    for _ in at_each_step(leave, lambda: run_restore(path, backup)):
        interrupted = tmp_path / "interrupted"
        shutil.copytree(path.parent, interrupted)
        open_and_close(path)
        states.append(names_in(path))
        if states[-1] == ["a"]:
            (kept,) = path.parent.glob("bot.db.replaced-*[0-9]")
            assert names_in(kept) == ["a", "b", "c"]
        assert run_restore(interrupted / "bot.db", backup) == 0
        open_and_close(interrupted / "bot.db")
        assert names_in(interrupted / "bot.db") == ["a"]
        assert not list(interrupted.glob("*.restoring*"))
        shutil.rmtree(interrupted)
    assert states.count(["a", "b", "c"]) > 4
    assert states.count(["a"]) > 4
    assert len(states) == states.count(["a", "b", "c"]) + states.count(["a"])


def test_unusable_backups_change_nothing(path: Path, backup: Path, tmp_path: Path) -> None:
    text, foreign, newer, damaged = (tmp_path / f"{name}.db" for name in ("text", "foreign", "newer", "damaged"))
    text.write_text("Good morning, this is no database at all.")
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    shutil.copy(backup, newer)
    with closing(sqlite3.connect(newer, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE supported_programs SET oldest = '9998'")
    shutil.copy(backup, damaged)
    _damage(damaged)
    before = path.read_bytes()
    reasons = {text: "not a database", foreign: "no database of this bot", newer: "schema is 9999", damaged: "damaged"}
    for file, reason in {**reasons, path: "is the database itself", tmp_path / "none": "is no file"}.items():
        with pytest.raises(BackupFailed, match=reason):
            stage(file, path)
    assert path.read_bytes() == before
    assert _names(path.parent) == {"bot.db", "bot.db.lock"}


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("ALTER TABLE subscribers DROP COLUMN last_seen_at", "subscribers.last_seen_at"),
        ("ALTER TABLE subscribers ADD COLUMN note TEXT", "subscribers.note"),
        ("DROP TABLE item_reads", "item_reads.bot_id"),
        ("UPDATE alembic_version SET version_num = '0002'", "item_reads.bot_id"),
    ],
)
def test_database_without_the_schema_that_it_names_is_refused(
    path: Path, backup: Path, tmp_path: Path, statement: str, place: str
) -> None:
    with closing(sqlite3.connect(backup, isolation_level=None)) as connection:
        connection.execute(statement)
    schema = "0002" if "0002" in statement else LATEST_REVISION
    reason = rf"it has not the tables and columns of schema {schema}, which it names \(see {place}\)$"
    with pytest.raises(BackupFailed, match=reason):
        stage(backup, path)
    with pytest.raises(BackupFailed, match=reason):
        back_up(backup, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.parametrize("version", ["zzz\n\x1b[31m", "", "0000", "00030", "000x", "\u0660\u0660\u0660\u0663"])
def test_version_that_no_migration_has_is_refused(path: Path, backup: Path, version: str) -> None:
    with closing(sqlite3.connect(backup, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    with pytest.raises(BackupFailed, match="its schema is ") as refused:
        stage(backup, path)
    assert str(refused.value).isprintable()
    assert not has_newest_schema(backup)


def test_tables_of_other_programs_are_restored(path: Path, backup: Path) -> None:
    with closing(sqlite3.connect(backup, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE _replication (position INTEGER)")
    assert run_restore(path, backup) == 0


def test_newer_schema_that_serves_this_program_is_backed_up_and_restored(path: Path, backup: Path) -> None:
    """After an upgrade that only added something, the former program runs on the database, so it must save it too."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert has_newest_schema(path)
    assert back_up(path, backup).schema == "9999"
    assert run_restore(path, backup) == 0


def test_restored_backup_may_still_be_a_pair(path: Path, tmp_path: Path) -> None:
    """A database copied by hand from a killed process has its write-ahead log beside it."""
    kill_after(path, lambda path: note(path, "c"))
    for suffix in ("", "-wal"):
        shutil.copy(path.with_name(f"bot.db{suffix}"), tmp_path / f"pair.db{suffix}")
    assert run_restore(path, tmp_path / "pair.db") == 0
    assert names_in(path) == ["a", "c"]


def test_restore_holds_sending_if_more_was_sent(
    path: Path, backup: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The mark lags behind, so the replaced database counts as well; on a machine with neither nobody knows."""
    mark = HighWaterMark.beside(path)
    mark.write(0)
    add_claims(path, 4)
    assert run_restore(path, backup) == 0
    assert "resume --after-restore" in capsys.readouterr().out
    assert mark.read() == 4

    elsewhere = tmp_path / "elsewhere" / "bot.db"
    assert run_restore(elsewhere, backup) == 0
    assert "resume --after-restore" in capsys.readouterr().out
    assert HighWaterMark.beside(elsewhere).read() == 1


def test_backup_to_standard_output_is_a_database(
    path: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """What is said about it goes to standard error."""
    assert run_backup(path, Path("-")) == 0
    output = capsysbinary.readouterr()
    (tmp_path / "piped.db").write_bytes(output.out)
    assert names_in(tmp_path / "piped.db") == ["a"]
    assert b"backup written and verified (" in output.err


def test_restore_of_the_newest_state_goes_on_at_once(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_claims(path, 4)
    HighWaterMark.beside(path).write(4)
    assert run_backup(path, tmp_path) == 0
    (backup,) = tmp_path.glob("bot-*.db")
    written = capsys.readouterr().out
    assert str(backup) in written
    assert "editions: 0, subscribers: 0, schema 0004" in written
    assert run_restore(path, backup) == 0
    assert "Nothing was sent since this backup" in capsys.readouterr().out


def test_two_restores_in_a_row_keep_both_databases(path: Path, backup: Path) -> None:
    assert run_restore(path, backup) == 0
    assert run_restore(path, backup) == 0
    assert len(list(path.parent.glob("bot.db.replaced-*[0-9]"))) == 2


def test_finished_restore_removes_a_stale_log(path: Path, backup: Path) -> None:
    stage(backup, path)
    commit_staged(path)
    assert path.with_name(f"bot.db{RESTORING}").exists()
    kept = finish_restore(path)
    assert kept is not None
    assert names_in(kept) == ["a", "b"]
    assert finish_restore(path) is None


def _fill(path: Path) -> None:
    """Give the database one edition, two subscribers of whom one is active, and four claims."""

    async def fill() -> None:
        database = await SqliteDatabase.open(path)
        async with database.write() as tx:
            for chat in (7, 8):
                wishes = Schedule("Asia/Shanghai", 480), ContentPreferences()
                one = await subscribers.add(tx, Chat(chat), wishes, now=NOW)
            await subscribers.activate(tx, one.id, now=NOW)
            await digests.upsert(tx, edition(NOW.date(), items=1), Source("a.md", b""), published=NOW, now=NOW)
        await database.close()

    asyncio.run(fill())
    add_claims(path, 4)


def test_summary_counts_what_is_in_the_copy(path: Path, tmp_path: Path) -> None:
    _fill(path)
    summary = back_up(path, tmp_path / "backup.db")
    size = (tmp_path / "backup.db").stat().st_size
    assert summary == DatabaseSummary(size_bytes=size, schema="0004", editions=1, subscribers=1, claim_counts={1: 4})
    assert stage(tmp_path / "backup.db", path) == summary
    header = read_header(tmp_path / "backup.db")
    assert header is not None
    assert (header.size_bytes, header.session_id) == (size, 0)


def test_claims_are_counted_where_there_is_a_database(path: Path, tmp_path: Path) -> None:
    add_claims(path, 4)
    assert claim_counts(path) == {1: 4}
    (tmp_path / "empty.db").touch()
    (tmp_path / "empty.db-wal").write_bytes(b"a log that SQLite would delete")
    (tmp_path / "text.db").write_text("Good morning, this is no database at all." * 5)
    for name in ("empty.db", "text.db", "none.db"):
        assert claim_counts(tmp_path / name) is None
    assert (tmp_path / "empty.db-wal").exists()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM bots")
    assert claim_counts(path) is None


@pytest.mark.parametrize("statement", ["DELETE FROM bots", "DELETE FROM alembic_version"])
def test_database_without_its_own_rows_is_none(path: Path, backup: Path, statement: str) -> None:
    with closing(sqlite3.connect(backup, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(statement)
    with pytest.raises(BackupFailed, match=r"cannot be restored: it is no database of this bot \(it is empty\)$"):
        stage(backup, path)


def test_copy_that_cannot_be_written_is_named(path: Path, backup: Path, tmp_path: Path) -> None:
    too_long = tmp_path / f"{'x' * 250}.db"
    with pytest.raises(BackupFailed, match=rf"^{too_long} cannot be written \(File name too long\)$"):
        back_up(path, too_long)
    nowhere = tmp_path / "none" / "bot.db"
    with pytest.raises(
        BackupFailed, match=rf"^{nowhere}.restoring.part cannot be written \(No such file or directory\)$"
    ):
        stage(backup, nowhere)
    assert _names(tmp_path) == {"data", "backup.db"}


def test_staging_begins_anew_and_replaces_nothing(path: Path, backup: Path) -> None:
    """Also over what an interrupted one left, with files that SQLite would take for the copy's."""
    before = path.read_bytes()
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(f"bot.db.restoring.part{suffix}").write_bytes(b"left")
    stage(backup, path)
    assert names_in(path.with_name("bot.db.restoring.part")) == ["a"]
    assert _names(path.parent) == {"bot.db", "bot.db.lock", "bot.db.restoring.part"}
    assert path.read_bytes() == before
    commit_staged(path)
    assert _names(path.parent) == {"bot.db", "bot.db.lock", "bot.db.restoring"}


def test_replaced_database_is_kept_by_the_instant_of_the_decision(path: Path, backup: Path) -> None:
    stage(backup, path)
    commit_staged(path)
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(f"bot.db{suffix}").write_bytes(suffix.encode())
    former = path.read_bytes()
    os.utime(path.with_name("bot.db.restoring"), (NOW.timestamp(), NOW.timestamp()))
    kept = path.with_name("bot.db.replaced-20250912-060500-000000")
    assert finish_restore(path) == kept
    assert kept.read_bytes() == former
    assert [kept.with_name(f"{kept.name}{suffix}").read_bytes() for suffix in ("-wal", "-shm", "-journal")] == [
        *(b"-wal", b"-shm", b"-journal")
    ]
    assert _names(path.parent) == {
        "bot.db",
        "bot.db.lock",
        *(f"{kept.name}{one}" for one in ("", "-wal", "-shm", "-journal")),
    }
    assert names_in(path) == ["a"]


def test_decided_copy_of_a_former_restore_can_be_restored(path: Path, backup: Path) -> None:
    stage(backup, path)
    commit_staged(path)
    stage(path.with_name("bot.db.restoring"), path)
    for suffix in ("", ".lock", ".restoring.part"):
        with pytest.raises(BackupFailed, match=r"is the database itself, or belongs to it$|is no file$"):
            stage(path.with_name(f"bot.db{suffix}"), path)
