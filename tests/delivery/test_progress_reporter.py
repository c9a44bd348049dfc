"""What admins are told: cards that follow a run, reports, the alarm that nothing came."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from domain.chat.event import Chat
from domain.chat.text import Text
from domain.delivery.progress import CardMessage, FailureCount, Progress
from domain.delivery.reasons import DeliveryReason, RunStateReason
from domain.delivery.states import RunKind, RunState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from emulator.client import EmulatorClient, Message
from storage import runs, subscribers
from storage.database import Database
from tests.delivery.harness import ADMIN, CARD_SECONDS, DAY, HOUSE, MORNING, TEXTS, Stage, edition, run_of, staged
from views import run_reports
from views.run_reports import Speed, Trouble

DAY_LONG = timedelta(days=1)


async def _broadcast(database: Database, emulator: EmulatorClient, text: str = "hello") -> tuple[int, Message]:
    """A confirmed broadcast of the admin's, and the message that becomes its card."""
    admin = await emulator.chat(ADMIN)
    async with database.write() as tx:
        body = {"text": text, "entities": []}
        run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body=body, now=MORNING)
    await emulator.request("POST", "/messages", {"user_id": ADMIN, "text": "/broadcast"})
    card = await _say(emulator, "⬆️ Exactly so it goes to everybody.")
    async with database.write() as tx:
        assert await runs.confirm(tx, run_id, actor=ADMIN, card=CardMessage(ADMIN, card), now=MORNING)
        assert not await runs.confirm(tx, run_id, actor=ADMIN, card=CardMessage(ADMIN, card), now=MORNING)
    return run_id, await admin.next_message()


async def _say(emulator: EmulatorClient, text: str) -> int:
    """A message of the bot's own to the admin; its id."""
    from domain.delivery.outcome import Sent
    from transport.bot_api_client import BotApiClient

    async with BotApiClient(emulator.api_url, emulator.token) as client:
        outcome = await client.send("sendMessage", f'{{"chat_id":{ADMIN},"text":"{text}"}}'.encode())
    assert isinstance(outcome, Sent)
    return outcome.message_id


async def test_a_broadcast_goes_to_everybody_once_and_its_card_follows_it_to_the_end(stage: Stage) -> None:
    chats = await stage.crowd(20)
    stage.clock.now = MORNING
    admin = await stage.emulator.chat(ADMIN)
    run_id, card = await _broadcast(stage.database, stage.emulator)
    await stage.delivery_service.tick()
    assert (await stage.finished(run_id)).sent == 20
    assert await stage.times() == dict.fromkeys(chats, 1)
    await admin.next_message()
    report = await admin.next_message(timeout=10)
    assert "Broadcast" in report.text
    assert "Sent: 20" in report.text
    shown = next(one for one in await admin.history() if one.message_id == card.message_id)
    assert "Finished" in shown.text
    assert shown.buttons == []


async def test_a_card_is_edited_at_most_every_few_seconds_and_shows_a_pause(
    emulator: EmulatorClient, tmp_path: Path
) -> None:
    async with staged(emulator, tmp_path / "bot.db", rate=40) as stage:
        await stage.crowd(300)
        stage.clock.now = MORNING
        run_id, card = await _broadcast(stage.database, stage.emulator)
        await stage.delivery_service.tick()
        admin = await emulator.chat(ADMIN)
        running = await admin.next_edit()
        assert any(label.startswith("⏸") for row in running.buttons for label in row)
        async with stage.database.write() as tx:
            assert await runs.pause(tx, run_id, RunStateReason.ADMIN)
        await stage.delivery_service.tick()
        paused = await admin.next_edit()
        while "Paused" not in paused.text:
            paused = await admin.next_edit()
        assert any(label.startswith("▶️") for row in paused.buttons for label in row)
        edits = [
            one.monotonic for one in await emulator.log(ADMIN, kind="bot_edit") if one.message_id == card.message_id
        ]
        assert all(later - earlier >= CARD_SECONDS - 0.01 for earlier, later in pairwise(edits))
        assert (await stage.progress(run_id)).pending > 0
        async with stage.database.write() as tx:
            assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
        await stage.delivery_service.tick()
        cancelled = await admin.next_edit()
        while "Cancelled" not in cancelled.text:  # what was in flight at the pause may show first
            cancelled = await admin.next_edit()
        assert cancelled.buttons == []


