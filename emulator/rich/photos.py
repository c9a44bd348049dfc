"""Photos of rich messages: uploads, stored files, and drawn pictures in place of URLs: nothing reaches the network."""

import hashlib
import struct
import zlib
from base64 import urlsafe_b64encode
from functools import lru_cache
from urllib.parse import urlsplit

from emulator import api_objects
from emulator.api_objects import Json
from emulator.errors import BadRequest
from emulator.links import normalize_url
from emulator.models import Document, FileKind
from emulator.parameters import Parameters
from emulator.telegram import Telegram

DRAWN_WIDTH, DRAWN_HEIGHT = 320, 180
UNREACHABLE_SUFFIX = ".invalid"
"""Hosts of this reserved domain cannot be reached, so that a test can have a photo that Telegram fails to fetch."""


class PhotoReference:
    """Photo as the bot named it: a URL, `attach://name` or a file id. No dataclass: JSON would encode its fields."""

    __slots__ = ("media",)

    def __init__(self, media: str) -> None:
        self.media = media

    @property
    def is_url(self) -> bool:
        return self.media.startswith(("http://", "https://"))


def photo_sizes(tg: Telegram, params: Parameters, photo: PhotoReference) -> list[Json]:
    """Return the photo's PhotoSizes. Raises BadRequest."""
    document = _find_document(tg, params, photo)
    stored = tg.files.find(document.file_id)
    size = picture_size(stored[1]) if stored is not None else None
    if size is None:
        raise BadRequest("IMAGE_PROCESS_FAILED")
    file = api_objects.document_object(document)
    names = ("file_id", "file_unique_id", "file_size")
    return [{name: file[name] for name in names} | {"width": size[0], "height": size[1]}]


def _find_document(tg: Telegram, params: Parameters, photo: PhotoReference) -> Document:
    if photo.media.startswith("attach://"):
        upload = params.files.get(photo.media.removeprefix("attach://"))
        if upload is None:
            raise BadRequest("media not found")
        return tg.files.add(upload.name, upload.mime_type, upload.data)
    if photo.is_url:
        return store_web_photo(tg, photo.media)
    stored = tg.files.find(photo.media)
    if stored is None:
        raise BadRequest("wrong remote file identifier specified: Wrong string length")
    return stored[0]


def store_web_photo(tg: Telegram, url: str, kind: FileKind = "document") -> Document:
    """Return the stored picture that stands for a URL, drawing it at first use. Raises BadRequest."""
    if not normalize_url(url):
        raise BadRequest("wrong file identifier/HTTP URL specified")
    parts = urlsplit(url)
    if (parts.hostname or "").endswith(UNREACHABLE_SUFFIX):
        raise BadRequest("failed to get HTTP URL content")
    digest = urlsafe_b64encode(hashlib.sha256(url.encode()).digest()).decode().rstrip("=")
    name = parts.path.rpartition("/")[2] or "photo"
    prefix = "AgACAgEmu" if kind == "document" else "AgACAgEmP"
    return tg.files.put(Document(f"{prefix}{digest}", name, "image/png", len(_drawn(digest)), kind), _drawn(digest))


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG, GIF, WebP or JPEG picture; None for other data."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    if data.startswith((b"GIF87a", b"GIF89a")) and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return int(width), int(height)
    if data.startswith(b"RIFF") and data[8:16] == b"WEBPVP8X" and len(data) >= 30:
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    return _jpeg_size(data) if data.startswith(b"\xff\xd8") else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Walk the segments to the first frame header (SOF0–SOF15 without DHT, JPG and DAC)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += 2 + length
    return None


@lru_cache(maxsize=64)
def _drawn(seed: str) -> bytes:
    """Draw a PNG of a sky, a sun and a hill, whose colours and shapes depend on the seed."""
    random = hashlib.sha256(seed.encode()).digest()
    sun_x, sun_y = 60 + random[0] % 200, 35 + random[1] % 40
    slope, hill = 20 + random[2] % 50, 150 - random[3] % 40
    rows = bytearray()
    for y in range(DRAWN_HEIGHT):
        sky = 2 + y * 12 // DRAWN_HEIGHT
        rows.append(0)  # filter: none
        for x in range(DRAWN_WIDTH):
            if y > hill - slope * x // DRAWN_WIDTH + (x - 160) ** 2 // 400:
                rows.append(0)
            else:
                rows.append(1 if (x - sun_x) ** 2 + (y - sun_y) ** 2 < 24**2 else sky)
    return _png(bytes(rows), _palette(random[4]))


def _palette(hue: int) -> bytes:
    """Return hill, sun and sixteen shades of sky."""
    warm = [(80 + hue // 4, 110, 100), (255, 224, 150)]
    sky = [(120 + hue // 3 + 3 * step, 165 + 4 * step, 235 - 2 * step) for step in range(16)]
    return bytes(min(255, part) for colour in warm + sky for part in colour)


def _png(rows: bytes, palette: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", DRAWN_WIDTH, DRAWN_HEIGHT, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
