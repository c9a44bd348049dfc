"""."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.subscription.calendar import DELIVERY_WINDOW, Schedule, due_instant, latest_window_start, next_window_start


@dataclass(frozen=True, slots=True)
class NextDelivery:
    """The next delivery: at an instant, or, in an open window, as soon as the edition is there (`until` then)."""

    at: datetime
    until: datetime | None = None


def next_delivery(schedule: Schedule, published: datetime | None, now: datetime, *, had: bool = False) -> NextDelivery:
    """The next delivery for a schedule.

    `published`: when the newest known edition goes or went out; `had`: whether that one has come already, perhaps by
    another schedule.
    """
    meant = due_instant(published, schedule) if published is not None else None
    if meant is not None and meant > now:
        return NextDelivery(next_window_start(schedule, meant) if had else meant)
    begun = latest_window_start(schedule, now)
    served = meant is not None and meant >= begun
    if now < begun + DELIVERY_WINDOW and not served:
        return NextDelivery(begun, until=begun + DELIVERY_WINDOW)
    return NextDelivery(next_window_start(schedule, now))
