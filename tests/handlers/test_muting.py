"""Muting: from an item, by a command or a sentence, taken back and undone; and what a muted digest shows."""

from __future__ import annotations

from datetime import date

import pytest

from domain.subscription.mutes import MAX_MUTES
from tests.handlers.dialogue import Bot, Voice, group, private

TODAY = date(2025, 9, 12)


async def subscribed(bot: Bot) -> Voice:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/start")
    return me


async def test_less_of_an_item_mutes_its_category(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("1")
    asked = await me.press("Less")
    assert asked.edited
    label = next(label for label in asked.labels if label.startswith("Less of"))
    done = await me.press(label)
    assert "from the next digest on" in done.text
    (category,) = (await me.row()).preferences.muted_categories
    assert category in label.casefold()
    assert "1 muted" in (await me.say("/settings")).text
    await me.say("/mute")
    await me.press("✖️")
    assert not (await me.row()).preferences.muted_categories
    await me.press("↩️")
    assert (await me.row()).preferences.muted_categories == {category}


async def test_muted_category_is_shown_by_its_name(bot: Bot) -> None:
    me = await subscribed(bot)
    assert "about AI产业?" in (await me.say("no more ai 产业")).text
    await me.press("✓ Yes")
    assert "✖️ 📂 AI产业" in (await me.say("/mute")).labels
    assert "about AI产业 come again?" in (await me.say("unmute AI产业")).text


@pytest.mark.parametrize("said", ["/mute Elon Musk", "/mute  elon  musk "])
async def test_word_is_muted_by_command(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    await me.say(said)
    assert (await me.row()).preferences.muted_words == {"elon musk"}
    await me.press("↩️")
    assert (await me.row()).preferences.muted_words == frozenset()


@pytest.mark.parametrize(
    ("said", "word"), [("不看马斯克", "马斯克"), ("mute bitcoin", "bitcoin"), ("no more sports", "sports")]
)
async def test_sentence_proposes_to_mute(bot: Bot, said: str, word: str) -> None:
    me = await subscribed(bot)
    assert word in (await me.say(said)).text
    assert not (await me.row()).preferences.muted_words
    await me.press("✓ Yes")
    assert (await me.row()).preferences.muted_words == {word}
    await me.say(f"unmute {word}")
    await me.press("✓ Yes")
    assert not (await me.row()).preferences.muted_words


async def test_muted_items_are_left_out_of_the_digest(bot: Bot) -> None:
    me = await subscribed(bot)
    whole = (await me.say("/today")).text
    assert "日第 2 条" in whole
    await me.say("/mute 第 2 条")
    muted = (await me.say("/today")).text
    assert "日第 2 条" not in muted
    assert "日第 3 条" in muted


async def test_everything_muted_is_said(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("/mute 正文")
    assert (await me.say("/today")).labels


async def test_mutes_are_bounded(bot: Bot) -> None:
    me = await subscribed(bot)
    for number in range(MAX_MUTES):
        await me.say(f"/mute word{number}")
    assert "all I can keep" in (await me.say("/mute one more")).text
    assert len((await me.row()).preferences.muted_words) == MAX_MUTES


@pytest.mark.parametrize("data", ["mute x", "mute c+ x", "mute c-", "mute w- x", "mute item 2025-09-12 1"])
async def test_forged_buttons_change_nothing(bot: Bot, data: str) -> None:
    me = await subscribed(bot)
    before = await me.row()
    await me.press_data(data)
    assert await me.row() == before


async def test_members_of_a_group_mute_nothing(bot: Bot) -> None:
    bot.group_admins = {-100: {7}}
    boss = group(bot)
    await boss.say("/start")
    await boss.elsewhere(8).say("/mute bitcoin")
    assert not (await boss.row()).preferences.muted_words
