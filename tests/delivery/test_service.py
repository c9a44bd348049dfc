"""Delivery as a whole over real HTTP and a real database: everybody gets each edition once, when it is due."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from delivery.publishing import PublishStatus
from domain.delivery.outcome import Fatal, Unconfirmed
from domain.delivery.policy import UnconfirmedPolicy
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, Layout
from domain.subscription.subscriber import LeftReason
from emulator.client import EmulatorClient
from storage import chat_administrators, deliveries, digests, runs, subscribers
from storage.digests import Source
from storage.retention import KEPT
from storage.sqlite.batch_writer import Statement
from storage.sqlite.database import SqliteDatabase
from tests.delivery.harness import (
    ADMIN,
    DAY,
    EVE,
    MORNING,
    Clock,
    DeliveryHarness,
    edition,
    long_edition,
    open_harness,
    run_of,
)
from tests.waiting import PATIENCE
from transport.circuit_breaker import MAX_BAD_ENDINGS
from transport.turn_queue import Priority

SECOND = timedelta(seconds=1)


async def test_everybody_gets_the_digest_once(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(50)
    published = await harness.publish()
    assert published.status is PublishStatus.NEW
    assert await harness.delivery_service.tick() == MORNING
    assert await harness.times() == {}
    await harness.at(MORNING)
    progress = await harness.finished(run_of(published))
    assert (progress.recipients, progress.sent, progress.total) == (50, 50, 50)
    assert await harness.times() == dict.fromkeys(chats, 1)
    await harness.at(MORNING + timedelta(minutes=1))
    await harness.settled()
    assert await harness.times() == dict.fromkeys(chats, 1)


async def test_each_zone_gets_the_digest_at_its_own_time(harness: DeliveryHarness) -> None:
    here = await harness.crowd(3)
    there = await harness.crowd(3, Schedule("Europe/Berlin", 8 * 60))
    run_id = run_of(await harness.publish())
    assert await harness.at(MORNING) == MORNING + timedelta(hours=6)
    await harness.done(run_id)
    assert set(await harness.times()) == set(here)
    await harness.at(MORNING + timedelta(hours=6))
    await harness.finished(run_id)
    assert await harness.times() == dict.fromkeys([*here, *there], 1)


async def test_long_digest_arrives_in_order_where_items_match(harness: DeliveryHarness) -> None:
    full = await harness.crowd(5, preferences=ContentPreferences(Layout.FULL, "zh"))
    none = await harness.crowd(5, preferences=ContentPreferences(Layout.FULL, "zh", frozenset({"体育"})))
    run_id = run_of(await harness.publish(long_edition()))
    await harness.at(MORNING)
    progress = await harness.finished(run_id)
    assert (progress.recipients, progress.sent) == (5, 10)
    for chat in full:
        first, second = [entry.message for entry in await harness.received(chat)]
        assert first is not None
        assert second is not None
        assert "标题1" in first.text
        assert "点评一句" in second.text
    assert not set(none) & set(await harness.times())


@pytest.mark.parametrize("kind", ["drop", "cut", "html502"])
async def test_lost_answer_is_listed_and_not_resent(harness: DeliveryHarness, kind: str) -> None:
    chats = await harness.crowd(4, preferences=ContentPreferences(Layout.FULL, "zh"))
    await harness.emulator.add_fault(kind, method="sendMessage", chat_id=chats[0], nth=1)
    run_id = run_of(await harness.publish(long_edition()))
    await harness.at(MORNING)
    progress = await harness.finished(run_id)
    assert (progress.sent, progress.unconfirmed, progress.in_flight) == (7, 1, 0)
    assert await harness.times() == dict.fromkeys(chats, 2)
    async with harness.database.read() as tx:
        (listed,) = await deliveries.unconfirmed(tx, run_id, limit=10)
    assert (listed.chat_id, listed.key.part) == (chats[0], 1)
    assert listed.error


async def test_admin_resends_unconfirmed_parts(harness: DeliveryHarness) -> None:
    (chat,) = await harness.crowd(1)
    await harness.emulator.add_fault("drop", method="sendMessage", times=1)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    assert (await harness.finished(run_id)).unconfirmed == 1
    async with harness.database.write() as tx:
        assert await runs.resend_unconfirmed(tx, run_id) == 1
    await harness.delivery_service.tick()
    assert (await harness.finished(run_id)).sent == 1
    assert await harness.times() == {chat: 2}


async def test_resend_policy_resends_unconfirmed_parts(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", policy=UnconfirmedPolicy.RESEND) as harness:
        (chat,) = await harness.crowd(1)
        await emulator.add_fault("drop", method="sendMessage", chat_id=chat, times=1)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        await emulator.wait_for_log_entry(lambda entry: entry.kind == "bot_message")
        await harness.until(run_id, lambda now: now.pending == 1)
        await harness.at(MORNING + 10 * SECOND)
        assert (await harness.finished(run_id)).sent == 1
        assert await harness.times() == {chat: 2}


async def test_refused_connection_loses_nothing(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(20)
    run_id = run_of(await harness.publish())
    fault = await harness.emulator.add_fault("refuse")
    await harness.at(MORNING)
    await harness.until(run_id, lambda now: now.pending == 20 and now.in_flight == 0)
    await asyncio.sleep(0.5)
    await harness.emulator.request("DELETE", f"/faults/{fault}")

    async def move_clock() -> None:
        while True:
            harness.clock.now += 2 * SECOND
            await harness.delivery_service.tick()
            await asyncio.sleep(0.2)

    moving = asyncio.create_task(move_clock())
    progress = await harness.finished(run_id)
    moving.cancel()
    assert (progress.sent, progress.unconfirmed) == (20, 0)
    assert await harness.times() == dict.fromkeys(chats, 1)


async def test_429_of_a_private_chat_holds_all_chats(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", in_flight=1) as harness:
        chats = await harness.crowd(10)
        await emulator.add_fault("flood", method="sendMessage", nth=3, retry_after=1)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        progress = await harness.finished(run_id)
        assert (progress.sent, progress.failed, progress.unconfirmed) == (10, 0, 0)
        assert await harness.times() == dict.fromkeys(chats, 1)
        calls = [call for call in await emulator.calls("sendMessage") if call.chat_id != ADMIN]
        refused = next(call.monotonic for call in calls if call.status == 429)
        assert not [call for call in calls if refused < call.monotonic < refused + 0.99]
        async with harness.database.read() as tx:
            rows = await tx.exec_driver_sql("SELECT max(attempts) FROM deliveries")
            assert rows.scalar_one() == 0


async def test_429_of_a_group_holds_only_the_group(harness: DeliveryHarness) -> None:
    group = await harness.emulator.create_supergroup("Readers")
    chats = await harness.crowd(5)
    await harness.audience([group.id])
    await harness.emulator.add_fault("flood", method="sendMessage", chat_id=group.id, times=1, retry_after=1)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.until(run_id, lambda now: now.sent == 5)
    assert set(await harness.times()) == set(chats)
    await harness.at(MORNING + 3 * SECOND)
    await harness.finished(run_id)
    assert (await harness.times())[group.id] == 1


async def test_429_deadline_survives_a_restart(emulator: EmulatorClient, tmp_path: Path) -> None:
    clock = Clock()
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        chats = await harness.crowd(3)
        await emulator.add_fault("flood", method="sendMessage", retry_after=3600)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        await harness.until(
            run_id, lambda now: now.pending == 3 and now.in_flight == 0 and harness.rate_limiter.retry_after > 3000
        )
    await emulator.clear_faults()
    clock.now += timedelta(minutes=10)
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        await harness.delivery_service.tick()
        assert 2900 < harness.rate_limiter.retry_after <= 3000
        await asyncio.sleep(0.2)
        assert await harness.times() == {}
    clock.now += timedelta(minutes=51)
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        await harness.delivery_service.tick()
        await harness.finished(run_id)
        assert await harness.times() == dict.fromkeys(chats, 1)


async def test_service_leaves_room_for_what_another_process_has_just_sent(
    emulator: EmulatorClient, tmp_path: Path
) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", rate=2, running=False) as harness:
        began = time.monotonic()
        harness.task = asyncio.create_task(harness.delivery_service.run())
        await asyncio.sleep(0)
        async with harness.rate_limiter.permit(ADMIN, Priority.REPLY):
            assert time.monotonic() - began >= 0.5  # an interval


async def test_403_deactivates_the_subscriber(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(3)
    blocked = await harness.emulator.create_user("Bea", started=True)
    gone = await harness.emulator.create_user("Gus", started=True)
    await harness.audience([blocked.id, gone.id, 987654321])
    await blocked.block()
    await gone.deactivate()
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    progress = await harness.finished(run_id)
    assert (progress.sent, progress.failed) == (3, 3)
    assert await harness.times() == dict.fromkeys(chats, 1)
    async with harness.database.read() as tx:
        unreachable = [await subscribers.get(tx, chat) for chat in (blocked.id, gone.id, 987654321)]
    assert [subscriber.active for subscriber in unreachable if subscriber] == [False] * 3


async def test_migrated_group_gets_the_digest_in_its_new_chat(harness: DeliveryHarness) -> None:
    group = await harness.emulator.create_group("Readers", await harness.emulator.create_user("Ann", started=True))
    await harness.audience([group.id])
    moved = await group.upgrade()
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    assert (await harness.finished(run_id)).sent == 1
    assert await harness.times() == {moved.id: 1}
    async with harness.database.read() as tx:
        assert await subscribers.get(tx, group.id) is None
        assert await subscribers.get(tx, moved.id) is not None


async def test_closed_topic_falls_back_to_the_general_topic(harness: DeliveryHarness) -> None:
    ann = await harness.emulator.create_user("Ann", started=True)
    forum = await harness.emulator.create_supergroup("Forum", ann, forum=True)
    topic = await forum.add_topic("News")
    (subscriber_id,) = await harness.audience([forum.id])
    async with harness.database.write() as tx:
        await subscribers.set_topic(tx, subscriber_id, topic)
    await forum.set_topic_closed(topic, closed=True)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    assert (await harness.finished(run_id)).sent == 1
    messages = [await forum.next_message(), await forum.next_message()]
    assert [message.thread_id for message in messages] == [None, None]
    assert any("话题" in message.text for message in messages)


@pytest.mark.parametrize(
    ("trouble", "told"),
    [("topic", "话题关闭了"), ("rights", "没有在“Forum”里发消息的权限"), ("removal", "已经不在“Forum”里")],
)
async def test_chat_s_administrators_hear_in_private_what_went_wrong(
    harness: DeliveryHarness, trouble: str, told: str
) -> None:
    ann = await harness.emulator.create_user("Ann", started=True)
    forum = await harness.emulator.create_supergroup("Forum", ann, forum=True)
    topic = await forum.add_topic("News")
    subscriber_id, _ = await harness.audience([forum.id, ann.id])
    async with harness.database.write() as tx:
        await subscribers.set_topic(tx, subscriber_id, topic)
        await subscribers.set_title(tx, subscriber_id, "Forum")
        await chat_administrators.add(tx, subscriber_id, ann.id)
    bot_id = int(harness.emulator.token.partition(":")[0])
    match trouble:
        case "topic":
            await forum.set_topic_closed(topic, closed=True)
        case "rights":
            await forum.set_permissions(can_send_messages=False)
        case _:
            await forum.set_member(bot_id, "kicked", by=ann.id)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.finished(run_id)
    texts = [(await ann.next_message()).text for _ in range(2)]
    assert any(told in text for text in texts)
    assert len([message for message in await forum.drain_messages() if message.from_bot]) == (trouble == "topic")


async def test_topic_and_silence_of_the_recipient_are_used(harness: DeliveryHarness) -> None:
    forum = await harness.emulator.create_supergroup("Forum", forum=True)
    topic = await forum.add_topic("News")
    (subscriber_id,) = await harness.audience([forum.id])
    async with harness.database.write() as tx:
        await subscribers.set_topic(tx, subscriber_id, topic)
        await subscribers.set_silent(tx, subscriber_id, silent=True)
    await harness.publish()
    await harness.at(MORNING)
    message = await forum.next_message()
    assert (message.thread_id, message.silent) == (topic, True)


async def test_pressed_button_settles_an_unconfirmed_part(harness: DeliveryHarness) -> None:
    ann = await harness.emulator.create_user("Ann", started=True)
    await harness.audience([ann.id])
    await harness.emulator.add_fault("drop", method="sendMessage", times=1)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.finished(run_id)
    message = await ann.next_message()
    data = str((message.reply_markup or {})["inline_keyboard"][0][0]["callback_data"])
    line, _, body = data.rpartition(".b")
    assert line == f"item {DAY} 1"
    async with harness.database.write() as tx:
        assert await deliveries.settle(tx, int(body), ann.id, message.message_id, now=MORNING)
    assert (await harness.progress(run_id)).sent == 1


async def test_run_pauses_after_refusals_and_tells_admins(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", in_flight=16) as harness:
        chats = await harness.crowd(200)
        admin = await emulator.chat(ADMIN)
        for chat in chats[:100]:
            await emulator.add_fault(
                "error", method="sendMessage", chat_id=chat, description="Bad Request: can't parse", error_code=400
            )
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        progress = await harness.until(run_id, lambda now: now.state is RunState.PAUSED and not now.in_flight)
        assert 5 <= progress.failed < 50
        assert progress.pending > 100
        assert "can't parse" in progress.state_detail
        assert "can't parse" in (await admin.next_message()).text
        await emulator.clear_faults()
        async with harness.database.write() as tx:
            assert await runs.resume(tx, run_id)
        await harness.delivery_service.tick()
        assert (await harness.finished(run_id)).failed == progress.failed


async def test_counts_survive_pause_resume_and_restart(emulator: EmulatorClient, tmp_path: Path) -> None:
    clock, path, run_id, chats = Clock(), tmp_path / "bot.db", 0, await emulator.create_users(400)
    async with open_harness(emulator, path, clock=clock, running=False) as harness:
        await harness.audience(chats)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
    for turn in range(20):
        async with open_harness(emulator, path, clock=clock, rate=1000) as harness:
            async with harness.database.write() as tx:
                await runs.resume(tx, run_id)
            await harness.delivery_service.tick()
            await asyncio.sleep(0.015)
            if turn % 2:
                async with harness.database.write() as tx:
                    await runs.pause(tx, run_id, RunStateReason.ADMIN)
                await harness.delivery_service.tick()
            progress = await harness.progress(run_id)
            assert (progress.total, progress.recipients) == (400, 400)
    async with open_harness(emulator, path, clock=clock) as harness:
        async with harness.database.write() as tx:
            await runs.resume(tx, run_id)
        await harness.delivery_service.tick()
        progress = await harness.finished(run_id)
        # A stop waits for sends in flight: nothing is unconfirmed.
        assert (progress.sent, progress.unconfirmed) == (400, 0)
        assert await harness.times() == dict.fromkeys(chats, 1)


async def test_stop_completes_sends_in_flight(emulator: EmulatorClient, tmp_path: Path) -> None:
    chats = await emulator.create_users(50)
    await emulator.add_fault("delay", method="sendMessage", seconds=0.5)
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        await harness.audience(chats)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        await harness.until(run_id, lambda now: now.in_flight > 0)
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        progress = await harness.progress(run_id)
        assert progress.unconfirmed == 0
        assert progress.sent == len(await harness.times())


async def test_rows_planned_before_a_crash_are_sent_after_it(emulator: EmulatorClient, tmp_path: Path) -> None:
    chats = await emulator.create_users(30)
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.audience(chats)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        assert (await harness.progress(run_id)).pending == 30
    async with open_harness(emulator, tmp_path / "bot.db", clock=Clock(MORNING)) as harness:
        await harness.delivery_service.tick()
        assert (await harness.finished(run_id)).sent == 30
        assert await harness.times() == dict.fromkeys(chats, 1)


async def test_leavers_are_skipped_and_joiners_wait(harness: DeliveryHarness) -> None:
    stay, leave = await harness.crowd(1), await harness.crowd(1)
    run_id = run_of(await harness.publish())
    async with harness.database.write() as tx:
        await runs.pause(tx, run_id, RunStateReason.ADMIN)
    await harness.at(MORNING)
    async with harness.database.write() as tx:
        await runs.resume(tx, run_id)
    harness.clock.now = MORNING + SECOND
    fault = await harness.emulator.add_fault("refuse")
    await harness.delivery_service.tick()
    await harness.until(run_id, lambda now: now.pending == 2 and not now.in_flight)
    async with harness.database.write() as tx:
        gone = await subscribers.get(tx, leave[0])
        assert gone is not None
        await subscribers.deactivate(tx, gone.id, LeftReason.STOPPED, now=harness.clock.now)
    (late,) = await harness.emulator.create_users(1)
    async with harness.database.write() as tx:
        joiner = await subscribers.add(
            tx, gone.chat.__class__(late), (gone.schedule, gone.preferences), now=harness.clock.now
        )
        await subscribers.activate(tx, joiner.id, now=harness.clock.now)
    await harness.emulator.request("DELETE", f"/faults/{fault}")
    await harness.at(MORNING + 60 * SECOND)
    progress = await harness.finished(run_id)
    assert (progress.sent, progress.skipped) == (1, 1)
    assert await harness.times() == {stay[0]: 1}


@pytest.mark.sqlite
async def test_full_disk_stops_sending_until_there_is_room(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(300)
    run_id = run_of(await harness.publish())
    assert harness.delivery_service.health_checks() == {}
    await harness.emulator.add_fault("delay", method="sendMessage", seconds=0.05)
    async with harness.database.write() as tx:
        pages = (await tx.exec_driver_sql("PRAGMA page_count")).scalar_one()
    await harness.at(MORNING)
    async with harness.database.write() as tx:
        planned = (await tx.exec_driver_sql("PRAGMA page_count")).scalar_one()
    assert planned > pages
    await _limit_pages(harness, 1)  # SQLite uses the current size instead: not one page more
    async with asyncio.timeout(PATIENCE):
        while "ledger" not in harness.delivery_service.health_checks():  # noqa: ASYNC110 - health is polled
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)
    written = await harness.progress(run_id)
    assert written.pending > 0
    assert sum((await harness.times()).values()) <= written.sent + written.unconfirmed + written.in_flight
    await _limit_pages(harness, 1_000_000)
    async with asyncio.timeout(PATIENCE):
        # On a busy machine some connections are late; those parts are due again once the clock has moved.
        while (progress := await harness.progress(run_id)).state is not RunState.FINISHED:
            await harness.at(harness.clock.now + timedelta(seconds=1))
            await asyncio.sleep(0.02)
    assert harness.delivery_service.health_checks() == {}
    assert (progress.sent, progress.unconfirmed) == (300, 0)
    assert await harness.times() == dict.fromkeys(chats, 1)


async def _limit_pages(harness: DeliveryHarness, pages: int) -> None:
    """Cause a real SQLITE_FULL on the ledger's own connection, as a full disk does."""
    assert isinstance(harness.database, SqliteDatabase)
    await harness.database.execute_batch([Statement(f"PRAGMA max_page_count = {pages}", ())])


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(hours=-2)], ids=["forward", "back"])
async def test_clock_jump_repeats_nothing(harness: DeliveryHarness, jump: timedelta) -> None:
    chats = await harness.crowd(20)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.finished(run_id)
    for moment in (MORNING + jump, MORNING, MORNING + jump, MORNING + timedelta(days=1)):
        await harness.at(moment)
    await harness.settled()
    assert await harness.times() == dict.fromkeys(chats, 1)


