"""Which day it is where the editor is, and an older edition that comes after a newer one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from delivery.due_soon import is_due_within
from digest.publication import published_at
from domain.subscription.calendar import Schedule
from tests.delivery.harness import DAY, DEFAULT_SCHEDULE, EVE, MORNING, DeliveryHarness, edition, run_of


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("Asia/Shanghai", datetime(2025, 9, 11, 16, 30, tzinfo=UTC)),  # 00:30 on the 12th
        ("Asia/Shanghai", datetime(2025, 9, 11, 20, tzinfo=UTC)),
        ("Asia/Shanghai", datetime(2025, 9, 12, 15, 30, tzinfo=UTC)),  # 23:30
        ("America/New_York", datetime(2025, 9, 13, 2, tzinfo=UTC)),  # 22:00 on the 12th
        ("Pacific/Kiritimati", datetime(2025, 9, 11, 11, tzinfo=UTC)),  # 01:00 on the 12th
        ("Pacific/Pago_Pago", datetime(2025, 9, 13, 10, tzinfo=UTC)),  # 23:00 on the 12th
    ],
)
def test_todays_edition_is_published_when_it_comes(zone: str, now: datetime) -> None:
    schedule = Schedule(zone, 8 * 60)
    assert published_at(edition(DAY, published=None), schedule, now) == now
    for other in (DAY - timedelta(days=1), DAY + timedelta(days=1)):
        assert published_at(edition(other, published=None), schedule, now) != now


async def test_older_edition_that_comes_later_goes_to_nobody(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(3)
    await harness.crowd(2, Schedule("Asia/Shanghai", 9 * 60))
    newer = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.done(newer)
    late = run_of(await harness.publish(edition(DAY - timedelta(days=1), published=EVE - timedelta(hours=1))))
    await harness.at(MORNING + timedelta(minutes=1))
    await harness.at(MORNING + timedelta(hours=1))
    assert (await harness.finished(newer)).sent == 5
    progress = await harness.finished(late)
    assert (progress.total, progress.missed) == (0, 0)
    assert set((await harness.times()).values()) == {1}
    assert set(chats) <= set(await harness.times())


async def test_what_is_due_soon(harness: DeliveryHarness) -> None:
    """Before the window, within the time, in the window, after it; and what is too old, or cancelled."""
    await harness.crowd(1)

    async def is_due(now: datetime, published: datetime = EVE) -> bool:
        within = timedelta(seconds=30)
        return await is_due_within(
            harness.database, DEFAULT_SCHEDULE, edition(published=published), now=now, within=within
        )

    assert not await is_due(MORNING - timedelta(seconds=31))
    assert await is_due(MORNING - timedelta(seconds=30))
    assert await is_due(MORNING + timedelta(hours=5))
    assert not await is_due(MORNING + timedelta(hours=6))
    assert not await is_due(MORNING, published=MORNING + timedelta(minutes=1))
    assert not await is_due(MORNING, published=MORNING - timedelta(hours=25))
