"""Parsing of dates as people type them: `2025-09-12`, `9月12日`, `12 Sep`, `yesterday`, `昨天`."""

from __future__ import annotations

import re
from datetime import date, timedelta

from handlers.input.numerals import normalize

_NAMED = {
    0: ("today", "今天", "今日"),
    1: ("yesterday", "昨天", "昨日"),
    2: ("the day before yesterday", "前天"),
}
_WRITTEN = re.compile(
    r"(?:(?P<year>\d{4})\s*[-./年]?\s*)?(?P<month>\d{1,2})\s*[-./月]\s*(?P<day>\d{1,2})\s*[日号]?"
    r"\s*(?:(?:周|星期)[一二三四五六日天])?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*"
_NUMBER = r"(\d{1,2})(?:st|nd|rd|th)?"
_ENGLISH = re.compile(
    rf"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?(?:{_NUMBER}\s+{_MONTH}|{_MONTH}\s+{_NUMBER})(?:,?\s+(\d{{4}}))?"
)
_YEARS_WITH_A_LEAP_DAY = 9
"""So many years in a row have a 29th of February, even around 2100."""
_PACKED = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")


def parse_date(words: str, today: date) -> date | None:
    """Return the date that a text names, or None. Without a year it is the latest such day up to today."""
    text = normalize(words)
    for days_ago, names in _NAMED.items():
        if text in names:
            return today - timedelta(days=days_ago)
    if match := _ENGLISH.fullmatch(text):
        month = _MONTHS.index(match[2] or match[3]) + 1
        return _latest(match[5], month, int(match[1] or match[4]), today)
    if match := _PACKED.fullmatch(text) or _WRITTEN.fullmatch(text):
        return _latest(match["year"], int(match["month"]), int(match["day"]), today)
    return None


def _latest(year: str | None, month: int, day: int, today: date) -> date | None:
    """Return the day in a year; without a year, its latest occurrence up to today."""
    if year:
        return _date(int(year), month, day)
    days = (_date(today.year - years, month, day) for years in range(_YEARS_WITH_A_LEAP_DAY))
    return next((found for found in days if found is not None and found <= today), None)


def looks_like_date(words: str) -> bool:
    """Return whether a text is written like a date, even one that does not exist (`2025-13-40`)."""
    return bool(_PACKED.fullmatch(normalize(words)) or _WRITTEN.fullmatch(normalize(words)))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
