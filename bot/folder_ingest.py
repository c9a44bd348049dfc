"""Publish the digests of the watched folder: its files at start, then every change.

watch -> file -> Publisher.ingest -> wake the scheduler
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import structlog

from bot.folder_watch import FileStamp, changed_files
from bot.publisher import Publisher

log = structlog.get_logger(__name__)


class DigestFolderUnusable(Exception):
    """The digest folder does not exist and cannot be created."""

    def __init__(self, folder: Path, reason: str | None) -> None:
        super().__init__(
            f"DIGESTS: the folder {folder} cannot be created ({reason}); set it to a folder you can write to"
        )


async def ingest_folder(
    folder: Path, publisher: Publisher, first_scan_done: asyncio.Event, *, wake: Callable[[], None]
) -> None:
    """Ingest the files of a folder, set `first_scan_done`, and go on with every change until cancelled.

    `wake` is called after each scan, because something may be due now. Raises `DigestFolderUnusable`.
    """
    try:
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    except OSError as error:
        raise DigestFolderUnusable(folder, error.strerror) from error
    seen: dict[Path, FileStamp] = {}
    async with aclosing(changed_files(folder, seen)) as changes:
        async for files in changes:
            for path, data in files:
                if not await _ingest_file(publisher, path, data):
                    del seen[path]
            first_scan_done.set()
            wake()


async def _ingest_file(publisher: Publisher, path: Path, data: bytes) -> bool:
    """Publish the digests of a file, and return whether that worked.

    A failure of our own, such as a full disk, is nothing the editor can mend. The next scan tries the file again, and
    neither other files nor subscribers wait for it.
    """
    try:
        await publisher.ingest(path, data)
    except Exception:
        log.exception("digest_ingest_failed", file=path.name)
        return False
    return True
