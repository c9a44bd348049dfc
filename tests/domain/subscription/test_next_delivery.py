"""The next delivery: a known edition as the planner sends it, else a window to come or one that is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.subscription.calendar import DELIVERY_WINDOW, Schedule, due_instant
from domain.subscription.next_delivery import Eligibility, KnownEdition, NextDelivery, next_delivery
from domain.subscription.pause import pause_end

SHANGHAI = Schedule("Asia/Shanghai", 480)
EVENING = Schedule("Asia/Shanghai", 1260)
JOINED = datetime(2025, 9, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 9, day, hour, minute, tzinfo=UTC)


OUT = _at(12, 1, 17)  # 09:17 in Shanghai


def _edition(
    published: datetime = OUT, schedule: Schedule = SHANGHAI, *, waits: bool = True, had: bool = False, day: int = 12
) -> KnownEdition:
    due = due_instant(published, schedule)
    assert due is not None
    return KnownEdition(edition=date(2025, 9, day), published=published, due_at=due, is_waiting=waits, had=had)


def _next(*known: KnownEdition, now: datetime, schedule: Schedule = SHANGHAI, **more: datetime) -> NextDelivery:
    recipient = Eligibility(schedule=schedule, joined_at=more.pop("joined", JOINED), **more)
    return next_delivery(recipient, known, now)


def test_edition_that_waits_comes_at_its_due_instant() -> None:
    assert _next(_edition(), now=_at(12, 0, 30)) == NextDelivery(OUT, is_known=True)
    assert _next(_edition(schedule=EVENING), now=_at(12, 2), schedule=EVENING) == NextDelivery(
        _at(12, 13), is_known=True
    )


def test_due_edition_comes_now_until_it_is_planned() -> None:
    assert _next(_edition(), now=OUT + SECOND) == NextDelivery(OUT + SECOND, is_known=True)
    assert _next(_edition(waits=False, had=True), now=OUT + SECOND) == NextDelivery(_at(13, 0))


def test_edition_that_came_after_the_window_comes_the_next_morning() -> None:
    late = _edition(_at(12, 7))
    assert _next(late, now=_at(12, 9)) == NextDelivery(_at(13, 0), is_known=True)


def test_edition_comes_although_one_of_a_later_day_was_sent_before() -> None:
    early = _edition(_at(12, 1), waits=False, had=True, day=15)
    assert _next(early, _edition(_at(12, 14), day=13), now=_at(12, 15)) == NextDelivery(_at(13, 0), is_known=True)
    on_its_day = _next(early, _edition(_at(14, 14), day=14), now=_at(15, 0))
    assert on_its_day == NextDelivery(_at(16, 0))


def test_delivered_edition_does_not_come_again() -> None:
    had = _edition(schedule=EVENING, had=True)
    assert _next(had, now=_at(12, 2), schedule=EVENING) == NextDelivery(_at(12, 13))


def test_newer_edition_takes_the_place_of_an_older_one() -> None:
    older, newer = _edition(_at(12, 6)), _edition(_at(12, 20), day=13)
    assert _next(older, newer, now=_at(12, 21)) == NextDelivery(_at(13, 0), is_known=True)
    had = _edition(_at(12, 20), day=13, had=True)
    assert not _next(older, had, now=_at(12, 21)).is_known


def test_edition_from_before_joining_does_not_come() -> None:
    assert _next(_edition(), now=_at(12, 3), joined=_at(12, 2)) == NextDelivery(_at(13, 0))


@pytest.mark.parametrize(
    ("now", "schedule", "coming"),
    [
        (_at(11, 20), SHANGHAI, NextDelivery(_at(12, 0))),
        (_at(12, 0, 30), SHANGHAI, NextDelivery(_at(12, 0, 30), until=_at(12, 6))),
        (_at(12, 7), SHANGHAI, NextDelivery(_at(13, 0))),
        (_at(12, 7), Schedule("Asia/Shanghai", 480, 0b0001), NextDelivery(_at(15, 0))),
    ],
)
def test_without_an_edition(now: datetime, schedule: Schedule, coming: NextDelivery) -> None:
    assert _next(now=now, schedule=schedule) == coming


def test_window_is_open_until_its_last_instant() -> None:
    opens, closes = _at(12, 0), _at(12, 0) + DELIVERY_WINDOW
    assert _next(now=opens) == NextDelivery(opens, until=closes)
    assert _next(now=closes - SECOND) == NextDelivery(closes - SECOND, until=closes)
    assert _next(now=closes) == NextDelivery(_at(13, 0))


def test_edition_at_the_windows_first_instant_serves_it() -> None:
    for published in (_at(11, 20), _at(12, 0)):
        assert _next(_edition(published, waits=False), now=_at(12, 1)) == NextDelivery(_at(13, 0))


def test_pause_withholds_what_is_due_in_it() -> None:
    end = pause_end(date(2025, 9, 13), "Asia/Shanghai")
    assert _next(_edition(), now=_at(12, 0, 30), paused_until=end) == NextDelivery(_at(13, 0))
    assert _next(_edition(_at(12, 20), day=13), now=_at(12, 0), paused_until=end).is_known
