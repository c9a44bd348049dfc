"""Numbers before headlines, as editors write them: `1.` `1、` `1)` `（1）` `#1` `第1条` `①` `1️⃣`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_ORNAMENT = r"[^\w\s(（\[【#]{0,3}\s*"
_MARKER = re.compile(
    rf"{_ORNAMENT}(?:"
    r"第\s*(?P<a>\d{1,3})\s*条\s*[：:、.]?\s*"
    r"|[(（\[【]\s*(?P<b>\d{1,3})\s*[)）\]】]\s*[.、]?\s*"
    r"|(?:No\.?\s*|#)(?P<c>\d{1,3})(?=[\s.:：、|])\s*[.:：、|]?\s*"
    r"|(?P<d>\d{1,3})\ufe0f?\u20e3\s*"
    r"|(?P<e>\d{1,3})\s*(?:[、．)）]|[.:：](?!\d)|\|(?=\s))\s*"
    r"|(?P<f>[①-⒛])\s*[、.]?\s*)"
)
_TAG = re.compile(r"\s*#(\d{1,3})$")


@dataclass(frozen=True, slots=True)
class Marker:
    """The number as written, and where the text after it begins (or, `at_end`, where the text before it ends)."""

    number: str
    at: int
    at_end: bool = False


def marker_of(plain: str) -> Marker | None:
    """The number that a line begins with."""
    match = _MARKER.match(plain)
    if match is None or match.end() == 0:
        return None
    number = next(group for group in match.groups() if group)
    if not number.isdecimal() or not number.isascii():
        number = str(int(unicodedata.numeric(number) if len(number) == 1 else int(number)))
    return Marker(number, match.end())


def tag_of(plain: str) -> Marker | None:
    """The number that a heading ends with: `T #1`."""
    match = _TAG.search(plain)
    return Marker(match[1], match.start(), at_end=True) if match else None
