"""The newest digest is pinned where a chat wants that: each at most once, also over a stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.subscription.preferences import ContentPreferences
from emulator.client import EmulatedChat, EmulatorClient, LogEntry
from storage import chat_administrators, pins, subscribers, withdrawals
from storage.pins import PinTask
from tests.delivery.harness import (
    ADMIN,
    DAY,
    EVE,
    MORNING,
    Clock,
    DeliveryHarness,
    edition,
    open_harness,
    run_of,
)
from tests.delivery.test_slots import SIX, choose, evening
from tests.waiting import wait_until


async def pinning_group(harness: DeliveryHarness, *, rights: bool = True, channel: bool = False) -> EmulatedChat:
    """Create and subscribe a chat that wants the newest digest pinned, and that the admin looks after."""
    owner = await harness.emulator.create_user("Owner", started=True)
    create = harness.emulator.create_channel if channel else harness.emulator.create_supergroup
    group = await create("Readers", owner, bot="administrator")
    await group.set_member(4242, "administrator", can_pin_messages=rights, can_edit_messages=rights)
    (own,), (row,) = await harness.audience([ADMIN]), await harness.audience([group.id])
    async with harness.database.write() as tx:
        await subscribers.set_title(tx, row, "Readers")
        await subscribers.set_preferences(tx, own, ContentPreferences(language="en"))
        await chat_administrators.add(tx, row, ADMIN)
        await pins.choose(tx, row, wanted=True)
    return group


async def deliver(harness: DeliveryHarness, days: int = 0) -> None:
    """Publish and deliver the edition of a day."""
    moved = timedelta(days=days)
    harness.clock.now = EVE + moved
    run = run_of(await harness.publish(edition(DAY + moved, published=EVE + moved)))
    await harness.at(MORNING + moved)
    await harness.done(run)


async def pin_log(harness: DeliveryHarness, chat: EmulatedChat, *, least: int) -> list[tuple[str, int | None]]:
    """Return the pins and unpins of a chat, once there are so many."""

    async def read() -> list[tuple[str, int | None]]:
        log = await harness.emulator.log(chat.id)
        return [(entry.kind, entry.message_id) for entry in log if entry.kind in ("bot_pin", "bot_unpin")]

    return await wait_until(read, lambda found: len(found) >= least)


async def pin_calls(harness: DeliveryHarness) -> list[str]:
    return [call.method for call in await harness.emulator.calls() if "pin" in call.method.lower()]


async def digests_of(harness: DeliveryHarness, chat: EmulatedChat) -> list[int | None]:
    return [entry.message_id for entry in await harness.received(chat.id)]


@pytest.mark.parametrize("channel", [False, True], ids=["group", "channel"])
async def test_newest_is_pinned_and_the_former_unpinned(harness: DeliveryHarness, channel: bool) -> None:
    group = await pinning_group(harness, channel=channel)
    await deliver(harness)
    await pin_log(harness, group, least=1)
    await deliver(harness, days=1)
    log = await pin_log(harness, group, least=3)
    first, second = await digests_of(harness, group)
    assert log == [("bot_pin", first), ("bot_pin", second), ("bot_unpin", first)]
    await harness.delivery_service.tick()
    assert await pin_calls(harness) == ["pinChatMessage", "pinChatMessage", "unpinChatMessage"]


async def test_newest_of_all_slots_is_pinned(harness: DeliveryHarness) -> None:
    """The evening's edition takes the place of the morning's, and the next morning's that of the evening's."""
    group = await pinning_group(harness)
    await choose(harness, await row_of(harness, group))
    await deliver(harness)
    await pin_log(harness, group, least=1)
    harness.clock.now = SIX - timedelta(hours=1)
    published = await harness.publish(evening())
    await harness.at(SIX)
    await harness.done(run_of(published))
    await pin_log(harness, group, least=3)
    await deliver(harness, days=1)
    log = await pin_log(harness, group, least=5)
    morning, at_six, next_morning = await digests_of(harness, group)
    pinned = [message for kind, message in log if kind == "bot_pin"]
    unpinned = [message for kind, message in log if kind == "bot_unpin"]
    assert pinned == [morning, at_six, next_morning]
    assert unpinned == [morning, at_six]


async def test_stop_between_claim_and_call_pins_nothing_twice(emulator: EmulatorClient, tmp_path: Path) -> None:
    """The claim of a dead process stands: its digest is not pinned again, and what was pinned before is unpinned."""
    clock = Clock()
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        group = await pinning_group(harness)
        await deliver(harness)
        ((_, first),) = await pin_log(harness, group, least=1)
        task = PinTask(subscriber_id=await row_of(harness, group), chat_id=group.id, edition=DAY + timedelta(days=1))
        async with harness.database.write() as tx:
            assert await pins.claim_pin(tx, replace(task, message_id=99, former_message_id=first))
            assert not await pins.claim_pin(tx, replace(task, message_id=98, former_message_id=99))
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        await deliver(harness, days=1)
        assert await pin_log(harness, group, least=2) == [("bot_pin", first), ("bot_unpin", first)]
        await deliver(harness, days=2)
        third = (await digests_of(harness, group))[-1]
        assert (await pin_log(harness, group, least=3))[-1] == ("bot_pin", third)


async def test_missing_right_is_told_once_in_private(harness: DeliveryHarness) -> None:
    group = await pinning_group(harness, rights=False)
    await deliver(harness)
    await harness.emulator.wait_for_log_entry(is_notice, chat=ADMIN)
    await deliver(harness, days=1)
    await wait_until(lambda: pin_calls(harness), lambda calls: len(calls) == 2)  # both without the right
    await group.set_member(4242, "administrator", can_pin_messages=True)
    await deliver(harness, days=2)
    newest = (await digests_of(harness, group))[-1]
    assert await pin_log(harness, group, least=1) == [("bot_pin", newest)]
    notices = [entry for entry in await harness.emulator.log(ADMIN, kind="bot_message") if is_notice(entry)]
    assert len(notices) == 1
    notice = notices[0].message
    assert notice is not None
    assert notice.text == (
        "I may not pin the digest in “Readers”. Give me the right to pin messages there, or switch it off:"
    )


async def test_an_older_edition_is_not_pinned_over_a_newer(harness: DeliveryHarness) -> None:
    group = await pinning_group(harness)
    async with harness.database.write() as tx:
        task = PinTask(subscriber_id=await row_of(harness, group), chat_id=group.id, edition=DAY + timedelta(days=1))
        await pins.claim_pin(tx, task)
    await deliver(harness)
    async with harness.database.read() as tx:
        assert await pins.to_pin(tx, since=EVE - timedelta(days=1)) == []


def is_notice(entry: LogEntry) -> bool:
    return entry.message is not None and "I may not pin" in entry.message.text


async def row_of(harness: DeliveryHarness, chat: EmulatedChat) -> int:
    async with harness.database.read() as tx:
        subscriber = await subscribers.get(tx, chat.id)
    assert subscriber is not None
    return subscriber.id


async def test_withdrawn_edition_gives_its_pin_back_to_the_one_before(harness: DeliveryHarness) -> None:
    group = await pinning_group(harness)
    await deliver(harness)
    await deliver(harness, 1)
    await pin_log(harness, group, least=3)
    first, _second = await digests_of(harness, group)
    async with harness.database.write() as tx:
        await withdrawals.withdraw(tx, DAY + timedelta(days=1), actor=ADMIN, now=harness.clock.now)
    await harness.delivery_service.tick()
    *_, unpinned, (kind, message_id) = await pin_log(harness, group, least=5)
    assert (unpinned[0], kind, message_id) == ("bot_unpin", "bot_pin", first)
