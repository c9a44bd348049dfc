"""Blocking access to the pictures beside and below the digests: regular files only, and none by way of a link."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from digest.picture_file import MAX_PICTURE_BYTES, PictureProblem

_MAX_DEPTH = 8
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_FOLDER_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


class PictureFolder:
    """Reads the pictures that digests of a folder name; call it with a path.

    A file that was written to within `quiet_seconds` may be incomplete.
    """

    def __init__(
        self, folder: Path, *, quiet_seconds: float = 0.0, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._quiet_seconds = quiet_seconds
        self._wall_clock = wall_clock

    def __call__(self, path: str) -> bytes | PictureProblem:
        """Return the bytes of a file, or why they cannot be had."""
        names = _names(path)
        if names is None:
            return PictureProblem.OUTSIDE
        try:
            return self._read(names)
        except FileNotFoundError:
            return PictureProblem.MISSING
        except (OSError, ValueError):  # a link, a folder in place of a file or the reverse, not to be read
            return PictureProblem.NOT_A_FILE

    def _read(self, names: list[str]) -> bytes | PictureProblem:
        opened = [os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)]
        try:
            for name in names[:-1]:
                opened.append(os.open(name, _FOLDER_FLAGS, dir_fd=opened[-1]))
            if not stat.S_ISREG(os.stat(names[-1], dir_fd=opened[-1], follow_symlinks=False).st_mode):
                return PictureProblem.NOT_A_FILE  # opening a device may have an effect
            opened.append(os.open(names[-1], _FILE_FLAGS, dir_fd=opened[-1]))
            return self._read_open(opened[-1])
        finally:
            for descriptor in opened:
                os.close(descriptor)

    def _read_open(self, descriptor: int) -> bytes | PictureProblem:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            return PictureProblem.NOT_A_FILE
        if before.st_size > MAX_PICTURE_BYTES:
            return PictureProblem.TOO_LARGE
        with os.fdopen(os.dup(descriptor), "rb") as file:
            data = file.read(MAX_PICTURE_BYTES + 1)
        after = os.fstat(descriptor)
        age = self._wall_clock() - after.st_ctime
        is_young = 0 <= age < self._quiet_seconds  # a clock that is behind must not hold a picture up for ever
        if is_young or (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            return PictureProblem.CHANGING
        return data


def _names(path: str) -> list[str] | None:
    """Return the names on the way to a file, as a digest writes them; None if they lead out of the folder."""
    plain = unquote(path.partition("?")[0].partition("#")[0])
    names = [name for name in plain.split("/") if name not in ("", ".")]
    is_odd = any(name == ".." or not name.isprintable() for name in names) or "\\" in plain
    return None if plain.startswith("/") or is_odd or not 1 <= len(names) <= _MAX_DEPTH else names
