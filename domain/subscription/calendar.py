"""The calendar: when an edition is due for a schedule (`due_instant`). Pure.

An edition is due at the first instant, not before its publication, that lies in one of the schedule's daily windows
`[time, time + DELIVERY_WINDOW)`, provided it is at most `MAX_EDITION_AGE` old then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

DELIVERY_WINDOW = timedelta(hours=6)
"""How long after its time of day a schedule still accepts an edition."""

MAX_EDITION_AGE = timedelta(hours=24)
"""Greatest age of an edition at the instant it is due."""

EVERY_DAY = 0b1111111

_SEARCHED_DAYS = 12
"""Days in which a window is searched: a week, a day that a zone skipped, and room at both ends."""

_SEARCHED_PAST = timedelta(days=9)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A time of day, in minutes from midnight (0-1439), in a time zone on some weekdays (bit 0 is Monday)."""

    zone: str
    minute_of_day: int
    weekdays: int = EVERY_DAY

    def __post_init__(self) -> None:
        if not 0 <= self.minute_of_day < 1440 or not 0 < self.weekdays <= EVERY_DAY:
            raise ValueError(f"no such schedule: {self!r}")

    @property
    def at(self) -> time:
        return time(self.minute_of_day // 60, self.minute_of_day % 60)

    def includes_weekday(self, day: date) -> bool:
        """Return whether the schedule has the weekday of `day`."""
        return bool(self.weekdays >> day.weekday() & 1)


def due_instant(published: datetime, schedule: Schedule, *, first_window: datetime | None = None) -> datetime | None:
    """Return the instant (UTC) at which an edition published then is due; None if it would be too old.

    Windows that begin before `first_window` do not count.
    """
    for start in _window_starts(schedule, published - DELIVERY_WINDOW - timedelta(days=1)):
        if start + DELIVERY_WINDOW > published and (first_window is None or start >= first_window):
            at = max(start, published.astimezone(UTC))
            return at if at - published <= MAX_EDITION_AGE else None
    return None


def next_window_start(schedule: Schedule, after: datetime) -> datetime:
    """Return the first start (UTC) of a window after an instant."""
    return next(start for start in _window_starts(schedule, after - timedelta(days=1)) if start > after)


def latest_window_start(schedule: Schedule, now: datetime) -> datetime:
    """Return the start (UTC) of the last window that has begun by `now`."""
    starts = _window_starts(schedule, now - _SEARCHED_PAST)
    *_, latest = takewhile(lambda start: start <= now, starts)
    return latest


def local_date(moment: datetime, zone: str) -> date:
    """Return the date that it is in a zone at an instant."""
    return moment.astimezone(ZoneInfo(zone)).date()


def instant(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """Return a local time as an instant in UTC: the first one in a repeated hour, the first one after a skipped hour.

    Returns None for a day that the zone skipped altogether (a move across the date line).
    """
    local = datetime.combine(day, at, zone)
    late = local.astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return late
    early = local.replace(fold=1).astimezone(UTC)
    if late - early >= timedelta(days=1):
        return None
    return _first_after_gap(early, late, zone)


def day_start(day: date, zone: str) -> datetime | None:
    """Return the instant (UTC) at which a day begins in a zone; None if the zone skipped it."""
    return instant(day, time(), ZoneInfo(zone))


def _window_starts(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Yield the starts of the schedule's windows in order, beginning with the local day of `after`."""
    zone = ZoneInfo(schedule.zone)
    first = after.astimezone(zone).date()
    for day in (first + timedelta(days=n) for n in range(_SEARCHED_DAYS)):
        start = instant(day, schedule.at, zone) if schedule.includes_weekday(day) else None
        if start is not None:
            yield start


def _first_after_gap(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant in `[early, late]`, to the second, at which the zone's clocks jump."""
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late
