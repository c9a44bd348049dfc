"""Days as people name editions: `2025-09-12`, `9月12日`, `12 Sep`, `yesterday`, `昨天` in; the date out."""

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
_PACKED = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")


def parse_date(words: str, today: date) -> date | None:
    """The day meant; without a year the latest one that is not to come. None for what is no day."""
    said = normalize(words)
    for back, names in _NAMED.items():
        if said in names:
            return today - timedelta(days=back)
    if found := _ENGLISH.fullmatch(said):
        month = _MONTHS.index(found[2] or found[3]) + 1
        return _latest(found[5], month, int(found[1] or found[4]), today)
    if found := _PACKED.fullmatch(said) or _WRITTEN.fullmatch(said):
        return _latest(found["year"], int(found["month"]), int(found["day"]), today)
    return None


def _latest(year: str | None, month: int, day: int, today: date) -> date | None:
    """The day of that year, or of the last that is not to come."""
    if year:
        return _date(int(year), month, day)
    this_year = _date(today.year, month, day)
    return this_year if this_year is None or this_year <= today else _date(today.year - 1, month, day)


def looks_like_date(words: str) -> bool:
    """Whether somebody meant a day, though there may be none such (`2025-13-40`)."""
    return bool(_PACKED.fullmatch(normalize(words)) or _WRITTEN.fullmatch(normalize(words)))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
