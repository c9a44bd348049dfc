"""Request bodies with files: `multipart/form-data` (RFC 7578), as the Bot API takes uploads."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """A file to upload: its name and its bytes."""

    name: str
    content: bytes


def encode_form(fields: Mapping[str, str], files: Mapping[str, File]) -> tuple[str, bytes]:
    """Return the content type and the body of a form with fields and files, by their names."""
    boundary = secrets.token_hex(16)
    parts = [_part(boundary, f'name="{name}"', value.encode()) for name, value in fields.items()]
    for name, file in files.items():
        heading = f'name="{name}"; filename="{_quoted(file.name)}"\r\nContent-Type: application/octet-stream'
        parts.append(_part(boundary, heading, file.content))
    return f"multipart/form-data; boundary={boundary}", b"%b--%b--\r\n" % (b"".join(parts), boundary.encode())


def _part(boundary: str, heading: str, content: bytes) -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {heading}\r\n\r\n"
    return b"%b%b\r\n" % (head.encode(), content)


def _quoted(name: str) -> str:
    """Return a file name that cannot end its own quotes or line."""
    return re.sub(r'[\x00-\x1f"\\]', "_", name)