@pytest.mark.parametrize(
    ("awake", "sent", "missed"),
    [(timedelta(hours=3), 5, 0), (timedelta(hours=8), 0, 0), (timedelta(hours=25), 0, 5)],
    ids=["within the window", "in tomorrow's window", "too late"],
)
async def test_due_while_the_bot_was_down(harness: DeliveryHarness, awake: timedelta, sent: int, missed: int) -> None:
    await harness.crowd(5)
    run_id = run_of(await harness.publish(edition(published=MORNING + timedelta(minutes=5))))
    await harness.at(MORNING + awake)
    progress = await harness.done(run_id)
    assert (progress.sent + progress.pending, progress.missed) == (sent, missed)


async def test_rows_left_by_a_suspend_wait_for_the_next_window(emulator: EmulatorClient, tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "bot.db"
    async with open_harness(emulator, path, clock=clock, running=False) as harness:
        chats = await harness.crowd(5)
        run_id = run_of(await harness.publish(edition(published=MORNING + timedelta(minutes=5))))
        await harness.at(MORNING + timedelta(minutes=6))
        assert (await harness.progress(run_id)).pending == 5
    clock.now = MORNING + timedelta(hours=9)  # the window has closed, and tomorrow's 08:00 is not too late
    async with open_harness(emulator, path, clock=clock) as harness:
        await harness.delivery_service.tick()
        await asyncio.sleep(0.2)
        assert await harness.times() == {}
        await harness.at(MORNING + timedelta(days=1))
        assert (await harness.finished(run_id)).sent == 5
        assert await harness.times() == dict.fromkeys(chats, 1)


async def test_only_the_newest_of_two_due_editions_is_sent(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(3)
    older = run_of(await harness.publish(edition(DAY - timedelta(days=1), published=EVE - timedelta(hours=1))))
    newer = run_of(await harness.publish())
    await harness.at(MORNING)
    assert (await harness.finished(newer)).sent == 3
    progress = await harness.finished(older)
    assert (progress.total, progress.missed) == (0, 0)
    assert await harness.times() == dict.fromkeys(chats, 1)


async def test_health_names_what_fails(idle: DeliveryHarness) -> None:
    service, breaker = idle.delivery_service, idle.circuit_breaker
    assert service.health_checks() == {}
    for _ in range(MAX_BAD_ENDINGS):
        breaker.record(Priority.NOTIFICATION, Unconfirmed("TimeoutError"))
    assert service.health_checks() == {
        "telegram": "no answers since 2025-09-11T22:00:00+00:00: TimeoutError; sending has stopped"
    }
    breaker.record(Priority.NOTIFICATION, Fatal("Unauthorized"))
    await service.hold("another bot has it")
    assert service.health_checks() == {"telegram": "Unauthorized", "on_hold": "another bot has it"}


async def test_failed_tick_shows_in_health_until_one_succeeds(idle: DeliveryHarness) -> None:
    for name, other, expected in (
        ("waves", "away", {"planning": "the last planning tick failed"}),
        ("away", "waves", {}),
    ):
        async with idle.database.write() as tx:
            await tx.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {other}")
        with contextlib.suppress(DBAPIError):
            await idle.delivery_service.tick()
        assert idle.delivery_service.health_checks() == expected


async def test_hold_waits_for_what_is_in_flight(idle: DeliveryHarness) -> None:
    in_flight = idle.delivery_service._components.in_flight
    with in_flight:
        holding = asyncio.create_task(idle.delivery_service.hold("another bot has it"))
        for _ in range(20):
            await idle.waiting_waves()
        assert not holding.done()
        assert _sample(idle, "digestbot_deliveries_in_flight") == 1
    await holding
    assert _sample(idle, "digestbot_deliveries_in_flight") == 0


async def test_gauges_follow_the_rate_and_an_outage(idle: DeliveryHarness) -> None:
    assert _sample(idle, "digestbot_send_slowdown_ratio") == 1
    assert _sample(idle, "digestbot_outage_seconds") == 0
    idle.rate_limiter.apply_retry_after(1, 1)
    assert _sample(idle, "digestbot_send_slowdown_ratio") == idle.rate_limiter.slowdown > 1


def _sample(harness: DeliveryHarness, name: str) -> float | None:
    return harness.delivery_service.registry.get_sample_value(name)


@pytest.mark.parametrize("moment", [EVE - timedelta(minutes=7), None])
async def test_edition_is_published_when_it_is_said_or_now(idle: DeliveryHarness, moment: datetime | None) -> None:
    published = await idle.delivery_service.publish(edition(published=None), Source("a.md", b"a"), moment)
    async with idle.database.read() as tx:
        stored = await digests.get_metadata(tx, DAY)
    assert published.status is PublishStatus.NEW
    assert stored is not None
    assert stored.published == (moment or EVE)


async def test_digest_is_due_within_the_time_to_the_morning(idle: DeliveryHarness) -> None:
    await idle.audience([1])
    wait = MORNING - EVE
    assert await idle.delivery_service.is_due_within(edition(), wait)
    assert not await idle.delivery_service.is_due_within(edition(), wait - SECOND)


async def test_clean_up_deletes_all_that_is_old(idle: DeliveryHarness) -> None:
    await idle.audience([1, 2])
    run_id = run_of(await idle.publish())
    assert idle.delivery_service.longest_step_seconds == 0
    await idle.at(MORNING)
    assert idle.delivery_service.longest_step_seconds > 0
    async with idle.database.write() as tx:
        await tx.exec_driver_sql("UPDATE deliveries SET state = 'sent'")
        assert await runs.finish(tx, run_id, now=MORNING)
    for now, kept in ((EVE + KEPT, 2), (EVE + KEPT + SECOND, 0)):
        idle.clock.now = now
        await idle.delivery_service.clean_up()
        async with idle.database.read() as tx:
            assert (await tx.exec_driver_sql("SELECT count(*) FROM deliveries")).scalar_one() == kept
            assert (await tx.exec_driver_sql("SELECT count(*) FROM waves")).scalar_one() == kept // 2
