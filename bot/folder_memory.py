"""Remember across restarts which folder held digests, so that an empty one in its place is noticed."""

from __future__ import annotations

from pathlib import Path

from storage import kv
from storage.database import Database

_KEY = "digest_folder"


class FolderMemory:
    """Knows the identity of the digest folder, by its path, if digests were in it when it was looked at last."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._path = folder.absolute()
        self._database = database
        self._stored: str | None = None
        self._is_loaded = False

    async def is_replaced(self, identity: tuple[int, int]) -> bool:
        """Return whether the folder with this identity stands where another one held digests."""
        if not self._is_loaded:
            async with self._database.read() as tx:
                self._stored = await kv.get(tx, _KEY)
            self._is_loaded = True
        if self._stored is None:
            return False
        former, _, path = self._stored.partition(" ")
        return path == str(self._path) and former != _text(identity)

    async def note(self, identity: tuple[int, int], *, is_empty: bool) -> None:
        """Note whether digests are in the folder; writes only what is new."""
        value = None if is_empty else f"{_text(identity)} {self._path}"
        if value == self._stored:
            return
        async with self._database.write() as tx:
            await (kv.remove(tx, _KEY) if value is None else kv.put(tx, _KEY, value))
        self._stored = value


def _text(identity: tuple[int, int]) -> str:
    device, number = identity
    return f"{device}:{number}"
