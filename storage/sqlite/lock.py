"""One process per database: a path in, a lock beside it held while the block runs.

The kernel frees an flock when its holder ends, however it ends; a frozen holder keeps it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import DatabaseInUse, DatabaseUnusable

DISK_FULL_ERRORS = (errno.ENOSPC, errno.EDQUOT)
"""Error numbers of a full disk, which the start waits for."""


class FileInUse(DatabaseInUse):
    """Another process works on the file."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(
            f"another process{f' ({holder})' if holder else ''} works on {path}: "
            "stop it first; if it hangs, kill it, and the lock is free at once"
        )
        self.path = path
        self.holder = holder


class FileUnusable(DatabaseUnusable):
    """The file is no database, or cannot be made or opened."""

    def __init__(
        self, path: Path, why: object, remedy: str = "set DATABASE to a file in a folder that you can write to"
    ) -> None:
        super().__init__(f"the database {path} cannot be opened ({why}): {remedy}")


class DatabaseLock:
    """A held lock. Its file names the holder, and the sessions that the database's write-ahead log may be of.

    `sessions` are those of the former holder; `was_killed` says that it did not close the database.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        content = os.pread(descriptor, 1000, 0).decode("ascii", "replace")
        self.was_killed = content.endswith("open\n")
        self.sessions = frozenset(int(number) for number in re.findall(r"^session (\d+)$", content, re.MULTILINE))
        self._noted = tuple(self.sessions)
        self.note_sessions(*self._noted)

    def note_sessions(self, *sessions: int, is_open: bool = False) -> None:
        """Note durably which sessions may have written what the write-ahead log continues."""
        lines = [f"pid {os.getpid()}", *(f"session {session}" for session in sessions), *(["open"] if is_open else [])]
        self._noted = sessions
        self._write("".join(f"{line}\n" for line in lines).encode())

    def release(self) -> None:
        """Note that the database was closed."""
        self._write("".join(f"session {session}\n" for session in self._noted).encode())

    def identity(self) -> tuple[int, int]:
        """Return device and inode of the locked file, whatever has become of its path."""
        status = os.fstat(self._descriptor)
        return status.st_dev, status.st_ino

    def _write(self, content: bytes) -> None:
        os.pwrite(self._descriptor, content, 0)
        os.ftruncate(self._descriptor, len(content))
        os.fsync(self._descriptor)


@contextmanager
def database_lock(database: Path) -> Iterator[DatabaseLock]:
    """Hold the lock of a database. Raises `FileInUse` at once if another process holds it.

    Raises `FileUnusable` if there can be no lock, and OSError if the disk is full.
    """
    path = database.with_name(f"{database.name}.lock")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        if error.errno in DISK_FULL_ERRORS:
            raise
        raise FileUnusable(database, error.strerror) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 1000, 0).decode("ascii", "replace").partition("\n")[0]
            raise FileInUse(database, holder) from None
        except OSError as error:
            raise FileUnusable(database, f"the file system has no locks: {error.strerror}") from error
        lock = DatabaseLock(path, descriptor)
        try:
            yield lock
        finally:
            lock.release()
    finally:
        os.close(descriptor)


def lock_holder(database: Path) -> str | None:
    """Return what the process that holds the lock of a database says of itself (`pid 7`); None if nobody holds it."""
    try:
        check_unlocked(database)
    except FileInUse as error:
        return error.holder
    return None


def check_unlocked(database: Path) -> None:
    """Raise `FileInUse` if another process holds the lock of a database; create and change nothing."""
    try:
        file = database.with_name(f"{database.name}.lock").open(encoding="ascii", errors="replace")
    except OSError:
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FileInUse(database, file.readline().strip()) from None
        except OSError:  # a file system without locks: who takes the lock says so
            return
