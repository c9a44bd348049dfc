"""Broadcasts of everything over real HTTP: what each chat gets, what the ledger keeps, what becomes of the original."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.chat.frozen_message import freeze
from domain.chat.i18n import Translations
from domain.delivery.broadcast import Broadcast, LinkButton
from domain.delivery.broadcast_time import BroadcastTime, QuietHours, WaitingRecipients
from domain.delivery.progress import CardMessage, RunMessageKind, Trouble
from domain.delivery.states import RunState
from domain.subscription.calendar import Schedule
from emulator.client import EmulatedUser, EmulatorClient
from storage import broadcast_dues, broadcasts, run_progress, runs, schedules
from tests.databases import sql
from tests.delivery.harness import ADMIN, MORNING, DeliveryHarness
from views import run_reports
from views.run_figures import figures_in_one_line

BUTTONS = ((LinkButton("Read", "https://a.example/"),),)


async def received_update(emulator: EmulatorClient, admin: EmulatedUser) -> dict[str, Any]:
    """Return the message of the newest update, as a bot gets it."""
    import aiohttp

    async with aiohttp.ClientSession() as session:
        url = f"{emulator.api_url}/bot{emulator.token}/getUpdates?offset=-1"
        async with session.get(url) as response:
            answer = msgspec.json.decode(await response.read())
    message: dict[str, Any] = answer["result"][0]["message"]
    return message


async def compose(harness: DeliveryHarness, admin: EmulatedUser, *kinds: str, **options: Any) -> int:
    """Let the admin send media, and confirm a broadcast of them; return its run."""
    messages = []
    for kind in kinds:
        album = "7" if len(kinds) > 1 else None
        if kind == "poll":
            await admin.send_poll("When?", "8:00", "9:00")
        else:
            await admin.send_media(kind, b"data", caption="c", album=album)
        frozen = freeze(await received_update(harness.emulator, admin))
        assert frozen is not None
        messages.append(frozen)
    broadcast = replace(Broadcast(messages=tuple(messages)), **options)
    async with harness.database.write() as tx:
        run_id = await broadcasts.draft(tx, broadcast, actor=ADMIN, now=MORNING)
        dues = broadcast.time.dues(await schedules.in_use(tx), MORNING)
        assert await runs.confirm(tx, run_id, actor=ADMIN, card=CardMessage(ADMIN, 1), now=MORNING, dues=dues)
    return run_id


@pytest.fixture
async def admin(harness: DeliveryHarness) -> EmulatedUser:
    harness.clock.now = MORNING
    return EmulatedUser(harness.emulator, ADMIN, await harness.emulator.last_log_seq())


async def test_figures_have_those_who_wait_for_the_end_of_quiet_hours(
    harness: DeliveryHarness, admin: EmulatedUser
) -> None:
    """An album with buttons for three people, one refused, and for one in Berlin, where it is night."""
    here = await harness.crowd(3)
    (berlin,) = await harness.crowd(1, Schedule("Europe/Berlin", 9 * 60))
    refusal = {"error_code": 400, "description": "Bad Request: not enough rights to send photos to the chat"}
    await harness.emulator.add_fault("error", method="sendMediaGroup", chat_id=here[0], times=1, **refusal)
    time = BroadcastTime(quiet_hours=QuietHours(22 * 60, 8 * 60))
    run_id = await compose(harness, admin, "photo", "photo", buttons=BUTTONS, time=time)
    until = MORNING + timedelta(hours=6)
    async with harness.database.read() as tx:
        stored = await broadcasts.get(tx, run_id)
        assert stored is not None
        waiting = WaitingRecipients(1, until, until)
        assert await broadcast_dues.of_draft(tx, stored.broadcast, now=MORNING) == waiting
    await harness.delivery_service.tick()
    progress = await harness.until(run_id, lambda run: run.sent == 5 and run.failed == 1)
    assert (progress.waiting, progress.awaits_due) == (waiting, True)
    async with harness.database.read() as tx:
        trouble = await run_progress.trouble(tx, run_id)
    translate = Translations.load().translator("en")
    kind = RunMessageKind.CARD
    card = run_reports.run_message(kind, progress, trouble, run_reports.Speed(), translate, offer_resend=True)
    lines = card.text.plain.splitlines()
    assert "🌙 1 waits until Fri, 12 Sep at 06:00 because of quiet hours" in lines
    assert {"Sent: 2", "To go: 1", "Failed: 1"} <= set(lines)
    assert any("6/8 messages" in line for line in lines)
    assert [button.text for row in card.keyboard for button in row][2].startswith("🔂 Try failed ones again")
    await harness.at(until)
    finished = await harness.finished(run_id)
    assert (finished.sent, finished.waiting) == (7, None)
    assert berlin in await harness.times()


@pytest.mark.parametrize("kind", ["photo", "video", "voice", "poll"])
async def test_media_arrive_with_buttons_and_options(kind: str, harness: DeliveryHarness, admin: EmulatedUser) -> None:
    chats = await harness.crowd(3)
    run_id = await compose(harness, admin, kind, buttons=BUTTONS, is_silent=True, is_protected=True)
    await harness.delivery_service.tick()
    assert (await harness.finished(run_id)).sent == 3
    got = [entry.message for entry in await harness.received() if entry.chat_id in chats]
    assert len(got) == 3
    for message in got:
        assert message is not None
        assert (message.media is not None and message.media.kind == kind) or message.poll is not None
        assert (message.silent, message.protected, message.buttons) == (True, True, [["Read"]])


async def test_album_arrives_whole_and_every_id_is_kept(harness: DeliveryHarness, admin: EmulatedUser) -> None:
    chats = await harness.crowd(2)
    run_id = await compose(harness, admin, "photo", "video", "photo", buttons=BUTTONS)
    await harness.delivery_service.tick()
    progress = await harness.finished(run_id)
    assert (progress.sent, progress.recipients) == (4, 2), "an album and its buttons for each"
    got = [entry.message for entry in await harness.received() if entry.chat_id in chats and entry.message]
    assert [bool(message.buttons) for message in got if message.chat_id == chats[0]] == [False, False, False, True]
    async with harness.database.read() as tx:
        rows = list(await sql(tx, f"SELECT part, message_id FROM deliveries WHERE run_id = {run_id}"))  # noqa: S608
    assert sorted(row[1] for row in rows) == sorted(message.message_id for message in got)
    assert sorted(row[0] for row in rows) == [1, 1, 2, 2, 3, 3, 4, 4]


async def test_people_of_an_album_with_buttons_are_counted_once(harness: DeliveryHarness, admin: EmulatedUser) -> None:
    await harness.crowd(3)
    run_id = await compose(harness, admin, "photo", "photo", buttons=BUTTONS)
    await harness.delivery_service.tick()
    progress, translate = await harness.finished(run_id), Translations.load().translator("en")
    assert progress.sent == 6, "an album and its buttons for each"
    report = run_reports.report(progress, Trouble(), translate, offer_resend=True).text.plain
    assert "Sent: 3" in report.splitlines()
    assert "Further" not in report
    assert figures_in_one_line(progress, translate) == "3 sent"
    (row,) = run_reports.recall_question(progress, translate).keyboard
    assert row[0].text == "🗑 Delete (3)"
    async with harness.database.write() as tx:
        assert await runs.recall(tx, run_id, actor=ADMIN, now=MORNING)
        recall_id = max(run.id for run in await runs.in_state(tx, RunState.RUNNING))
    await harness.delivery_service.tick()
    assert (await harness.finished(recall_id)).sent == 9, "each message of the album"
    recalled = run_reports.report(await harness.progress(run_id), Trouble(), translate, offer_resend=True)
    assert "🗑 Recalled: 3 deleted" in recalled.text.plain.splitlines()


async def test_lost_answer_to_an_album_is_unconfirmed_and_not_repeated(
    harness: DeliveryHarness, admin: EmulatedUser
) -> None:
    chats = await harness.crowd(2)
    await harness.emulator.add_fault("drop", method="sendMediaGroup", chat_id=chats[0], times=1)
    run_id = await compose(harness, admin, "photo", "photo")
    await harness.delivery_service.tick()
    progress = await harness.finished(run_id)
    assert (progress.sent, progress.unconfirmed) == (1, 1)
    assert {chat: count for chat, count in (await harness.times()).items() if chat in chats} == dict.fromkeys(chats, 2)


async def test_shared_poll_is_one_poll_and_a_copied_one_many(harness: DeliveryHarness, admin: EmulatedUser) -> None:
    chats = await harness.crowd(2)
    for shares_votes in (True, False):
        run_id = await compose(harness, admin, "poll", shares_votes=shares_votes)
        await harness.delivery_service.tick()
        await harness.finished(run_id)
    got = [entry.message for entry in await harness.received() if entry.chat_id in chats]
    polls = [message.poll.id for message in got if message is not None and message.poll is not None]
    assert len(polls) == 4
    assert len({poll for poll in polls if poll}) == 1
    assert polls.count("") == 2


async def test_deleting_the_original_changes_nothing(harness: DeliveryHarness, admin: EmulatedUser) -> None:
    chats = await harness.crowd(2)
    run_id = await compose(harness, admin, "photo")
    original = (await admin.history())[-1]
    import aiohttp

    async with aiohttp.ClientSession() as session:
        url = f"{harness.emulator.api_url}/bot{harness.emulator.token}/deleteMessage"
        body = {"chat_id": ADMIN, "message_id": original.message_id}
        async with session.post(url, json=body) as response:
            assert response.status == 200
    await harness.delivery_service.tick()
    assert (await harness.finished(run_id)).sent == 2
    assert {entry.chat_id for entry in await harness.received()} == set(chats)


async def test_quiet_hours_hold_also_after_a_standstill(harness: DeliveryHarness, admin: EmulatedUser) -> None:
    """Due at eight in the evening, and nothing could be planned before eleven: it waits for the morning."""
    await harness.crowd(2, Schedule("Asia/Shanghai", 480))
    in_berlin = await harness.crowd(1, Schedule("Europe/Berlin", 480))
    due = MORNING + timedelta(hours=12)
    time = BroadcastTime(at=due, quiet_hours=QuietHours(22 * 60, 8 * 60))
    run_id = await compose(harness, admin, "photo", time=time)
    await harness.at(MORNING + timedelta(hours=15))
    await harness.until(run_id, lambda now: now.sent == 1)
    assert set(await harness.times()) == set(in_berlin)
    assert await harness.waiting_waves() == 2, "those in Shanghai, and all who changed their schedule"
    await harness.at(MORNING + timedelta(days=1))
    assert (await harness.finished(run_id)).sent == 3
