"""Progress cards, reports and notifications of the admins."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.running_bot import PAUSED
from delivery.progress_reporter import ProgressReporter
from domain.delivery.payment import Payment
from domain.delivery.progress import CardMessage, RunMessage, RunMessageKind
from domain.delivery.reasons import RunStateReason
from domain.subscription.calendar import Schedule
from emulator.client import EmulatedChat, EmulatorClient, Message
from storage import run_messages, runs
from storage.database import Database
from tests.databases import sql
from tests.delivery.harness import (
    ADMIN,
    CARD_SECONDS,
    MORNING,
    Clock,
    DeliveryHarness,
    edition,
    open_harness,
    run_of,
)
from tests.waiting import wait_until_shown
from views import run_reports

DAY_LONG = timedelta(days=1)


async def start_broadcast(
    database: Database, emulator: EmulatorClient, text: str = "hello", *, payment: Payment = Payment.FREE
) -> tuple[int, Message]:
    """Confirm a broadcast of the admin; return its run and the message that becomes its card."""
    admin = await emulator.chat(ADMIN)
    async with database.write() as tx:
        body = {"text": text, "entities": []}
        run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body=body, now=MORNING)
    await emulator.request("POST", "/messages", {"user_id": ADMIN, "text": "/broadcast"})
    card = await _send_as_bot(emulator, "⬆️ Exactly so it goes to everybody.")
    async with database.write() as tx:
        shown = CardMessage(ADMIN, card)
        assert await runs.confirm(tx, run_id, actor=ADMIN, card=shown, now=MORNING, payment=payment)
        assert not await runs.confirm(tx, run_id, actor=ADMIN, card=CardMessage(ADMIN, card), now=MORNING)
    return run_id, await admin.next_message()


async def _send_as_bot(emulator: EmulatorClient, text: str) -> int:
    """Send the admin a message as the bot does; return its id."""
    from domain.delivery.outcome import Sent
    from transport.bot_api_client import BotApiClient

    async with BotApiClient(emulator.api_url, emulator.token) as client:
        outcome = await client.send("sendMessage", f'{{"chat_id":{ADMIN},"text":"{text}"}}'.encode())
    assert isinstance(outcome, Sent)
    return outcome.message_id


async def _assert_no_notification(harness: DeliveryHarness, admin: EmulatedChat) -> None:
    """Send the admin a marker and require that it comes first: notifications keep their order."""
    await harness.delivery_service.notify_admins(run_reports.topic_closed_notice)
    assert "topic" in (await admin.next_message()).text


async def test_broadcast_reaches_everybody_and_its_card_finishes(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(20)
    harness.clock.now = MORNING
    admin = await harness.emulator.chat(ADMIN)
    run_id, card = await start_broadcast(harness.database, harness.emulator)
    await harness.delivery_service.tick()
    assert (await harness.finished(run_id)).sent == 20
    assert await harness.times() == dict.fromkeys(chats, 1)
    await admin.next_message()
    await wait_until_shown(admin, "✅ Broadcast", "Sent: 20", message=card, buttons=[["📌 Pin"], ["🗑 Recall…"]])
    await _assert_no_notification(harness, admin)


async def test_card_edits_are_spaced_and_show_a_pause(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", rate=40) as harness:
        await harness.crowd(300)
        harness.clock.now = MORNING
        run_id, card = await start_broadcast(harness.database, harness.emulator)
        await harness.delivery_service.tick()
        admin = await emulator.chat(ADMIN)
        controls = ["🛑 Cancel"]
        await wait_until_shown(admin, "📤", message=card, buttons=[["⏸ Pause", *controls]])
        async with harness.database.write() as tx:
            assert await runs.pause(tx, run_id, RunStateReason.ADMIN)
        await harness.delivery_service.tick()
        await wait_until_shown(admin, "Paused", message=card, buttons=[["▶️ Resume", *controls]])
        entries = await emulator.log(ADMIN, kind="bot_edit")
        edits = [entry.monotonic for entry in entries if entry.message_id == card.message_id]
        assert min(later - earlier for earlier, later in pairwise(edits)) >= CARD_SECONDS - 0.01
        assert (await harness.progress(run_id)).pending > 0
        async with harness.database.write() as tx:
            assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
        await harness.delivery_service.tick()
        await wait_until_shown(admin, "Cancelled", message=card, buttons=[["📌 Pin"], ["🗑 Recall…"]])


async def test_card_says_that_the_operator_paused_the_bot(harness: DeliveryHarness) -> None:
    await harness.crowd(3)
    harness.clock.now = MORNING
    await harness.delivery_service.hold(PAUSED)
    admin = await harness.emulator.chat(ADMIN)
    _, card = await start_broadcast(harness.database, harness.emulator)
    await harness.delivery_service.tick()
    await wait_until_shown(admin, "Nothing is sent for now: paused by the operator", message=card)


async def test_digest_and_broadcast_share_the_rate(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", rate=100, in_flight=16) as harness:
        await harness.crowd(250)
        digest = run_of(await harness.publish())
        await harness.at(MORNING)
        broadcast, _ = await start_broadcast(harness.database, emulator)
        await harness.delivery_service.tick()
        await harness.until(broadcast, lambda now: now.sent >= 30)
        halfway = await harness.progress(digest)
        assert halfway.pending > 0
        assert halfway.sent >= 20


async def test_digest_is_reported_once_and_again_if_it_changed(harness: DeliveryHarness) -> None:
    admin = await harness.emulator.chat(ADMIN)
    chats = await harness.crowd(3)
    await harness.crowd(2, Schedule("Europe/Berlin", 8 * 60))
    await harness.emulator.add_fault("drop", method="sendMessage", chat_id=chats[0], times=1)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    report = await admin.next_message()
    assert "Sent: 2" in report.text
    assert "Not confirmed: 1" in report.text
    assert str(chats[0]) in report.text
    assert report.callback_data_of("🔁 Send again (1)") == f"run {run_id} resend"
    await harness.at(MORNING + timedelta(minutes=5))
    await _assert_no_notification(harness, admin)
    await harness.at(MORNING + timedelta(hours=6))
    final = await admin.next_message()
    assert "Sent: 4" in final.text
    await harness.at(MORNING + timedelta(hours=7))
    await _assert_no_notification(harness, admin)


async def test_missing_edition_is_reported_once(harness: DeliveryHarness) -> None:
    admin = await harness.emulator.chat(ADMIN)
    end = MORNING + timedelta(hours=6)
    assert await harness.delivery_service.tick() == end - DAY_LONG + DAY_LONG
    await harness.publish()
    await harness.at(end)
    await _assert_no_notification(harness, admin)
    await harness.at(end + DAY_LONG)
    alert = await admin.next_message()
    assert "13 Sep" in alert.text
    for minutes in (1, 2, 600):
        await harness.at(end + DAY_LONG + timedelta(minutes=minutes))
    await _assert_no_notification(harness, admin)


async def test_missing_edition_is_not_reported_again_after_a_restart(emulator: EmulatorClient, tmp_path: Path) -> None:
    admin = await emulator.chat(ADMIN)
    clock = Clock()
    end = MORNING + timedelta(hours=6)
    for days, expected in ((0, None), (1, "13 Sep"), (1, None), (1, None), (2, "14 Sep")):
        async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
            await harness.at(end + timedelta(days=days))
            if expected is not None:
                assert expected in (await admin.next_message()).text
            await _assert_no_notification(harness, admin)


async def test_stop_sends_queued_notifications(emulator: EmulatorClient, tmp_path: Path) -> None:
    admin = await emulator.chat(ADMIN)
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        await harness.delivery_service.tick()
        harness.rate_limiter.restore_retry_after(None, 0.5)
        await harness.delivery_service.notify_admins(run_reports.restored_notice)
        await harness.delivery_service.notify_admins(run_reports.topic_closed_notice)
    assert "backup" in (await admin.next_message()).text
    assert "topic" in (await admin.next_message()).text


async def test_digest_without_recipients_is_not_reported(harness: DeliveryHarness) -> None:
    admin = await harness.emulator.chat(ADMIN)
    run_id = run_of(await harness.publish(edition()))
    await harness.at(MORNING)
    await harness.finished(run_id)
    await _assert_no_notification(harness, admin)


def _reporter(harness: DeliveryHarness) -> ProgressReporter:
    return harness.delivery_service._components.progress_reporter


async def _change(harness: DeliveryHarness, statement: str, *values: str) -> None:
    async with harness.database.write() as tx:
        await sql(tx, statement, *values)


async def _planned(harness: DeliveryHarness) -> int:
    """Plan an edition for one subscriber; return its run."""
    await harness.audience([1])
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    return run_id


async def test_run_that_came_too_late_for_all_is_reported_at_its_end(notifying: DeliveryHarness) -> None:
    admin = await notifying.emulator.chat(ADMIN)
    run_id = await _planned(notifying)
    await _change(notifying, "DELETE FROM deliveries")
    await _change(notifying, "UPDATE waves SET state = 'missed', missed = 2")
    await _reporter(notifying).report_digest(run_id, final=False)
    await _assert_no_notification(notifying, admin)
    for _ in range(2):
        await _reporter(notifying).report_digest(run_id, final=True)
    assert "Too late for their morning: 2" in (await admin.next_message()).text
    await _assert_no_notification(notifying, admin)


@pytest.mark.parametrize("waiting", ["wave", "retry"])
async def test_report_waits_an_hour_for_what_is_to_come(waiting: str, notifying: DeliveryHarness) -> None:
    admin = await notifying.emulator.chat(ADMIN)
    await notifying.audience([2], Schedule("Asia/Shanghai", 9 * 60))
    run_id = await _planned(notifying)
    if waiting == "retry":
        await notifying.audience([3], Schedule("Europe/Berlin", 8 * 60))
        await notifying.at(MORNING + timedelta(hours=1))
        notifying.clock.now = MORNING
        await _change(
            notifying, "UPDATE deliveries SET not_before = '2025-09-12 01:00:00.000000' WHERE subscriber_id = 1"
        )
    await _change(notifying, "UPDATE deliveries SET state = 'sent' WHERE not_before IS NULL")
    await _reporter(notifying).report_digest(run_id, final=False)
    await _assert_no_notification(notifying, admin)
    notifying.clock.now -= timedelta(microseconds=1)
    for _ in range(2):
        await _reporter(notifying).report_digest(run_id, final=False)
    assert "Sent: 1" in (await admin.next_message()).text
    await _assert_no_notification(notifying, admin)


@pytest.mark.parametrize("state", ["in_flight", "pending"])
async def test_report_does_not_come_before_what_is_on_its_way(state: str, notifying: DeliveryHarness) -> None:
    admin = await notifying.emulator.chat(ADMIN)
    run_id = await _planned(notifying)
    await _change(notifying, "UPDATE deliveries SET state = ?", state)
    await _reporter(notifying).report_digest(run_id, final=False)
    await _assert_no_notification(notifying, admin)


async def test_broadcast_is_not_reported_as_a_digest(notifying: DeliveryHarness) -> None:
    admin = await notifying.emulator.chat(ADMIN)
    await notifying.audience([1])
    notifying.clock.now = MORNING
    run_id, card = await start_broadcast(notifying.database, notifying.emulator)
    assert (await admin.next_message()).message_id == card.message_id
    await notifying.at(MORNING)
    await _reporter(notifying).report_digest(run_id, final=True)
    await _reporter(notifying).report_digest(run_id + 1, final=True)
    await _assert_no_notification(notifying, admin)


@pytest.mark.parametrize("state", ["finished", "cancelled"])
async def test_card_of_an_ended_broadcast_is_its_report(state: str, notifying: DeliveryHarness) -> None:
    admin = await notifying.emulator.chat(ADMIN)
    await notifying.audience([1])
    notifying.clock.now = MORNING
    run_id, card = await start_broadcast(notifying.database, notifying.emulator)
    assert (await admin.next_message()).message_id == card.message_id
    await notifying.at(MORNING)
    await _reporter(notifying)._update()
    await _assert_no_notification(notifying, admin)
    await _change(notifying, "UPDATE runs SET state = ?", state)
    await _change(notifying, "UPDATE deliveries SET state = 'unconfirmed', error = 'TimeoutError'")
    for _ in range(2):
        await _reporter(notifying)._update()
    shown = await wait_until_shown(admin, "chat 1", message=card)
    data = shown.callback_data_of("🔁 Send again (1)")
    assert data == (f"run {run_id} resend" if state == "finished" else None)
    await _assert_no_notification(notifying, admin)


async def test_pause_is_told_and_its_notice_follows_the_run(notifying: DeliveryHarness) -> None:
    admin = await notifying.emulator.chat(ADMIN)
    run_id = await _planned(notifying)
    async with notifying.database.write() as tx:
        assert await runs.pause(tx, run_id, RunStateReason.REJECTIONS, "can't parse")
    await _reporter(notifying).report_pause(run_id)
    await _reporter(notifying).report_pause(run_id + 1)
    await notifying.delivery_service._components.notifier.wait_until_sent()
    notice = await admin.next_message()
    assert "can't parse" in notice.text
    async with notifying.database.read() as tx:
        followed = await run_messages.of_run(tx, run_id)
    assert followed == [RunMessage(RunMessageKind.PAUSE_NOTICE, ADMIN, notice.message_id)]
    await _assert_no_notification(notifying, admin)


async def test_refused_payment_is_told_with_its_reason(notifying: DeliveryHarness) -> None:
    admin = await notifying.emulator.chat(ADMIN)
    _reporter(notifying).report_payment_refused("Bad Request: PAYMENT_OF_ANOTHER_KIND")
    notice = await admin.next_message()
    assert "The broadcast goes on for free" in notice.text
    assert "PAYMENT_OF_ANOTHER_KIND" in notice.text
    await _assert_no_notification(notifying, admin)
