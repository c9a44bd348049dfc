"""Whom an edition reaches: the planner's instants, counted for editors."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from domain.subscription.calendar import Schedule
from domain.subscription.reach import Reach, reach_of

DAY = date(2025, 9, 12)
EIGHT, TEN = Schedule("Asia/Shanghai", 8 * 60), Schedule("Asia/Shanghai", 10 * 60)
LONDON = Schedule("Europe/London", 8 * 60)
MORNING = datetime(2025, 9, 12, 0, 0, tzinfo=UTC)
"""08:00 in Shanghai."""


def test_in_time_from_the_first_zone_to_the_last() -> None:
    reach = reach_of(DAY, MORNING, {EIGHT: 3, TEN: 1, LONDON: 2}, MORNING - timedelta(hours=1), had=4)
    assert reach == Reach(in_time=6, first=MORNING, last=MORNING + timedelta(hours=7), had=4)
    assert reach.without == 6


def test_who_missed_their_window_is_late() -> None:
    """At 15:00 in Shanghai the window of 08:00 is over; that of 10:00 is open."""
    now = MORNING + timedelta(hours=7)
    reach = reach_of(DAY, now, {EIGHT: 3, TEN: 1}, now)
    assert reach == Reach(in_time=1, first=now, last=now, late=3, late_from=MORNING + timedelta(days=1))
    assert reach.without == 4


def test_too_old_for_the_next_window_or_not_their_weekday() -> None:
    workdays = Schedule("Asia/Shanghai", 8 * 60, 0b0011111)
    saturday = MORNING + timedelta(days=1, hours=7)
    assert reach_of(DAY, MORNING, {EIGHT: 3, TEN: 2}, saturday) == Reach(too_late=5)
    assert reach_of(date(2025, 9, 13), saturday, {workdays: 5}, saturday) == Reach(other_days=5)
