"""Schedules are stored once, whoever shares them."""

from __future__ import annotations

from domain.subscription.calendar import Schedule
from storage import schedules
from storage.database import Tx

MORNING, LATER = Schedule("Asia/Shanghai", 480), Schedule("Asia/Shanghai", 481)
MONDAYS, BERLIN = Schedule("Asia/Shanghai", 480, 1), Schedule("Europe/Berlin", 480)


async def test_equal_schedules_share_a_row(tx: Tx) -> None:
    ids = [await schedules.get_or_create(tx, schedule) for schedule in (MORNING, LATER, MONDAYS, BERLIN)]
    assert len(set(ids)) == 4
    assert await schedules.get_or_create(tx, MORNING) == ids[0]
    assert await schedules.all_after(tx, 0) == dict(zip(ids, (MORNING, LATER, MONDAYS, BERLIN), strict=True))
    assert await schedules.all_after(tx, ids[1]) == {ids[2]: MONDAYS, ids[3]: BERLIN}
    assert list(await schedules.all_after(tx, 0)) == sorted(ids)
