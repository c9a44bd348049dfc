"""Routes for files that somebody drops on the page: they go into the folder that the emulator was started with."""

import asyncio
import re
import secrets
from pathlib import Path

import msgspec
from aiohttp import web

from emulator.control import http
from emulator.control.http import ControlledServer

MAX_FILE_BYTES = 5_000_000
MAX_NAME_BYTES = 200
_NAME = re.compile(r"[^\x00-\x1f\x7f/\\.~#][^\x00-\x1f\x7f/\\]*\.md", re.IGNORECASE)
"""A Markdown file's name without a folder; a leading dot, tilde or hash marks temporary files."""


class DroppedFile(msgspec.Struct, forbid_unknown_fields=True):
    file_name: str
    text: str


class DroppedFileRoutes:
    """Routes under /control/dropped-files."""

    def __init__(self, server: ControlledServer) -> None:
        self._server = server

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/dropped-files", self.take)]

    async def take(self, request: web.Request) -> web.Response:
        folder = self._server.drop_folder
        if folder is None:
            raise http.ControlError("no folder takes files here; start the emulator with --drop-folder", 404)
        body = await http.read_body(request, DroppedFile)
        if not _NAME.fullmatch(body.file_name) or len(body.file_name.encode(errors="replace")) > MAX_NAME_BYTES:
            raise http.ControlError("the name must be that of a Markdown file, such as 2025-09-12.md")
        try:
            data = body.text.encode()
        except UnicodeEncodeError:
            raise http.ControlError("the text has characters that no file can hold") from None
        if len(data) > MAX_FILE_BYTES:
            raise http.ControlError(f"the file has more than {MAX_FILE_BYTES:,} bytes")
        await asyncio.to_thread(_replace, folder / body.file_name, data)
        return http.json_response({"file_name": body.file_name})


def _replace(path: Path, data: bytes) -> None:
    """Put a file in a path's place at once; a link there is replaced, not followed."""
    partial = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise http.ControlError(f"the file cannot be written: {error.strerror}") from error
