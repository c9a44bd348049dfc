"""The digest folder for the event loop: a scan or a read that hangs blocks neither other files nor the exit."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import structlog

from bot.daemon_calls import CallHangs, DaemonCalls
from bot.folder_scan import FileContent, FileUnavailable, FolderScan, FolderUnavailable, read_file, scan_folder
from domain.chat.i18n import lazy_text
from domain.folder_problems import FileProblem, FolderProblem
from domain.known_reasons import reason_text
from storage.made_files import make_folder

log = structlog.get_logger(__name__)

CALL_TIMEOUT_SECONDS = 10.0
"""Time for a scan, or for reading a file; a slow network share takes a second or two."""

MAX_HANGING_READS = 8
"""The most threads that hung reads may hold; further files are then not read."""


class DigestFolderUnusable(Exception):
    """The digest folder does not exist and cannot be created."""

    def __init__(self, folder: Path, reason: str | None) -> None:
        super().__init__(
            lazy_text(
                "DIGESTS: the folder {folder} cannot be created ({reason}); set it to a folder you can write to",
                folder=folder,
                reason=reason_text(reason),
            )
        )


class DigestFolder:
    """Lists the folder and reads its files in daemon threads."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._scans = DaemonCalls(timeout_seconds=CALL_TIMEOUT_SECONDS, max_hanging=1)
        self._reads = DaemonCalls(timeout_seconds=CALL_TIMEOUT_SECONDS, max_hanging=MAX_HANGING_READS)

    async def create(self) -> None:
        """Create the folder if it is missing; one that hangs is left to the scans. Raises `DigestFolderUnusable`."""
        try:
            is_new = await self._scans.run("", partial(_create, self.path))
        except OSError as error:
            raise DigestFolderUnusable(self.path, error.strerror) from error
        except CallHangs:
            return
        if is_new:
            log.warning("digest_folder_created", folder=str(self.path))

    async def scan(self) -> FolderScan:
        """Return the digests of the folder. Raises `FolderUnavailable`."""
        try:
            return await self._scans.run("", partial(scan_folder, self.path))
        except CallHangs as error:
            raise FolderUnavailable(FolderProblem.HANGS) from error

    async def read(self, name: str) -> FileContent | None:
        """Return a file's content, or None if it is not there. Raises `FileUnavailable`."""
        try:
            return await self._reads.run(name, partial(read_file, self.path, name))
        except CallHangs as error:
            raise FileUnavailable(FileProblem.HANGS) from error

    async def read_other(self, name: str) -> bytes | None:
        """Return the bytes of a file, no bytes if it cannot be read now, or None if it is not there."""
        try:
            content = await self.read(name)
        except FileUnavailable:
            return b""
        return content.data if content else None


def _create(path: Path) -> bool:
    if path.is_dir():
        return False
    make_folder(path)
    return True
