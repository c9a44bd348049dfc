"""What becomes of an edition's wave that is due."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from delivery.due_waves import PHOTO_CHECK_INTERVAL, Decision, decide_edition
from domain.subscription.calendar import DELIVERY_WINDOW, Schedule
from domain.subscription.wave_decision import WaveDecision
from storage.waves import Wave
from tests.stored_runs import DAY, NOON, stored_run

AT_NOON = Schedule("UTC", 12 * 60)
SOON = timedelta(milliseconds=300)
LATER = timedelta(minutes=1)
BEFORE_END = DELIVERY_WINDOW - timedelta(seconds=30)
TOMORROW = NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("passed", "photos_in", "newest_due", "decision"),
    [
        pytest.param(timedelta(), None, None, WaveDecision.NOW, id="no photos"),
        pytest.param(timedelta(), None, DAY, WaveDecision.NOW, id="itself is the newest"),
        pytest.param(timedelta(), timedelta(), None, WaveDecision.NOW, id="photos were waited for"),
        pytest.param(timedelta(), SOON, None, NOON + SOON, id="photos until soon"),
        pytest.param(timedelta(), LATER, None, NOON + PHOTO_CHECK_INTERVAL, id="photos until later"),
        pytest.param(BEFORE_END, LATER, None, WaveDecision.NOW, id="window ends before the photos"),
        pytest.param(timedelta(), LATER, DAY + timedelta(days=1), WaveDecision.SUPERSEDED, id="newer one with photos"),
        pytest.param(DELIVERY_WINDOW, None, None, TOMORROW, id="next window"),
        pytest.param(DELIVERY_WINDOW, LATER, None, TOMORROW, id="next window, with photos"),
        pytest.param(timedelta(days=1, seconds=1), LATER, None, WaveDecision.MISSED, id="too old"),
    ],
)
def test_edition_waits_for_photos_only_within_its_window(
    passed: timedelta, photos_in: timedelta | None, newest_due: date | None, decision: Decision
) -> None:
    now = NOON + passed
    run = stored_run(edition=DAY, photos_until=None if photos_in is None else now + photos_in)
    assert decide_edition(_wave(AT_NOON), run, now, newest_due=newest_due) == decision


@pytest.mark.parametrize("schedule", [None, AT_NOON])
def test_late_edition_for_everybody_or_sent_at_once_goes_out(schedule: Schedule | None) -> None:
    late = NOON + timedelta(days=9)
    wave = _wave(schedule, at_once=schedule is not None)
    assert decide_edition(wave, stored_run(edition=DAY), late, newest_due=None) is WaveDecision.NOW


def _wave(schedule: Schedule | None, *, at_once: bool = False, due_at: datetime = NOON) -> Wave:
    schedule_id = None if schedule is None else 1
    return Wave(id=1, run_id=9, schedule_id=schedule_id, schedule=schedule, due_at=due_at, cursor=0, at_once=at_once)
