"""Cards, reports and notices follow every change of a run, and are sent once and not too early."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunState
from domain.subscription.calendar import Schedule
from emulator.client import EmulatedChat, EmulatorClient, Message
from storage import deliveries, run_messages, runs
from tests.delivery.harness import (
    ADMIN,
    MORNING,
    Clock,
    DeliveryHarness,
    open_harness,
    run_of,
)
from tests.delivery.test_progress_reporter import start_broadcast
from tests.waiting import wait_until, wait_until_shown
from views import run_reports


async def resend(harness: DeliveryHarness, run_id: int) -> int:
    """Send again what is unconfirmed, as an admin's press does."""
    async with harness.database.write() as tx:
        count = await runs.resend_unconfirmed(tx, run_id)
    await harness.delivery_service.tick()
    return count


async def _unconfirmed_digest(harness: DeliveryHarness, admin: EmulatedChat) -> tuple[int, Message]:
    """Deliver an edition to three chats, of which one's answer is lost; return the run and its report."""
    chats = await harness.crowd(3)
    await harness.emulator.add_fault("drop", method="sendMessage", chat_id=chats[0], times=1)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    report = await admin.next_message()
    assert "Not confirmed: 1" in report.text
    return run_id, report


async def test_report_follows_a_resend(harness: DeliveryHarness) -> None:
    admin = await harness.emulator.chat(ADMIN)
    run_id, report = await _unconfirmed_digest(harness, admin)
    assert await resend(harness, run_id) == 1
    await wait_until_shown(admin, "✅", "Sent: 3", message=report, without=["onfirmed"], buttons=[])


async def test_card_of_a_broadcast_follows_a_resend(harness: DeliveryHarness) -> None:
    admin = await harness.emulator.chat(ADMIN)
    chats = await harness.crowd(3)
    await harness.emulator.add_fault("drop", method="sendMessage", chat_id=chats[0], times=1)
    harness.clock.now = MORNING
    run_id, card = await start_broadcast(harness.database, harness.emulator)
    await harness.delivery_service.tick()
    await admin.next_message()
    again = ["🔁 Send again (1)"]
    await wait_until_shown(admin, "⚠️", "Not confirmed: 1", message=card, buttons=[again, ["📌 Pin"], ["🗑 Recall…"]])
    assert await resend(harness, run_id) == 1
    without = ["To go", "Not confirmed"]
    await wait_until_shown(admin, "✅", "Sent: 3", message=card, without=without, buttons=[["📌 Pin"], ["🗑 Recall…"]])


