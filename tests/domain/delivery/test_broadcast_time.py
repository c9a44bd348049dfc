"""When a broadcast goes out to whom."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.delivery.broadcast_time import BroadcastTime, QuietHours
from domain.subscription.calendar import Schedule

NOON = datetime(2025, 9, 12, 12, 0, tzinfo=UTC)
SHANGHAI, BERLIN = Schedule("Asia/Shanghai", 480), Schedule("Europe/Berlin", 480, 0b0000001)
NIGHT, HOUR = QuietHours(22 * 60, 8 * 60), QuietHours(60, 120)


def test_one_instant_is_due_for_all_at_once() -> None:
    assert BroadcastTime().dues({1: SHANGHAI}, NOON) == {None: NOON}
    later = NOON + timedelta(hours=3)
    assert BroadcastTime(at=later).dues({1: SHANGHAI}, NOON) == {None: later}
    assert BroadcastTime(at=NOON - timedelta(hours=3)).dues({}, NOON) == {None: NOON}, "what is past goes now"


def test_morning_is_each_ones_own_and_then_everybody_else_s() -> None:
    dues = BroadcastTime(in_mornings=True, quiet_hours=NIGHT).dues({1: SHANGHAI, 2: BERLIN}, NOON)
    monday = datetime(2025, 9, 15, 6, 0, tzinfo=UTC)
    assert dues == {1: datetime(2025, 9, 13, 0, 0, tzinfo=UTC), 2: monday, None: monday}


def test_quiet_hours_are_those_of_each_zone() -> None:
    evening = datetime(2025, 9, 12, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai, 17:00 in Berlin
    dues = BroadcastTime(quiet_hours=NIGHT).dues({1: SHANGHAI, 2: BERLIN}, evening)
    assert dues == {1: datetime(2025, 9, 13, 0, 0, tzinfo=UTC), 2: evening, None: datetime(2025, 9, 13, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("hours", "quiet", "awake"),
    [(NIGHT, ("22:00", "03:00", "07:59"), ("08:00", "21:59")), (HOUR, ("01:00", "01:59"), ("00:59", "02:00"))],
)
def test_quiet_hours_begin_and_end_to_the_minute(
    hours: QuietHours, quiet: tuple[str, ...], awake: tuple[str, ...]
) -> None:
    for clock, is_quiet in [*((clock, True) for clock in quiet), *((clock, False) for clock in awake)]:
        at = datetime.fromisoformat(f"2025-09-12T{clock}:00+00:00")
        assert (hours.next_allowed(at, "UTC") > at) is is_quiet, clock


def test_quiet_hours_end_where_a_clock_skips_their_end() -> None:
    """Summer time begins at two in Berlin on that day."""
    at = datetime(2025, 3, 30, 0, 30, tzinfo=UTC)
    assert QuietHours(60, 150).next_allowed(at, "Europe/Berlin") == datetime(2025, 3, 30, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("hours", [(5, 5), (-1, 5), (0, 1440)])
def test_no_such_hours(hours: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no such hours"):
        QuietHours(*hours)
