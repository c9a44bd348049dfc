"""The calendar: one window per local date in every zone, whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.subscription.calendar import (
    DELIVERY_WINDOW,
    EVERY_DAY,
    MAX_EDITION_AGE,
    Schedule,
    due_instant,
    instant,
    latest_window_start,
    next_window_start,
)

ZONES = sorted(available_timezones() - {"localtime"})
PUBLISHED = datetime.fromisoformat("2025-09-12T09:17:08+08:00")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(moment: datetime | None, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M:%S") if moment else "never"


@pytest.mark.parametrize(
    ("zone", "minute", "expected"),
    [
        ("Asia/Shanghai", 8 * 60, "09-12 09:17:08"),  # its window is open: at once
        ("Asia/Shanghai", 9 * 60 + 30, "09-12 09:30:00"),  # not before its time
        ("Asia/Shanghai", 3 * 60, "09-13 03:00:00"),  # its window has closed: tomorrow
        ("Asia/Shanghai", 3 * 60 + 18, "09-12 09:17:08"),  # one minute of window left
        ("Pacific/Auckland", 6 * 60, "09-13 06:00:00"),
        ("America/New_York", 8 * 60, "09-12 08:00:00"),
        ("Asia/Kathmandu", 7 * 60, "09-12 07:02:08"),
    ],
)
def test_due_at_the_first_instant_of_a_window(zone: str, minute: int, expected: str) -> None:
    assert local(due_instant(PUBLISHED, Schedule(zone, minute)), zone) == expected


def test_window_crosses_midnight() -> None:
    published = datetime(2026, 5, 2, 1, 30, tzinfo=SHANGHAI)
    assert due_instant(published, Schedule("Asia/Shanghai", 22 * 60)) == published


def test_saturdays_edition_is_too_old_on_monday() -> None:
    saturday = datetime(2026, 11, 21, 9, 0, tzinfo=SHANGHAI)
    weekdays = Schedule("Asia/Shanghai", 480, 0b0011111)
    assert due_instant(saturday, weekdays) is None
    friday = datetime(2026, 11, 20, 9, 0, tzinfo=SHANGHAI)
    assert due_instant(friday, weekdays) == friday
    sunday_evening = datetime(2026, 11, 22, 18, 0, tzinfo=SHANGHAI)
    assert local(due_instant(sunday_evening, weekdays), "Asia/Shanghai") == "11-23 08:00:00"


def test_edition_of_exactly_a_day_is_not_too_old() -> None:
    tuesdays = Schedule("Asia/Shanghai", 480, 0b0000010)
    monday = datetime(2026, 11, 23, 8, 0, tzinfo=SHANGHAI)
    assert due_instant(monday, tuesdays) == monday + MAX_EDITION_AGE
    assert due_instant(monday - timedelta(seconds=1), tuesdays) is None


def test_schedule_needs_a_weekday_and_a_valid_time() -> None:
    for minute, weekdays in ((-1, EVERY_DAY), (1440, EVERY_DAY), (480, 0), (480, 128)):
        with pytest.raises(ValueError, match="no such schedule"):
            Schedule("UTC", minute, weekdays)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:00:00+00:00"),  # skipped: 03:00 is the first
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30:00+00:00"),  # doubled: the first of both
        ("America/Nuuk", date(2026, 3, 28), time(23, 30), "2026-03-29T01:00:00+00:00"),  # skipped into the next date
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:30:00+00:00"),  # half an hour skipped
        ("Africa/Cairo", date(2026, 4, 24), time(0, 0), "2026-04-23T22:00:00+00:00"),  # midnight skipped
    ],
)
def test_skipped_and_repeated_hours(zone: str, day: date, at: time, expected: str) -> None:
    assert instant(day, at, ZoneInfo(zone)) == datetime.fromisoformat(expected)


def test_date_skipped_by_a_zone_has_no_window() -> None:
    assert instant(date(2011, 12, 30), time(8), ZoneInfo("Pacific/Apia")) is None
    after = datetime(2011, 12, 29, 20, 0, tzinfo=UTC)
    assert local(next_window_start(Schedule("Pacific/Apia", 480), after), "Pacific/Apia") == "12-31 08:00:00"


def days_to_look_at(zone: ZoneInfo) -> list[date]:
    """Three years' days around which the zone's clocks jump, and some ordinary ones."""
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(3 * 365)]
    offsets = [datetime.combine(day, time(12), zone).utcoffset() for day in days]
    jumps = {n + near for n in range(1, len(days)) if offsets[n] != offsets[n - 1] for near in (-2, -1, 0, 1)}
    return [days[n] for n in sorted(jumps | set(range(0, len(days), 97)))]


def test_one_window_per_local_date_in_every_zone_for_three_years() -> None:
    for zone in map(ZoneInfo, ZONES):
        days = days_to_look_at(zone)
        for at in (time(0), time(0, 30), time(2, 30), time(8)):
            mornings = [instant(day, at, zone) for day in days]
            assert len(set(mornings)) == len(days)
            for day, morning in zip(days, mornings, strict=True):
                assert morning is not None
                shown = morning.astimezone(zone).replace(tzinfo=None)
                wanted = datetime.combine(day, at)
                assert wanted <= shown <= wanted + timedelta(hours=1)


schedules = st.builds(
    Schedule, st.sampled_from(ZONES), st.integers(min_value=0, max_value=1439), st.integers(min_value=1, max_value=127)
)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them naive


@given(moments, schedules)
def test_due_instant_is_the_first_in_any_window(published: datetime, schedule: Schedule) -> None:
    at = due_instant(published, schedule)
    if at is None:
        opens = next_window_start(schedule, published)
        assert opens - published > MAX_EDITION_AGE
        return
    assert published <= at <= published + MAX_EDITION_AGE
    begun = latest_window_start(schedule, at)
    assert begun <= at < begun + DELIVERY_WINDOW
    assert at in (published, begun)


@given(moments, schedules)
def test_no_window_starts_before_the_next(now: datetime, schedule: Schedule) -> None:
    zone = ZoneInfo(schedule.zone)
    days = [now.astimezone(zone).date() + timedelta(days=n) for n in range(-1, 10)]
    starts = [instant(day, schedule.at, zone) for day in days if schedule.includes_weekday(day)]
    assert next_window_start(schedule, now) == min(start for start in starts if start is not None and start > now)


@given(moments, schedules)
def test_next_and_latest_window_start_agree(now: datetime, schedule: Schedule) -> None:
    assert latest_window_start(schedule, now) <= now < next_window_start(schedule, now)
    assert latest_window_start(schedule, next_window_start(schedule, now)) == next_window_start(schedule, now)


@given(moments, schedules)
def test_due_instants_keep_the_order_of_publication(published: datetime, schedule: Schedule) -> None:
    first, second = due_instant(published, schedule), due_instant(published + timedelta(days=1), schedule)
    if first and second:
        assert first <= second  # due at once: only the newer goes
