"""One process per database: a path in, a lock beside it held while the block runs.

The kernel frees an flock when its holder ends, however it ends; a frozen holder keeps it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DatabaseInUse(Exception):
    """Another process works on the database; two would send everything twice."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(
            f"another process{f' ({holder})' if holder else ''} works on {path}: "
            "stop it first; if it hangs, kill it, and the lock is free at once"
        )
        self.path = path


class DatabaseUnusable(Exception):
    """The file is no database, or cannot be made or opened."""

    def __init__(self, path: Path, why: object) -> None:
        super().__init__(f"the database {path} cannot be opened ({why}): DATABASE says which file it is")


@contextmanager
def database_lock(database: Path) -> Iterator[None]:
    """Hold the lock of a database. Raises `DatabaseInUse` at once if another process holds it."""
    path = database.with_name(f"{database.name}.lock")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        opened = path.open("a+", encoding="ascii")
    except OSError as error:
        raise DatabaseUnusable(database, error.strerror) from error
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise DatabaseInUse(database, file.read().strip()) from None
        file.truncate(0)
        file.write(f"pid {os.getpid()}")
        file.flush()
        yield
