"""Which live digests are due for a schedule that comes into use."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.subscription.calendar import MAX_EDITION_AGE, Schedule, day_start, due_instant, latest_window_start
from domain.subscription.due_runs import Publication, first_due, first_dues, runs_due_for, schedules_due_for

SHANGHAI = Schedule("Asia/Shanghai", 8 * 60)
MONDAYS = Schedule("Asia/Shanghai", 8 * 60, 0b0000001)
EVE = datetime(2025, 9, 11, 22, 0, tzinfo=UTC)
"""06:00 in Shanghai on a Friday."""


def test_runs_are_due_at_the_schedules_next_window() -> None:
    publications = {1: Publication(EVE), 2: Publication(EVE - timedelta(days=1))}
    assert runs_due_for(SHANGHAI, publications) == {
        1: EVE + timedelta(hours=2),
        2: EVE + timedelta(hours=2) - timedelta(days=1),
    }


def test_a_schedule_without_a_window_in_time_is_left_out() -> None:
    assert runs_due_for(MONDAYS, {1: Publication(EVE)}) == {}
    assert schedules_due_for(Publication(EVE), {1: SHANGHAI, 2: MONDAYS}) == {1: EVE + timedelta(hours=2)}


DAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("zone", "at", "due"),
    [
        ("Asia/Shanghai", "18:45", "11-26 18:45"),  # not at 00:00, in the window of the evening before
        ("Asia/Shanghai", "08:00", "11-26 08:00"),
        ("Asia/Shanghai", "00:00", "11-26 00:00"),
        ("Asia/Bangkok", "18:45", "11-26 18:45"),  # published at 23:00 on the day before
        ("Asia/Tokyo", "20:00", "11-26 20:00"),
        ("Asia/Tokyo", "00:30", "11-26 01:00"),  # its window of the day itself is open
        ("America/New_York", "08:00", "11-26 08:00"),  # published at 11:00 on the day before
        ("America/New_York", "12:00", "11-25 12:00"),
    ],
)
def test_edition_without_an_hour_keeps_to_the_readers_times(zone: str, at: str, due: str) -> None:
    publication = _placed_before(DAY, "Asia/Shanghai")
    hour, minute = map(int, at.split(":"))
    instant = first_due(publication, Schedule(zone, hour * 60 + minute))
    assert instant is not None
    assert instant.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M") == due


def test_edition_with_an_hour_goes_into_the_window_of_the_evening_before() -> None:
    publication = Publication.of(DAY, datetime(2026, 11, 25, 16, 30, tzinfo=UTC), "Asia/Shanghai")
    assert first_due(publication, Schedule("Asia/Shanghai", 18 * 60 + 45)) == publication.at


def test_saturdays_edition_does_not_wake_readers_of_weekdays() -> None:
    weekdays = Schedule("Asia/Shanghai", 22 * 60, 0b0011111)
    assert first_due(_placed_before(date(2026, 11, 28), "Asia/Shanghai"), weekdays) is None
    assert first_due(_placed_before(date(2026, 11, 27), "Asia/Shanghai"), weekdays) is not None


def test_restored_edition_without_an_hour_waits_for_the_evening() -> None:
    publication, evening = _placed_before(DAY, "Asia/Shanghai"), Schedule("Asia/Shanghai", 18 * 60 + 45)
    dues = first_dues(publication, {1: evening}, publication.at + timedelta(minutes=20))
    assert dues == {1: publication.at + timedelta(hours=18, minutes=45)}


_zones = st.sampled_from(sorted(available_timezones() - {"localtime"}))


@given(st.dates(date(2024, 1, 1), date(2028, 1, 1)), _zones, _zones, st.integers(0, 1439))
def test_edition_without_an_hour_leaves_nobody_out(day: date, default_zone: str, zone: str, minute: int) -> None:
    publication, schedule = _placed_before(day, default_zone), Schedule(zone, minute)
    at, formerly = first_due(publication, schedule), due_instant(publication.at, schedule)
    if at is None:
        assert formerly is None
        return
    assert publication.at <= at <= publication.at + MAX_EDITION_AGE
    begun = latest_window_start(schedule, at)
    assert begun >= publication.at or begun.astimezone(ZoneInfo(zone)).date() >= day or at == formerly


def _placed_before(day: date, default_zone: str) -> Publication:
    start = day_start(day, default_zone)
    assert start is not None
    return Publication.of(day, start, default_zone)
