"""Withdrawals: nothing more of the edition is sent, and nobody keeps what they had of it, whatever happens."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from delivery.missing_edition_alert import MissingEditionAlert
from delivery.publishing import PublishResult, PublishStatus, _Edition, _make_run, _Written, publish
from digest.model import Digest
from domain.delivery.policy import CorrectionPolicy, UnconfirmedPolicy
from domain.delivery.progress import CardMessage, Progress
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunState
from domain.delivery.withdrawal import WithdrawalFigures
from domain.subscription.calendar import DELIVERY_WINDOW
from domain.subscription.preferences import ContentPreferences, Layout
from domain.subscription.subscriber import LeftReason
from emulator.client import EmulatedChat, EmulatorClient
from storage import (
    bots,
    correction_runs,
    deliveries,
    digests,
    reach,
    retention,
    run_progress,
    runs,
    send_now,
    subscribers,
    withdrawals,
)
from storage.digests import Source
from storage.edition_texts import EditionTexts
from tests.databases import sql
from tests.delivery.harness import (
    ADMIN,
    DAY,
    DEFAULT_SCHEDULE,
    MORNING,
    TEXTS,
    Clock,
    DeliveryHarness,
    edition,
    open_harness,
    run_of,
)
from tests.delivery.test_corrections import FULL, texts_of, version
from tests.delivery.test_delivered_corrections import corrected, deliver, shown
from tests.delivery.test_missing_edition_alert import RecordingNotifier
from tests.waiting import wait_until_shown
from transport.bot_api_client import BotApiClient

NOTE = "2025年9月12日 周五的日报已撤回。"
LATER = MORNING + timedelta(hours=1)


async def withdraw(harness: DeliveryHarness) -> int | None:
    async with harness.database.write() as tx:
        return await withdrawals.withdraw(tx, DAY, actor=ADMIN, now=harness.clock.now)


async def withdrawn(harness: DeliveryHarness) -> Progress:
    """Wait until the withdrawal has ended; the clock moves on, as it may have to wait for answers."""
    async with harness.database.read() as tx:
        run = await withdrawals.newest(tx, DAY)
    assert run is not None
    return await harness.finished_in_time(run.id)


async def left_with(harness: DeliveryHarness, chats: list[int]) -> list[list[str]]:
    """Return what chats show that show anything."""
    texts = [await shown(harness, chat) for chat in chats]
    return [one for one in texts if one]


async def test_young_messages_are_deleted_and_nothing_is_sent_again(harness: DeliveryHarness) -> None:
    run_id, chats = await deliver(harness, version("错字", 2), 6)
    async with harness.database.read() as tx:
        found = await withdrawals.outlook(tx, DAY, now=harness.clock.now)
    assert (found.people, found.young, found.old) == (6, 12, 0)
    assert await withdraw(harness) == 6
    assert await withdraw(harness) is None
    progress = await withdrawn(harness)
    assert progress.withdrawal == WithdrawalFigures(deleted=12)
    assert await left_with(harness, chats) == []
    async with harness.database.write() as tx:
        assert await runs.get_by_edition(tx, DAY) is None
        assert (await send_now.check(tx, DAY)).value == "withdrawn"
        await sql(tx, "UPDATE deliveries SET state = 'unconfirmed' WHERE run_id = ?", run_id)
        assert await runs.resend_unconfirmed(tx, run_id) == 0


@pytest.mark.parametrize("layout", [Layout.FULL, Layout.RICH])
async def test_old_messages_become_a_note(emulator: EmulatorClient, tmp_path: Path, layout: Layout) -> None:
    preferences = ContentPreferences(layout, "zh")
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        chats = await harness.crowd(2, preferences=preferences)
        run_id = run_of(await harness.publish(version("错字", 1)))
        await harness.at(MORNING)
        await harness.finished(run_id)
        harness.clock.now = MORNING + timedelta(hours=48)
        async with harness.database.read() as tx:
            found = await withdrawals.outlook(tx, DAY, now=harness.clock.now)
        assert (found.young, found.old) == (0, 2)
        await withdraw(harness)
        assert (await withdrawn(harness)).withdrawal == WithdrawalFigures(edited=2)
        assert await left_with(harness, chats) == [[NOTE], [NOTE]]


async def test_withdrawal_in_mid_morning_stops_sending(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", rate=40, in_flight=4) as harness:
        chats = await harness.crowd(20, preferences=FULL)
        run_id = run_of(await harness.publish(version("错字", 3)))
        await harness.at(MORNING)
        await harness.until(run_id, lambda now: now.sent >= 6)
        await withdraw(harness)
        progress = await withdrawn(harness)
        stopped = await harness.progress(run_id)
        assert (stopped.state, stopped.in_flight, stopped.sent < 60) == (RunState.CANCELLED, 0, True)
        assert progress.withdrawal == WithdrawalFigures(deleted=stopped.sent)
        assert await left_with(harness, chats) == []
        assert len(await harness.received()) == stopped.sent


async def test_correction_on_its_way_is_withdrawn_too(emulator: EmulatorClient, tmp_path: Path) -> None:
    """Also the parts that it added."""
    path, at_once = tmp_path / "bot.db", CorrectionPolicy.AT_ONCE
    async with open_harness(emulator, path, corrections=at_once, rate=60, in_flight=4) as harness:
        _, chats = await deliver(harness, version("错字", 1), 12)
        await harness.publish(version("正字", 2))
        await harness.delivery_service.tick()
        async with harness.database.read() as tx:
            correction = await correction_runs.newest(tx, DAY)
        assert correction is not None
        await harness.until(correction.id, lambda now: now.sent >= 6)
        await withdraw(harness)
        await withdrawn(harness)
        assert (await harness.progress(correction.id)).state is RunState.CANCELLED
        assert await left_with(harness, chats) == []


async def test_deletion_without_an_answer_is_repeated(harness: DeliveryHarness) -> None:
    _, chats = await deliver(harness, version("错字", 1), 3)
    await harness.emulator.add_fault("drop", method="deleteMessage", times=2)
    await withdraw(harness)
    progress = await withdrawn(harness)
    assert progress.withdrawal == WithdrawalFigures(deleted=3)
    assert await left_with(harness, chats) == []


async def test_message_that_telegram_does_not_delete_becomes_a_note(harness: DeliveryHarness) -> None:
    """It became too old since the deletion was planned, or the chat does not let the bot delete."""
    _, chats = await deliver(harness, version("错字", 1), 3)
    refusal = "Bad Request: message can't be deleted for everyone"
    await harness.emulator.add_fault("error", method="deleteMessage", chat_id=chats[0], description=refusal)
    await withdraw(harness)
    progress = await withdrawn(harness)
    assert progress.withdrawal == WithdrawalFigures(deleted=2, edited=1)
    assert await left_with(harness, chats) == [[NOTE]]


async def test_withdrawal_goes_on_after_a_kill(emulator: EmulatorClient, tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    async with open_harness(emulator, path) as harness:
        _, chats = await deliver(harness, version("错字", 2), 4)
    async with open_harness(emulator, path, clock=Clock(LATER), running=False) as harness:
        await withdraw(harness)
        await harness.delivery_service._components.planner.plan_due(LATER)
        async with harness.database.write() as tx:
            in_flight = (
                "UPDATE deliveries SET state = 'in_flight' WHERE part = 1 AND run_id = (SELECT max(id) FROM runs)"
            )
            await sql(tx, in_flight)
    async with open_harness(emulator, path, clock=Clock(LATER)) as harness:
        assert (await withdrawn(harness)).withdrawal == WithdrawalFigures(deleted=8)
        assert await left_with(harness, chats) == []


@pytest.mark.parametrize("policy", [UnconfirmedPolicy.ASK, UnconfirmedPolicy.RESEND])
async def test_message_in_flight_is_deleted_once_confirmed(
    emulator: EmulatorClient, tmp_path: Path, policy: UnconfirmedPolicy
) -> None:
    """A press on its button shows that it arrived, and its id."""
    path = tmp_path / "bot.db"
    async with open_harness(emulator, path) as harness:
        run_id, chats = await deliver(harness, version("错字", 1), 3)
    async with open_harness(emulator, path, clock=Clock(LATER), running=False) as harness:
        async with harness.database.write() as tx:
            in_flight = (
                "UPDATE deliveries SET state = 'in_flight', message_id = NULL WHERE run_id = ? AND subscriber_id = 1"
            )
            await sql(tx, in_flight, run_id)
        await withdraw(harness)
    async with open_harness(emulator, path, clock=Clock(LATER), policy=policy) as harness:
        progress = await withdrawn(harness)
        assert progress.withdrawal == WithdrawalFigures(deleted=2, unconfirmed=1)
        (message,) = await (await emulator.chat(chats[0])).history()
        async with harness.database.write() as tx:
            payload = await sql(tx, "SELECT payload_id FROM deliveries WHERE run_id = ? AND subscriber_id = 1", run_id)
            payload_id = int(payload.scalar_one())
            assert await deliveries.settle(tx, payload_id, chats[0], message.message_id, now=LATER)
            await correction_runs.note_confirmed(tx, payload_id, now=LATER)
        assert (await withdrawn(harness)).withdrawal == WithdrawalFigures(deleted=3)
        assert await left_with(harness, chats) == []


async def test_those_who_left_by_themselves_lose_it_too(harness: DeliveryHarness) -> None:
    """Who was erased has no known messages any more; of a group that removed the bot none can be deleted."""
    _, chats = await deliver(harness, version("错字", 1), 4)
    reasons = LeftReason.STOPPED, LeftReason.BLOCKED, LeftReason.REMOVED
    async with harness.database.write() as tx:
        for subscriber_id, reason in enumerate(reasons, 1):
            await subscribers.deactivate(tx, subscriber_id, reason, now=MORNING)
        found = await withdrawals.outlook(tx, DAY, now=harness.clock.now)
    assert (found.people, found.young, found.out_of_reach) == (4, 3, 1)
    await withdraw(harness)
    assert (await withdrawn(harness)).withdrawal == WithdrawalFigures(deleted=3, kept=1)
    assert [bool(await shown(harness, chat)) for chat in chats] == [False, False, True, False]


async def deliver_to_former_group(harness: DeliveryHarness) -> tuple[int, EmulatedChat, EmulatedChat]:
    """Deliver to a reader and a group that becomes a supergroup, where another message has the digest's id then.

    It is the bot's own, so that Telegram would edit and delete it.
    """
    ann = await harness.emulator.create_user("Ann", started=True)
    group = await harness.emulator.create_group("Readers", ann)
    await harness.audience([group.id], preferences=FULL)
    for number in range(3):
        await ann.send(f"Before {number}", chat=group)
    run_id, _ = await deliver(harness, edition(), 1)
    digest_id = (await group.history())[-1].message_id
    moved = await group.upgrade()
    async with BotApiClient(harness.emulator.api_url, harness.emulator.token) as client:
        for number in range(digest_id):
            await client.send("sendMessage", msgspec.json.encode({"chat_id": moved.id, "text": f"After {number}"}))
    assert digest_id in {message.message_id for message in await moved.history()}
    return run_id, group, moved


@pytest.mark.parametrize("is_known", [True, False], ids=["the bot knows it", "an answer tells it"])
async def test_other_messages_of_a_supergroup_are_left_alone(harness: DeliveryHarness, *, is_known: bool) -> None:
    _, group, moved = await deliver_to_former_group(harness)
    written = await shown(harness, moved.id)
    if is_known:
        async with harness.database.write() as tx:
            assert await subscribers.migrate_chat(tx, group.id, moved.id)
    await withdraw(harness)
    assert (await withdrawn(harness)).withdrawal == WithdrawalFigures(deleted=1, kept=1)
    assert await shown(harness, moved.id) == written
    async with harness.database.read() as tx:
        assert await subscribers.get(tx, moved.id) is not None


async def test_messages_left_in_a_former_group_are_counted_once(emulator: EmulatorClient, tmp_path: Path) -> None:
    """Whatever their number of corrections; what was deleted before the group became another one is none of them."""
    async with open_harness(emulator, tmp_path / "bot.db", corrections=CorrectionPolicy.AT_ONCE) as harness:
        ann = await emulator.create_user("Ann", started=True)
        groups = [await emulator.create_group(name, ann) for name in ("Moves before", "Moves after")]
        await harness.audience([group.id for group in groups], preferences=FULL)
        await deliver(harness, edition(), 1)
        await harness.publish(version("改正", 1))
        await corrected(harness)
        for group, is_before in zip(groups, (True, False), strict=True):
            if not is_before:
                await withdraw(harness)
                assert (await withdrawn(harness)).withdrawal == WithdrawalFigures(deleted=2, kept=1)
            moved = await group.upgrade()
            async with harness.database.write() as tx:
                assert await subscribers.migrate_chat(tx, group.id, moved.id)
        assert (await withdrawn(harness)).withdrawal == WithdrawalFigures(deleted=2, kept=1)


@pytest.mark.parametrize("is_known", [True, False], ids=["the bot knows it", "an answer tells it"])
async def test_correction_changes_no_other_message_of_a_supergroup(
    emulator: EmulatorClient, tmp_path: Path, *, is_known: bool
) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", corrections=CorrectionPolicy.AT_ONCE) as harness:
        _, group, moved = await deliver_to_former_group(harness)
        written = await shown(harness, moved.id)
        if is_known:
            async with harness.database.write() as tx:
                assert await subscribers.migrate_chat(tx, group.id, moved.id)
        await harness.publish(version("改正", 1))
        assert (await corrected(harness)).counts.failed == (not is_known)
        assert await shown(harness, moved.id) == written


async def test_message_that_its_reader_deleted_counts_as_deleted(harness: DeliveryHarness) -> None:
    _, chats = await deliver(harness, version("错字", 1), 2)
    (message,) = await (await harness.emulator.chat(chats[0])).history()
    body = msgspec.json.encode({"chat_id": chats[0], "message_id": message.message_id})
    async with BotApiClient(harness.emulator.api_url, harness.emulator.token) as client:
        await client.send("deleteMessage", body)
    harness.clock.now = MORNING + timedelta(hours=48)
    await withdraw(harness)
    assert (await withdrawn(harness)).withdrawal == WithdrawalFigures(deleted=1, edited=1)


async def test_rows_are_kept_while_a_withdrawal_needs_them(emulator: EmulatorClient, tmp_path: Path) -> None:
    path, much_later = tmp_path / "bot.db", MORNING + retention.KEPT + timedelta(days=1)
    async with open_harness(emulator, path) as harness:
        run_id, _ = await deliver(harness, version("错字"), 1)
    async with open_harness(emulator, path, clock=Clock(much_later), running=False) as harness:
        await withdraw(harness)
        await harness.delivery_service.clean_up()
        async with harness.database.read() as tx:
            assert await deliveries.planned(tx, run_id)
    async with open_harness(emulator, path, clock=Clock(much_later)) as harness:
        assert (await withdrawn(harness)).withdrawal == WithdrawalFigures(edited=1)
        await harness.delivery_service.clean_up()
        async with harness.database.write() as tx:
            assert not await deliveries.planned(tx, run_id)
            assert await withdrawals.restore(tx, DAY, now=much_later, default_zone="Asia/Shanghai")
            assert (await withdrawals.outlook(tx, DAY, now=much_later)).people == 0


async def test_published_again_it_goes_to_everybody_as_a_new_message(harness: DeliveryHarness) -> None:
    digest = version("错字", 2)
    former, chats = await deliver(harness, digest, 4)
    await withdraw(harness)
    await withdrawn(harness)
    async with harness.database.write() as tx:
        assert await withdrawals.restore(tx, DAY, now=harness.clock.now, default_zone="Asia/Shanghai")
        assert not await withdrawals.restore(tx, DAY, now=harness.clock.now, default_zone="Asia/Shanghai")
    await harness.delivery_service.tick()
    run_id = await harness.edition_run()
    assert run_id != former
    await harness.finished(run_id)
    texts = await texts_of(digest)
    assert [await shown(harness, chat) for chat in chats] == [texts] * 4
    assert await withdraw(harness) == 4
    await withdrawn(harness)
    assert await left_with(harness, chats) == []


@pytest.mark.parametrize("has_newer", [False, True])
async def test_reach_of_yesterday_s_edition_published_again(has_newer: bool, harness: DeliveryHarness) -> None:
    """Editors are told before what then happens: it goes out at once, or a newer one is due."""
    await deliver(harness, version("错字", 2), 4)
    await withdraw(harness)
    await withdrawn(harness)
    next_morning = MORNING + timedelta(days=1)
    if has_newer:
        await harness.publish(edition(DAY + timedelta(days=1), published=next_morning - timedelta(hours=1)))
    harness.clock.now = next_morning + timedelta(minutes=5)
    published = next_morning - timedelta(hours=12)
    async with harness.database.write() as tx:
        await sql(tx, "UPDATE digests SET published_at = ? WHERE date = ?", published, str(DAY))
        found = await reach.of_edition(tx, DAY, published, now=harness.clock.now)
        assert (found.at_once, found.superseded) == ((0, 4) if has_newer else (4, 0))
        assert await reach.count_waiting(tx, DAY, published, now=harness.clock.now) == found.at_once
        assert await withdrawals.restore(tx, DAY, now=harness.clock.now, default_zone="Asia/Shanghai")
    await harness.delivery_service.tick()
    assert (await harness.finished(await harness.edition_run())).recipients == found.at_once


async def _publish(harness: DeliveryHarness, digest: Digest, *, anew: bool = False) -> PublishResult:
    source = Source("2025-09-12.md", repr(digest).encode())
    now = harness.clock.now
    return await publish(harness.database, TEXTS, DEFAULT_SCHEDULE, digest, source, now=now, anew=anew)


async def test_changed_edition_stays_withdrawn_until_published_anew(harness: DeliveryHarness) -> None:
    _, chats = await deliver(harness, version("错字", 1), 2)
    await withdraw(harness)
    await withdrawn(harness)
    new = version("正字", 1)
    for digest in (version("错字", 1), new):
        assert (await _publish(harness, digest)).status is PublishStatus.WITHDRAWN
    async with harness.database.read() as tx:
        assert await digests.get_published(tx, DAY, now=harness.clock.now) is None
        assert await runs.get_by_edition(tx, DAY) is None
    assert (await _publish(harness, new, anew=True)).status is PublishStatus.NEW
    await harness.delivery_service.tick()
    await harness.finished(await harness.edition_run())
    texts = await texts_of(new)
    assert [await shown(harness, chat) for chat in chats] == [texts] * 2


async def test_withdrawal_during_a_publication_takes_precedence(harness: DeliveryHarness) -> None:
    """The edition was not withdrawn when the publication began; to render it may take seconds."""
    await deliver(harness, version("错字", 1), 1)
    await withdraw(harness)
    digest, source = version("正字", 1), Source("2025-09-12.md", b"late")
    late = _Edition(
        day=DAY,
        digest=digest,
        default_zone="Asia/Shanghai",
        written=_Written(
            text=digest,
            source=source,
            texts=EditionTexts(place="", edition=digest, source=source),
            now=LATER,
            default_language="zh",
            corrections=CorrectionPolicy.AT_ONCE,
            actor=None,
        ),
        at=MORNING,
    )
    assert (await _make_run(harness.database, TEXTS, late)).status is PublishStatus.WITHDRAWN
    async with harness.database.read() as tx:
        assert await digests.is_withdrawn(tx, DAY)
        assert await runs.get_by_edition(tx, DAY) is None


async def test_withdrawn_edition_is_not_missing(harness: DeliveryHarness) -> None:
    notifier = RecordingNotifier()
    alert = MissingEditionAlert(harness.database, notifier, DEFAULT_SCHEDULE)
    async with harness.database.write() as tx:
        await bots.set_checked_morning(tx, DAY - timedelta(days=1))
    await deliver(harness, edition(), 1)
    await withdraw(harness)
    await alert.check(MORNING + DELIVERY_WINDOW)
    assert notifier.notified == []


async def test_editors_are_told_of_the_end_of_a_withdrawal_without_a_card(harness: DeliveryHarness) -> None:
    """It was withdrawn on the command line."""
    await deliver(harness, version("错字", 1), 2)
    await withdraw(harness)
    await withdrawn(harness)
    told = await wait_until_shown(await harness.emulator.chat(ADMIN), "is withdrawn", "Deleted: 2 messages")
    assert told.text == "🗑 The digest of Fri, 12 Sep 2025 is withdrawn.\nDeleted: 2 messages"
    assert sum("is withdrawn" in text for text in await shown(harness, ADMIN)) == 1


async def test_newest_run_is_the_one_that_was_acted_on_last(harness: DeliveryHarness) -> None:
    """An edition that is published again keeps its moment, and so does one that is sent at once."""
    clock = harness.clock

    async def newest() -> list[int]:
        async with harness.database.read() as tx:
            return [run.run_id for run in await run_progress.recent(tx, 9)]

    async def send() -> int:
        async with harness.database.write() as tx:
            await send_now.send_now(tx, DAY, now=clock.now)
        return await harness.edition_run()

    async def publish_again() -> int:
        async with harness.database.write() as tx:
            assert await withdrawals.restore(tx, DAY, now=clock.now, default_zone="Asia/Shanghai")
        return await harness.edition_run()

    await harness.crowd(2)
    await harness.publish()
    clock.now = LATER
    first = await send()
    assert await withdraw(harness) == 0  # before it was planned, so nothing is to be taken back
    second = await publish_again()
    assert await newest() == [second, first]
    clock.now += timedelta(minutes=1)
    assert await send() == second
    await harness.finished_in_time(second)
    clock.now += timedelta(minutes=1)
    await withdraw(harness)
    withdrawal = (await withdrawn(harness)).run_id
    third = await publish_again()
    assert await newest() == [third, withdrawal, second, first]
    async with harness.database.write() as tx:
        broadcast = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "a"}, now=clock.now)
        clock.now += timedelta(minutes=1)
        await runs.confirm(tx, broadcast, actor=ADMIN, card=CardMessage(ADMIN, 1), now=clock.now)
    assert await newest() == [broadcast, third, withdrawal, second, first]
    clock.now += timedelta(minutes=1)
    assert await send() == third
    assert await newest() == [third, broadcast, withdrawal, second, first]


async def test_ended_run_does_not_go_on(harness: DeliveryHarness) -> None:
    await harness.audience([1])
    run_id = run_of(await harness.publish())
    assert (await harness.progress(run_id)).next_due == MORNING
    async with harness.database.write() as tx:
        assert await runs.cancel(tx, run_id, RunStateReason.RESTORED)
    assert (await harness.progress(run_id)).next_due is None
