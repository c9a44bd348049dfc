"""Write editions that were published in the chat into the digest folder, where the operator wants that."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import structlog

from bot.files import write_atomically
from domain.file_names import edition_file_name, is_digest_name, shown_name

log = structlog.get_logger(__name__)


class WriteBack:
    """The files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def choose_file(self, day: date, path: str | None, language: str = "") -> str | None:
        """Return the file of a text: the one that it came from, or a new one; None if another file is there."""
        if path is not None and "/" not in path and is_digest_name(path):
            return path
        name = edition_file_name(day, language)
        is_taken = await asyncio.to_thread((self._folder / name).exists)
        if is_taken:
            log.warning("edition_not_written_back", file=name, reason="another file is there")
        return None if is_taken else name

    async def write_file(self, name: str, data: bytes) -> bool:
        """Write a file, so that who reads it sees the former or the new one; return whether that succeeded."""
        if (self._folder / name).is_symlink():  # it may lead out of the folder
            log.warning("edition_not_written_back", file=shown_name(name), reason="it is a link")
            return False
        try:
            await asyncio.to_thread(write_atomically, data, self._folder / name)
        except OSError as error:
            log.warning("edition_not_written_back", file=shown_name(name), reason=error.strerror)
            return False
        return True
