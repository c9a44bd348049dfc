"""Edits of a sent broadcast: all show the newest text, whatever answers are lost and whenever the process ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from domain.chat.frozen_message import FrozenMessage
from domain.delivery.broadcast import Broadcast, LinkButton
from domain.delivery.progress import CardMessage
from domain.delivery.states import RunState
from emulator.client import EmulatorClient
from storage import broadcasts, runs
from tests.databases import sql
from tests.delivery.harness import ADMIN, MORNING, DeliveryHarness, open_harness

LINK = ((LinkButton("Site", "https://example.org"),),)


def _broadcast(text: str) -> Broadcast:
    message = FrozenMessage(message_id=1, kind="text", method="sendMessage", parameters={"text": text, "entities": []})
    return Broadcast(messages=(message,), buttons=LINK)


async def draft_broadcast(harness: DeliveryHarness, text: str) -> int:
    """Let a broadcast go out; return its run."""
    async with harness.database.write() as tx:
        run_id = await broadcasts.draft(tx, _broadcast(text), actor=ADMIN, now=MORNING)
        assert await runs.confirm(tx, run_id, actor=ADMIN, card=CardMessage(ADMIN, 1), now=MORNING)
    return run_id


async def _sent(harness: DeliveryHarness, people: int) -> tuple[int, list[int]]:
    """Send a broadcast; return its run and the chats that have it."""
    chats = await harness.crowd(people)
    run_id = await draft_broadcast(harness, "old")
    await harness.at(MORNING)
    await harness.finished(run_id)
    return run_id, chats


async def edit_broadcast(harness: DeliveryHarness, run_id: int, text: str) -> bool:
    """Give a broadcast another text; return whether it can be edited."""
    async with harness.database.write() as tx:
        stored = await broadcasts.get(tx, run_id)
        assert stored is not None
        edit_id = await broadcasts.draft_edit(tx, stored, actor=ADMIN, now=harness.clock())
        if edit_id is None:
            return False
        await broadcasts.word_edit(tx, edit_id, stored.broadcast.with_text(text, [], message_id=2))
        edit = await broadcasts.drafted_edit(tx, edit_id, ADMIN)
        assert edit is not None
        return await broadcasts.start_edit(tx, edit, now=harness.clock())


async def _edited(harness: DeliveryHarness, run_id: int, people: int) -> None:
    async def is_done() -> None:
        await harness.delivery_service.tick()

    await is_done()
    await harness.until(
        run_id,
        lambda now: now.edit is not None and now.edit.state is RunState.FINISHED and now.edit.sent == people,
    )


async def _shown(harness: DeliveryHarness, chats: list[int]) -> list[tuple[str, int]]:
    """Return the text and the number of rows of buttons of all messages that the chats show."""
    histories = [await (await harness.emulator.chat(chat)).history() for chat in chats]
    return [(message.text, len(message.buttons)) for history in histories for message in history]


async def test_edit_gives_each_message_the_new_text_and_keeps_buttons(harness: DeliveryHarness) -> None:
    run_id, chats = await _sent(harness, 6)
    assert await _shown(harness, chats) == [("old", 1)] * 6
    assert await edit_broadcast(harness, run_id, "new")
    await _edited(harness, run_id, 6)
    assert await _shown(harness, chats) == [("new", 1)] * 6


async def test_edit_without_an_answer_is_repeated(harness: DeliveryHarness) -> None:
    run_id, chats = await _sent(harness, 3)
    assert await edit_broadcast(harness, run_id, "new")
    for chat in chats[:2]:  # not of the admin's card, which may be edited then too
        await harness.emulator.add_fault("drop", method="editMessageText", chat_id=chat, times=1)
    await harness.delivery_service.tick()
    await harness.until(run_id, lambda now: now.edit is not None and now.edit.sent == 1)
    harness.clock.now += timedelta(seconds=10)
    await _edited(harness, run_id, 3)
    assert await _shown(harness, chats) == [("new", 1)] * 3


async def test_all_show_the_newest_text_after_a_kill(emulator: EmulatorClient, tmp_path: Path) -> None:
    """A process dies with edits in flight, and a second edit is confirmed before it goes on."""
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        run_id, chats = await _sent(harness, 4)
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        harness.clock.now = MORNING
        assert await edit_broadcast(harness, run_id, "newer")
        await harness.delivery_service._components.planner.plan_due(MORNING)
        async with harness.database.write() as tx:
            await sql(tx, "UPDATE deliveries SET state = 'in_flight' WHERE run_id <> ? AND part = 1", run_id)
        assert await edit_broadcast(harness, run_id, "newest")
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        harness.clock.now = MORNING + timedelta(seconds=5)
        await _edited(harness, run_id, 4)
        assert await _shown(harness, chats) == [("newest", 1)] * 4


async def test_who_has_not_had_it_gets_the_new_text(harness: DeliveryHarness) -> None:
    run_id, chats = await _sent(harness, 2)
    async with harness.database.write() as tx:
        lost = "UPDATE deliveries SET state = 'failed', reason = 'rejected', message_id = NULL WHERE run_id = ?"
        await sql(tx, lost, run_id)
    assert await edit_broadcast(harness, run_id, "new")
    async with harness.database.write() as tx:
        assert await runs.retry_failed(tx, run_id) == 2
    await harness.delivery_service.tick()
    await harness.finished(run_id)
    assert await _shown(harness, chats) == [("old", 1), ("new", 1)] * 2


async def test_edit_while_it_goes_out_reaches_all(emulator: EmulatorClient, tmp_path: Path) -> None:
    """All rows are planned with the former text, and the process dies before it sends any."""
    path = tmp_path / "bot.db"
    async with open_harness(emulator, path, running=False) as harness:
        chats = await harness.crowd(5)
        harness.clock.now = MORNING
        run_id = await draft_broadcast(harness, "old")
        await harness.delivery_service._components.planner.plan_due(MORNING)
        assert await edit_broadcast(harness, run_id, "new")
    async with open_harness(emulator, path) as harness:
        await harness.at(MORNING)
        await harness.finished(run_id)
        assert await _shown(harness, chats) == [("new", 1)] * 5


async def test_recalled_broadcast_is_not_edited(harness: DeliveryHarness) -> None:
    run_id, _ = await _sent(harness, 1)
    async with harness.database.write() as tx:
        assert await runs.recall(tx, run_id, actor=ADMIN, now=MORNING)
    assert not await edit_broadcast(harness, run_id, "new")
