"""Recognise the numbers and bullets that editors write before headlines.

Numbers: `1.` `1、` `1)` `（1）` `#1` `第1条` `①` `1️⃣` `01 ` `01｜` `1/ ` `一、` `A) `; times: `08:30 ` `[01:02:45] `.
"""

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
    r"|(?P<d>(?:\d{1,3}\ufe0f?\u20e3){1,3}|🔟)\s*"
    r"|(?P<e>\d{1,3})\s*(?:[、．)）]|[.:：](?!\d)|[|/](?=\s)|[｜丨│](?!\d))\s*"
    r"|(?P<f>[①-⒛])\s*[、.]?\s*"
    r"|(?P<g>[一二三四五六七八九十]{1,3})、\s*"
    r"|(?P<h>0\d)\s+(?![月日年点时分])"
    r"|(?P<l>[A-Z])\)\s+)"
)
_BULLET = re.compile(r"[•●▪◦‣·∙◆◇■□▶►➤➢▸▹→»○◎🔹🔸🔺]\ufe0f?\s*(?=\S)")
_TIME = re.compile(r"[^\w\s]{0,2}\s*\d{1,2}(?:[:：][0-5]\d){1,2}(?![\d:：])(?=[^\w\s]|\s+\S)")
_ORDINAL = re.compile(rf"{_ORNAMENT}[一二三四五六七八九十]{{1,3}}、")
_OUTLINE = re.compile(r"(\d{1,2})[.．-](\d{1,2})[.．、:：]?\s+(?=\S)")
_KEYCAPS = re.compile("[\ufe0f\u20e3]")
_TAG = re.compile(r"(?:(?<!\s)\s+)?#(\d{1,3})$")


@dataclass(frozen=True, slots=True)
class ListMarker:
    """A number in Arabic digits (empty for a bullet).

    The text begins at `offset`; if the number is `at_end`, the text ends there. Numbers of one `kind` are written
    alike; the kind of a bullet is its sign.
    """

    number: str
    offset: int
    at_end: bool = False
    kind: str = ""


def find_marker(plain: str) -> ListMarker | None:
    """Find the number that a line begins with."""
    match = _MARKER.match(plain)
    if match is None or match.end() == 0:
        return None
    number = next(group for group in match.groups() if group)
    number = _KEYCAPS.sub("", number) if match.lastgroup != "l" else str(ord(number) - ord("A") + 1)
    if not number.isdecimal() or not number.isascii():
        number = str(_to_arabic(number))
    return ListMarker(number, match.end(), kind=match.lastgroup or "")


def find_outline_number(plain: str) -> tuple[int, int, ListMarker] | None:
    """Find a number of two levels that a line begins with (`1.2 T`): both of its parts, and the marker."""
    match = _OUTLINE.match(plain)
    return (int(match[1]), int(match[2]), ListMarker("", match.end(), kind="outline")) if match else None


def find_bullet(plain: str) -> ListMarker | None:
    """Find the bullet character (`•` or the like) that a line begins with, or the time, which stays in its text."""
    if _TIME.match(plain):
        return ListMarker("", 0, kind="time")
    match = _BULLET.match(plain)
    return ListMarker("", match.end(), kind=plain[0]) if match else None


def starts_with_chinese_numeral(plain: str) -> bool:
    """Whether a line begins with a Chinese numeral (`一、`), used for items and for sections above items."""
    return _ORDINAL.match(plain) is not None


def find_trailing_number(plain: str) -> ListMarker | None:
    """Find the number that a heading ends with: `T #1`."""
    match = _TAG.search(plain)
    return ListMarker(match[1], match.start(), at_end=True) if match else None


def _to_arabic(number: str) -> int:
    """Return the value of full-width digits, a single sign (`①`) or Chinese numerals below a hundred (`二十一`)."""
    if number.isdecimal():
        return int(number)
    if number == "🔟":
        return 10
    if len(number) == 1:
        return int(unicodedata.numeric(number))
    tens, _, ones = number.partition("十")
    return (10 * int(unicodedata.numeric(tens or "一")) if "十" in number else 0) + sum(
        int(unicodedata.numeric(digit)) for digit in ones
    )
