"""Pins of a broadcast: each chat that has it shows it pinned, or pinned no more, whatever happens on the way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from domain.chat.frozen_message import FrozenMessage
from domain.delivery.broadcast import Broadcast
from domain.delivery.progress import CardMessage, Progress
from domain.delivery.states import RunState
from emulator.client import EmulatorClient
from storage import broadcast_pins, broadcasts, runs, subscribers
from tests.databases import sql
from tests.delivery.harness import ADMIN, MORNING, DeliveryHarness, open_harness


async def _sent(harness: DeliveryHarness, people: int, *, is_pinned: bool = False) -> tuple[int, list[int]]:
    """Send a broadcast; return its run and the chats that have it."""
    chats = await harness.crowd(people)
    parameters = {"text": "live at eight", "entities": []}
    message = FrozenMessage(message_id=1, kind="text", method="sendMessage", parameters=parameters)
    async with harness.database.write() as tx:
        composed = Broadcast(messages=(message,), is_pinned=is_pinned)
        run_id = await broadcasts.draft(tx, composed, actor=ADMIN, now=MORNING)
        assert await runs.confirm(tx, run_id, actor=ADMIN, card=CardMessage(ADMIN, 1), now=MORNING)
    await harness.at(MORNING)
    await harness.finished(run_id)
    return run_id, chats


async def _start(harness: DeliveryHarness, run_id: int, *, pins: bool) -> bool:
    async with harness.database.write() as tx:
        return await broadcast_pins.start(tx, run_id, pins=pins, actor=ADMIN, now=harness.clock.now)


async def _done(harness: DeliveryHarness, run_id: int, *, pins: bool) -> Progress:
    await harness.delivery_service.tick()
    ended = await harness.until(
        run_id,
        lambda now: now.pins is not None and now.pins.unpins is not pins and now.pins.state is RunState.FINISHED,
    )
    assert ended.pins is not None
    return ended.pins


async def _calls(harness: DeliveryHarness, kind: str) -> list[int]:
    """Return the chats in which the bot pinned or unpinned something, in order of their numbers."""
    return sorted(entry.chat_id or 0 for entry in await harness.emulator.log(kind=kind))


async def test_wanted_pin_follows_when_all_have_it(harness: DeliveryHarness) -> None:
    run_id, chats = await _sent(harness, 3, is_pinned=True)
    pins = await _done(harness, run_id, pins=True)
    assert (pins.sent, await _calls(harness, "bot_pin")) == (3, sorted(chats))


async def test_pin_and_unpin_afterwards(harness: DeliveryHarness) -> None:
    run_id, chats = await _sent(harness, 3)
    assert await _calls(harness, "bot_pin") == []
    assert await _start(harness, run_id, pins=True)
    assert not await _start(harness, run_id, pins=True), "it is decided once"
    await _done(harness, run_id, pins=True)
    assert await _calls(harness, "bot_pin") == sorted(chats)
    assert await _start(harness, run_id, pins=False)
    await _done(harness, run_id, pins=False)
    assert await _calls(harness, "bot_unpin") == sorted(chats)


async def test_what_was_tried_again_is_pinned_too(harness: DeliveryHarness) -> None:
    run_id, chats = await _sent(harness, 3, is_pinned=True)
    await _done(harness, run_id, pins=True)
    async with harness.database.write() as tx:
        await sql(
            tx,
            "DELETE FROM deliveries WHERE run_id <> ? AND subscriber_id = (SELECT max(id) FROM subscribers)",
            run_id,
        )
        await broadcast_pins.pin_if_wanted(tx, run_id, now=harness.clock.now)
    await harness.delivery_service.tick()
    await harness.until(run_id, lambda now: now.pins is not None and now.pins.sent == 3)
    assert len(await _calls(harness, "bot_pin")) == 4, "and nobody's twice"
    assert set(await _calls(harness, "bot_pin")) == set(chats)


async def test_pin_without_an_answer_or_before_a_kill_is_repeated(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        run_id, chats = await _sent(harness, 4)
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        harness.clock.now = MORNING
        assert await _start(harness, run_id, pins=True)
        await harness.delivery_service._components.planner.plan_due(MORNING)
        async with harness.database.write() as tx:
            await sql(tx, "UPDATE deliveries SET state = 'in_flight' WHERE run_id <> ?", run_id)
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        harness.clock.now = MORNING
        await emulator.add_fault("drop", method="pinChatMessage", times=1)
        await harness.delivery_service.tick()
        await harness.until(run_id, lambda now: now.pins is not None and now.pins.sent == 3)
        harness.clock.now += timedelta(seconds=10)
        pins = await _done(harness, run_id, pins=True)
        assert (pins.sent, pins.unconfirmed) == (4, 0)
        assert set(await _calls(harness, "bot_pin")) == set(chats)


async def test_unpin_takes_the_place_of_pins_that_go_on(harness: DeliveryHarness) -> None:
    run_id, _ = await _sent(harness, 3)
    assert await _start(harness, run_id, pins=True)
    assert await _start(harness, run_id, pins=False)
    unpinned = await _done(harness, run_id, pins=False)
    assert (unpinned.sent, await _calls(harness, "bot_pin")) == (3, []), "what is pinned nowhere counts as unpinned"


async def test_recalled_broadcast_is_not_pinned(harness: DeliveryHarness) -> None:
    run_id, _ = await _sent(harness, 2)
    async with harness.database.write() as tx:
        assert await runs.recall(tx, run_id, actor=ADMIN, now=MORNING)
    assert not await _start(harness, run_id, pins=True)


async def test_chat_that_lets_nobody_pin_stays_subscribed(harness: DeliveryHarness) -> None:
    run_id, chats = await _sent(harness, 2)
    await harness.emulator.add_fault(
        "error",
        method="pinChatMessage",
        chat_id=chats[0],
        description="Bad Request: not enough rights to manage pinned messages in the chat",
    )
    assert await _start(harness, run_id, pins=True)
    pins = await _done(harness, run_id, pins=True)
    assert (pins.sent, pins.failed) == (1, 1)
    async with harness.database.read() as tx:
        subscribed = [await subscribers.get(tx, chat) for chat in chats]
    assert [subscriber is not None and subscriber.active for subscriber in subscribed] == [True] * len(chats)
