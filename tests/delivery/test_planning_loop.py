"""The planning tick: interruptions of the machine, schedules that come up later, and when it looks again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from delivery.planning_loop import INTERRUPTION
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import DeliveryState
from domain.subscription.calendar import Schedule
from storage import runs
from tests.delivery.harness import EVE, MORNING, DeliveryHarness, run_of

MOMENT = timedelta(microseconds=1)
LATER = Schedule("Asia/Shanghai", 9 * 60)


@pytest.mark.parametrize(
    ("pause", "is_interrupted"),
    [(INTERRUPTION, False), (INTERRUPTION + MOMENT, True), (-INTERRUPTION, False), (-INTERRUPTION - MOMENT, True)],
)
async def test_delays_are_forgotten_after_an_interruption(
    pause: timedelta, is_interrupted: bool, idle: DeliveryHarness
) -> None:
    """The machine slept, or its clock was set: what waits for its next attempt is tried at once."""
    await idle.crowd(1)
    await idle.publish()
    begin = MORNING + timedelta(hours=1)
    await idle.at(begin)
    async with idle.database.write() as tx:
        await tx.exec_driver_sql("UPDATE deliveries SET not_before = '2025-09-12 05:00:00.000000'")
    await idle.at(begin + pause)
    async with idle.database.read() as tx:
        not_before = (await tx.exec_driver_sql("SELECT not_before FROM deliveries")).scalar_one()
    assert (not_before is None) is is_interrupted


@pytest.mark.parametrize("is_paused", [False, True])
async def test_schedule_stored_later_gets_its_wave(is_paused: bool, idle: DeliveryHarness) -> None:
    await idle.crowd(1)
    run_id = run_of(await idle.publish())
    await idle.at(EVE)
    if is_paused:
        async with idle.database.write() as tx:
            assert await runs.pause(tx, run_id, RunStateReason.ADMIN)
    await idle.crowd(1, LATER)
    await idle.at(EVE)
    if is_paused:
        async with idle.database.write() as tx:
            assert await runs.resume(tx, run_id)
    assert await idle.waiting_waves() == 2
    assert await idle.at(MORNING) == MORNING + timedelta(hours=1)
    await idle.at(MORNING + timedelta(hours=1))
    assert (await idle.progress(run_id)).recipients == 2


async def test_next_tick_is_the_next_wave_or_the_next_alert(idle: DeliveryHarness) -> None:
    await idle.crowd(1)
    window_end = MORNING + timedelta(hours=6)
    assert await idle.at(MORNING) == window_end
    await idle.publish()
    assert await idle.at(EVE) == MORNING
    await idle.crowd(1, Schedule("Europe/London", 8 * 60))
    await idle.at(EVE)
    assert await idle.at(MORNING) == window_end  # the wave in London is due an hour later


async def test_cancelled_run_is_cleaned_up_by_the_next_tick(idle: DeliveryHarness) -> None:
    await idle.crowd(2)
    run_id = run_of(await idle.publish())
    await idle.at(MORNING)
    async with idle.database.write() as tx:
        assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
    await idle.at(MORNING)
    async with idle.database.read() as tx:
        states = await tx.exec_driver_sql("SELECT state FROM deliveries")
        assert [row[0] for row in states] == [DeliveryState.SKIPPED] * 2
