"""Backups: a verified copy of a database in one file, and a database replaced by such a copy.

backup    database -> copy beside the target -> verified -> renamed over the target
restore   backup -> copy beside the database -> verified -> renamed to `.restoring` -> `finish_restore`

From the file `.restoring` on a restore is decided: whoever finds one, the next start or another restore, finishes it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from domain.chat.i18n import lazy_text
from domain.known_reasons import reason_text
from domain.printable import printable_line
from storage.made_files import leave_to_owner_of_folder
from storage.migrate import LATEST_REVISION, find_difference, is_revision, is_served
from storage.sqlite.file_check import connect_read_only, find_damage
from storage.sqlite.files import (
    SIDE_FILES,
    WAL,
    read_header,
    side_file,
    size_bytes,
    sync_folder,
)

RESTORING = ".restoring"
"""Suffix of a verified copy that is to replace the database."""

PARTIAL = ".restoring.part"
OWN_FILES = ("", *SIDE_FILES, ".lock", ".mark", RESTORING, PARTIAL)
"""Suffixes of the files of a database in use."""


class BackupFailed(Exception):
    """A backup cannot be made or used; the message says why. What was there before is as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSummary:
    """What is in a verified database."""

    size_bytes: int
    schema: str
    editions: int
    subscribers: int
    claim_counts: Mapping[int, int]
    """How many claims each bot has ever made, by the bot's id."""


def back_up(database: Path, target: Path) -> DatabaseSummary:
    """Copy a database, which may be in use, over the target in one step. Raises `BackupFailed`."""
    target = target.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        _refuse_target(database, target)
        _copy(database, temporary, immutable=False)
        summary = summarize(temporary)
        _refuse_other_schema(temporary, summary.schema)
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise BackupFailed(
            lazy_text("{path} cannot be written ({reason})", path=target, reason=reason_text(error.strerror))
        ) from error
    finally:
        _delete(temporary)
    return summary


def copy_connection(source: sqlite3.Connection, target: Path) -> None:
    """Write a copy of a connected database into a new file that only its owner may read.

    It is one step from one snapshot: writers go on meanwhile, and never make it begin again.
    """
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy:
            copy.execute("PRAGMA synchronous = OFF")  # it is flushed below, once
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # all of it in one file
            copy.execute("PRAGMA user_version = 0")  # no session's: see storage.sqlite.session
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def summarize(copy: Path) -> DatabaseSummary:
    """Verify a database that nobody has open, and count what is in it. Raises `BackupFailed`."""
    damage = find_damage(copy, immutable=True, is_thorough=True)
    if damage is not None:
        raise BackupFailed(
            lazy_text("the copy is damaged ({reason}), so the original is", reason=reason_text(damage.splitlines()[-1]))
        )
    try:
        with contextlib.closing(connect_read_only(copy, immutable=True)) as connection:
            row = connection.execute(
                "SELECT (SELECT version_num FROM alembic_version), (SELECT max(oldest) FROM supported_programs), "
                "(SELECT count(*) FROM digests WHERE language = ''), (SELECT count(*) FROM subscribers WHERE active)"
            ).fetchone()
            counts = _claim_counts(connection)
    except sqlite3.Error as error:
        raise BackupFailed(lazy_text("it is no database of this bot ({reason})", reason=reason_text(error))) from error
    schema, oldest_program, editions, subscribers = row
    if not counts or schema is None:
        raise BackupFailed(lazy_text("it is no database of this bot ({reason})", reason=lazy_text("it is empty")))
    if not is_served(schema, oldest_program):
        raise BackupFailed(
            lazy_text(
                "its schema is {schema}, for programs that know {oldest}, and this program knows up to {latest}",
                schema=printable_line(str(schema)),
                oldest=printable_line(str(oldest_program)),
                latest=LATEST_REVISION,
            )
        )
    return DatabaseSummary(
        size_bytes=size_bytes(copy), schema=schema, editions=editions, subscribers=subscribers, claim_counts=counts
    )


def schema_difference(database: Path) -> str | None:
    """Return the first column in which a readable database differs from the schema that it names, or None.

    None, too, if it names no migration.
    """
    with contextlib.closing(connect_read_only(database, immutable=not size_bytes(side_file(database, WAL)))) as source:
        try:
            (schema,) = source.execute("SELECT version_num FROM alembic_version").fetchone() or (None,)
        except sqlite3.Error:
            return None
        if not is_revision(schema):
            return None
        with create_engine("sqlite://", creator=lambda: source, poolclass=StaticPool).connect() as connection:
            return find_difference(connection, schema)


def _refuse_other_schema(copy: Path, schema: str) -> None:
    place = schema_difference(copy)
    if place is not None:
        raise BackupFailed(
            lazy_text(
                "it has not the tables and columns of schema {schema}, which it names (see {place})",
                schema=schema,
                place=place,
            )
        )


