"""Find dates, with times where given, in front matter, file names, titles and headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

_LEAP_YEAR = 2000

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january enero ene января янв",
            "feb february febrero февраля фев",
            "mar march marzo марта",
            "apr april abril abr апреля апр",
            "may mayo мая",
            "jun june junio июня",
            "jul july julio июля",
            "aug august agosto ago августа авг",
            "sep sept september septiembre сентября сен",
            "oct october octubre октября окт",
            "nov november noviembre ноября ноя",
            "dec december diciembre dic декабря дек",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = "(?P<name>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_NUMERIC = re.compile(
    r"(?<![0-9])(?P<y>(?:19|20)\d\d)\s*[-/.年년_]\s*(?P<m>\d{1,2})\s*[-/.月월_]\s*(?P<d>\d{1,2})(?![0-9])\s*[日号일]?"
)
_YEAR_LAST = re.compile(r"(?<![0-9.])(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<y>20\d\d)(?![0-9])")
_COMPACT = re.compile(r"(?<![0-9])(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)(?![0-9])")
_MONTH_FIRST = re.compile(rf"\b{_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>20\d\d)\b", re.IGNORECASE)
_DAY_FIRST = re.compile(
    rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:de\s+)?{_MONTH},?\s+(?:de(?:l)?\s+)?(?P<y>20\d\d)\b", re.IGNORECASE
)
_YEARLESS = re.compile(r"(?<![0-9年/.-])(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]?")
_NAMED_DAY = re.compile(
    rf"\b{_MONTH}\s+\d{{1,2}}\b|\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:de\s+)?{_MONTH.replace('name', 'other')}(?!\w)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"[T\s,]*(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?P<zone>Z\b|UTC|GMT|[+-]\d\d:?\d\d\b)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateMatch:
    """A date found in a string: its position there, and the instant if a time of day follows it."""

    day: date
    start: int
    end: int
    instant: datetime | None = None


def find_date(text: str, zone: tzinfo, year: int | None = None) -> DateMatch | None:
    """Find the first date in the text; `year` completes a date without one (`9月12日`)."""
    searched = (pattern.search(text) for pattern in (_NUMERIC, _COMPACT, _MONTH_FIRST, _DAY_FIRST, _YEAR_LAST))
    matches = [match for match in searched if match]
    if not matches and year is not None and (yearless := _YEARLESS.search(text)):
        matches = [yearless]
    for match in sorted(matches, key=lambda match: match.start()):
        if (day := _parse_day(match, year)) is not None:
            return DateMatch(
                day=day, start=match.start(), end=match.end(), instant=_parse_instant(text, match.end(), day, zone)
            )
    return None


def names_day(text: str, zone: tzinfo) -> bool:
    """Whether the text has the date of a day, with or without its year."""
    return _find_day(text, zone) is not None


def without_day(text: str, zone: tzinfo) -> str:
    """Return the text without the date of a day, which may have no year; "" if there is none."""
    found = _find_day(text, zone)
    return text[: found[0]] + text[found[1] :] if found else ""


def _find_day(text: str, zone: tzinfo) -> tuple[int, int] | None:
    dated = find_date(text, zone, _LEAP_YEAR)
    if dated is not None:
        return dated.start, dated.end
    named = _NAMED_DAY.search(text)
    return named.span() if named else None


def find_year(text: str) -> int | None:
    """Find a year in the text (`2025-09`, `2025年9月`), to complete headings that leave it out."""
    match = re.search(r"(?<![0-9])(20\d\d)(?![0-9])", text)
    return int(match[1]) if match else None


def _parse_day(match: re.Match[str], year: int | None) -> date | None:
    parts = match.groupdict()
    if parts.get("sep"):
        parts["d"], parts["m"] = _day_and_month(int(parts["a"]), int(parts["b"]), parts["sep"])
    month = _MONTHS[parts["name"].lower()] if parts.get("name") else int(parts["m"])
    try:
        return date(int(parts.get("y") or year or 0), month, int(parts["d"]))
    except ValueError:
        return None


def _day_and_month(first: int, second: int, separator: str) -> tuple[int, int]:
    """Order day and month of a date that ends with the year: 17-06-2025; slashes prefer the month first."""
    if second > 12 or (separator == "/" and first <= 12):
        return second, first
    return first, second


def _parse_instant(text: str, at: int, day: date, zone: tzinfo) -> datetime | None:
    match = _TIME.match(text, at)
    if match is None:
        return None
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    try:
        return datetime(
            day.year,
            day.month,
            day.day,
            int(match["hour"]),
            int(match["minute"]),
            int(match["second"] or 0),
            int(fraction),
            _parse_offset(match["zone"], zone),
        )
    except ValueError:
        return None


def _parse_offset(written: str | None, zone: tzinfo) -> tzinfo:
    if not written:
        return zone
    if written.upper() in ("Z", "UTC", "GMT"):
        return UTC
    offset = timedelta(hours=int(written[1:3]), minutes=int(written[-2:]))
    return timezone(-offset if written[0] == "-" else offset)
