"""Messages that show a run: when they are edited, when that is tried again, and when they are forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import structlog.testing

from delivery.run_message_updater import RunMessageUpdater, _ShownRun
from domain.delivery.outcome import Unconfirmed
from domain.delivery.progress import CardMessage, Counts, RunMessageKind
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunState
from emulator.client import EmulatedChat, EmulatorClient, Message
from storage import run_messages, runs
from tests.databases import sql
from tests.delivery.harness import ADMIN, MORNING, DeliveryHarness, open_harness
from tests.delivery.test_progress_reporter import start_broadcast
from tests.views.progress import run_progress
from tests.waiting import wait_until
from transport.circuit_breaker import MAX_BAD_ENDINGS
from transport.turn_queue import Priority


@dataclass
class Shown:
    """A broadcast to two people of which nothing is sent by itself, and its card."""

    harness: DeliveryHarness
    admin: EmulatedChat
    run_id: int
    card: int

    @property
    def updater(self) -> RunMessageUpdater:
        return self.harness.delivery_service._components.progress_reporter._run_message_updater

    async def edits(self) -> int:
        return len(await self.harness.emulator.calls("editMessageText"))

    async def message(self) -> Message:
        (card,) = [message for message in await self.admin.history() if message.message_id == self.card]
        return card

    async def text(self) -> str:
        return (await self.message()).text

    async def set_deliveries(self, state: str, *, count: int = 2) -> None:
        """Settle deliveries as the ledger does."""
        async with self.harness.database.write() as tx:
            await sql(tx, "UPDATE deliveries SET state = ? WHERE subscriber_id <= ?", state, count)
            await runs.note_change(tx, self.run_id)

    async def finish(self) -> None:
        await self.set_deliveries("sent")
        async with self.harness.database.write() as tx:
            assert await runs.finish(tx, self.run_id, now=MORNING)

    async def is_to_show(self) -> bool:
        async with self.harness.database.read() as tx:
            return self.run_id in await run_messages.runs_to_show(tx)


@pytest.fixture
async def shown(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[Shown]:
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.audience([1, 2])
        harness.clock.now = MORNING
        run_id, card = await start_broadcast(harness.database, emulator)
        await harness.delivery_service.tick()
        yield Shown(harness, await emulator.chat(ADMIN), run_id, card.message_id)


def test_speed_is_smoothed_and_never_negative() -> None:
    """Parts that were claimed and have no answer yet are not done."""
    run, shown = run_progress(), _ShownRun()

    def after(done: int, now: float) -> float:
        counts = Counts(pending=60 - done, in_flight=40, sent=done)
        return shown.update_speed(replace(run, counts=counts), now)

    assert after(0, 100.0) == 0
    assert after(20, 102.0) == 10
    assert after(50, 103.0) == 0.5 * 10 + 0.5 * 30
    assert after(60, 103.0) == 20  # no time has passed
    assert after(40, 104.0) == 10


async def test_card_is_edited_when_something_changed(shown: Shown) -> None:
    assert await shown.updater.update()
    assert "0/2" in await shown.text()
    assert await shown.updater.update()
    assert await shown.edits() == 1
    await shown.set_deliveries("sent", count=1)
    assert await shown.updater.update()
    assert "1/2" in await shown.text()
    assert await shown.edits() == 2
    await shown.finish()
    assert not await shown.updater.update()
    assert "✅ Broadcast" in await shown.text()
    assert not await shown.is_to_show()
    assert not await shown.updater.update()
    assert await shown.edits() == 3


async def test_figures_leave_room_for_the_answer_to_a_press(shown: Shown) -> None:
    """Otherwise cards that move would use up what Telegram allows to a chat, and each press on them would wait."""
    limiter = shown.harness.rate_limiter
    assert await shown.updater.update()
    for _ in range(5):  # seconds, in which much is sent
        await shown.set_deliveries("pending")
        await shown.updater.update()
        await shown.set_deliveries("sent", count=1)
        await shown.updater.update()
        assert limiter.chat_wait(ADMIN) == 0, "a press is answered at once"
    assert await shown.edits() < 11, "not all of them were shown"

    async def newest() -> str:
        await shown.updater.update()
        return await shown.text()

    await wait_until(newest, lambda text: "1/2" in text)
    async with shown.harness.database.write() as tx:
        assert await runs.pause(tx, shown.run_id, RunStateReason.ADMIN)
    await shown.updater.update()
    assert "Paused" in await shown.text(), "a change of the buttons does not wait"


async def test_paused_run_is_still_until_it_changes(shown: Shown) -> None:
    async with shown.harness.database.write() as tx:
        await tx.exec_driver_sql("UPDATE runs SET state = 'paused', state_reason = 'admin'")
    assert not await shown.updater.update()
    assert "Paused" in await shown.text()
    assert await shown.is_to_show()
    await shown.set_deliveries("in_flight", count=1)
    assert await shown.updater.update()  # its answer is to come
    await shown.set_deliveries("sent", count=1)
    assert not await shown.updater.update()
    assert "Sent: 1" in await shown.text()


@pytest.mark.parametrize("kind", ["drop", "refusal"])
async def test_edit_that_may_be_lost_is_made_again(kind: str, shown: Shown) -> None:
    """Its answer was lost, or the token was refused for a moment."""
    await shown.finish()
    fault = {"kind": "drop"} if kind == "drop" else {"kind": "error", "error_code": 401, "description": "Unauthorized"}
    await shown.harness.emulator.add_fault(method="editMessageText", times=1, **fault)
    assert await shown.updater.update()
    assert await shown.is_to_show()
    probing = asyncio.create_task(shown.harness.circuit_breaker.run())
    assert not await shown.updater.update()
    probing.cancel()
    assert not await shown.is_to_show()
    assert "✅ Broadcast" in await shown.text()


@pytest.mark.parametrize(
    ("description", "is_forgotten"),
    [
        ("Bad Request: message is not modified: specified new message content and reply markup are the same", False),
        ("Bad Request: message to edit not found", True),
    ],
)
async def test_message_that_is_gone_is_forgotten(description: str, is_forgotten: bool, shown: Shown) -> None:
    fault = {"error_code": 400, "description": description}
    await shown.harness.emulator.add_fault("error", method="editMessageText", times=1, **fault)
    with structlog.testing.capture_logs() as logs:
        await shown.updater.update()
    async with shown.harness.database.read() as tx:
        assert (await run_messages.of_run(tx, shown.run_id) == []) is is_forgotten
    lost = {"event": "run_message_lost", "run": shown.run_id, "kind": "card", "outcome": "Refused", "log_level": "info"}
    assert logs == [lost] * is_forgotten
    await shown.updater.update()
    assert await shown.edits() == 1


async def test_card_shows_why_nothing_is_sent(shown: Shown) -> None:
    shown.harness.rate_limiter.restore_retry_after(None, 1.5)
    await shown.updater.update()
    assert "Telegram wants us to wait" in await shown.text()
    breaker = shown.harness.circuit_breaker
    for _ in range(MAX_BAD_ENDINGS):
        breaker.record(Priority.NOTIFICATION, Unconfirmed("TimeoutError"))
    run = shown.updater._shown[shown.run_id]
    measured_at = run.measured_at
    updating = asyncio.create_task(shown.updater.update())
    while run.measured_at == measured_at:  # noqa: ASYNC110 - the outage is read in the same step
        await asyncio.sleep(0.01)
    probing = asyncio.create_task(breaker.run())
    await updating
    probing.cancel()
    assert "Telegram does not answer" in await shown.text()


@pytest.mark.parametrize("reason", [RunStateReason.DISCARDED, RunStateReason.REWORDED])
async def test_card_of_a_draft_that_gave_way_stays_as_it_is(shown: Shown, reason: RunStateReason) -> None:
    """Its author has read there why nothing goes out; the figures of a run that never began say less."""
    database = shown.harness.database
    await shown.finish()
    async with database.write() as tx:
        draft = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "no"}, now=MORNING)
        await runs.note_card(tx, draft, CardMessage(ADMIN, shown.card))
        assert await runs.discard(tx, draft, actor=ADMIN, reason=reason)
    await shown.harness.delivery_service._components.progress_reporter._update()
    async with database.read() as tx:
        assert draft not in await run_messages.runs_to_show(tx)
    edits = await shown.edits()
    await shown.updater.update()
    assert await shown.edits() == edits
    assert "✅ Broadcast" in await shown.text()


async def test_run_without_messages_is_not_shown(shown: Shown) -> None:
    async with shown.harness.database.write() as tx:
        for message in await run_messages.of_run(tx, shown.run_id):
            await run_messages.remove(tx, shown.run_id, message)
    assert not await shown.updater.update()
    assert await shown.edits() == 0
    run = await shown.harness.progress(shown.run_id)
    assert run.state is RunState.RUNNING


async def test_report_of_deleted_rows_keeps_its_text_alone(shown: Shown) -> None:
    """A press on its button would find nothing to send again."""
    assert await shown.updater.update()
    assert (await shown.message()).buttons != []
    async with shown.harness.database.write() as tx:
        (card,) = await run_messages.of_run(tx, shown.run_id)
        await run_messages.remove(tx, shown.run_id, card)
        await run_messages.add(tx, shown.run_id, replace(card, kind=RunMessageKind.REPORT))
    await shown.finish()
    async with shown.harness.database.write() as tx:
        await tx.exec_driver_sql("UPDATE runs SET counts = '{}'")
    assert not await shown.updater.update()
    report = await shown.message()
    assert "0/2" in report.text
    assert report.buttons == []
    async with shown.harness.database.read() as tx:
        assert await run_messages.of_run(tx, shown.run_id) == []
    await shown.updater.update()
    assert len(await shown.harness.emulator.calls("editMessageReplyMarkup")) == 1
