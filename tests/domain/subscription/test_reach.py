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
    assert reach == Reach(at_once=1, late=3, late_from=MORNING + timedelta(days=1))
    assert reach.without == 4


def test_edition_of_yesterday_goes_out_at_once_and_later_today() -> None:
    """Published again at 08:05 of the next day: it is due in open windows, and later that day where they open then."""
    now = MORNING + timedelta(days=1, minutes=5)
    published = now - timedelta(hours=12)
    reach = reach_of(DAY, published, {EIGHT: 14, LONDON: 1}, now)
    at = MORNING + timedelta(days=1, hours=7)
    assert reach == Reach(at_once=14, in_time=1, first=at, last=at)
    assert (reach.by_itself, reach.without) == (15, 15)


def test_who_has_a_newer_edition_due_does_not_get_it() -> None:
    now = MORNING + timedelta(days=1, minutes=5)
    published = now - timedelta(hours=12)
    dues = {EIGHT: now - timedelta(minutes=5), LONDON: now + timedelta(hours=7), TEN: now + timedelta(hours=2)}
    newer = {schedule: {date(2025, 9, 13): due_at} for schedule, due_at in dues.items()}
    reach = reach_of(DAY, published, {EIGHT: 14, LONDON: 1, TEN: 2}, now, newer_dues=newer)
    at = MORNING + timedelta(days=1, hours=2)
    assert reach == Reach(superseded=14, in_time=3, first=at, last=at + timedelta(hours=5))
    assert (reach.by_itself, reach.without) == (3, 17)


def test_edition_of_tomorrow_counts_once_its_day_has_begun() -> None:
    """Sent ahead, it takes no place today; at the next window, which is tomorrow, it is the newer one."""
    now = MORNING + timedelta(hours=7)
    ahead = {EIGHT: {date(2025, 9, 13): MORNING + timedelta(days=1)}}
    assert reach_of(DAY, now, {EIGHT: 3}, now, newer_dues=ahead) == Reach(superseded=3)
    two_days_ahead = {TEN: {date(2025, 9, 14): MORNING}}  # and due already
    assert reach_of(DAY, now, {TEN: 3}, now, newer_dues=two_days_ahead) == Reach(at_once=3)


def test_too_old_for_the_next_window_or_not_their_weekday() -> None:
    workdays = Schedule("Asia/Shanghai", 8 * 60, 0b0011111)
    saturday = MORNING + timedelta(days=1, hours=7)
    assert reach_of(DAY, MORNING, {EIGHT: 3, TEN: 2}, saturday) == Reach(too_late=5)
    assert reach_of(date(2025, 9, 13), saturday, {workdays: 5}, saturday) == Reach(other_days=5)
