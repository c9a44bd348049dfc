"""Saving items: a button that toggles, /saved with its pages and its file, whatever becomes of the edition."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from domain.chat.action import SendDocument
from storage import bots, saved_items, schema
from storage.saved_items import MAX_SAVED
from tests.handlers.dialogue import Bot, Voice, group, private
from tests.handlers.editions import edition

TODAY = date(2025, 9, 12)
DAYS = [TODAY - timedelta(days=days) for days in (0, 1, 2)]


@pytest.fixture
async def me(bot: Bot) -> Voice:
    await bot.publish(*DAYS)
    return private(bot)


async def save(voice: Voice, *items: str) -> None:
    for item in items:
        await voice.say(f"/item {item}")
        await voice.press("Save")
        voice.bot.wait(seconds=1)


async def test_button_toggles_in_place(me: Voice) -> None:
    assert "🔖 Save" in (await me.say("/item 3")).labels
    saved = await me.press("Save")
    assert saved.edited
    assert saved.toast == "Saved. /saved shows everything."
    assert "✓ Saved" in saved.labels
    assert "12 日第 3 条" in saved.text
    assert "✓ Saved" in (await me.say("3")).labels
    removed = await me.press("✓ Saved")
    assert removed.toast == "Not saved any more."
    assert "🔖 Save" in removed.labels


async def test_nothing_saved_says_how(me: Voice) -> None:
    assert "Tap 🔖 under an item" in (await me.say("/saved")).text


@pytest.mark.parametrize("said", ["/saved", "saved", "收藏", "我的收藏"])
async def test_saved_items_are_paged_and_opened_in_place(me: Voice, said: str) -> None:
    await save(me, "1", "2", "3", "2025-09-11 1", "2025-09-11 2", "2025-09-10 5")
    first = await me.say(said)
    assert "6 items" in first.text
    assert "1. 10 日第 5 条" in first.text
    second = await me.press("▶")
    assert second.edited
    assert "6. 12 日第 1 条" in second.text
    item = await me.press("6")
    assert item.edited
    assert "第 1 条的正文" in item.text
    await me.press("✓ Saved")
    assert "Back to what you saved" in " ".join(me.heard.labels)
    back = await me.press("Back to what you saved")
    assert "5 items" in back.text


async def test_neighbours_of_a_saved_item_lead_back(me: Voice) -> None:
    await save(me, "1", "2", "3", "2025-09-11 1", "2025-09-11 2", "2025-09-10 5")
    await me.say("/saved")
    await me.press("▶")
    await me.press("6")
    turned = await me.press("▶")
    assert turned.edited
    assert "12 日第 2 条" in turned.text
    await me.press("✓ Saved")
    assert "12 日第 1 条" in (await me.press("◀")).text
    back = await me.press("Back to what you saved")
    assert back.edited
    assert "5 items" in back.text


async def test_saving_from_a_search_keeps_the_way_back(me: Voice) -> None:
    await me.say("/search 正文")
    await me.press("2")
    saved = await me.press("Save")
    assert saved.edited
    assert "✓ Saved" in saved.labels
    assert "1 / 3" in (await me.press("Back to the results")).labels


async def test_export_is_a_markdown_file(me: Voice) -> None:
    await save(me, "1", "2025-09-11 2")
    await me.say("/saved")
    (document,) = [
        action for action in (await me.press("As a Markdown file")).actions if isinstance(action, SendDocument)
    ]
    assert document.file_name == "saved-2025-09-12.md"
    lines = document.content.decode().splitlines()
    assert lines[0] == "# What you saved"
    assert [line for line in lines if "](https://example.org/2025-09-1" in line]
    assert lines.index("第 2 条的正文。") < lines.index("第 1 条的正文。")


async def test_saved_item_follows_its_edition(bot: Bot, me: Voice) -> None:
    """A correction may move an item, change its text, or take it out."""
    await save(me, "1", "2")
    before = edition(TODAY)
    first, second, *others = before.items
    moved = replace(second, position=1), replace(first, position=2, headline="改了的标题"), *others
    await bot.correct(replace(before, items=moved, content_hash="corrected"))
    await me.say("/saved")
    opened = await me.press("1")
    assert "1. 12 日第 2 条" in opened.text
    await me.press("Back to what you saved")
    gone = await me.press("2")
    assert "12 日第 1 条" in gone.text
    assert "The editor has changed this item since" in gone.text
    assert "2 items" in (await me.press("Back to what you saved")).text


async def test_people_have_their_own_saved_items(bot: Bot, me: Voice) -> None:
    await save(me, "1")
    assert "Tap 🔖" in (await private(bot, 8).say("/saved")).text
    assert "🔖 Save" in (await private(bot, 8).say("/item 1")).labels
    await me.say("/saved")
    data = me.heard.button("1").callback_data
    assert "12 日第 1 条" in (await private(bot, 8).press_data(data)).text  # it is an item that everybody can read


async def test_bots_have_their_own_saved_items(bot: Bot, me: Voice) -> None:
    await save(me, "1")
    async with bot.database.write() as tx:
        await bots.add(tx, "second", "env:TOKEN_SECOND", {})
    async with bot.database.for_bot(2).read() as tx:
        assert await saved_items.count(tx, me.chat.id) == 0


async def test_groups_save_nothing(bot: Bot, me: Voice) -> None:
    here = group(bot)
    assert "🔖 Save" not in (await here.say("/item 1")).labels
    assert "private chat" in (await here.say("/saved")).text
    assert "private chat" in (await here.press_data("save 2025-09-12 1.e")).toast
    async with bot.database.read() as tx:
        assert await saved_items.count(tx, here.chat.id) == 0


async def test_no_more_than_some_hundred_are_kept(bot: Bot, me: Voice) -> None:
    await save(me, "1")
    async with bot.database.write() as tx:
        (row,) = (await tx.execute(select(schema.saved_items))).mappings()
        rows = [dict(row) | {"key": f"k{number:09}"} for number in range(1, MAX_SAVED)]
        await tx.execute(insert(schema.saved_items), rows)
    await me.say("/item 2")
    assert "which is all I can keep" in (await me.press("Save")).toast
    async with bot.database.read() as tx:
        assert await saved_items.count(tx, me.chat.id) == MAX_SAVED


async def test_item_is_shared_by_a_link_that_opens_it(bot: Bot, me: Voice) -> None:
    assert "↗ Share" not in (await me.say("/item 3")).labels  # nobody knows the bot's name before it has signed in
    async with bot.database.write() as tx:
        await bots.set_username(tx, "digest_bot")
    shared = (await me.say("/item 3")).button("Share")
    assert shared.url.startswith(
        "https://t.me/share/url?url=https%3A%2F%2Ft.me%2Fdigest_bot%3Fstart%3Di_2025-09-12_3&text=12%20"
    )


async def test_deep_link_offers_to_subscribe(bot: Bot, me: Voice) -> None:
    opened = await me.say("/start i_2025-09-12_3")
    assert "12 日第 3 条" in opened.text
    assert "Subscribe" in opened.labels[-1]
    assert "Welcome" in (await me.press("Subscribe")).text
    assert (await me.row()).active
    again = await me.say("/start i_2025-09-12_3")
    assert [label for label in again.labels if "Subscribe" in label] == []
