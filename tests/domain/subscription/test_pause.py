"""Pauses: they end on a day of the subscriber's own, and what was due before stays away."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.subscription.calendar import Schedule, local_date
from domain.subscription.next_delivery import Eligibility, KnownEdition, NextDelivery, next_delivery
from domain.subscription.pause import MAX_PAUSE, is_withheld, may_pause_until, moved_pause_end, pause_end

ZONES = ("Asia/Shanghai", "America/Los_Angeles", "Pacific/Apia", "America/Sao_Paulo", "Africa/Cairo", "Asia/Gaza")
DAY = date(2025, 9, 19)


def test_pause_ends_at_the_beginning_of_its_day() -> None:
    end = pause_end(DAY, "Asia/Shanghai")
    assert end == datetime(2025, 9, 18, 16, tzinfo=UTC)
    assert is_withheld(end - timedelta(seconds=1), end)
    assert not is_withheld(end, end)
    assert not is_withheld(end, None)


@given(st.dates(date(1990, 1, 1), date(2040, 1, 1)), st.sampled_from(ZONES))
def test_every_day_has_a_beginning(day: date, zone: str) -> None:
    end = pause_end(day, zone)
    assert timedelta() <= local_date(end, zone) - day <= timedelta(days=1)  # Samoa skipped a whole day
    assert local_date(end - timedelta(seconds=1), zone) < local_date(end, zone)


def test_pause_moves_with_its_day() -> None:
    end = pause_end(DAY, "Asia/Shanghai")
    assert moved_pause_end(end, "Asia/Shanghai", "Europe/Berlin") == pause_end(DAY, "Europe/Berlin")
    assert moved_pause_end(end, "Asia/Shanghai", "Asia/Shanghai") == end
    assert moved_pause_end(None, "Asia/Shanghai", "Europe/Berlin") is None


@pytest.mark.parametrize(("days", "may"), [(0, False), (-1, False), (1, True), (MAX_PAUSE.days, True), (400, False)])
def test_pause_lasts_a_day_to_a_year(days: int, may: bool) -> None:
    assert may_pause_until(DAY + timedelta(days=days), DAY) is may


@pytest.mark.parametrize(
    ("minute", "first"),
    [
        (480, datetime(2025, 9, 19, 0, tzinfo=UTC)),
        (0, datetime(2025, 9, 18, 16, tzinfo=UTC)),
        (1230, datetime(2025, 9, 19, 12, 30, tzinfo=UTC)),
        (1320, datetime(2025, 9, 19, 14, tzinfo=UTC)),
    ],
)
def test_next_delivery_is_after_the_pause(minute: int, first: datetime) -> None:
    now, end = datetime(2025, 9, 12, 6, 5, tzinfo=UTC), pause_end(DAY, "Asia/Shanghai")
    recipient = Eligibility(schedule=Schedule("Asia/Shanghai", minute), joined_at=now, paused_until=end)
    upcoming = next_delivery(recipient, (), now)
    assert upcoming.at == first


def test_edition_that_a_pause_withheld_serves_its_window() -> None:
    evening, end = Schedule("Asia/Shanghai", 1230), pause_end(DAY, "Asia/Shanghai")
    out = end - timedelta(hours=3, minutes=30)
    withheld = KnownEdition(edition=DAY, published=out - timedelta(hours=3), due_at=out, is_waiting=False, had=False)
    recipient = Eligibility(schedule=evening, joined_at=end - timedelta(days=9), paused_until=end)
    upcoming = next_delivery(recipient, (withheld,), end + timedelta(minutes=1))
    assert upcoming == NextDelivery(datetime(2025, 9, 19, 12, 30, tzinfo=UTC))


def test_past_pause_changes_no_next_delivery() -> None:
    now = datetime(2025, 9, 12, 6, 5, tzinfo=UTC)
    recipient = Eligibility(schedule=Schedule("Asia/Shanghai", 480), joined_at=now)
    ended = next_delivery(replace(recipient, paused_until=now - timedelta(days=1)), (), now)
    assert ended == next_delivery(recipient, (), now) == NextDelivery(datetime(2025, 9, 13, tzinfo=UTC))
