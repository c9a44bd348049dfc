"""/recap: the days missed, with the items that readers want most of, else the leading ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.handlers.dialogue import Bot, group, private
from tests.handlers.editions import edition

TODAY = date(2025, 9, 12)
WEEK = [TODAY - timedelta(days=back) for back in range(10)]


async def test_recap_of_a_pause_begins_with_its_day(bot: Bot) -> None:
    await bot.publish(*WEEK)
    me = private(bot)
    await me.say("/start")
    assert "🗞 What I missed" in (await me.say("/pause 1 week")).labels
    bot.wait(days=3)
    await bot.publish(date(2025, 9, 13), date(2025, 9, 15), date(2025, 9, 16))
    missed = await me.press("What I missed")
    assert not missed.edited, "the pause's own message stays"
    assert missed.labels == ["Fri, 12 Sep", "Sat, 13 Sep", "Mon, 15 Sep"], "what is not published yet is not told"
    resumed = await me.say("/pause off")
    assert "🗞 What I missed" in resumed.labels
    assert "13 日第 1 条" in (await me.press("Sat, 13 Sep")).text


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
async def test_recap_has_three_items_of_each_day(language: str, bot: Bot) -> None:
    await bot.publish(*WEEK)
    me = private(bot, language=language)
    shown = await me.say("/recap")
    assert len(shown.labels) == 7
    assert shown.text.count("条 <3") == 7 * 3
    assert len((await me.say("/recap 2")).labels) == 2
    assert len((await me.say("/recap 2025-09-04")).labels) == 9


async def test_items_that_readers_want_more_of_come_first(bot: Bot) -> None:
    await bot.publish(TODAY)
    await private(bot, 8).press_data(f"vote + {TODAY} 5")
    lines = (await private(bot).say("/recap 1")).text.splitlines()
    assert [line.split(".")[0] for line in lines[-3:]] == ["1", "2", "5"]


async def test_recap_shows_nothing_that_was_left_out(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/start")
    await me.say("/mute AI产业")
    await me.say("/mute 第 2 条")
    lines = (await me.say("/recap 1")).text.splitlines()
    assert [line.split(".")[0] for line in lines[3:]] == ["3", "5"]
    for name in ("技术前沿", "巨头动态"):
        await me.say(f"/mute {name}")
    assert "Nothing for you" in (await me.say("/recap")).text


@pytest.mark.parametrize("said", ["what did I miss", "本周回顾", "recap"])
async def test_sentence_asks_for_a_recap(said: str, bot: Bot) -> None:
    await bot.publish(*WEEK)
    assert "What came out meanwhile" in (await private(bot).say(said)).text


async def test_long_headlines_of_many_days_fit_into_one_message(bot: Bot) -> None:
    for back in range(20):
        day = edition(TODAY - timedelta(days=back))
        await bot.correct(replace(day, items=tuple(replace(item, headline="长" * 300) for item in day.items)))
    shown = await private(bot).say("/recap 99")
    assert len(shown.messages) == 1
    assert len(shown.labels) == 14


@pytest.mark.parametrize("arguments", ["x", "2025-13-01", "-1", "9999"])
async def test_unreadable_recap_says_how_it_is_written(arguments: str, bot: Bot) -> None:
    assert "/recap 3" in (await private(bot).say(f"/recap {arguments}")).text


async def test_recap_of_a_group_is_not_opened_by_a_press(bot: Bot) -> None:
    await bot.publish(TODAY)
    pressed = await group(bot).press_data("recap")
    assert pressed.toast
    assert not pressed.messages
