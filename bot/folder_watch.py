"""The editor's folder in, the Markdown files that are new or changed out, for as long as it is watched.

What watchfiles reports is a hint to look; what counts is each file's size and time. So nothing is missed that happens
between two looks, or where a file system reports nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import NamedTuple

import structlog
from watchfiles import awatch

log = structlog.get_logger(__name__)

MOST_BYTES = 5 * 1024 * 1024
"""The largest file that is read whole; a day's digest has some ten kilobytes."""

QUIET_MS = 400
"""A file must have been left alone for so long: an editor may save it in several steps."""

LOOK_MS = 30_000
"""The longest time between two looks, hints or not."""


class Stamp(NamedTuple):
    """By what a file is known to be the same."""

    size: int
    changed_ns: int


async def changed_files(folder: Path, seen: dict[Path, Stamp]) -> AsyncGenerator[list[tuple[Path, bytes]], None]:
    """The Markdown files of a folder, at once and after every change, in the order of their names, with their bytes.

    `seen` is what is known of it: a file that is taken out of there comes again with the next look. Of a file larger
    than `MOST_BYTES` one byte more is read, so that whoever reads it can refuse it.
    """
    hints = awatch(folder, step=QUIET_MS, rust_timeout=LOOK_MS, yield_on_timeout=True, recursive=False)
    yield await asyncio.to_thread(_read_changed, folder, seen)
    async for _hint in hints:
        if found := await asyncio.to_thread(_read_changed, folder, seen):
            yield found


def _read_changed(folder: Path, seen: dict[Path, Stamp]) -> list[tuple[Path, bytes]]:
    found = []
    for path in sorted(folder.glob("[!.]*.md")):  # a dot begins the names of temporary files, ours among them
        try:
            status = path.stat()
            stamp = Stamp(status.st_size, status.st_mtime_ns)
            if seen.get(path) == stamp:
                continue
            with path.open("rb") as file:
                found.append((path, file.read(MOST_BYTES + 1)))
        except OSError as error:  # gone again, or not ours to read: the next look tries it anew
            log.warning("digest unreadable", file=path.name, why=error.strerror)
        else:
            seen[path] = stamp
    return found
