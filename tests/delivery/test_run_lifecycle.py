"""The end of runs, and their pauses after refusals: each run for itself, and told once."""

from __future__ import annotations

import pytest
import structlog.testing

from delivery.refusal_monitor import MAX_REFUSALS_PER_PAYLOAD
from delivery.run_lifecycle import RunLifecycle
from domain.delivery.outcome import Refused, Sent
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import DeliveryState, RunState
from domain.subscription.calendar import Schedule
from storage import runs
from storage.deliveries import DeliveryKey, DueDelivery
from tests.databases import break_writes, mend_writes
from tests.delivery.harness import ADMIN, MORNING, DeliveryHarness, run_of
from tests.delivery.test_progress_reporter import start_broadcast

REFUSED = Refused("Bad Request: can't parse entities")
PAYLOAD = 1


def _lifecycle(harness: DeliveryHarness) -> RunLifecycle:
    return harness.delivery_service._components.send_loop._run_lifecycle


def _due(run_id: int, *, paid: bool = False) -> DueDelivery:
    return DueDelivery(DeliveryKey(run_id, 1, 1), PAYLOAD, 0, 1001, None, silent=False, schedule_id=1, paid=paid)


async def _refuse(harness: DeliveryHarness, run_id: int, count: int) -> list[bool]:
    """Record so many refusals; return which of them paused the run."""
    return [await _lifecycle(harness).record_outcome(_due(run_id), REFUSED) for _ in range(count)]


async def _planned(harness: DeliveryHarness) -> int:
    await harness.audience([1, 2])
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    return run_id


async def test_run_pauses_after_its_own_refusals(notifying: DeliveryHarness) -> None:
    admin = await notifying.emulator.chat(ADMIN)
    run_id = await _planned(notifying)
    broadcast, _ = await start_broadcast(notifying.database, notifying.emulator)
    assert await _refuse(notifying, broadcast, MAX_REFUSALS_PER_PAYLOAD - 1) == [False] * (MAX_REFUSALS_PER_PAYLOAD - 1)
    with structlog.testing.capture_logs() as logs:
        refused = await _refuse(notifying, run_id, MAX_REFUSALS_PER_PAYLOAD)
        assert refused == [False] * (MAX_REFUSALS_PER_PAYLOAD - 1) + [True]
    assert [(entry["run"], entry["description"]) for entry in logs if entry["event"] == "run_paused"] == [
        (run_id, REFUSED.reason)
    ]
    progress = await notifying.progress(run_id)
    assert (progress.state, progress.state_reason) == (RunState.PAUSED, RunStateReason.REJECTIONS)
    assert progress.state_detail == REFUSED.reason
    assert (await notifying.progress(broadcast)).state is RunState.RUNNING
    notice = await admin.next_message(lambda message: "can't parse" in message.text)
    assert "Resume" in str(notice.buttons)


async def test_pause_of_a_run_that_was_stopped_is_not_told(notifying: DeliveryHarness) -> None:
    run_id = await _planned(notifying)
    async with notifying.database.write() as tx:
        assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
    with structlog.testing.capture_logs() as logs:
        assert True not in await _refuse(notifying, run_id, MAX_REFUSALS_PER_PAYLOAD)
    assert logs == []
    assert (await notifying.progress(run_id)).state is RunState.CANCELLED


@pytest.mark.parametrize("between", ["stopped", "paused", "sent"])
async def test_refusals_are_counted_anew(between: str, notifying: DeliveryHarness) -> None:
    """After a run was stopped or paused, and after a part that arrived."""
    run_id = await _planned(notifying)
    await _refuse(notifying, run_id, MAX_REFUSALS_PER_PAYLOAD - 1)
    if between == "stopped":
        await _lifecycle(notifying).clean_up_stopped(run_id, MORNING)
    elif between == "sent":
        await _lifecycle(notifying).record_outcome(_due(run_id), Sent(1))
    else:
        assert await _refuse(notifying, run_id, 1) == [True]
        async with notifying.database.write() as tx:
            assert await runs.resume(tx, run_id)
    assert True not in await _refuse(notifying, run_id, MAX_REFUSALS_PER_PAYLOAD - 1)
    assert (await notifying.progress(run_id)).state is RunState.RUNNING


async def test_cancelled_run_is_cleaned_up(notifying: DeliveryHarness) -> None:
    run_id = await _planned(notifying)
    async with notifying.database.write() as tx:
        assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
    await _lifecycle(notifying).clean_up_stopped(run_id, MORNING)
    async with notifying.database.read() as tx:
        rows = await tx.exec_driver_sql("SELECT DISTINCT state FROM deliveries")
        assert [row[0] for row in rows] == [DeliveryState.SKIPPED]


async def _settle(harness: DeliveryHarness) -> None:
    """Let everything that is pending have been sent, and the queues see it."""
    async with harness.database.write() as tx:
        await tx.exec_driver_sql("UPDATE deliveries SET state = 'sent'")
    run_queues = harness.delivery_service._components.send_loop._run_queues
    assert not await run_queues.fill(harness.clock.now)


async def test_settled_run_finishes_and_is_reported(notifying: DeliveryHarness) -> None:
    admin = await notifying.emulator.chat(ADMIN)
    run_id = await _planned(notifying)
    await _settle(notifying)
    with structlog.testing.capture_logs() as logs:
        await _lifecycle(notifying).finish_settled_runs()
    assert ("run_finished", run_id) in [(entry["event"], entry.get("run")) for entry in logs]
    progress = await notifying.progress(run_id)
    assert (progress.state, progress.finished_at) == (RunState.FINISHED, MORNING)
    assert "Sent: 2" in (await admin.next_message()).text
    assert notifying.delivery_service._components.send_loop._run_queues.sync([], changed=()) == []


async def test_run_with_a_wave_to_come_goes_on(notifying: DeliveryHarness) -> None:
    """Its figures are reported, because the next wave is hours away."""
    admin = await notifying.emulator.chat(ADMIN)
    await notifying.audience([3], Schedule("Europe/Berlin", 8 * 60))
    run_id = await _planned(notifying)
    await _settle(notifying)
    await _lifecycle(notifying).finish_settled_runs()
    assert (await notifying.progress(run_id)).state is RunState.RUNNING
    assert "Sent: 2" in (await admin.next_message()).text
    assert notifying.delivery_service._components.send_loop._run_queues.sync([], changed=()) == [run_id]


async def test_run_that_cannot_be_finished_is_tried_again(notifying: DeliveryHarness) -> None:
    run_id = await _planned(notifying)
    await _settle(notifying)
    async with notifying.database.write() as tx:
        await break_writes(tx, "runs", event="UPDATE OF state")
    with structlog.testing.capture_logs() as logs:
        assert not await _lifecycle(notifying).finish_settled_runs()
    assert [entry["run"] for entry in logs if entry["event"] == "run_not_finished"] == [run_id]
    async with notifying.database.write() as tx:
        await mend_writes(tx)
    assert await _lifecycle(notifying).finish_settled_runs()
    assert (await notifying.progress(run_id)).state is RunState.FINISHED
