"""Reads: presses that open items are counted by item, and nothing else is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.chat.event import ButtonPress
from domain.item_reads import ItemReads
from storage import digests, item_reads, runs
from tests.handlers.dialogue import ADMIN, NOON, Bot, channel, group, private

TODAY = date(2025, 9, 12)


async def reads(bot: Bot) -> ItemReads | None:
    async with bot.database.read() as tx:
        edition = await digests.get(tx, TODAY)
        assert edition is not None
        return await item_reads.of_edition(tx, edition)


async def test_presses_and_links_count_and_typed_numbers_do_not(bot: Bot) -> None:
    await bot.publish(TODAY)
    me, other = private(bot, 7), private(bot, 8)
    await me.say("3")
    await me.say("2-4")
    assert await reads(bot) is None
    for voice in (me, other):
        await voice.press_data(f"item {TODAY} 3")
    await me.press_data(f"item {TODAY} 1.e")
    await other.say(f"/start i_{TODAY}_1")
    await other.press_data(f"item {TODAY} 99")
    assert await reads(bot) == ItemReads(TODAY, 4, ((1, 2), (3, 2)))


async def test_counts_are_deleted_by_the_day_of_their_edition(bot: Bot) -> None:
    yesterday = TODAY - timedelta(days=1)
    await bot.publish(yesterday, TODAY)
    for day in (yesterday, TODAY):
        await private(bot).press_data(f"item {day} 3")
    async with bot.database.write() as tx:
        await item_reads.delete_before(tx, before=TODAY)
    assert await reads(bot) == ItemReads(TODAY, 1, ((3, 1),))
    async with bot.database.read() as tx:
        older = await digests.get(tx, yesterday)
        assert older is not None
        assert await item_reads.of_edition(tx, older) is None


async def test_saving_and_voting_are_no_reads(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.press_data(f"item {TODAY} 2")
    await me.press("👍")
    await me.press("Save")
    assert await reads(bot) == ItemReads(TODAY, 1, ((2, 1),))


async def test_items_of_lists_count_once_for_a_repeated_update(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.press_data(f"item {TODAY} 2")
    await me.press("Save")
    listed = await me.say("/saved")
    opens = next(button for message in listed.messages for row in message.keyboard for button in row)
    press = ButtonPress(
        origin=me.origin(), callback_query_id="x", data=opens.callback_data, message_id=1, is_accessible=True
    )
    await me.does(press)
    assert (await me.does(press)).messages == []
    assert await reads(bot) == ItemReads(TODAY, 2, ((2, 2),))


async def test_presses_in_groups_and_channels_count(bot: Bot) -> None:
    await bot.publish(TODAY)
    for voice in (group(bot, person=8), channel(bot, person=9)):
        await voice.press_data(f"item {TODAY} 4")
    assert await reads(bot) == ItemReads(TODAY, 2, ((4, 2),))


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "👁 Opened by buttons: 3 – most often no. 4 (2), no. 1 (1)"),
        ("zh", "👁 从按钮打开：3 次，最多的是第 4 条（2）、第 1 条（1）"),
        ("zh-hant", "👁 從按鈕開啟：3 次，最多的是第 4 則（2）、第 1 則（1）"),
    ],
)
async def test_admins_see_reads_of_an_edition(bot: Bot, language: str, line: str) -> None:
    await bot.publish(TODAY)
    async with bot.database.write() as tx:
        await runs.add_digest(tx, TODAY, published=NOON, upto=0)
    assert "👁" not in (await private(bot, ADMIN, language).say("/stats")).text
    for position in (4, 1, 4):
        await private(bot).press_data(f"item {TODAY} {position}")
    assert line in (await private(bot, ADMIN, language).say("/stats")).text
