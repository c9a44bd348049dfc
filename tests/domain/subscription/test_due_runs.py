"""Which live digests are due for a schedule that comes into use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.subscription.calendar import Schedule
from domain.subscription.due_runs import runs_due_for, schedules_due_for

SHANGHAI = Schedule("Asia/Shanghai", 8 * 60)
MONDAYS = Schedule("Asia/Shanghai", 8 * 60, 0b0000001)
EVE = datetime(2025, 9, 11, 22, 0, tzinfo=UTC)
"""06:00 in Shanghai on a Friday."""


def test_runs_are_due_at_the_schedules_next_window() -> None:
    publications = {1: EVE, 2: EVE - timedelta(days=1)}
    assert runs_due_for(SHANGHAI, publications) == {
        1: EVE + timedelta(hours=2),
        2: EVE + timedelta(hours=2) - timedelta(days=1),
    }


def test_a_schedule_without_a_window_in_time_is_left_out() -> None:
    assert runs_due_for(MONDAYS, {1: EVE}) == {}
    assert schedules_due_for(EVE, {1: SHANGHAI, 2: MONDAYS}) == {1: EVE + timedelta(hours=2)}
