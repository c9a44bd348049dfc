"""Tell by its bytes in which encoding a text is that is not UTF-8."""

from __future__ import annotations

from typing import NamedTuple


class Encoding(NamedTuple):
    """An encoding by the name of Python's codec, and as editors choose it from a list."""

    codec: str
    name: str


_ENCODINGS = {
    "gb18030": Encoding("gb18030", "GB 18030"),
    "big5hkscs": Encoding("big5hkscs", "Big5"),
    "cp932": Encoding("cp932", "Shift JIS"),
    "euc_jis_2004": Encoding("euc_jis_2004", "EUC-JP"),
    "cp949": Encoding("cp949", "EUC-KR"),
    "cp1251": Encoding("cp1251", "Windows-1251"),
    "koi8-r": Encoding("koi8-r", "KOI8-R"),
    "cp1252": Encoding("cp1252", "Windows-1252"),
}
"""Those in which digests are still saved, by the names that chardet has for them."""

_FEWEST_BYTES = 3
"""Bytes that are no UTF-8 from which on they tell an encoding; fewer are rather damage."""


def find_encoding(data: bytes) -> Encoding | None:
    """Return the encoding in which all of a text is; None if it is UTF-8 with damage, or no text.

    Text in UTF-8 has more characters that are valid than bytes that are not. Many encodings have a character for any
    pair of bytes, so the likeliest one by its letters is a guess.
    """
    replaced = data.decode("utf-8", "replace")
    broken = replaced.count("\ufffd")
    valid = sum(not character.isascii() for character in replaced) - broken
    if broken < _FEWEST_BYTES or valid > broken or b"\0" in data:
        return None
    from chardet import detect  # noqa: PLC0415 - its models take a tenth of a second, which hardly any file is worth

    found = detect(data, include_encodings=_ENCODINGS, compat_names=False)["encoding"]
    encoding = _ENCODINGS.get((found or "").lower())
    return encoding if encoding is not None and _is_valid(data, encoding) else None


def _is_valid(data: bytes, encoding: Encoding) -> bool:
    """Whether all bytes are characters, from which the same bytes can be made again."""
    try:
        return data.decode(encoding.codec).encode(encoding.codec) == data
    except UnicodeError:
        return False