async def test_digest_and_broadcast_share_the_rate(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with staged(emulator, tmp_path / "bot.db", rate=100, in_flight=16) as stage:
        await stage.crowd(250)
        digest = run_of(await stage.publish())
        await stage.at(MORNING)
        broadcast, _ = await _broadcast(stage.database, emulator)
        await stage.delivery_service.tick()
        await stage.until(broadcast, lambda now: now.sent >= 30)
        half_way = await stage.progress(digest)
        assert half_way.pending > 0
        assert half_way.sent >= 20


async def test_the_morning_is_reported_once_and_again_at_the_end_if_it_changed(stage: Stage) -> None:
    admin = await stage.emulator.chat(ADMIN)
    chats = await stage.crowd(3)
    await stage.crowd(2, Schedule("Europe/Berlin", 8 * 60))
    await stage.emulator.add_fault("drop", method="sendMessage", chat_id=chats[0], times=1)
    run_id = run_of(await stage.publish())
    await stage.at(MORNING)
    report = await admin.next_message()
    assert "Sent: 2" in report.text
    assert "Not confirmed: 1" in report.text
    assert str(chats[0]) in report.text
    assert report.callback_data_of("🔁 Send again (1)") == f"run {run_id} resend"
    await stage.at(MORNING + timedelta(minutes=5))
    await asyncio.sleep(0.2)
    assert await admin.drain_messages() == []
    await stage.at(MORNING + timedelta(hours=6))
    final = await admin.next_message()
    assert "Sent: 4" in final.text
    await stage.at(MORNING + timedelta(hours=7))
    await asyncio.sleep(0.2)
    assert await admin.drain_messages() == []


async def test_a_morning_without_an_edition_is_told_once(stage: Stage) -> None:
    admin = await stage.emulator.chat(ADMIN)
    end = MORNING + timedelta(hours=6)
    assert await stage.delivery_service.tick() == end - DAY_LONG + DAY_LONG
    await stage.publish()
    await stage.at(end)
    await asyncio.sleep(0.2)
    assert await admin.drain_messages() == []
    await stage.at(end + DAY_LONG)
    alarm = await admin.next_message()
    assert "13 Sep" in alarm.text
    for minutes in (1, 2, 600):
        await stage.at(end + DAY_LONG + timedelta(minutes=minutes))
    await asyncio.sleep(0.2)
    assert await admin.drain_messages() == []


async def test_a_stop_lets_out_what_admins_are_being_told(emulator: EmulatorClient, tmp_path: Path) -> None:
    admin = await emulator.chat(ADMIN)
    async with staged(emulator, tmp_path / "bot.db") as stage:
        await stage.delivery_service.tick()
        stage.rate_limiter.restore_retry_after(None, 0.5)
        await stage.delivery_service.notify_admins(run_reports.restored_notice)
        await stage.delivery_service.notify_admins(run_reports.topic_closed_notice)
    assert "backup" in (await admin.next_message()).text
    assert "topic" in (await admin.next_message()).text


async def test_admins_are_told_in_their_own_language(stage: Stage) -> None:
    admin = await stage.emulator.chat(ADMIN)
    await stage.delivery_service.notify_admins(run_reports.restored_notice)
    assert "backup" in (await admin.next_message()).text
    async with stage.database.write() as tx:
        await subscribers.add(tx, Chat(ADMIN), (HOUSE, ContentPreferences(language="zh")), now=MORNING)
    await stage.delivery_service.notify_admins(run_reports.restored_notice)
    assert "备份" in (await admin.next_message()).text


def _progress(**changes: object) -> Progress:
    from dataclasses import replace

    from domain.delivery.progress import Counts

    plain = Progress(
        run_id=17,
        kind=RunKind.DIGEST,
        state=RunState.RUNNING,
        state_reason=RunStateReason.NONE,
        state_detail="",
        edition=DAY,
        version=1,
        published_at=MORNING,
        finished_at=None,
        actor=None,
        card=None,
        counts=Counts(recipients=10, pending=4, in_flight=1, sent=3, unconfirmed=1, failed=1, skipped=0),
        missed=0,
        next_due=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # Progress' fields by name


def test_a_running_card_shows_rate_and_time_to_go() -> None:
    say = TEXTS.translator("en")
    text = str(run_reports.progress_card(_progress(), Speed(per_second=2.5), say, ask=True).text)
    assert "2.5 a second, 2 s to go" in text
    assert "To go: 5" in text
    assert "5/10" in text
    held = str(run_reports.progress_card(_progress(), Speed(held=3700), say, ask=True).text)
    assert "1 h 1 min" in held


def test_in_the_end_the_report_alone_offers_to_send_again() -> None:
    say = TEXTS.translator("en")
    for state, offered in ((RunState.RUNNING, True), (RunState.PAUSED, True), (RunState.FINISHED, False)):
        rows = run_reports.progress_card(_progress(state=state), Speed(), say, ask=True).keyboard
        assert any(button.callback_data == "run 17 resend" for row in rows for button in row) is offered
    finished = _progress(state=RunState.FINISHED)
    assert run_reports.report(finished, Trouble(), say, ask=True).keyboard[0][0].callback_data == "run 17 resend"


def test_card_and_notice_say_why_a_run_paused_itself() -> None:
    why, translate = "Bad Request: message is too long", TEXTS.translator("zh")
    paused = _progress(state=RunState.PAUSED, state_reason=RunStateReason.REJECTIONS, state_detail=why)
    assert why in str(run_reports.paused_notice(paused, translate).text)
    assert f"{translate('Paused')}: {why}" in str(run_reports.progress_card(paused, Speed(), translate, ask=True).text)


def test_a_card_paused_by_an_admin_gives_no_reason() -> None:
    translate = TEXTS.translator("en")
    paused = _progress(state=RunState.PAUSED, state_reason=RunStateReason.ADMIN)
    assert "Paused\n" in str(run_reports.progress_card(paused, Speed(), translate, ask=True).text)


def test_what_strangers_and_telegram_say_is_literal() -> None:
    say = TEXTS.translator("en")
    trouble = Trouble([FailureCount(DeliveryReason.REJECTED, "<b>{why}</b> %s", 3)], [1001])
    assert "<b>{why}</b> %s" in str(run_reports.report(_progress(), trouble, say, ask=True).text)
    paused = run_reports.paused_notice(_progress(state=RunState.PAUSED, state_detail="{oops} <3"), say)
    assert "{oops} <3" in str(paused.text)
    assert paused.text != Text()


def test_only_a_policy_that_asks_offers_to_send_again() -> None:
    say = TEXTS.translator("en")
    assert not run_reports.report(_progress(), Trouble(), say, ask=False).keyboard
    assert run_reports.report(_progress(), Trouble(), say, ask=True).keyboard


@pytest.mark.parametrize(
    ("reason", "error", "told"),
    [
        (DeliveryReason.BLOCKED, "", "停用了机器人"),
        (
            DeliveryReason.NOT_ALLOWED,
            "Bad Request: not enough rights to send text messages",
            "机器人在那里没有发言权限",
        ),
        (DeliveryReason.TOPIC_CLOSED, "Bad Request: TOPIC_CLOSED", "话题已关闭或不存在"),
        (DeliveryReason.REJECTED, "Bad Request: message is too long", "Bad Request: message is too long"),
    ],
)
def test_why_it_failed_is_told_in_the_admins_language(reason: DeliveryReason, error: str, told: str) -> None:
    trouble = Trouble(failures=(FailureCount(reason, error, 2),))
    report = run_reports.report(_progress(), trouble, TEXTS.translator("zh"), ask=True)
    assert f"失败 2 次：{told}" in report.text.plain


async def test_nothing_is_reported_of_a_digest_that_nobody_was_to_get(stage: Stage) -> None:
    admin = await stage.emulator.chat(ADMIN)
    run_id = run_of(await stage.publish(edition()))
    await stage.at(MORNING)
    await stage.finished(run_id)
    await asyncio.sleep(0.2)
    assert await admin.drain_messages() == []
