"""Sentences of everyday life, in both Chinese scripts and in English: what they do in a real conversation."""

from __future__ import annotations

from datetime import date

import pytest

from domain.subscription.calendar import EVERY_DAY
from tests.handlers.dialogue import Bot, Voice, private

TODAY, YESTERDAY = date(2025, 9, 12), date(2025, 9, 11)


async def subscribed(bot: Bot, language: str = "zh-hans") -> Voice:
    await bot.publish(YESTERDAY, TODAY, items=10)
    me = private(bot, language=language)
    await me.say("/start")
    return me


@pytest.mark.parametrize(
    ("said", "command"),
    [
        *(
            (said, "/item 8-10")
            for said in ("后三条", "最后三条", "末三条", "最後三則", "the last three items", "last 3 stories")
        ),
        *(
            (said, "/item 9")
            for said in ("倒数第二条", "倒數第二則", "最后第二条", "second to last item", "the penultimate story")
        ),
        *((said, "/item 8") for said in ("倒数第3条", "third item from the end")),
        *((said, "/item 10") for said in ("最后一条", "最後一則", "last item")),
        ("昨天倒数第二条", f"/item {YESTERDAY} 9"),
        ("昨天最后两条", f"/item 9-10 {YESTERDAY}"),
        ("最后二十条", "/item 1-10"),
        *((said, "/item 1-3") for said in ("最新三条", "最新的三則", "the latest three stories")),
        ("倒数第二十条", "/item 20"),
    ],
)
async def test_items_are_counted_from_the_end(bot: Bot, said: str, command: str) -> None:
    me = await subscribed(bot)
    assert (await me.say(said)).text == (await me.say(command)).text


@pytest.mark.parametrize(
    "said", ["上一条", "下一条", "上一則", "下一則", "再来一条", "换一条", "next item", "previous story"]
)
async def test_next_item_is_never_a_wrong_one(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    await me.say("3")
    assert "◀ ▶" in (await me.say(said)).text


@pytest.mark.parametrize("said", ["每天都发", "每天都送", "每天都發給我", "天天发", "send it every day"])
async def test_every_day_is_proposed_to_those_with_fewer(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    assert "已经" in (await me.say("每天都发")).text
    await me.press_data("weekdays 21.s")
    await me.say(said)
    assert (await me.row()).schedule.weekdays == 21
    await me.press("✓ 好")
    assert (await me.row()).schedule.weekdays == EVERY_DAY


@pytest.mark.parametrize(
    ("said", "minute"),
    [
        *((said, 7 * 60 + 30) for said in ("提前半小时", "提前半小時吧", "早半个小时发", "half an hour earlier")),
        *((said, 9 * 60) for said in ("晚一个小时发", "推遲一小時", "an hour later please")),
        *((said, 9 * 60 + 30) for said in ("推迟一个半小时", "an hour and a half later", "晚90分钟")),
        ("往后推一刻钟", 8 * 60 + 15),
        ("提前九个小时", 23 * 60),
    ],
)
async def test_time_is_moved_by_a_while(bot: Bot, said: str, minute: int) -> None:
    me = await subscribed(bot)
    await me.say(said)
    await me.press("✓ 好")
    assert (await me.row()).schedule.minute_of_day == minute


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("zh-hans", "改到每天两次", "日报一天只送一次。"),
        ("zh-hant", "改成每天三次", "日報一天只送一次。"),
        ("zh-hans", "一天发两次吧", "日报一天只送一次。"),
        ("en", "send it twice a day", "The digest comes once a day."),
    ],
)
async def test_several_times_a_day_are_no_time(bot: Bot, language: str, said: str, told: str) -> None:
    me = await subscribed(bot, language)
    assert (await me.say(said)).text.startswith(told)


@pytest.mark.parametrize("said", ["改成一周三次", "每周两次", "twice a week"])
async def test_several_times_a_week_are_days_to_choose(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    assert "周三" in "".join((await me.say(said)).labels)


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("zh-hans", "11月31日", "没有11月31日这一天。"),
        ("zh-hans", "4月31日的日报", "没有4月31日这一天。"),
        ("zh-hant", "二月三十日", "沒有2月30日這一天。"),
        ("zh-hans", "看看11月31号第3条", "没有11月31号这一天。"),
        ("en", "Feb 30", "There is no such day: feb 30"),
        ("en", "digest of 31 November", "There is no such day: 31 november"),
        ("zh-hans", "30 Feb的日报", "没有30 feb这一天。"),
        ("en", "/digest 2025-02-30", "There is no such day: 2025-02-30"),
        ("zh-hans", "/item 2025-02-30 3", "没有2025-02-30这一天。"),
    ],
)
async def test_day_that_is_none_is_told_so(bot: Bot, language: str, said: str, told: str) -> None:
    me = await subscribed(bot, language)
    assert (await me.say(said)).text.startswith(told)


