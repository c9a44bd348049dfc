"""."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.subscription.calendar import WINDOW, Schedule, due, latest_morning, next_morning


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The next delivery: at an instant, or, in an open window, as soon as the edition is there (`until` then)."""

    at: datetime
    until: datetime | None = None


def upcoming(schedule: Schedule, published: datetime | None, now: datetime, *, had: bool = False) -> Upcoming:
    """The next delivery for a schedule.

    `published`: when the newest known edition goes or went out; `had`: whether that one has come already, perhaps by
    another schedule.
    """
    meant = due(published, schedule) if published is not None else None
    if meant is not None and meant > now:
        return Upcoming(next_morning(schedule, meant) if had else meant)
    begun = latest_morning(schedule, now)
    served = meant is not None and meant >= begun
    if now < begun + WINDOW and not served:
        return Upcoming(begun, until=begun + WINDOW)
    return Upcoming(next_morning(schedule, now))
