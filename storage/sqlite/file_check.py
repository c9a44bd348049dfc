"""Look at a database before SQLite opens it for writing: some damage is mended by nothing once it has.

SQLite replays a write-ahead log onto whatever file it lies beside. After a kill the log stays; a backup copied over the
database then gets the pages of another one, and is lost too.
"""

from __future__ import annotations

import contextlib
import sqlite3
import stat
from pathlib import Path
from urllib.parse import quote

from domain.chat.i18n import lazy_text
from domain.known_reasons import reason_text
from storage.sqlite.files import WAL, read_header, side_file, size_bytes
from storage.sqlite.lock import FileUnusable

LARGE_FILE_BYTES = 256_000_000
"""Size from which the largest tables are not checked at each start; 200 MB take about two seconds."""

LARGE_TABLES = frozenset({"deliveries", "payloads", "digests"})

RESTORE_ADVICE = lazy_text("restore a backup: digestbot restore BACKUP")


class DatabaseDamaged(FileUnusable):
    """The database is not what its last process left; the message says what to do. Nothing was changed."""

    def __init__(self, path: Path, what: str, remedy: str) -> None:
        Exception.__init__(self, lazy_text("the database {path} {what}: {remedy}", path=path, what=what, remedy=remedy))


def check_file(path: Path, *, sessions: frozenset[int], was_used: bool) -> None:
    """Raise `DatabaseDamaged` if a database is torn, damaged, or gone although it `was_used`; change nothing.

    `sessions` are those that its write-ahead log may be of, if known. What cannot even be read passes: opening it says
    why.
    """
    wal_bytes = size_bytes(side_file(path, WAL))
    if not size_bytes(path):
        if was_used or wal_bytes:
            raise _gone(path)
        return
    if size_bytes(side_file(path, "-journal")) or not _is_readable_file(path):
        return  # a rollback journal is SQLite's own business, and safe
    header = read_header(path)
    if header is None:
        return
    if wal_bytes and sessions and header.session_id not in sessions:
        raise _foreign_wal(path)
    if not wal_bytes and header.size_bytes > size_bytes(path):
        what = lazy_text("ends early ({n} of {total} bytes)", n=size_bytes(path), total=header.size_bytes)
        raise DatabaseDamaged(path, what, RESTORE_ADVICE)
    _check_pages(path, has_wal=wal_bytes > 0)


def find_damage(path: Path, *, immutable: bool, is_thorough: bool) -> str | None:
    """Return SQLite's first words on what is wrong with a database's pages, or None; change nothing.

    An `immutable` database is read without its write-ahead log. A thorough check compares the indexes too.
    """
    try:
        with contextlib.closing(connect_read_only(path, immutable=immutable)) as connection:
            for pragma in _check_pragmas(connection, size_bytes(path), is_thorough=is_thorough):
                (message,) = connection.execute(pragma).fetchone()
                if message != "ok":
                    return str(message)
    except sqlite3.OperationalError:
        return None  # no damage: it cannot be opened, and whoever opens it for writing says why
    except sqlite3.DatabaseError as error:
        return str(error)
    return None


def connect_read_only(path: Path, *, immutable: bool) -> sqlite3.Connection:
    """Connect so that SQLite writes nothing to the database: its write-ahead log is read, and stays."""
    query = "immutable=1" if immutable else "mode=ro"
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?{query}", uri=True, isolation_level=None)


def _check_pages(path: Path, *, has_wal: bool) -> None:
    damage = find_damage(path, immutable=not has_wal, is_thorough=has_wal)
    if damage is None:
        return
    if has_wal and find_damage(path, immutable=True, is_thorough=True) is None:
        raise _foreign_wal(path)
    first_line = damage.splitlines()[-1]
    raise DatabaseDamaged(
        path, lazy_text("has damaged pages ({reason})", reason=reason_text(first_line)), RESTORE_ADVICE
    )


def _check_pragmas(connection: sqlite3.Connection, size: int, *, is_thorough: bool) -> list[str]:
    if is_thorough:
        return ["PRAGMA integrity_check(1)"]
    if size < LARGE_FILE_BYTES:
        return ["PRAGMA quick_check(1)"]
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [f'PRAGMA quick_check("{name}")' for (name,) in tables if name not in LARGE_TABLES]


def _is_readable_file(path: Path) -> bool:
    try:
        with path.open("rb") if stat.S_ISREG(path.stat().st_mode) else contextlib.nullcontext() as file:
            return file is not None
    except OSError:
        return False


def _gone(path: Path) -> DatabaseDamaged:
    return DatabaseDamaged(
        path,
        lazy_text("is missing or empty, but the bot has used it before"),
        lazy_text(
            "put it back, or {advice}; to begin anew without subscribers, delete all of {name}.lock, {name}.mark and "
            "{name}-wal beside it",
            advice=RESTORE_ADVICE,
            name=path.name,
        ),
    )


def _foreign_wal(path: Path) -> DatabaseDamaged:
    return DatabaseDamaged(
        path,
        lazy_text("was replaced while the write-ahead log of the former one stayed ({name}-wal)", name=path.name),
        lazy_text(
            "delete {name}-wal and {name}-shm to use the file as it is, or {advice}",
            name=path.name,
            advice=RESTORE_ADVICE,
        ),
    )
