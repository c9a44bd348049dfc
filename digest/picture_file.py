"""Check the bytes of a picture's file against what Telegram takes as a photo. Pure."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from enum import StrEnum

MAX_PICTURE_BYTES = 10 * 1024 * 1024
MAX_SIDES = 10_000
"""Most pixels of width and height together."""

MAX_RATIO = 20
"""Most times that one side is as long as the other."""


class PictureProblem(StrEnum):
    """Why the file of a picture is not sent."""

    MISSING = "missing"
    OUTSIDE = "outside"
    NOT_A_FILE = "not_a_file"
    CHANGING = "changing"
    TOO_LARGE = "too_large"
    NO_PICTURE = "no_picture"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_NARROW = "too_narrow"


ReadPicture = Callable[[str], "bytes | PictureProblem"]
"""Return the bytes of the file at a path that a digest names, or why there are none."""


def no_files(_path: str) -> PictureProblem:
    """Return that there is no file, as beside a digest that has no folder."""
    return PictureProblem.MISSING


def picture_problem(data: bytes) -> PictureProblem | None:
    """Return why Telegram takes no photo of these bytes; None if it does."""
    if len(data) > MAX_PICTURE_BYTES:
        return PictureProblem.TOO_LARGE
    size = picture_size(data)
    if size is None or min(size) < 1:
        return PictureProblem.NO_PICTURE
    if sum(size) > MAX_SIDES:
        return PictureProblem.TOO_MANY_PIXELS
    return PictureProblem.TOO_NARROW if max(size) > MAX_RATIO * min(size) else None


def picture_key(data: bytes) -> str:
    """Return the name of a picture by its bytes."""
    return hashlib.sha256(data).hexdigest()


def address_key(url: str) -> str:
    """Return the name of a picture by its address."""
    return hashlib.sha256(b"address " + url.encode("utf-8", "surrogatepass")).hexdigest()


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a JPEG, PNG or WebP picture; None for other bytes."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP" and len(data) >= 30:
        return _webp_size(data)
    return _jpeg_size(data) if data.startswith(b"\xff\xd8\xff") else None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    match data[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        case b"VP8L" if data[20] == 0x2F:
            bits = int.from_bytes(data[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack("<HH", data[26:30])
            return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Walk the segments to the first frame header (SOF0 to SOF15 without DHT, JPG and DAC)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))
    return None
