"""The next delivery of a schedule: an instant, or an open window that still waits for an edition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.subscription.calendar import DELIVERY_WINDOW, Schedule
from domain.subscription.next_delivery import NextDelivery, next_delivery

SHANGHAI = Schedule("Asia/Shanghai", 480)
OUT = datetime(2025, 9, 12, 1, 17, tzinfo=UTC)  # 09:17 in Shanghai
SECOND = timedelta(seconds=1)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 9, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "published", "schedule", "coming"),
    [
        (_at(11, 20), None, SHANGHAI, NextDelivery(_at(12, 0))),
        (_at(12, 0, 30), None, SHANGHAI, NextDelivery(_at(12, 0), _at(12, 6))),
        (_at(12, 0, 30), OUT, SHANGHAI, NextDelivery(OUT)),
        (_at(12, 2), OUT, SHANGHAI, NextDelivery(_at(13, 0))),
        (_at(13, 0, 30), OUT, SHANGHAI, NextDelivery(_at(13, 0), _at(13, 6))),
        (_at(12, 2), OUT, Schedule("Asia/Shanghai", 1260), NextDelivery(_at(12, 13))),
        (_at(12, 2), OUT, Schedule("Asia/Shanghai", 480, 0b0001), NextDelivery(_at(15, 0))),
        (_at(12, 7), None, SHANGHAI, NextDelivery(_at(13, 0))),
    ],
)
def test_next_delivery(now: datetime, published: datetime | None, schedule: Schedule, coming: NextDelivery) -> None:
    assert next_delivery(schedule, published, now) == coming


def test_delivered_edition_does_not_come_again() -> None:
    evening = Schedule("Asia/Shanghai", 1260)
    assert next_delivery(evening, OUT, _at(12, 2), had=True) == NextDelivery(_at(13, 13))


def test_window_is_open_until_its_last_instant() -> None:
    opens, closes = _at(12, 0), _at(12, 0) + DELIVERY_WINDOW
    assert next_delivery(SHANGHAI, None, opens) == NextDelivery(opens, until=closes)
    assert next_delivery(SHANGHAI, None, closes - SECOND) == NextDelivery(opens, until=closes)
    assert next_delivery(SHANGHAI, None, closes) == NextDelivery(_at(13, 0))


def test_edition_at_the_windows_first_instant_serves_it() -> None:
    for published in (_at(11, 20), _at(12, 0)):
        assert next_delivery(SHANGHAI, published, _at(12, 1)) == NextDelivery(_at(13, 0))


def test_edition_is_on_its_way_from_its_due_instant_on() -> None:
    assert next_delivery(SHANGHAI, OUT, OUT - SECOND) == NextDelivery(OUT)
    assert next_delivery(SHANGHAI, OUT, OUT) == NextDelivery(_at(13, 0))
