"""When is whose morning: an instant of publication and a schedule in, the instant it is due out. Pure.

An edition is due at the first instant, not before its publication, that lies in one of the schedule's daily windows
`[time, time + WINDOW)`, provided it is at most `FRESH` old then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DELIVERY_WINDOW = timedelta(hours=6)
"""How long after their time people may still get the morning's digest."""

MAX_EDITION_AGE = timedelta(hours=24)
"""The oldest an edition may be when it is due."""

EVERY_DAY = 0b1111111


@dataclass(frozen=True, slots=True)
class Schedule:
    """A time of day in a zone. `minute` counts from midnight (0-1439); `weekdays` has bit 0 for Monday."""

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
        """Whether the weekday of `day` is one of the schedule's."""
        return bool(self.weekdays >> day.weekday() & 1)


def due_instant(published: datetime, schedule: Schedule) -> datetime | None:
    """When an edition published then is due there, in UTC; None when it will be too old."""
    for start in _mornings(schedule, published - DELIVERY_WINDOW - timedelta(days=1)):
        if start + DELIVERY_WINDOW > published:
            at = max(start, published.astimezone(UTC))
            return at if at - published <= MAX_EDITION_AGE else None
    return None


def next_window_start(schedule: Schedule, after: datetime) -> datetime:
    """The first start of a window after an instant, in UTC."""
    return next(start for start in _mornings(schedule, after - timedelta(days=1)) if start > after)


def latest_window_start(schedule: Schedule, now: datetime) -> datetime:
    """The start of the last window that has begun by `now`, in UTC."""
    begun = list(_few(_mornings(schedule, now - timedelta(days=9)), until=now))
    return begun[-1]


def local_date(moment: datetime, zone: str) -> date:
    """Return the date that it is in a zone at an instant."""
    return moment.astimezone(ZoneInfo(zone)).date()


def instant(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """A local time as an instant in UTC: the first of a doubled hour, the first after a skipped one.

    None on a day that the zone skipped altogether (a move across the date line).
    """
    local = datetime.combine(day, at, zone)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    early, late = local.replace(fold=1).astimezone(UTC), found
    if late - early >= timedelta(days=1):
        return None
    return _first_after_gap(early, late, zone)


def _mornings(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Starts of the schedule's windows in order, from the local day of `after` on, for nine days."""
    zone = ZoneInfo(schedule.zone)
    first = after.astimezone(zone).date()
    for day in (first + timedelta(days=n) for n in range(12)):
        start = instant(day, schedule.at, zone) if schedule.includes_weekday(day) else None
        if start is not None:
            yield start


def _few(starts: Iterator[datetime], *, until: datetime) -> Iterator[datetime]:
    for start in starts:
        if start > until:
            return
        yield start


def _first_after_gap(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the zone's clocks jump, somewhere in `[early, late]`, to the second."""
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late