async def test_what_was_refused_is_tried_again_and_nobody_gets_it_twice(harness: DeliveryHarness) -> None:
    admin = await harness.emulator.chat(ADMIN)
    chats = await harness.crowd(3)
    refusal = {"error_code": 400, "description": "Bad Request: not enough rights to send text messages to the chat"}
    await harness.emulator.add_fault("error", method="sendMessage", chat_id=chats[0], times=1, **refusal)
    blocked = {"error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    await harness.emulator.add_fault("error", method="sendMessage", chat_id=chats[1], times=1, **blocked)
    harness.clock.now = MORNING
    run_id, card = await start_broadcast(harness.database, harness.emulator)
    await harness.delivery_service.tick()
    buttons = [["🔂 Try failed ones again (1)"], ["📌 Pin"], ["🗑 Recall…"]]
    report = await wait_until_shown(admin, "⚠️", "Failed: 2", message=card, buttons=buttons)
    assert report.callback_data_of("🔂 Try failed ones again (1)") == f"run {run_id} retry"
    async with harness.database.write() as tx:
        assert await runs.retry_failed(tx, run_id) == 1, "who blocked the bot gets nothing"
        assert await runs.retry_failed(tx, run_id) == 0
    await harness.delivery_service.tick()
    await wait_until_shown(admin, "Sent: 2", "Failed: 1", message=card)
    assert await harness.times() == {chats[0]: 1, chats[2]: 1}


async def test_report_follows_a_press_that_proves_arrival(emulator: EmulatorClient, tmp_path: Path) -> None:
    """Also if the process was restarted since."""
    admin = await emulator.chat(ADMIN)
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        run_id, report = await _unconfirmed_digest(harness, admin)
        await harness.until(run_id, lambda now: now.state is RunState.FINISHED)
    async with open_harness(emulator, tmp_path / "bot.db", clock=Clock(MORNING)) as harness:
        async with harness.database.write() as tx:
            (unconfirmed,) = await deliveries.unconfirmed(tx, run_id, limit=9)
            payload_id = await tx.exec_driver_sql("SELECT max(id) FROM payloads")
            assert await deliveries.settle(tx, payload_id.scalar_one(), unconfirmed.chat_id, 1, now=MORNING)
        await harness.delivery_service.tick()
        await wait_until_shown(admin, "Sent: 3", message=report, buttons=[])


async def test_pause_notice_follows_the_resumed_run(emulator: EmulatorClient, tmp_path: Path) -> None:
    admin = await emulator.chat(ADMIN)
    async with open_harness(emulator, tmp_path / "bot.db", in_flight=4) as harness:
        fault = {"description": "Bad Request: can't parse", "error_code": 400}
        for chat in (await harness.crowd(30))[:15]:
            await emulator.add_fault("error", method="sendMessage", chat_id=chat, **fault)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        notice = await admin.next_message()
        assert "can't parse" in notice.text
        await harness.until(run_id, lambda now: now.state is RunState.PAUSED and not now.in_flight)
        await emulator.clear_faults()
        async with harness.database.write() as tx:
            assert await runs.resume(tx, run_id)
        await harness.delivery_service.tick()
        await wait_until_shown(admin, "Finished", message=notice, without=["can't parse", "To go"], buttons=[])


async def test_cancelled_card_shows_what_was_still_in_flight(harness: DeliveryHarness) -> None:
    admin = await harness.emulator.chat(ADMIN)
    chats = await harness.crowd(2)
    await harness.emulator.add_fault("delay", method="sendMessage", chat_id=chats[0], seconds=4)
    harness.clock.now = MORNING
    run_id, card = await start_broadcast(harness.database, harness.emulator)
    await harness.delivery_service.tick()
    await harness.until(run_id, lambda now: (now.sent, now.in_flight) == (1, 1))
    async with harness.database.write() as tx:
        assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
    await harness.delivery_service.tick()
    await wait_until_shown(admin, "Cancelled", "To go: 1", message=card)
    await wait_until_shown(admin, "Sent: 2", message=card, without=["To go"])


async def test_report_loses_its_button_with_the_rows(harness: DeliveryHarness) -> None:
    admin = await harness.emulator.chat(ADMIN)
    _, report = await _unconfirmed_digest(harness, admin)
    assert report.buttons != []
    harness.clock.now = MORNING + timedelta(days=31)
    await harness.delivery_service.clean_up()
    await harness.delivery_service.tick()
    shown = await wait_until_shown(admin, message=report, buttons=[])
    assert shown.text == report.text


async def test_report_waits_for_a_part_that_is_tried_again(harness: DeliveryHarness) -> None:
    """Unless that is hours away, as the waves are that are still to come."""
    admin = await harness.emulator.chat(ADMIN)
    await harness.crowd(2)
    await harness.crowd(1, Schedule("Europe/Berlin", 8 * 60))
    group = await harness.emulator.create_supergroup("Readers")
    await harness.audience([group.id])
    await harness.emulator.add_fault("flood", method="sendMessage", chat_id=group.id, times=1, retry_after=600)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    await wait_until(lambda: _retries(harness, run_id), bool)
    await harness.until(run_id, lambda now: now.sent == 2)
    reporter = harness.delivery_service._components.progress_reporter  # as each settled queue does
    await reporter.report_digest(run_id, final=False)
    await harness.delivery_service.notify_admins(run_reports.topic_closed_notice)
    assert "topic" in (await admin.next_message()).text
    harness.clock.now -= timedelta(hours=1)
    await reporter.report_digest(run_id, final=False)
    report = (await admin.next_message()).text
    assert "Sent: 2" in report
    assert "To go: 1" in report


async def _retries(harness: DeliveryHarness, run_id: int) -> bool:
    """Return whether a part of a run waits for its next attempt."""
    async with harness.database.read() as tx:
        return await deliveries.next_retry(tx, run_id, after=harness.clock.now) is not None


async def test_restart_tells_nothing_again(emulator: EmulatorClient, tmp_path: Path) -> None:
    """Neither reports nor the alert of a missing edition. What a start has queued is sent before it stops."""
    admin, path = await emulator.chat(ADMIN), tmp_path / "bot.db"
    async with open_harness(emulator, path) as harness:
        await harness.crowd(2)
        digest = run_of(await harness.publish())
        await harness.at(MORNING)
        assert "Sent: 2" in (await admin.next_message()).text
        broadcast, card = await start_broadcast(harness.database, emulator)
        await harness.delivery_service.tick()
        await admin.next_message()
        await wait_until_shown(admin, "✅ Broadcast", "Sent: 2", message=card)
        for run_id in (digest, broadcast):
            await harness.finished(run_id)
        await harness.at(MORNING + timedelta(hours=6))
        await harness.at(MORNING + timedelta(hours=30))
        assert "13 Sep" in (await admin.next_message()).text
    for _ in range(2):
        async with open_harness(emulator, path, clock=Clock(MORNING + timedelta(hours=31))) as harness:
            async with harness.database.write() as tx:
                await runs.note_change(tx, digest)
                await runs.note_change(tx, broadcast)
            await harness.delivery_service.tick()
            await _until_shown(harness, digest, broadcast)
        assert await admin.drain_messages() == []


async def _until_shown(harness: DeliveryHarness, *run_ids: int) -> None:
    """Wait until the messages of runs show all changes."""

    async def to_show() -> set[int]:
        async with harness.database.read() as tx:
            return set(await run_messages.runs_to_show(tx))

    await wait_until(to_show, lambda left: left.isdisjoint(run_ids))
