"""Find dates, with times where given, in front matter, file names, titles and headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LEAP_YEAR = 2000

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january enero ene января янв janvier januar jänner janeiro gennaio",
            "feb february febrero февраля фев février fevrier februar fevereiro febbraio",
            "mar march marzo марта mars märz março marco",
            "apr april abril abr апреля апр avril aprile",
            "may mayo мая mai maio maggio",
            "jun june junio июня juin juni junho giugno",
            "jul july julio июля juillet juli julho luglio",
            "aug august agosto ago августа авг août aout",
            "sep sept september septiembre сентября сен septembre setembro settembre",
            "oct october octubre октября окт octobre oktober outubro ottobre",
            "nov november noviembre ноября ноя novembre novembro",
            "dec december diciembre dic декабря дек décembre decembre dezember dezembro dicembre",
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
_ORDINAL = r"(?:st|nd|rd|th|er|\.|º)?"
_MONTH_FIRST = re.compile(rf"\b{_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>20\d\d)\b", re.IGNORECASE)
_DAY_FIRST = re.compile(
    rf"\b(?P<d>\d{{1,2}}){_ORDINAL}\s+(?:de\s+)?{_MONTH},?\s+(?:de(?:l)?\s+)?(?P<y>20\d\d)\b",
    re.IGNORECASE,
)
_YEARLESS = re.compile(r"(?<![0-9年/.-])(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]?")
_NAMED_DAY = re.compile(
    rf"\b{_MONTH}\s+\d{{1,2}}\b|\b\d{{1,2}}{_ORDINAL}\s+(?:de\s+)?{_MONTH.replace('name', 'other')}(?!\w)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"[T\s,]*(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"\s*[(（]?(?P<zone>Z\b|(?:UTC|GMT)(?:\s?[+-]\s?\d{1,2}(?::?\d\d)?(?![\d:])|(?!\s?[+-]\s?\d))|[+-]\d\d:?\d\d\b"
    r"|[A-Z]\w+(?:/[A-Z]\w+){1,2})?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>[0-5]\d)?")
_SIGNS = str.maketrans("＋－−–", "+---")
_TIME_OR_ZONE = re.compile(
    r".*?\d[:：.h]\d\d|.*?\d\s*[ap]\.?m\b|[\s(（]*(?:[A-Z]{2,}|[+-]\d)"
    r"|.*?[\d一二三四五六七八九十]\s*[点點时時시]|.*?(?:时间|時間|標準時|시간)",
    re.IGNORECASE,
)
"""What looks like a time of day, or a zone: `8pm`, `晚上8点`, `CET`, `北京时间`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateMatch:
    """A date found in a string: its position there, and the instant if a time of day follows it.

    `is_ambiguous`: day and month may be the other way round (`01/12/2026`).
    """

    day: date
    start: int
    end: int
    instant: datetime | None = None
    is_ambiguous: bool = False


def find_date(text: str, zone: tzinfo, year: int | None = None) -> DateMatch | None:
    """Find the first date in the text; `year` completes a date without one (`9月12日`)."""
    searched = (pattern.search(text) for pattern in (_NUMERIC, _COMPACT, _MONTH_FIRST, _DAY_FIRST, _YEAR_LAST))
    matches = [match for match in searched if match]
    if not matches and year is not None and (yearless := _YEARLESS.search(text)):
        matches = [yearless]
    for match in sorted(matches, key=lambda match: match.start()):
        if (day := _parse_day(match, year)) is not None:
            return DateMatch(
                day=day,
                start=match.start(),
                end=match.end(),
                instant=_parse_instant(text, match.end(), day, zone),
                is_ambiguous=match.groupdict().get("sep") == "/" and day.day <= 12 and day.day != day.month,
            )
    return None


def find_unread_time(text: str, found: DateMatch) -> str:
    """Return what stands behind a date as its time or zone and could not be read, "" if there is nothing such."""
    time = _match_time(text, found.end) if found.instant is not None else None
    rest = text[time.end() if time else found.end :]
    is_zoned = time is not None and time["zone"] is not None
    return "" if is_zoned or not _TIME_OR_ZONE.match(rest) else rest.strip(" T,")


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
    match = _match_time(text, at)
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
    except (ValueError, ZoneInfoNotFoundError, OSError):  # a folder of zones is no zone
        return None


def _match_time(text: str, at: int) -> re.Match[str] | None:
    """Match a time behind a date, whose offset may have a sign in full width or of typography: `UTC＋8`, `UTC−5`."""
    return _TIME.match(text.translate(_SIGNS), at)


def _parse_offset(written: str | None, zone: tzinfo) -> tzinfo:
    """Return the zone as written (`UTC+8`, `+0800`, `Europe/Berlin`), or `zone` if none is. Raises ValueError."""
    if not written:
        return zone
    if written.upper() in ("Z", "UTC", "GMT"):
        return UTC
    if "/" in written:
        return ZoneInfo(written)
    offset = _OFFSET.fullmatch("".join(written.upper().removeprefix("UTC").removeprefix("GMT").split()))
    if offset is None:
        raise ValueError(f"{written} is no offset")
    difference = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
    return timezone(-difference if offset["sign"] == "-" else difference)
