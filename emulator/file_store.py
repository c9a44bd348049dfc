"""In-memory store of uploaded documents; beyond its size limit it drops the oldest."""

import secrets
from collections import OrderedDict

from emulator.models import Document, FileKind

MAX_STORED_BYTES = 256 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
"""Largest file a bot can download from the public Bot API server."""


class FileStore:
    """Documents uploaded by the bot or by users, by file id."""

    def __init__(self, max_bytes: int = MAX_STORED_BYTES) -> None:
        self._files: OrderedDict[str, tuple[Document, bytes]] = OrderedDict()
        self._stored_bytes = 0
        self._max_bytes = max_bytes

    def add(self, name: str | None, mime_type: str | None, data: bytes, kind: FileKind = "document") -> Document:
        return self.put(Document(f"BQACAgEmu{secrets.token_urlsafe(33)}", name, mime_type, len(data), kind), data)

    def put(self, document: Document, data: bytes) -> Document:
        """Store a document unless its file id is stored already, and return the stored one."""
        if (stored := self._files.get(document.file_id)) is not None:
            return stored[0]
        self._files[document.file_id] = document, data
        self._stored_bytes += len(data)
        while self._stored_bytes > self._max_bytes and len(self._files) > 1:
            _, (_, dropped) = self._files.popitem(last=False)
            self._stored_bytes -= len(dropped)
        return document

    def find(self, file_id: str) -> tuple[Document, bytes] | None:
        return self._files.get(file_id)

    def path_of(self, document: Document) -> str:
        """Return the file_path of getFile."""
        suffix = (document.file_name or "").rpartition(".")[2] if "." in (document.file_name or "") else "bin"
        safe = suffix if suffix.isascii() and suffix.isalnum() else "bin"
        return f"documents/{document.file_id}.{safe}"

    def find_by_path(self, path: str) -> tuple[Document, bytes] | None:
        folder, _, name = path.partition("/")
        return self.find(name.rpartition(".")[0]) if folder == "documents" else None
