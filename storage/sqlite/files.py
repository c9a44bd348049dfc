"""Facts that SQLite's files tell by themselves: opening them could replay a write-ahead log that is not their own."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

from domain.chat.i18n import lazy_text
from storage.errors import DatabaseLost

HEADER_BYTES = 100
MAGIC = b"SQLite format 3\0"
LARGEST_PAGE_BYTES = 65536

WAL = "-wal"
SIDE_FILES = (WAL, "-shm", "-journal")
"""What SQLite keeps beside a database: they belong to that one file, and to no copy of it."""


Identity = tuple[int, int]
"""Device and inode of a file."""


class OpenedFile:
    """The file that a database was opened from: SQLite would make or open another in its place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity: Identity | None = None

    def note(self) -> None:
        """Note that the file was opened."""
        self._identity = identity_of(self._path)

    def check(self) -> None:
        """Raise `DatabaseLost` if another file, or none, is there after `note`."""
        try:
            is_same = self._identity is None or identity_of(self._path) == self._identity
        except OSError:
            is_same = False
        if not is_same:
            raise DatabaseLost(lazy_text("{path} was deleted, moved or replaced", path=self._path))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHeader:
    """Size that a database should have, and the session that wrote it last (`user_version`; 0 in a backup)."""

    size_bytes: int
    session_id: int


def side_file(database: Path, suffix: str) -> Path:
    """Return the path of a file that belongs to a database, such as its write-ahead log."""
    return database.with_name(database.name + suffix)


def parse_header(data: bytes) -> FileHeader | None:
    """Return what the first bytes of a database say; None if they are no database's."""
    if len(data) < HEADER_BYTES or not data.startswith(MAGIC):
        return None
    (page_bytes,) = struct.unpack_from(">H", data, 16)
    (pages,) = struct.unpack_from(">I", data, 28)
    (session_id,) = struct.unpack_from(">i", data, 60)
    return FileHeader(size_bytes=(LARGEST_PAGE_BYTES if page_bytes == 1 else page_bytes) * pages, session_id=session_id)


def read_header(database: Path) -> FileHeader | None:
    """Return a database's header. Not for a database that this process has open: closing a file drops its locks."""
    with database.open("rb") as file:
        return parse_header(file.read(HEADER_BYTES))


def size_bytes(path: Path) -> int:
    """Return the size of a file, 0 if there is none."""
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return 0


def identity_of(file: Path) -> Identity:
    """Return device and inode of a file."""
    status = file.stat()
    return status.st_dev, status.st_ino


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
