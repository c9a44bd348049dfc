"""When a broadcast goes out: now, at an instant, or in each one's morning; and its quiet hours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.subscription.calendar import Schedule, instant, next_window_start


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of each local day in which no broadcast goes out, in minutes from midnight; they may span midnight."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start == self.end or not (0 <= self.start < 1440 and 0 <= self.end < 1440):
            raise ValueError(f"no such hours: {self!r}")

    def next_allowed(self, at: datetime, zone: str) -> datetime:
        """Return the first instant from `at` on that is not quiet in a zone."""
        local = at.astimezone(ZoneInfo(zone))
        minute = local.hour * 60 + local.minute
        is_quiet = self.start <= minute < self.end if self.start < self.end else not self.end <= minute < self.start
        if not is_quiet:
            return at
        days = (local.date() + timedelta(days=number) for number in range(3))
        ends = (instant(day, time(self.end // 60, self.end % 60), ZoneInfo(zone)) for day in days)
        return next(end for end in ends if end is not None and end > at)


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastTime:
    """When a broadcast goes out: `at` an instant (None: now), or `in_mornings`, each at the time of their digest.

    The quiet hours hold for what does not go out in mornings, which all have chosen themselves.
    """

    at: datetime | None = None
    in_mornings: bool = False
    quiet_hours: QuietHours | None = None

    def dues(self, schedules: Mapping[int, Schedule], now: datetime) -> dict[int | None, datetime]:
        """Return when it is due for each schedule, and at last for all (None): who changed theirs meanwhile.

        Where one instant holds for all it is the only one.
        """
        start = max(now, self.at or now)
        if self.in_mornings:
            dues: dict[int | None, datetime] = {
                number: next_window_start(schedule, start) for number, schedule in schedules.items()
            }
        elif self.quiet_hours is not None:
            quiet = self.quiet_hours
            dues = {number: quiet.next_allowed(start, schedule.zone) for number, schedule in schedules.items()}
        else:
            return {None: start}
        return dues | {None: max(dues.values(), default=start)}


@dataclass(frozen=True, slots=True)
class WaitingRecipients:
    """How many recipients a broadcast is not due for yet, and when it is due for the first and the last of them.

    `after_first` of them get it later than the first ones.
    """

    people: int
    first: datetime
    last: datetime
    after_first: int = 0


def waiting_recipients(people: Mapping[datetime, int]) -> WaitingRecipients | None:
    """Return those who wait, from the number of recipients by the instant at which it is due; None if nobody does."""
    counts = {at: count for at, count in people.items() if count}
    if not counts:
        return None
    total, first = sum(counts.values()), min(counts)
    return WaitingRecipients(total, first, max(counts), total - counts[first])


NOW = BroadcastTime()
