"""Pictures of our own making for tests."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 8, height: int = 6, shade: int = 0) -> bytes:
    """Return a grey PNG of a size; its pixels are drawn only if they are few."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + bytes([shade]) * width for _ in range(height)) if width * height < 10_000 else b""
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg(width: int = 8, height: int = 6) -> bytes:
    """Return the beginning of a JPEG of a size: with a comment, then the frame's header."""
    comment = b"\xff\xfe" + struct.pack(">H", 7) + b"hello"
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8" + comment + b"\xff" + frame + b"\xff\xd9"


def webp(width: int = 8, height: int = 6) -> bytes:
    """Return the beginning of a WebP of a size."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas
