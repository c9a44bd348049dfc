"""For whom a broadcast is not due yet: those whose wave is to come, counted in one pass and not each second."""

from __future__ import annotations

from datetime import timedelta

from domain.delivery.broadcast_time import BroadcastTime, WaitingRecipients
from domain.subscription.calendar import Schedule
from emulator.client import EmulatedUser, EmulatorClient
from storage import broadcast_dues, runs
from storage.broadcast_dues import COUNTS_KEPT_SECONDS, RecentDues
from storage.runs import Run
from tests.databases import sql
from tests.delivery.harness import ADMIN, MORNING, DeliveryHarness
from tests.delivery.test_broadcast_contents import compose

LATER = Schedule("Asia/Shanghai", 9 * 60)
UNKNOWN_AT_CONFIRMATION = Schedule("Asia/Shanghai", 10 * 60)


async def in_mornings(harness: DeliveryHarness, emulator: EmulatorClient) -> Run:
    """Return the run of a broadcast that was confirmed for each one's morning."""
    harness.clock.now = MORNING - timedelta(hours=1)
    admin = EmulatedUser(emulator, ADMIN, await emulator.last_log_seq())
    run_id = await compose(harness, admin, "photo", time=BroadcastTime(in_mornings=True))
    async with harness.database.read() as tx:
        run = await runs.get(tx, run_id)
    assert run is not None
    return run


async def counted(harness: DeliveryHarness, run: Run) -> WaitingRecipients | None:
    async with harness.database.read() as tx:
        return await broadcast_dues.of_run(tx, run)


async def test_each_waits_for_their_wave_or_for_the_last(harness: DeliveryHarness, emulator: EmulatorClient) -> None:
    """Who joined with a schedule that had no wave gets it with the wave of all others, once that has begun nobody."""
    await harness.crowd(3)
    await harness.crowd(2, LATER)
    run = await in_mornings(harness, emulator)
    everybody = await counted(harness, run)
    assert everybody is not None
    await harness.crowd(1, UNKNOWN_AT_CONFIRMATION)
    with_others = await counted(harness, run)
    assert with_others is not None
    assert (everybody.people, with_others.people) == (5, 6)
    async with harness.database.write() as tx:
        await sql(tx, "UPDATE waves SET cursor = 1 WHERE schedule_id IS NULL AND run_id = ?", run.id)
    assert await counted(harness, run) == everybody
    async with harness.database.write() as tx:
        later = "SELECT id FROM schedules WHERE minute_of_day = ?"
        await sql(tx, f"UPDATE waves SET state = 'planned' WHERE schedule_id = ({later})", 9 * 60)  # noqa: S608
    begun = await counted(harness, run)
    assert begun is not None
    assert begun.people == 3


async def test_waiting_is_counted_again_after_a_minute_or_a_wave(
    harness: DeliveryHarness, emulator: EmulatorClient
) -> None:
    """A card that moves is built each second; counting looks at every subscriber."""
    await harness.crowd(3)
    run = await in_mornings(harness, emulator)
    now = 100.0
    dues = RecentDues(lambda: now)

    async def people() -> int:
        async with harness.database.read() as tx:
            waiting = await dues.of_run(tx, run)
        return 0 if waiting is None else waiting.people

    assert await people() == 3
    await harness.crowd(1)
    assert await people() == 3
    now += COUNTS_KEPT_SECONDS
    assert await people() == 4
    async with harness.database.write() as tx:
        await sql(tx, "UPDATE waves SET state = 'planned' WHERE run_id = ?", run.id)
    assert await people() == 0
