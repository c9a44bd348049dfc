"""One process per database: a path in, a lock beside it and one on the file itself held while the block runs.

The kernel frees a lock when its holder ends, however it ends; a frozen holder keeps it.
The lock file says which process holds it, and what its last holder left; it may be deleted, and has the name of a path.
So the database is locked as well, on one byte far beyond what SQLite locks: that holds for every name of the file.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.chat.i18n import gettext_noop, lazy_text
from domain.known_reasons import reason_text
from storage.errors import DatabaseInUse, DatabaseUnusable
from storage.made_files import leave_to_owner_of_folder, make_folder
from storage.sqlite.files import Identity, identity_of

DISK_FULL_ERRORS = (errno.ENOSPC, errno.EDQUOT)
"""Error numbers of a full disk, which the start waits for."""

LOCKED_BYTE = 2**62
"""Byte of the database that its holder locks: beyond the largest file that SQLite makes, and the bytes it locks."""

OFD_SETLK: int = getattr(fcntl, "F_OFD_SETLK", 0)
"""Sets a lock that belongs to an open file (Linux). One of the process would be dropped whenever SQLite closes any.
0 where the system has none: the lock file alone holds then."""

LOCK_ADVICE = lazy_text("stop it first; if it hangs, kill it, and the lock is free at once")
FILE_ADVICE = lazy_text("set DATABASE to a file in a folder that you can write to")


class FileInUse(DatabaseInUse):
    """Another process works on the file."""

    def __init__(self, path: Path, holder: str) -> None:
        template = (
            gettext_noop("another process ({holder}) works on {path}: {advice}")
            if holder
            else gettext_noop("another process works on {path}: {advice}")
        )
        super().__init__(lazy_text(template, holder=holder, path=path, advice=LOCK_ADVICE))
        self.path = path
        self.holder = holder


class FileUnusable(DatabaseUnusable):
    """The file is no database, or cannot be made or opened."""

    def __init__(self, path: Path, why: object, remedy: str = FILE_ADVICE) -> None:
        super().__init__(
            lazy_text("the database {path} cannot be opened ({why}): {remedy}", path=path, why=str(why), remedy=remedy)
        )


class DatabaseLock:
    """A held lock. Its file names the holder, and the sessions that the database's write-ahead log may be of.

    `sessions` are those of the former holder; `was_killed` says that it did not close the database.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._held: dict[Identity, int] = {}
        content = os.pread(descriptor, 1000, 0).decode("ascii", "replace")
        self.was_killed = content.endswith("open\n")
        self.sessions = frozenset(int(number) for number in re.findall(r"^session (\d+)$", content, re.MULTILINE))
        self._noted = tuple(self.sessions)

    def begin(self) -> None:
        """Note that this process holds the lock, and forget whether the former one was killed."""
        self.note_sessions(*self._noted)

    def note_sessions(self, *sessions: int, is_open: bool = False) -> None:
        """Note durably which sessions may have written what the write-ahead log continues."""
        lines = [f"pid {os.getpid()}", *(f"session {session}" for session in sessions), *(["open"] if is_open else [])]
        self._noted = sessions
        self._write("".join(f"{line}\n" for line in lines).encode())

    def release(self) -> None:
        """Note that the database was closed."""
        self._write("".join(f"session {session}\n" for session in self._noted).encode())

    def hold(self, database: Path) -> None:
        """Lock the file at the database's path too, if there is one and the system can. Raises `FileInUse`.

        Raises `FileUnusable` if the file has further names: each would have a write-ahead log of its own.
        """
        with contextlib.suppress(OSError):
            if identity_of(database) in self._held:
                return  # opening and closing it once more would drop SQLite's locks
        descriptor = _open_database(database)
        if descriptor is None:
            return
        status = os.fstat(descriptor)
        self._held[status.st_dev, status.st_ino] = descriptor
        if not _lock_byte(descriptor):
            raise FileInUse(database, "")
        if status.st_nlink > 1:
            raise FileUnusable(
                database,
                lazy_text("the file has {n} names (hard links)", n=status.st_nlink),
                lazy_text("delete the others: SQLite would not find what was written under another name"),
            )

    def drop(self) -> None:
        """Let go of the database, which must be closed: to close any of its files drops SQLite's own locks."""
        while self._held:
            os.close(self._held.popitem()[1])

    def identity(self) -> Identity:
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
        make_folder(database.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        leave_to_owner_of_folder(path)
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
            raise FileUnusable(
                database, lazy_text("the file system has no locks: {reason}", reason=reason_text(error.strerror))
            ) from error
        lock = DatabaseLock(path, descriptor)
        try:
            lock.hold(database)
            lock.begin()
            try:
                yield lock
            finally:
                lock.release()
        finally:
            lock.drop()
    finally:
        os.close(descriptor)


def _open_database(database: Path) -> int | None:
    """Open a database for locking; None if there is none yet, or none that this process can lock."""
    try:
        if not OFD_SETLK or not stat.S_ISREG(database.stat().st_mode):
            return None
        return os.open(database, os.O_RDWR | os.O_NONBLOCK)
    except OSError:  # opening the database says why
        return None


def _lock_byte(descriptor: int) -> bool:
    """Lock a database's byte for an open file; return False if another has it."""
    request = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, LOCKED_BYTE, 1, 0)
    try:
        fcntl.fcntl(descriptor, OFD_SETLK, request)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)  # else the file system has no such locks
    return True


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
