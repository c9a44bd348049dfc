"""Times of day: `8`, `8:30`, `0830`, `8pm`, `早上8点`, `晚上九点半` in; minutes from midnight out, and back."""

from __future__ import annotations

import re

from handlers.input.numerals import chinese_numerals_to_digits, normalize

_EARLY = "凌晨|清晨|早晨|早上|上午|早"
_LATE = "中午|下午|傍晚|晚上|夜里|晚"
_TIME = re.compile(
    rf"(?P<part>{_EARLY}|{_LATE})?\s*"
    r"(?:(?P<hour>\d{1,2})(?:\s*(?:[:.]|点钟|点|时|h)\s*(?P<minute>\d{2}|\d(?=分)|半|1刻|3刻)?\s*分?)?"
    r"|(?P<packed>\d{3,4}))"
    r"\s*(?P<half>am|pm|a\.m\.|p\.m\.)?"
)
_WORDS = {"半": 30, "1刻": 15, "3刻": 45}


def parse_time(words: str) -> int | None:
    """Minutes from midnight; None for what is no time of day."""
    found = _TIME.fullmatch(chinese_numerals_to_digits(normalize(words)))
    if found is None:
        return None
    hour, minute = _clock(found)
    if (hour, minute) == (24, 0) and found["minute"]:  # the end of the day is the beginning of the next
        return 0
    hour = _of_day(hour, found["part"] or "", (found["half"] or "").replace(".", ""))
    return hour * 60 + minute if 0 <= hour < 24 and minute < 60 else None


def is_unambiguous_time(words: str) -> bool:
    """Whether a text is a time and can be nothing else: `8` and `830` might be numbers, `9.12` a day."""
    return parse_time(words) is not None and re.search(r"[:点时]|[ap]\.?m", normalize(words)) is not None


def _clock(found: re.Match[str]) -> tuple[int, int]:
    if found["packed"]:
        return int(found["packed"][:-2]), int(found["packed"][-2:])
    said = found["minute"] or "0"
    return int(found["hour"]), _WORDS[said] if said in _WORDS else int(said)


def _of_day(hour: int, part: str, half: str) -> int:
    """The hour on a clock of 24: `part` is the time of day in Chinese, `half` am or pm."""
    if half and not 1 <= hour <= 12:
        return -1
    if half == "am" or part == "凌晨":
        return 0 if hour == 12 else hour
    if part in ("晚上", "夜里", "晚") and hour == 12:
        return 0
    late = half == "pm" or part in _LATE.split("|")
    return hour + 12 if late and 0 < hour < 12 and not (part == "中午" and hour > 9) else hour
