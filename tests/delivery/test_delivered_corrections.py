"""Corrections of what was delivered: each message is edited to the newest version, whatever happens in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from delivery.publishing import PublishStatus
from digest.model import Digest
from domain.delivery.outcome import Sent
from domain.delivery.policy import CorrectionPolicy
from domain.delivery.progress import CardMessage, Progress
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunState
from domain.subscription.preferences import ContentPreferences, Layout
from emulator.client import EmulatorClient
from storage import correction_runs, deliveries, retention, run_progress, runs, subscribers
from storage.runs import Run
from tests.databases import sql
from tests.delivery.harness import ADMIN, DAY, MORNING, Clock, DeliveryHarness, open_harness, run_of
from tests.delivery.test_corrections import FULL, texts_of, version
from tests.waiting import wait_until_shown
from transport.bot_api_client import BotApiClient

AT_ONCE = CorrectionPolicy.AT_ONCE
LATER = MORNING + timedelta(hours=1)


@pytest.fixture
async def correcting(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[DeliveryHarness]:
    """Yield a harness whose corrections edit at once."""
    async with open_harness(emulator, tmp_path / "bot.db", corrections=AT_ONCE) as harness:
        yield harness


async def deliver(harness: DeliveryHarness, digest: Digest, people: int) -> tuple[int, list[int]]:
    """Deliver an edition to people; return its run and their chats."""
    chats = await harness.crowd(people, preferences=FULL)
    run_id = run_of(await harness.publish(digest))
    await harness.at(MORNING)
    await harness.finished(run_id)
    return run_id, chats


async def shown(harness: DeliveryHarness, chat: int) -> list[str]:
    """Return the texts that a chat shows now."""
    return [message.text for message in await (await harness.emulator.chat(chat)).history()]


async def correction(harness: DeliveryHarness) -> Run:
    async with harness.database.read() as tx:
        run = await correction_runs.newest(tx, DAY)
    assert run is not None
    return run


async def corrected(harness: DeliveryHarness) -> Progress:
    """Wait until the newest correction has ended; the clock moves on, as it may have to wait for answers."""
    return await harness.finished_in_time((await correction(harness)).id)


async def assert_shows(harness: DeliveryHarness, chats: Sequence[int], digest: Digest) -> None:
    """Assert that chats show a version and nothing else."""
    texts = await texts_of(digest)
    for chat in chats:
        assert await shown(harness, chat) == texts


@pytest.mark.parametrize(("before", "after"), [(1, 1), (1, 2), (2, 3), (3, 2), (2, 1)])
async def test_each_delivered_message_shows_the_new_version(
    correcting: DeliveryHarness, before: int, after: int
) -> None:
    _, chats = await deliver(correcting, version("错字", before), 6)
    new = version("正字", after)
    assert (await correcting.publish(new)).status is PublishStatus.CORRECTED
    progress = await corrected(correcting)
    assert (progress.recipients, progress.sent, progress.unconfirmed) == (6, 6 * max(before, after), 0)
    await assert_shows(correcting, chats, new)
    async with correcting.database.read() as tx:
        assert await correction_runs.count_outdated(tx, 1, 2) == 0


async def test_added_part_names_its_edition(correcting: DeliveryHarness) -> None:
    _, chats = await deliver(correcting, version("错字", 1), 1)
    await correcting.publish(version("正字", 2))
    await corrected(correcting)
    last = (await (await correcting.emulator.chat(chats[0])).history())[-1]
    assert last.buttons[0][0] == "📎 属于9月12日周五的日报"


async def test_second_correction_takes_the_place_of_the_first(correcting: DeliveryHarness) -> None:
    """What the first one added is edited by the second, and what it deleted comes back."""
    _, chats = await deliver(correcting, version("错字", 1), 3)
    for title, parts in (("正字", 3), ("再改", 1), ("最新", 2)):
        newest = version(title, parts)
        await correcting.publish(newest)
        await corrected(correcting)
        await assert_shows(correcting, chats, newest)


async def test_superseded_correction_edits_nothing_more(emulator: EmulatorClient, tmp_path: Path) -> None:
    newest = version("最新", 2)
    async with open_harness(emulator, tmp_path / "bot.db", corrections=AT_ONCE, rate=40, in_flight=2) as harness:
        _, chats = await deliver(harness, version("错字", 1), 20)
        await harness.publish(version("正字", 2))
        await harness.delivery_service.tick()
        first = await correction(harness)
        await harness.until(first.id, lambda now: now.sent >= 4)
        await harness.publish(newest)
        await corrected(harness)
        superseded = await harness.progress(first.id)
        assert (superseded.state, superseded.sent < 40) == (RunState.CANCELLED, True)
        await assert_shows(harness, chats, newest)


async def test_edit_without_an_answer_is_repeated(correcting: DeliveryHarness) -> None:
    _, chats = await deliver(correcting, version("错字", 1), 3)
    for chat in chats[:2]:
        await correcting.emulator.add_fault("drop", method="editMessageText", chat_id=chat, times=1)
    new = version("正字", 1)
    await correcting.publish(new)
    await correcting.delivery_service.tick()
    run_id = (await correction(correcting)).id
    await correcting.until(run_id, lambda now: now.sent == 1)
    correcting.clock.now += timedelta(seconds=10)
    progress = await corrected(correcting)
    assert (progress.sent, progress.unconfirmed) == (3, 0)
    await assert_shows(correcting, chats, new)


async def test_part_that_was_deleted_without_an_answer_comes_back(correcting: DeliveryHarness) -> None:
    """The newer version has it again, so there is no message any more to edit."""
    _, chats = await deliver(correcting, version("错字", 2), 2)
    await correcting.emulator.add_fault("drop", method="deleteMessage", times=1)
    await correcting.publish(version("正字", 1))
    await correcting.delivery_service.tick()
    first = await correction(correcting)
    await correcting.until(first.id, lambda now: now.sent == 3 and not now.in_flight)
    newest = version("最新", 2)
    await correcting.publish(newest)
    progress = await corrected(correcting)
    assert (progress.sent, progress.failed) == (4, 0)
    await assert_shows(correcting, chats, newest)


async def test_only_an_added_part_is_unconfirmed(correcting: DeliveryHarness) -> None:
    """It is not sent twice, and edited once a press shows its id."""
    _, chats = await deliver(correcting, version("错字", 1), 1)
    await correcting.emulator.add_fault("drop", method="sendMessage", chat_id=chats[0], times=1)
    await correcting.publish(version("正字", 2))
    await correcting.delivery_service.tick()
    run_id = (await correction(correcting)).id
    progress = await correcting.until(run_id, lambda now: now.unconfirmed == 1)
    assert progress.sent == 1
    newest = version("最新", 2)
    await correcting.publish(newest)
    progress = await corrected(correcting)
    assert (progress.sent, progress.unconfirmed) == (1, 1)
    assert len(await shown(correcting, chats[0])) == 2
    async with correcting.database.write() as tx:
        payload_id = int(await tx_scalar(tx, "SELECT payload_id FROM deliveries WHERE run_id = ? AND part = 2", run_id))
        last = (await (await correcting.emulator.chat(chats[0])).history())[-1]
        assert await deliveries.settle(tx, payload_id, chats[0], last.message_id, now=correcting.clock.now)
        await correction_runs.note_confirmed(tx, payload_id, now=correcting.clock.now)
    await corrected(correcting)
    await assert_shows(correcting, chats, newest)


async def tx_scalar(tx: object, statement: str, *values: object) -> int:
    return int((await sql(tx, statement, *values)).scalar_one())  # type: ignore[arg-type]


async def test_old_part_too_many_is_withdrawn(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", corrections=AT_ONCE) as harness:
        _, chats = await deliver(harness, version("错字", 2), 2)
        harness.clock.now = MORNING + timedelta(hours=48)
        new = version("正字", 1)
        await harness.publish(new)
        progress = await corrected(harness)
        assert progress.sent == 4
        for chat in chats:
            first, second = await shown(harness, chat)
            assert [first] == await texts_of(new)
            assert second == "这条消息已撤回：9月12日周五的日报已更正。"


async def test_message_that_is_gone_is_an_explained_end(correcting: DeliveryHarness) -> None:
    _, chats = await deliver(correcting, version("错字", 1), 2)
    gone = await correcting.emulator.chat(chats[0])
    body = {"chat_id": chats[0], "message_id": (await gone.history())[0].message_id}
    async with BotApiClient(correcting.emulator.api_url, correcting.emulator.token) as client:
        await client.send("deleteMessage", msgspec.json.encode(body))
    new = version("正字", 1)
    await correcting.publish(new)
    progress = await corrected(correcting)
    assert (progress.sent, progress.failed) == (1, 1)
    async with correcting.database.read() as tx:
        trouble = await run_progress.trouble(tx, progress.run_id)
    assert [failure.reason for failure in trouble.failures] == ["message_gone"]
    await assert_shows(correcting, chats[1:], new)


async def test_readers_get_what_each_has_chosen_by_now(correcting: DeliveryHarness) -> None:
    _, chats = await deliver(correcting, version("错字", 1), 3)
    headlines = ContentPreferences(Layout.HEADLINES, "en")
    async with correcting.database.write() as tx:
        await subscribers.set_preferences(tx, 2, headlines)
    new = version("正字", 1)
    await correcting.publish(new)
    await corrected(correcting)
    chosen = [await texts_of(new), await texts_of(new, headlines), await texts_of(new)]
    assert [await shown(correcting, chat) for chat in chats] == chosen


async def test_correction_in_mid_morning_reaches_everybody(emulator: EmulatorClient, tmp_path: Path) -> None:
    new = version("正字", 2)
    async with open_harness(emulator, tmp_path / "bot.db", corrections=AT_ONCE, rate=40, in_flight=4) as harness:
        chats = await harness.crowd(20, preferences=FULL)
        run_id = run_of(await harness.publish(version("错字", 3)))
        await harness.at(MORNING)
        await harness.until(run_id, lambda now: now.sent >= 6)
        await harness.publish(new)
        await harness.delivery_service.tick()
        await harness.finished(run_id)
        for _ in range(5):
            harness.clock.now += timedelta(seconds=2)
            await corrected(harness)
        await assert_shows(harness, chats, new)


async def test_kill_between_claim_and_answer_repeats_the_edit(emulator: EmulatorClient, tmp_path: Path) -> None:
    """An edit in flight is asked for again; an added part in flight is unconfirmed."""
    new, path = version("正字", 2), tmp_path / "bot.db"
    async with open_harness(emulator, path) as harness:
        _, chats = await deliver(harness, version("错字", 1), 4)
    async with open_harness(emulator, path, clock=Clock(LATER), running=False, corrections=AT_ONCE) as harness:
        await harness.publish(new)
        await harness.delivery_service._components.planner.plan_due(LATER)
        async with harness.database.write() as tx:
            run_id = await tx_scalar(tx, "SELECT max(id) FROM runs")
            await sql(tx, "UPDATE deliveries SET state = 'in_flight' WHERE run_id = ? AND part = 1", run_id)
            lost = "UPDATE deliveries SET state = 'in_flight' WHERE run_id = ? AND part = 2 AND subscriber_id = 1"
            await sql(tx, lost, run_id)
    async with open_harness(emulator, path, clock=Clock(LATER)) as harness:
        progress = await corrected(harness)
        assert (progress.sent, progress.unconfirmed) == (7, 1)
        await assert_shows(harness, chats[1:], new)
        assert await shown(harness, chats[0]) == (await texts_of(new))[:1]


async def test_rows_are_kept_while_a_correction_needs_them(emulator: EmulatorClient, tmp_path: Path) -> None:
    path, much_later = tmp_path / "bot.db", MORNING + retention.KEPT + timedelta(days=1)
    async with open_harness(emulator, path) as harness:
        run_id, _ = await deliver(harness, version("错字"), 1)
    async with open_harness(emulator, path, clock=Clock(much_later), running=False, corrections=AT_ONCE) as harness:
        await harness.publish(version("正字"))
        await harness.delivery_service.clean_up()
        assert (await correction(harness)).state is RunState.RUNNING
        async with harness.database.write() as tx:
            assert await deliveries.planned(tx, run_id)
            assert await correction_runs.discard(tx, (await correction(harness)).id) is False
            await runs.cancel(tx, (await correction(harness)).id, RunStateReason.ADMIN)
        await harness.delivery_service.clean_up()
        async with harness.database.read() as tx:
            assert not await deliveries.planned(tx, run_id)


async def test_end_of_a_correction_is_reported_with_what_stays_old(correcting: DeliveryHarness) -> None:
    """Editors hear of one that nobody has pressed for, in one message; one that was superseded says nothing."""
    _, chats = await deliver(correcting, version("错字", 1), 3)
    (message,) = await (await correcting.emulator.chat(chats[0])).history()
    body = {"chat_id": chats[0], "message_id": message.message_id}
    async with BotApiClient(correcting.emulator.api_url, correcting.emulator.token) as client:
        await client.send("deleteMessage", msgspec.json.encode(body))
    await correcting.publish(version("正字", 1))
    await correcting.publish(version("最新", 1))
    await corrected(correcting)
    parts = "Correction of the digest", "Corrected: 2 messages", "failed 1×: the reader has deleted the message"
    await wait_until_shown(await correcting.emulator.chat(ADMIN), *parts)
    assert sum("Correction of the digest" in text for text in await shown(correcting, ADMIN)) == 1


async def test_pressed_message_becomes_the_report_of_a_correction(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", corrections=CorrectionPolicy.ASK) as harness:
        await deliver(harness, version("错字", 1), 3)
        await harness.publish(version("正字", 1))
        async with BotApiClient(emulator.api_url, emulator.token) as client:
            outcome = await client.send("sendMessage", msgspec.json.encode({"chat_id": ADMIN, "text": "?"}))
        assert isinstance(outcome, Sent)
        card = CardMessage(ADMIN, outcome.message_id)
        async with harness.database.write() as tx:
            newest = await correction_runs.newest(tx, DAY)
            assert newest is not None
            assert await correction_runs.start(tx, newest.id, actor=ADMIN, now=harness.clock.now, card=card)
        await corrected(harness)
        report = "✅ Correction of the digest of Fri, 12 Sep 2025", "Corrected: 3 messages"
        await wait_until_shown(await emulator.chat(ADMIN), *report, buttons=[])
        assert sum("Corrected: 3 messages" in text for text in await shown(harness, ADMIN)) == 1
