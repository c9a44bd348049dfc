"""Whether somebody would get a digest soon: by the instant that is stored, unless the run was cancelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from delivery.due_soon import is_due_within
from digest.model import Digest
from domain.delivery.reasons import RunStateReason
from domain.subscription.calendar import Schedule
from storage import runs
from tests.delivery.harness import DAY, DEFAULT_SCHEDULE, EVE, MORNING, DeliveryHarness, edition, run_of

HALF_A_MINUTE = timedelta(seconds=30)


async def _is_due(harness: DeliveryHarness, digest: Digest) -> bool:
    now = harness.clock.now
    return await is_due_within(harness.database, DEFAULT_SCHEDULE, digest, now=now, within=HALF_A_MINUTE)


async def test_one_schedule_of_several_is_enough(harness: DeliveryHarness) -> None:
    harness.clock.now = MORNING - HALF_A_MINUTE
    assert not await _is_due(harness, edition())  # nobody is there
    await harness.crowd(1, Schedule("Asia/Shanghai", 9 * 60))
    assert not await _is_due(harness, edition())
    await harness.crowd(1)
    assert await _is_due(harness, edition())
    assert not await _is_due(harness, replace(edition(), date=None))
    harness.clock.now -= timedelta(seconds=1)
    assert not await _is_due(harness, edition())


async def test_digest_without_an_instant_has_that_of_its_day(harness: DeliveryHarness) -> None:
    """Unless it was published before: then a new version has the instant that is stored."""
    await harness.crowd(1)
    harness.clock.now = MORNING
    assert await _is_due(harness, edition(published=None))
    await harness.publish(edition(published=MORNING + timedelta(hours=1)))
    assert not await _is_due(harness, edition(published=None))
    assert await _is_due(harness, edition(published=EVE))
    assert not await _is_due(harness, edition(DAY + timedelta(days=1), published=None))


async def test_cancelled_edition_is_never_due(harness: DeliveryHarness) -> None:
    await harness.crowd(1)
    run_id = run_of(await harness.publish())
    harness.clock.now = MORNING
    assert await _is_due(harness, edition())
    async with harness.database.write() as tx:
        assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
    assert not await _is_due(harness, edition())
