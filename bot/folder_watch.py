"""Watch the digest folder for new and changed Markdown files.

Events of watchfiles only trigger a scan. A scan compares each file's size and modification time, so a change between
two scans, or on a file system that reports no events, is not missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import NamedTuple

import structlog
from watchfiles import awatch

from bot.files import MAX_FILE_BYTES

log = structlog.get_logger(__name__)

DEBOUNCE_MS = 400
"""How long the folder must be quiet before a scan: an editor may save a file in several steps."""

SCAN_INTERVAL_MS = 30_000
"""The longest time between two scans."""


class FileStamp(NamedTuple):
    """Size and modification time; a file with the same stamp is not read again."""

    size: int
    modified_ns: int


async def changed_files(folder: Path, seen: dict[Path, FileStamp]) -> AsyncGenerator[list[tuple[Path, bytes]], None]:
    """Yield the Markdown files of a folder with their bytes, at once and after every change, sorted by name.

    `seen` holds the stamps of files that were yielded; a file that the caller removes from it is yielded again by the
    next scan. Of a larger file `MAX_FILE_BYTES + 1` bytes are read, so that the reader can refuse it.
    """
    events = awatch(folder, step=DEBOUNCE_MS, rust_timeout=SCAN_INTERVAL_MS, yield_on_timeout=True, recursive=False)
    yield await asyncio.to_thread(_read_changed, folder, seen)
    async for _event in events:
        if changed := await asyncio.to_thread(_read_changed, folder, seen):
            yield changed


def _read_changed(folder: Path, seen: dict[Path, FileStamp]) -> list[tuple[Path, bytes]]:
    changed: list[tuple[Path, bytes]] = []
    for path in sorted(folder.glob("[!.]*.md")):  # temporary files, ours included, start with a dot
        try:
            status = path.stat()
            stamp = FileStamp(status.st_size, status.st_mtime_ns)
            if seen.get(path) == stamp:
                continue
            with path.open("rb") as file:
                changed.append((path, file.read(MAX_FILE_BYTES + 1)))
        except OSError as error:  # deleted meanwhile, or not readable: the next scan tries again
            log.warning("digest_file_unreadable", file=path.name, reason=error.strerror)
        else:
            seen[path] = stamp
    return changed