@pytest.mark.parametrize(
    "said",
    [
        "marathon 42",
        "novel 50",
        "70 decibels",
        "market 50 news",
        "50 mar-a-lago",
        "decision 40",
        "pause me for marathon 42",
    ],
)
async def test_word_that_begins_like_a_month_is_no_day(bot: Bot, said: str) -> None:
    me = await subscribed(bot, "en")
    assert "There is no such day" not in (await me.say(said)).text


@pytest.mark.parametrize("said", ["暂停到11月31日", "暫停到2月30日", "pause until Feb 30"])
async def test_pause_until_a_day_that_is_none_is_asked_about(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    answer = await me.say(said)
    assert "✓ 好" not in answer.labels
    assert "到什么时候" in answer.text


@pytest.mark.parametrize(
    "said",
    [
        *(
            "取消每周回顾",
            "不要每周回顾",
            "关掉每周回顾",
            "周报取消",
            "每周回顾不要了",
            "别发每周回顾了",
            "取消每週回顧",
        ),
        *("stop the weekly recap", "no weekly recap please", "turn the recap off"),
    ],
)
async def test_weekly_recap_is_ended_by_a_sentence(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    await me.say("每周日发个总结")
    await me.press("✓ 好")
    assert (await me.row()).recap_weekday == 6
    await me.say(said)
    await me.press("✓ 好")
    row = await me.row()
    assert row.recap_weekday is None
    assert row.active
    assert not row.preferences.muted_words


@pytest.mark.parametrize("said", ["什么都看", "什麼都看", "看全部分类", "所有分类都要", "all categories please"])
async def test_all_categories_come_again_by_a_sentence(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    listed = (await me.say("有哪些分类")).text
    assert (await me.say(said)).text == listed
    await me.say("只看AI产业")
    await me.press("✓ 好")
    await me.say(said)
    await me.press("✓ 好")
    assert (await me.row()).preferences.categories is None


@pytest.mark.parametrize("said", ["也要看{}", "加上{}", "{}也要看", "also {} please", "add {}"])
async def test_category_comes_beside_the_chosen_ones(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    first, second = [label for label in (await me.say("有哪些分类")).labels if "（" not in label][:2]
    first, second = (label.rpartition(" ")[0] or label for label in (first, second))
    assert (await me.say(said.format(second))).text == (await me.say(f"/category {second}")).text
    await me.say(f"只看{first}")
    await me.press("✓ 好")
    await me.say(said.format(second))
    await me.press("✓ 好")
    assert len((await me.row()).preferences.categories or ()) == 2


@pytest.mark.parametrize(
    "said",
    [
        "看看昨天的AI产业",
        "看昨天的AI产业新闻",
        "昨天的AI产业有什麼",
        "昨天看看AI产业",
        "AI产业昨天有什么",
        "show me yesterday's AI产业",
    ],
)
async def test_category_of_a_day_is_that_day_s(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    assert (await me.say(said)).text == (await me.say(f"/category {YESTERDAY} AI产业")).text


@pytest.mark.parametrize(
    "said",
    ["过年别发", "過年別發", "春节期间不要发", "国庆停发", "don't send anything at christmas", "歇几天", "休息幾天"],
)
async def test_festival_opens_the_pause(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    assert (await me.say(said)).text == (await me.say("/pause")).text


@pytest.mark.parametrize("said", ["再撤销", "再撤销一次", "再改回来", "再改回來", "undo again"])
async def test_further_change_is_undone(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    await me.say("/time 9:00")
    await me.say(said)
    await me.press("✓ 好")
    assert (await me.row()).schedule.minute_of_day == 8 * 60


@pytest.mark.parametrize(
    ("said", "command"), [("我的群组", "/chats"), ("我的群組和頻道", "/chats"), ("清空收藏", "/saved")]
)
async def test_own_lists_are_opened_by_their_names(bot: Bot, said: str, command: str) -> None:
    me = await subscribed(bot)
    assert (await me.say(said)).text == (await me.say(command)).text


@pytest.mark.parametrize("said", ["收藏这条", "怎么分享", "save this"])
async def test_where_items_are_saved_and_shared_is_told(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    assert "点开那一条" in (await me.say(said)).text
