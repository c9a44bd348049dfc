"""The weekly recap: when it is due for a subscriber, by the calendar of digests. Pure.

It counts as an edition that comes out at its own hour, on one weekday, so a late start follows the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.subscription.calendar import (
    EVERY_DAY,
    MAX_EDITION_AGE,
    Schedule,
    instant,
    latest_window_start,
    local_date,
    next_window_start,
)
from domain.subscription.pause import is_withheld
from domain.subscription.wave_decision import WaveDecision, allowed_at

RECAP_DAYS = 7
"""Days that a recap covers, its own included."""

PLANNED_AHEAD = timedelta(hours=36)
"""How long before it is due a recap has its run; ticks come more often."""


@dataclass(frozen=True, slots=True)
class DueRecap:
    """A recap that is due for a schedule: the local day that it is of, and the instant."""

    day: date
    at: datetime


def due_recaps(schedule: Schedule, weekday: int, now: datetime) -> list[DueRecap]:
    """Return the recaps on a weekday (0 is Monday) that may still go out, and the one that is due soon."""
    weekly = replace(schedule, weekdays=1 << weekday)
    latest, following = latest_window_start(weekly, now), next_window_start(weekly, now)
    due = [latest] if now - latest <= MAX_EDITION_AGE else []
    soon = [following] if following - now <= PLANNED_AHEAD else []
    return [DueRecap(local_date(at, schedule.zone), at) for at in (*due, *soon)]


def recap_instant(day: date, schedule: Schedule) -> datetime | None:
    """Return when the recap of a day is due for a schedule; None on a day that the zone skipped."""
    return instant(day, schedule.at, ZoneInfo(schedule.zone))


def decide_recap(due_at: datetime, schedule: Schedule, now: datetime) -> WaveDecision | datetime:
    """Return what becomes of a recap that was due at an instant: now, in a later window of any day, or never."""
    at = allowed_at(due_at, replace(schedule, weekdays=EVERY_DAY), now)
    if at is None:
        return WaveDecision.MISSED
    return WaveDecision.NOW if at <= now else at


def next_recap(
    schedule: Schedule,
    weekday: int,
    now: datetime,
    *,
    since: datetime,
    paused_until: datetime | None = None,
    had: date | None = None,
) -> datetime:
    """Return when the next recap comes, if anything is published by then.

    `since` is when it was chosen, `had` the day of the newest recap that was planned for the subscriber.
    """
    for recap in due_recaps(schedule, weekday, now):
        if recap.at > now or recap.at < since or is_withheld(recap.at, paused_until) or recap.day == had:
            continue
        decision = decide_recap(recap.at, schedule, now)
        if decision is not WaveDecision.MISSED:
            return decision if isinstance(decision, datetime) else now
    start = now if paused_until is None else max(now, paused_until)
    weekly = replace(schedule, weekdays=1 << weekday)
    return next_window_start(weekly, start - timedelta(microseconds=1) if start > now else now)
