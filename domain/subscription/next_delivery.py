"""The next delivery of a subscriber, as /status shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.subscription.calendar import DELIVERY_WINDOW, Schedule, due_instant, latest_window_start, next_window_start
from domain.subscription.pause import is_withheld


@dataclass(frozen=True, slots=True)
class NextDelivery:
    """When the next digest comes: `at` an instant; with `until`, as soon as an edition appears between the two."""

    at: datetime
    until: datetime | None = None


def next_delivery(
    schedule: Schedule,
    published: datetime | None,
    now: datetime,
    *,
    had: bool = False,
    paused_until: datetime | None = None,
) -> NextDelivery:
    """Return the next delivery for a schedule.

    `published` is when the newest known edition is published; `had` tells whether it was delivered already, perhaps by
    another schedule. In a pause it is the first one after that.
    """
    if paused_until is not None and is_withheld(now, paused_until):
        after = next_delivery(schedule, published, paused_until, had=had)
        return NextDelivery(max(after.at, paused_until), after.until)
    due = due_instant(published, schedule) if published is not None else None
    if due is not None and due > now:
        return NextDelivery(next_window_start(schedule, due) if had else due)
    window_start = latest_window_start(schedule, now)
    is_served = due is not None and due >= window_start
    if now < window_start + DELIVERY_WINDOW and not is_served:
        return NextDelivery(window_start, until=window_start + DELIVERY_WINDOW)
    return NextDelivery(next_window_start(schedule, now))
