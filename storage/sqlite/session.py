"""One process's session with the database: is the file at its path still the one that this process has open?

Each session writes a random number into the database (`user_version`) and into the lock. So the next start can tell a
write-ahead log of the database from one that is left of another.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Self

from domain.chat.i18n import lazy_text
from domain.known_reasons import reason_text
from storage.sqlite.backup import BackupFailed, copy_connection, summarize
from storage.sqlite.database import PRAGMAS
from storage.sqlite.files import HEADER_BYTES, WAL, Identity, identity_of, parse_header, side_file
from storage.sqlite.lock import DatabaseLock

MAX_SESSION_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class FileLoss:
    """How an open database lost a file. If only the lock was lost, the data is complete in its place."""

    file: Path
    problem: str
    """The file and what has become of it, to be translated by who tells it."""
    is_lock: bool = False


class DatabaseSession:
    """A database that this process has open: notices when its files are lost, and can still copy what was in them.

    SQLite writes on into a deleted file. All methods but `close` may block; none is called before `begin`.
    """

    def __init__(self, path: Path, descriptor: int, connection: sqlite3.Connection) -> None:
        self._path = path
        self._lock_path = path
        self._descriptor = descriptor
        self._connection = connection
        self._connection_lock = Lock()
        """A thread may still use the connection when its caller was cancelled."""
        self._id = secrets.randbelow(MAX_SESSION_ID) + 1
        self._ids: frozenset[int] = frozenset()
        self._identities: dict[Path, Identity] = {}

    @classmethod
    def begin(cls, path: Path, lock: DatabaseLock) -> Self:
        """Begin a session with a database that was opened and checked. `close` it after the database.

        Raises `FileInUse` if another process has begun one under another name, or beside a lock that was deleted.
        """
        lock.hold(path)
        descriptor = os.open(path, os.O_RDONLY)  # open until the end: closing it would drop SQLite's locks
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        session = cls(path, descriptor, connection)
        try:
            session._write_ids(lock)
        except BaseException:
            session.close()
            raise
        session._lock_path = lock.path
        session._identities = {
            **{file: identity_of(file) for file in (path, side_file(path, WAL), side_file(path, "-shm"))},
            lock.path: lock.identity(),
        }
        return session

    def close(self) -> None:
        """Close the session's connection and file, after what a thread is still doing with it."""
        with self._connection_lock:
            self._connection.close()
        os.close(self._descriptor)

    def find_loss(self) -> FileLoss | None:
        """Return the first loss of a file of the database, or None if all are as they were."""
        for file, identity in self._identities.items():
            problem = _find_change(file, identity)
            if problem is not None:
                return FileLoss(file, problem, is_lock=file == self._lock_path)
        header = parse_header(os.pread(self._descriptor, HEADER_BYTES, 0))
        if header is None or header.session_id not in self._ids:
            return FileLoss(self._path, lazy_text("{path} was overwritten", path=self._path))
        return None

    def find_write_error(self) -> str | None:
        """Write to the database, durably and without effect; return why that fails, or None."""
        try:
            with self._connection_lock:
                self._connection.execute(f"PRAGMA user_version = {self._id}")
        except sqlite3.Error as error:
            return reason_text(error)
        return None

    def save_copy(self, now: datetime) -> Path | None:
        """Copy what is in the database to a new file, as near to its path as possible; None if that fails."""
        name = f"{self._path.name}.saved-{now:%Y%m%d-%H%M%S}"
        for folder in (*self._path.absolute().parents, Path(tempfile.gettempdir())):
            target = folder / name
            with contextlib.suppress(OSError):
                try:
                    with self._connection_lock:
                        copy_connection(self._connection, target)
                    summarize(target)
                except (sqlite3.Error, BackupFailed):
                    target.unlink(missing_ok=True)
                    return None
                return target
        return None

    def _write_ids(self, lock: DatabaseLock) -> None:
        """Write a new session's number where the next start compares it; a kill in between is no mismatch."""
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        header = parse_header(os.pread(self._descriptor, HEADER_BYTES, 0))
        former = header.session_id if header is not None else 0
        self._ids = frozenset({former, self._id})
        lock.note_sessions(*self._ids)
        self._connection.execute(f"PRAGMA user_version = {self._id}")
        (is_busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not is_busy:
            self._ids = frozenset({self._id})
        lock.note_sessions(*self._ids, is_open=True)


def _find_change(file: Path, identity: Identity) -> str | None:
    """Return what has become of a file, or None if it is as it was."""
    try:
        return None if identity_of(file) == identity else lazy_text("{path} was replaced", path=file)
    except FileNotFoundError:
        return lazy_text("{path} was deleted or moved", path=file)
    except OSError as error:
        return lazy_text("{path} cannot be reached ({reason})", path=file, reason=reason_text(error.strerror))
