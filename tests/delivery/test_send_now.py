"""An edition sent at once: everybody who has not had it gets it once, whatever the windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from domain.audit import AuditAction
from domain.chat.event import Chat
from domain.chat.i18n import Translations
from domain.delivery.reasons import RunStateReason
from domain.delivery.send_now import SendNow
from domain.delivery.states import RunState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from domain.subscription.reach import Reach
from domain.subscription.subscriber import LeftReason
from emulator.client import EmulatorClient, LogEntry
from handlers.subscription_changes import join_runs
from storage import audit, reach, runs, send_now, subscribers
from tests.databases import sql
from tests.delivery.harness import ADMIN, DAY, EVE, MORNING, DeliveryHarness, edition, open_harness, run_of
from tests.waiting import wait_until
from views.send_now import nobody_left_text

EVENING = Schedule("Asia/Shanghai", 20 * 60)
HOUR = timedelta(hours=1)
SEND_ONE = """UPDATE deliveries SET state = 'sent'
    WHERE subscriber_id = (SELECT min(subscriber_id) FROM deliveries)"""


async def _send(harness: DeliveryHarness) -> SendNow:
    async with harness.database.write() as tx:
        sent = await send_now.send_now(tx, DAY, now=harness.clock.now)
    await harness.delivery_service.tick()
    return sent


async def test_everybody_without_it_gets_it_at_once_and_nobody_twice(harness: DeliveryHarness) -> None:
    """The window of eight is open; those of the evening, and one who came too late, would wait or miss it."""
    here = await harness.crowd(5)
    evening = await harness.crowd(5, EVENING)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.done(run_id)
    assert await harness.times() == dict.fromkeys(here, 1)
    assert await _send(harness) is SendNow.SENT
    await harness.finished(run_id)
    assert await harness.times() == dict.fromkeys([*here, *evening], 1)
    assert await _send(harness) is SendNow.SENT
    await harness.at(MORNING + 12 * HOUR)
    await harness.finished(run_id)
    assert await harness.times() == dict.fromkeys([*here, *evening], 1)


async def test_nothing_is_sent_or_recorded_where_nobody_is_without_it(harness: DeliveryHarness) -> None:
    """Those who had not had it have paused or left since the question."""
    harness.clock.now = MORNING
    await harness.publish()
    async with harness.database.write() as tx:
        reached = await send_now.send_by(ADMIN, tx, DAY, now=MORNING)
        assert isinstance(reached, Reach)
        assert reached.without == 0
        assert [entry for entry in await audit.newest(tx) if entry.action is AuditAction.SENT_NOW] == []
        run = await runs.get_by_edition(tx, DAY)
        assert run is not None
        assert not await runs.awaits_report(tx, run.id)


async def test_what_came_too_late_for_all_windows_can_be_sent(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(3)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING + 40 * HOUR)
    progress = await harness.finished(run_id)
    assert (progress.sent, progress.missed) == (0, 3)
    async with harness.database.read() as tx:
        assert (await reach.of_edition(tx, DAY, EVE, now=harness.clock.now)).too_late == 3
    await _send(harness)
    progress = await harness.finished(run_id)
    assert (progress.sent, progress.missed) == (3, 0)
    assert await harness.times() == dict.fromkeys(chats, 1)


async def test_edition_stored_for_reading_only_can_be_sent(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(3)
    harness.clock.now = MORNING + 72 * HOUR
    assert (await harness.publish()).run_id is None
    await _send(harness)
    await harness.finished(await harness.edition_run())
    assert await harness.times() == dict.fromkeys(chats, 1)


async def test_who_paused_or_left_gets_nothing(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(3)
    (paused, left) = await harness.audience(await harness.emulator.create_users(2))
    async with harness.database.write() as tx:
        await subscribers.set_pause(tx, paused, MORNING + 48 * HOUR)
        await subscribers.deactivate(tx, left, LeftReason.STOPPED, now=EVE)
    run_id = run_of(await harness.publish())
    await _send(harness)
    await harness.finished(run_id)
    assert await harness.times() == dict.fromkeys(chats, 1)


async def test_what_is_sent_at_once_survives_a_standstill(harness: DeliveryHarness) -> None:
    """After the machine slept, what is pending is moved to a window; not what an editor sent at once."""
    await harness.crowd(3)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING - HOUR)
    async with harness.database.write() as tx:
        await runs.pause(tx, run_id, RunStateReason.ADMIN)
        assert await send_now.check(tx, DAY) is SendNow.PAUSED
        await runs.resume(tx, run_id)
        assert await send_now.send_now(tx, DAY, now=harness.clock.now) is SendNow.SENT
    await harness.at(MORNING + 40 * HOUR)
    assert (await harness.finished(run_id)).sent == 3


async def test_newcomer_after_a_send_at_once_gets_it_at_their_own_time(harness: DeliveryHarness) -> None:
    await harness.crowd(2)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING - HOUR)
    await _send(harness)
    await harness.finished(run_id)
    harness.clock.now = MORNING - HOUR / 2
    (chat,) = await harness.emulator.create_users(1)
    async with harness.database.write() as tx:
        newcomer = await subscribers.add(
            tx, Chat(chat), (Schedule("Asia/Shanghai", 480), ContentPreferences()), now=harness.clock.now
        )
        await subscribers.activate(tx, newcomer.id, now=harness.clock.now)
        schedule_id = await subscribers.set_schedule(tx, newcomer.id, newcomer.schedule)
        await join_runs(tx, schedule_id, newcomer.schedule, now=harness.clock.now, default_zone="Asia/Shanghai")
    await harness.delivery_service.tick()
    assert (await harness.times()).get(chat) is None
    await harness.at(MORNING)
    await harness.finished(run_id)
    assert (await harness.times())[chat] == 1


async def test_edition_of_a_later_hour_is_published_and_a_cancelled_one_refused(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(1)
    run_id = run_of(await harness.publish(edition(published=MORNING + HOUR)))
    await _send(harness)
    progress = await harness.finished(run_id)
    assert progress.state is RunState.FINISHED
    assert await harness.times() == dict.fromkeys(chats, 1)
    async with harness.database.write() as tx:
        run = await runs.get(tx, run_id)
        assert run is not None
        assert run.published_at == harness.clock.now
        await runs.reopen(tx, run_id)
        await runs.cancel(tx, run_id, RunStateReason.ADMIN)
    assert await _send(harness) is SendNow.CANCELLED


async def test_those_it_is_sent_to_at_once_are_still_to_get_it(emulator: EmulatorClient, tmp_path: Path) -> None:
    """Before and after planning, one by one until all have it; a cancelled delivery goes to nobody any more."""
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        database, clock = harness.database, harness.clock
        await harness.audience(range(1, 4))
        await harness.audience([4], EVENING)
        run_id = run_of(await harness.publish())
        clock.now = MORNING + 40 * HOUR

        async def waiting() -> int:
            async with database.read() as tx:
                return await reach.count_waiting(tx, DAY, EVE, now=clock.now)

        await harness.delivery_service.tick()
        assert await waiting() == 0
        async with database.write() as tx:
            assert await send_now.send_now(tx, DAY, now=clock.now) is SendNow.SENT
        assert await waiting() == 4
        await harness.delivery_service.tick()
        assert await waiting() == 4
        async with database.write() as tx:
            await sql(tx, SEND_ONE)
        assert await waiting() == 3
        async with database.write() as tx:
            assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
        assert await waiting() == 0


async def test_late_readers_and_those_sent_to_are_counted_once(emulator: EmulatorClient, tmp_path: Path) -> None:
    """Rows for the morning wait to be sent, and the evening is still to come."""
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.audience(range(1, 4))
        await harness.audience([4, 5], EVENING)
        await harness.publish()
        await harness.at(MORNING)
        for now in (MORNING, MORNING + 7 * HOUR):  # the window of the morning has ended
            async with harness.database.read() as tx:
                assert await reach.count_waiting(tx, DAY, EVE, now=now) == 5


MUTED = ContentPreferences(muted_words=frozenset({"标题"}))
ELSEWHERE = ContentPreferences(categories=frozenset({"体育"}))
"""Content preferences for which the edition has nothing."""


async def _reach(harness: DeliveryHarness, *, is_draft: bool = False) -> Reach:
    async with harness.database.read() as tx:
        return await reach.of_edition(tx, DAY, EVE, now=harness.clock.now, is_draft=is_draft)


async def _waiting(harness: DeliveryHarness) -> int:
    async with harness.database.read() as tx:
        return await reach.count_waiting(tx, DAY, EVE, now=harness.clock.now)


async def test_those_for_whom_there_is_nothing_are_counted_apart(harness: DeliveryHarness) -> None:
    """Before it goes out, after that, and of a corrected text; of a draft and a forgotten run it is not known."""
    await harness.crowd(2)
    await harness.crowd(1, preferences=MUTED)
    await harness.crowd(3, EVENING, ELSEWHERE)
    assert (await _reach(harness)).without == 6
    run_id = run_of(await harness.publish())
    assert await _reach(harness) == Reach(in_time=2, first=MORNING, last=MORNING, nothing=4)
    assert (await _reach(harness, is_draft=True)).without == 6
    assert await _waiting(harness) == 2
    await harness.at(MORNING)
    await harness.done(run_id)
    assert await _reach(harness) == Reach(nothing=4, had=2)
    assert await _waiting(harness) == 0
    corrected = edition(title="晚报")
    await harness.publish(
        replace(corrected, items=(replace(corrected.items[0], headline="别的"), *corrected.items[1:]))
    )
    found = await _reach(harness)
    assert (found.without, found.nothing, found.had) == (1, 3, 2)
    async with harness.database.write() as tx:
        await sql(tx, "UPDATE runs SET counts = '{}'")
    assert (await _reach(harness)).nothing == 0


async def test_unconfirmed_and_refused_are_counted_apart(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(4)
    await harness.emulator.add_fault("drop", method="sendMessage", chat_id=chats[0], times=1)
    for chat, code, why in ((chats[1], 400, "Bad Request: can't parse"), (chats[2], 403, "Forbidden: bot was blocked")):
        fault = {"error_code": code, "description": why}
        await harness.emulator.add_fault("error", method="sendMessage", chat_id=chat, times=1, **fault)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.finished(run_id)
    found = await _reach(harness)
    assert (found.had, found.unconfirmed, found.refused, found.without) == (1, 1, 1, 0), "who left is not counted"
    text = nobody_left_text(found, Translations.load().translator("en"))
    assert text.splitlines() == [
        "Nobody is left to send it to.",
        "1 subscriber has it already.",
        "1 subscriber may have it: Telegram has not confirmed it.",
        "1 subscriber does not have it: Telegram refused to deliver it.",
    ]


async def test_who_has_a_part_to_come_is_waiting_whatever_they_mute(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.audience([1], preferences=MUTED)
        (reader,) = await harness.audience([2])
        await harness.publish()
        await harness.at(MORNING)
        async with harness.database.write() as tx:
            await subscribers.set_preferences(tx, reader, MUTED)
        found = await _reach(harness)
        assert (found.without, found.nothing) == (1, 1)
        assert await _waiting(harness) == 1


def _has_reports(expected: int, log: list[LogEntry]) -> bool:
    texts = [entry.message.text or "" for entry in log if entry.message is not None]
    return ["Nobody was due to get it." in text for text in texts] == [True] * expected


async def test_send_at_once_that_reaches_nobody_ends_with_a_report(harness: DeliveryHarness) -> None:
    """They muted everything after the edition was read, so that it is known only when it is planned."""
    (reader,) = await harness.audience(await harness.emulator.create_users(1))
    await harness.publish()
    async with harness.database.write() as tx:
        await subscribers.set_preferences(tx, reader, MUTED)
    for expected in (1, 2):
        harness.clock.now += HOUR / 4
        await _send(harness)
        harness.clock.now += HOUR / 4
        await wait_until(lambda: harness.emulator.log(ADMIN, kind="bot_message"), partial(_has_reports, expected))
    assert (await _reach(harness)).nothing == 1
    assert await harness.times() == {}
