"""A defect costs what it is of and nothing else: what cannot be read or shown never stops a loop of the delivery.

Where the bot reads a stored value, the value is damaged; everything else goes on, and what is mended is made up for.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import structlog.testing

from delivery.planning_loop import RETRY_INTERVAL
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.delivery.progress import RunMessage, RunMessageKind
from domain.delivery.states import RunState
from domain.subscription.preferences import ContentPreferences, Layout
from storage import digests, drafts, pictures, run_messages, runs
from tests.databases import break_writes, mend_writes, sql
from tests.delivery.harness import ADMIN, DAY, EVE, MORNING, DeliveryHarness, edition, run_of
from tests.delivery.test_photos import FIRST, file_ids, pictured
from tests.delivery.test_photos import publish as publish_pictured
from tests.delivery.test_progress_reporter import start_broadcast
from tests.delivery.test_recap_runs import DUE as RECAP_DUE
from tests.delivery.test_recap_runs import EVENING as EVENING_SCHEDULE
from tests.delivery.test_recap_runs import FRIDAY, SUNDAY, recaps_of
from tests.delivery.test_recap_runs import publish as publish_editions
from tests.delivery.test_recap_runs import reader as recap_reader
from tests.waiting import wait_until
from views import run_reports

EVENING = replace(edition(title="晚报"), slot="evening")


def events(logs: list[structlog.typing.EventDict]) -> list[str]:
    return [str(entry["event"]) for entry in logs]


async def damage(harness: DeliveryHarness, statement: str, *values: object) -> None:
    async with harness.database.write() as tx:
        await sql(tx, statement, *values)


def unbuildable(_translate: Translator) -> Message:
    raise KeyError("somebody's words")


async def unnotable(_chat_id: int, _message_id: int, _message: Message) -> None:
    raise ValueError("somebody's words")


async def test_notice_that_cannot_be_built_costs_no_other(harness: DeliveryHarness) -> None:
    admin = await harness.emulator.chat(ADMIN)
    notifier = harness.delivery_service._components.notifier
    with structlog.testing.capture_logs() as logs:
        await harness.delivery_service.notify_admins(unbuildable)
        notifier.notify([ADMIN], run_reports.topic_closed_notice, unnotable)
        await harness.delivery_service.notify_admins(run_reports.restored_notice)
        assert "topic" in (await admin.next_message()).text
        assert "backup" in (await admin.next_message()).text
        await notifier.wait_until_sent()
    noted = [entry for entry in logs if entry["event"] == "notification_defect"]
    assert {entry["notice"] for entry in noted} == {"unbuildable", "topic_closed_notice"}
    assert all(entry["log_level"] == "error" for entry in noted)
    assert "words" not in str([{**entry, "exc_info": ""} for entry in noted])
    assert harness.task is not None
    assert not harness.task.done()


async def test_edition_that_cannot_be_shown_holds_up_no_broadcast(harness: DeliveryHarness) -> None:
    """It is planned once it can be, and until then the next look is no busy loop."""
    chats = await harness.crowd(2)
    run_id = run_of(await harness.publish())
    [newcomer] = await harness.crowd(1, preferences=ContentPreferences(Layout.FULL))  # for whom it is to be rendered
    broadcast, _ = await start_broadcast(harness.database, harness.emulator)
    ((parsed,),) = await _parsed(harness)
    await damage(harness, "UPDATE digests SET parsed = ?", b"{")
    with structlog.testing.capture_logs() as logs:
        next_tick = await harness.at(MORNING)
    assert next_tick is not None
    assert next_tick >= MORNING + RETRY_INTERVAL
    assert [entry["run"] for entry in logs if entry["event"] == "run_not_planned"] == [run_id]
    await harness.finished(broadcast)
    assert await harness.times() == dict.fromkeys([*chats, newcomer], 1)
    assert "planning" in harness.delivery_service.health_checks()
    await damage(harness, "UPDATE digests SET parsed = ?", parsed)
    await harness.at(next_tick)
    await harness.finished(run_id)
    assert "planning" not in harness.delivery_service.health_checks()


async def _parsed(harness: DeliveryHarness) -> list[tuple[bytes]]:
    async with harness.database.read() as tx:
        return [tuple(row) for row in await sql(tx, "SELECT parsed FROM digests")]


async def test_draft_that_cannot_be_read_holds_up_no_other(idle: DeliveryHarness) -> None:
    async with idle.database.write() as tx:
        for digest in (EVENING, edition()):
            draft_id = await drafts.add(tx, digest, author=ADMIN, message_id=1, name="a.md", source=b"x", now=EVE)
            assert await drafts.confirm(tx, draft_id, author=ADMIN)
        await sql(tx, "UPDATE drafts SET parsed = ? WHERE slot = 'evening'", b"{")
    with structlog.testing.capture_logs() as logs:
        await idle.delivery_service.tick()
    assert "draft_not_published" in events(logs)
    async with idle.database.read() as tx:
        assert await digests.get(tx, DAY) is not None
        assert len(await drafts.confirmed(tx)) == 1, "it waits"


async def test_run_that_cannot_be_shown_holds_up_no_other_message(idle: DeliveryHarness) -> None:
    """It is logged once, not at every look."""
    admin = await idle.emulator.chat(ADMIN)
    await idle.crowd(1)
    damaged, _ = await start_broadcast(idle.database, idle.emulator, "first")
    other, card = await start_broadcast(idle.database, idle.emulator, "second")
    async with idle.database.write() as tx:
        for run_id, message_id in ((damaged, 1), (other, card.message_id)):
            await run_messages.add(tx, run_id, RunMessage(RunMessageKind.CARD, ADMIN, message_id))
    await damage(idle, "UPDATE runs SET counts = '{' WHERE id = ?", damaged)
    updater = idle.delivery_service._components.progress_reporter._run_message_updater
    with structlog.testing.capture_logs() as logs:
        assert await updater.update(), "it is tried again"
        await updater.update()
    assert events(logs).count("run_not_shown") == 1
    (shown,) = [message for message in await admin.history() if message.message_id == card.message_id]
    assert "On its way" in shown.text


async def test_end_that_cannot_be_reported_holds_up_no_other(idle: DeliveryHarness) -> None:
    damaged, _ = await start_broadcast(idle.database, idle.emulator, "first")
    await start_broadcast(idle.database, idle.emulator, "second")
    await damage(idle, "UPDATE runs SET state = 'finished'")
    await damage(idle, "UPDATE runs SET counts = '{' WHERE id = ?", damaged)
    with structlog.testing.capture_logs() as logs:
        await idle.delivery_service._components.progress_reporter._update()
    assert "run_end_not_reported" in events(logs)
    async with idle.database.read() as tx:
        assert [run.id for run in await runs.unreported(tx)] == [damaged]


async def test_run_that_cannot_be_finished_holds_up_no_other(idle: DeliveryHarness) -> None:
    await idle.crowd(1)
    damaged = run_of(await idle.publish())
    other, _ = await start_broadcast(idle.database, idle.emulator)
    await idle.at(MORNING)
    async with idle.database.write() as tx:
        await sql(tx, "UPDATE deliveries SET state = 'sent'")
        await break_writes(tx, "runs", event="UPDATE OF state", when=f"NEW.id = {damaged}")
    send_loop = idle.delivery_service._components.send_loop
    assert not await send_loop._run_queues.fill(MORNING)
    with structlog.testing.capture_logs() as logs:
        await send_loop._finish_settled_runs()
        await send_loop._finish_settled_runs()
    tried = [entry["run"] for entry in logs if entry["event"] == "run_not_finished"]
    assert tried == [damaged], "it waits for its next turn"
    assert (await idle.progress(other)).state is RunState.FINISHED
    assert (await idle.progress(damaged)).state is RunState.RUNNING


async def test_photos_that_cannot_be_shown_hold_up_no_other(idle: DeliveryHarness) -> None:
    damaged = run_of(await publish_pictured(idle, pictured(FIRST)))
    other = run_of(await publish_pictured(idle, replace(pictured(FIRST, title="晚报"), slot="evening")))
    async with idle.database.write() as tx:
        await pictures.set_file_id(tx, FIRST, "file id")
        await sql(tx, "UPDATE digests SET parsed = ? WHERE slot = 'morning'", b"{")
    with structlog.testing.capture_logs() as logs:
        await idle.delivery_service._components.picture_uploader._complete_runs()
    assert events(logs) == ["photos_not_stored", "photos_ready"]
    async with idle.database.read() as tx:
        assert await pictures.runs_that_wait(tx, since=EVE) == [damaged]
    assert other > damaged


async def test_upload_that_cannot_be_noted_ends_no_loop(harness: DeliveryHarness) -> None:
    async with harness.database.write() as tx:
        await break_writes(tx, "pictures", event="UPDATE OF file_id")
    with structlog.testing.capture_logs() as logs:
        await publish_pictured(harness, pictured(FIRST))
        await wait_until(lambda: asyncio.sleep(0, events(logs)), lambda seen: "pictures_failed" in seen)
    async with harness.database.write() as tx:
        await mend_writes(tx)
    harness.delivery_service._components.picture_uploader.wake()
    await file_ids(harness, pictured(FIRST))


async def test_recap_that_cannot_be_planned_holds_up_no_digest(harness: DeliveryHarness) -> None:
    """It is planned by the tick of the next minute."""
    chat = await recap_reader(harness)
    [other] = await harness.crowd(1, schedule=EVENING_SCHEDULE)
    await publish_editions(harness, FRIDAY, SUNDAY)
    async with harness.database.write() as tx:
        await break_writes(tx, "runs", when="NEW.kind = 'recap'")
    with structlog.testing.capture_logs() as logs:
        await harness.at(RECAP_DUE)
    assert "recaps_not_planned" in events(logs)
    await harness.settled()
    assert len(await harness.received(other)) == 1
    assert await recaps_of(harness, chat) == []
    async with harness.database.write() as tx:
        await mend_writes(tx)
    await harness.at(RECAP_DUE + timedelta(minutes=1))
    await harness.settled()
    assert len(await recaps_of(harness, chat)) == 1
