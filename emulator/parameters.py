"""Read a Bot API request, in any encoding Telegram accepts, into named parameters and files.

Sources: query string, then form, multipart or JSON body (Bot API, "Making requests"). Telegram turns every value into
a string: a JSON number becomes its digits, a JSON object its text. Here JSON values stay encoded until a method reads
them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import BodyPartReader, hdrs, web

from emulator.errors import BadRequest

_OBJECT_DECODER = msgspec.json.Decoder(dict[str, msgspec.Raw])
MAX_DIGITS = 18  # fits 64 bits
MAX_UPLOAD_BYTES = 50 * 1024 * 1024
"""Largest upload the public Bot API server accepts."""


@dataclass(frozen=True, slots=True)
class Upload:
    """File sent in a multipart body."""

    name: str
    mime_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of a method call. Absent and empty are the same, as on Telegram."""

    values: Mapping[str, str | msgspec.Raw]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the value as Telegram's string; "" if absent."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        raw = bytes(value)
        if raw[:1] == b'"':
            return _decode_string(raw)
        return "" if raw == b"null" else raw.decode()

    def has(self, name: str) -> bool:
        return name in self.values and self.text(name) != ""

    def raw(self, name: str) -> bytes:
        """Return the value as undecoded JSON; empty if absent."""
        value = self.values.get(name)
        if value is None:
            return b""
        if isinstance(value, str):
            return value.encode()
        raw = bytes(value)
        if raw[:1] == b'"':
            return _decode_string(raw).encode()
        return b"" if raw == b"null" else raw

    def json(self, name: str, error: str) -> Any:
        """Return the decoded value; None if absent. `error`: Telegram's description for invalid JSON here."""
        raw = self.raw(name)
        if not raw:
            return None
        try:
            return msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            raise BadRequest(error) from None

    def integer(self, name: str, default: int = 0) -> int:
        """Return the leading integer as Telegram reads it: 0 if there are no digits, `default` if absent."""
        text = self.text(name).strip()
        return parse_leading_integer(text) if text else default

    def boolean(self, name: str) -> bool:
        return self.text(name).strip().lower() in ("true", "yes", "1")


def _decode_string(raw: bytes) -> str:
    try:
        return msgspec.json.decode(raw, type=str)
    except msgspec.DecodeError:
        raise BadRequest("strings must be encoded in UTF-8") from None


def parse_leading_integer(text: str) -> int:
    """Return the integer at the start of a text, or 0 (tdlib's to_integer)."""
    sign = -1 if text.startswith("-") else 1
    digits = ""
    for character in text.removeprefix("-"):
        if not ("0" <= character <= "9") or len(digits) > MAX_DIGITS:
            break
        digits += character
    return sign * int(digits) if digits else 0


async def read_parameters(request: web.Request) -> Parameters:
    """Read the whole request. Raises BadRequest if the body does not match its content type."""
    values: dict[str, str | msgspec.Raw] = dict(request.query) if request.query_string else {}
    if request.method == hdrs.METH_GET or not request.can_read_body:
        return Parameters(values)
    kind = request.content_type
    if kind == "application/json":
        values.update(_read_json(await request.read()))
    elif kind == "application/x-www-form-urlencoded":
        values.update({name: value for name, value in (await request.post()).items() if isinstance(value, str)})
    elif kind == "multipart/form-data":
        return await _read_multipart(request, values)
    return Parameters(values)


def _read_json(body: bytes) -> dict[str, msgspec.Raw]:
    if not body:
        return {}
    try:
        return _OBJECT_DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise BadRequest("can't parse request parameters as a JSON object") from None


async def _read_multipart(request: web.Request, values: dict[str, str | msgspec.Raw]) -> Parameters:
    files = {}
    remaining_bytes = MAX_UPLOAD_BYTES + 1024 * 1024
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            data = await _read_part(part, remaining_bytes)
            remaining_bytes -= len(data)
            if part.filename is None:
                values[part.name] = data.decode("utf-8", "replace")
            else:
                mime = part.headers.get(hdrs.CONTENT_TYPE, "application/octet-stream")
                files[part.name] = Upload(part.filename, mime, data)
    except ValueError:
        raise BadRequest("can't parse the multipart body") from None
    return Parameters(values, files)


async def _read_part(part: BodyPartReader, max_bytes: int) -> bytes:
    """Read a whole part. Raises HTTPRequestEntityTooLarge."""
    data = bytearray()
    while chunk := await part.read_chunk(1 << 16):
        data += chunk
        if len(data) > max_bytes:
            raise web.HTTPRequestEntityTooLarge(max_size=max_bytes, actual_size=len(data))
    return bytes(data)