def claim_counts(database: Path) -> Mapping[int, int] | None:
    """Return how many claims each bot of a database counts, by its id; None if the database cannot tell."""
    if not size_bytes(database):
        return None  # SQLite would delete the write-ahead log of an empty file
    try:
        with contextlib.closing(connect_read_only(database, immutable=False)) as connection:
            return _claim_counts(connection) or None
    except sqlite3.Error:
        return None


def has_newest_schema(database: Path) -> bool:
    """Return whether a database needs no migration by this program, and may be read by it."""
    if not size_bytes(database):
        return False
    try:
        with contextlib.closing(connect_read_only(database, immutable=False)) as connection:
            row = connection.execute(
                "SELECT version_num, (SELECT max(oldest) FROM supported_programs) FROM alembic_version"
            ).fetchone()
    except sqlite3.Error:
        return False
    return row is not None and row[0] >= LATEST_REVISION and is_served(row[0], row[1])


def _claim_counts(connection: sqlite3.Connection) -> dict[int, int]:
    return dict(connection.execute("SELECT id, claim_count FROM bots").fetchall())


def stage(backup: Path, database: Path) -> DatabaseSummary:
    """Copy a backup beside the database and verify the copy; nothing is replaced yet. Raises `BackupFailed`."""
    partial = side_file(database, PARTIAL)
    _delete(partial)
    if not backup.is_file():
        raise BackupFailed(lazy_text("{path} is no file", path=backup))
    if _is_own_file(backup, database, without=(RESTORING,)):
        raise BackupFailed(lazy_text("{path} is the database itself, or belongs to it", path=backup))
    try:
        _copy(backup, partial, immutable=not size_bytes(side_file(backup, WAL)))
        summary = summarize(partial)
        _refuse_other_schema(partial, summary.schema)
    except BackupFailed as error:
        _delete(partial)
        raise BackupFailed(
            lazy_text("{path} cannot be restored: {problem}", path=backup, problem=str(error))
        ) from error
    except OSError as error:
        _delete(partial)
        raise BackupFailed(
            lazy_text("{path} cannot be written ({reason})", path=partial, reason=reason_text(error.strerror))
        ) from error
    return summary


def commit_staged(database: Path) -> None:
    """Commit to the staged copy: an interrupted restore is completed at the next start."""
    leave_to_owner_of_folder(side_file(database, PARTIAL))
    side_file(database, PARTIAL).replace(side_file(database, RESTORING))
    sync_folder(database.parent)


def finish_restore(database: Path) -> Path | None:
    """Put a decided copy in the database's place; return where the former one is kept, or None without a copy.

    The former one keeps its write-ahead log, the new one must not get it; so the log is moved first.
    """
    restoring = side_file(database, RESTORING)
    if not restoring.exists():
        return None
    decided_at = datetime.fromtimestamp(restoring.stat().st_mtime, UTC)
    kept = side_file(database, f".replaced-{decided_at:%Y%m%d-%H%M%S-%f}")
    for suffix in (*SIDE_FILES, ""):
        if side_file(database, suffix).exists():
            side_file(database, suffix).replace(side_file(kept, suffix))
    sync_folder(database.parent)
    restoring.replace(database)
    sync_folder(database.parent)
    return kept


def _copy(source: Path, target: Path, *, immutable: bool) -> None:
    """Write a copy of a database, what its write-ahead log holds included, into a new file. Raises `BackupFailed`."""
    try:
        with contextlib.closing(connect_read_only(source, immutable=immutable)) as connection:
            copy_connection(connection, target)
    except sqlite3.Error as error:
        raise BackupFailed(
            lazy_text("{path} cannot be copied ({reason})", path=source, reason=reason_text(error))
        ) from error


def _refuse_target(database: Path, target: Path) -> None:
    if not size_bytes(database):
        raise BackupFailed(lazy_text("there is no database {path}; DATABASE says where it is", path=database))
    if _is_own_file(target, database):
        raise BackupFailed(lazy_text("{path} belongs to the database in use; choose another name", path=target))
    if not target.parent.is_dir():
        raise BackupFailed(lazy_text("there is no folder {folder}", folder=target.parent))
    if target.exists() and not (target.is_file() and (read_header(target) or not size_bytes(target))):
        raise BackupFailed(lazy_text("{path} is no backup, and is not overwritten; choose another name", path=target))


def _is_own_file(path: Path, database: Path, *, without: tuple[str, ...] = ()) -> bool:
    """Whether a path is one of the database's own files, by name or through a link."""
    database = database.resolve()
    own = [side_file(database, suffix) for suffix in OWN_FILES if suffix not in without]
    return any(path.resolve() == file or (path.exists() and file.exists() and path.samefile(file)) for file in own)


def _delete(file: Path) -> None:
    """Delete a copy and what SQLite keeps beside it, as far as possible: a name may be too long to be looked up."""
    for suffix in ("", *SIDE_FILES):
        with contextlib.suppress(OSError):
            side_file(file, suffix).unlink()
