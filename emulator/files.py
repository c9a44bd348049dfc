"""Bytes of documents -> ids and paths to fetch them by. Bounded: the oldest are forgotten first."""

import secrets
from collections import OrderedDict

from emulator.values import Document

MOST_BYTES = 256 * 1024 * 1024
DOWNLOAD_BYTES = 20 * 1024 * 1024  # what a bot may fetch from the public server


class Files:
    """What was uploaded, by either side."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._data: OrderedDict[str, tuple[Document, bytes]] = OrderedDict()
        self._size = 0
        self._most = most_bytes

    def add(self, name: str | None, mime_type: str | None, data: bytes) -> Document:
        document = Document(f"BQACAgEmu{secrets.token_urlsafe(33)}", name, mime_type, len(data))
        self._data[document.file_id] = document, data
        self._size += len(data)
        while self._size > self._most and len(self._data) > 1:
            _, (_, forgotten) = self._data.popitem(last=False)
            self._size -= len(forgotten)
        return document

    def find(self, file_id: str) -> tuple[Document, bytes] | None:
        return self._data.get(file_id)

    def path(self, document: Document) -> str:
        """The file_path of getFile."""
        suffix = (document.file_name or "").rpartition(".")[2] if "." in (document.file_name or "") else "bin"
        safe = suffix if suffix.isascii() and suffix.isalnum() else "bin"
        return f"documents/{document.file_id}.{safe}"

    def at_path(self, path: str) -> tuple[Document, bytes] | None:
        folder, _, name = path.partition("/")
        return self.find(name.rpartition(".")[0]) if folder == "documents" else None
