"""A pause: nothing comes by itself until a day of the subscriber's own, and then it goes on. Pure.

What is due before the pause ends stays away for good: it is not sent late, only to be read in the archive.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.subscription.calendar import instant, local_date

OFFERED_WEEKS = (1, 2, 4)
"""Lengths of a pause that are offered as buttons."""

MAX_PAUSE = timedelta(days=366)
"""The longest pause."""


def is_withheld(due: datetime, paused_until: datetime | None) -> bool:
    """Return whether what is due then stays away; `paused_until` is the end of the last pause, past or to come."""
    return paused_until is not None and due < paused_until


def pause_end(day: date, zone: str) -> datetime:
    """Return the instant (UTC) at which a pause until a day ends: the day's own digest comes again."""
    clock = ZoneInfo(zone)
    days = (day + timedelta(days=skipped) for skipped in range(3))
    return next(start for start in (instant(each, time(), clock) for each in days) if start is not None)


def may_pause_until(day: date, today: date) -> bool:
    """Return whether a pause may end on a day."""
    return today < day <= today + MAX_PAUSE


def moved_pause_end(paused_until: datetime | None, old_zone: str, new_zone: str) -> datetime | None:
    """Return the end of a pause after a move to another zone: it ends on the same day there."""
    if paused_until is None or old_zone == new_zone:
        return paused_until
    return pause_end(local_date(paused_until, old_zone), new_zone)
