"""Searching: typed and in plain words, paged and narrowed in place, for the person who searched alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.event import ANONYMOUS_ADMINISTRATOR_ID
from domain.chat.text import Text
from storage import searches
from tests.databases import sql
from tests.handlers.dialogue import Bot, Voice, group, private
from tests.handlers.editions import edition
from views.item_actions import item_arguments
from views.search import SearchedDays, SearchPage, parse_search_page

TODAY = date(2025, 9, 12)
DAYS = [TODAY - timedelta(days=days) for days in (0, 1, 40)]


@pytest.fixture
async def me(bot: Bot) -> Voice:
    await bot.publish(*DAYS, items=6)
    return private(bot)


@pytest.mark.parametrize(
    "said",
    [
        "/search 正文",
        "搜索 正文",
        "搜索正文",
        "帮我找一下正文",
        "search for 正文",
        "Find 正文",
        "look for 正文",
        "正文",
        "条的正",
        "/search 條的正文",
        "找一下條的正文",
        "搜尋 條的正文",
        "條的正",
    ],
)
async def test_words_are_searched_for(me: Voice, said: str) -> None:
    answer = await me.say(said)
    assert "18 items" in answer.text
    assert answer.text.count("日第") == 5
    assert [label for label in answer.labels if label.isdecimal()] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("日第正文", "日第 正文"),  # headline and body
        ("搜索 条的日第", "条的 日第"),
        ("/search 日第的正文", "日第 的正文"),
        ("/search 日第正文 since 2025-01-01", "日第 正文"),
        ("正文 日第", "正文 日第"),
    ],
)
async def test_words_anywhere_in_an_item_are_found_with_and_without_a_space(me: Voice, said: str, shown: str) -> None:
    answer = await me.say(said)
    assert answer.text.startswith(f"🔎 {shown}\n")
    assert "18 items" in answer.text
    turned = await me.press("▶")
    assert turned.text.startswith(f"🔎 {shown}\n")


@pytest.mark.parametrize("said", ["正", "!", "OpenAI", "正文 OpenAI", "x" * 300])
async def test_text_that_no_edition_has_is_not_searched_for(me: Voice, said: str) -> None:
    assert "I didn't get that." in (await me.say(said)).text


@pytest.mark.parametrize(
    "words", ['"', "' OR 1=1", "NEAR(", "*", "😀", "没有的词", "(" * 200, "\u202e", "{0}", "词" * 4096]
)
async def test_every_search_gets_an_answer(me: Voice, words: str) -> None:
    answer = await me.say(f"/search {words}")
    assert answer.text
    assert not [label for label in answer.labels if label.isdecimal()]
    assert "went wrong" not in answer.text


async def test_words_around_what_was_found_are_shown_in_either_script(bot: Bot, me: Voice) -> None:
    before = edition(TODAY)
    first, *others = before.items
    longer = replace(first, body=Text("很长的开头。" * 40 + "手语课堂开讲了。"))
    await bot.correct(replace(before, items=(longer, *others), content_hash="corrected"))
    assert "手语课堂开讲" in (await me.say("/search 手語課堂")).text


async def test_search_without_words_asks_for_them(me: Voice) -> None:
    assert "What shall I look for" in (await me.say("/search")).text


async def test_pages_turn_in_place(me: Voice) -> None:
    first = await me.say("/search 正文")
    assert "◀" not in first.labels
    second = await me.press("▶")
    assert second.edited
    assert "2 / 4" in second.labels
    assert "12 日第 6 条" in second.text
    assert "11 日第 1 条" in second.text
    await me.press("▶")
    last = await me.press("▶")
    assert "▶" not in last.labels
    assert "3 日第 6 条" in last.text
    assert "2 / 4" not in (await me.press("◀")).labels


async def test_result_opens_its_item_and_leads_back(me: Voice) -> None:
    await me.say("/search 正文")
    await me.press("▶")
    item = await me.press("7")
    assert item.edited
    assert "11 日第 1 条" in item.text
    back = await me.press("Back to the results")
    assert back.edited
    assert "2 / 4" in back.labels


async def test_neighbours_of_a_result_lead_back(me: Voice) -> None:
    await me.say("/search 正文")
    await me.press("▶")
    await me.press("7")
    for label, headline in (("▶", "11 日第 2 条"), ("▶", "11 日第 3 条"), ("◀", "11 日第 2 条")):
        turned = await me.press(label)
        assert turned.edited
        assert headline in turned.text
    await me.press("Less")
    assert "11 日第 2 条" in (await me.press("Back")).text
    assert "2 / 4" in (await me.press("Back to the results")).labels


async def test_neighbours_are_shown_where_the_search_is_forgotten(me: Voice) -> None:
    await me.say("/search 正文")
    opened = await me.press("1")
    following = opened.button("▶").callback_data
    for _ in range(searches.KEPT):
        await me.say("/search 正文")
    assert "12 日第 2 条" in (await me.press_data(following)).text
    assert "too old by now" in (await me.press("Back to the results")).toast


async def test_search_is_narrowed_by_days_and_category(me: Voice) -> None:
    await me.say("/search 正文")
    assert "12 items" in (await me.press("Last 30 days")).text
    choice = await me.press("📂 Category")
    assert choice.edited
    narrowed = await me.press("技术前沿 · 4")
    assert "4 items · Last 30 days · 📂 技术前沿" in narrowed.text
    assert "6 items · 📂 技术前沿" in (await me.press("All days")).text
    await me.press("📂 技术前沿")
    assert "18 items" in (await me.press("All categories")).text


@pytest.mark.parametrize(
    ("days", "count"),
    [
        ("since 2025-09-12", "6 items"),
        ("from 11 Sep", "12 items"),
        ("until 2025-09-01", "6 items"),
        ("从9月11日起 到9月11日", "6 items"),
        ("since 2025-09-12 until 2025-09-11", "12 items"),
        ("last 7 days", "12 items"),
        ("最近0天", "6 items"),
    ],
)
async def test_days_may_be_typed(me: Voice, days: str, count: str) -> None:
    assert f"{count} · " in (await me.say(f"/search 正文 {days}")).text
    assert "18 items" in (await me.press("All days")).text


@pytest.mark.parametrize(
    ("days", "label"),
    [
        ("since 2025-09-12", "Since Fri, 12 Sep 2025"),
        ("until 2025-09-01", "Up to Mon, 1 Sep 2025"),
        ("since 2025-09-11 until 2025-09-12", "Thu, 11 Sep 2025 – Fri, 12 Sep 2025"),
    ],
)
async def test_days_are_told_without_a_dangling_dash(me: Voice, days: str, label: str) -> None:
    assert label in (await me.say(f"/search 正文 {days}")).text
    assert not [shown for shown in me.heard.labels if shown.strip("✓ ").startswith("–") or shown.endswith("–")]


@pytest.mark.parametrize("days", ["since 2025-09-13", "until 2025-01-01", "since 2025-08-10 until 2025-08-20"])
@pytest.mark.parametrize(("words", "shown"), [("正文", "正文"), ("日第正文", "日第 正文")])
async def test_days_without_the_words_are_named_and_all_days_offered(
    me: Voice, days: str, words: str, shown: str
) -> None:
    label = {"since 2025-09-13": "Since Sat, 13 Sep 2025", "until 2025-01-01": "Up to Wed, 1 Jan 2025"}.get(
        days, "Sun, 10 Aug 2025 – Wed, 20 Aug 2025"
    )
    answer = await me.say(f"/search {words} {days}")
    assert answer.text.startswith(f"🔎 {shown}\n{label}\n")
    assert "Nothing on these days" in answer.text
    assert answer.labels == ["All days"]
    everything = await me.press("All days")
    assert everything.edited
    assert "18 items" in everything.text
    assert f"0 items · {label}" in (await me.press(label)).text


async def test_days_are_not_blamed_for_words_that_no_edition_has(me: Voice) -> None:
    answer = await me.say("/search OpenAI since 2025-09-12")
    assert "through every edition" in answer.text
    assert not answer.labels


async def test_words_that_name_no_day_are_searched_for(me: Voice) -> None:
    assert "isn't in any" in (await me.say("/search since 正文")).text


async def test_search_of_another_person_is_refused(bot: Bot, me: Voice) -> None:
    await me.say("/search 正文")
    data = me.heard.button("▶").callback_data
    stranger = private(bot, 8)
    assert "somebody else's" in (await stranger.press_data(data)).toast
    here = group(bot)
    await here.say("/search 正文")
    member = here.elsewhere(8, "en")
    assert "somebody else's" in (await member.press("▶")).toast
    assert not member.heard.edited
    assert (await here.press("▶")).edited


async def test_search_of_an_anonymous_administrator_is_any_administrator_s(bot: Bot, me: Voice) -> None:
    """Telegram tells who presses, but not who an anonymous administrator is."""
    bot.group_admins = {-100: {7}, -200: {7}}
    anonymous = group(bot, person=ANONYMOUS_ADMINISTRATOR_ID)
    await anonymous.say("/search 正文")
    next_page, opened = (anonymous.heard.button(label).callback_data for label in ("▶", "1"))
    admin, member = anonymous.elsewhere(7, "en"), anonymous.elsewhere(8, "en")
    for data in (next_page, opened):
        assert (await member.press_data(data)).toast == "Only this group's administrators can do that."
        assert "somebody else's" in (await group(bot, -200).press_data(data)).toast
        assert (await admin.press_data(data)).edited


@pytest.mark.parametrize(
    "data",
    [
        *(
            "results 1",
            "results 1 0 a -",
            "results 1 1 x -",
            "results 1 1 a zzz",
            "results 999 1 a -",
            "results -1 1 a -",
        ),
        *("results 1 1 a - c c", "open 1 1 a -", "open 2025-09-12 99 1 1 a -", "open 2025-02-30 1 1 1 a -"),
        *(
            "open 2025-01-01 1 1 1 a -",
            "open 2025-09-12 1 999 1 a -",
            "open 2025-09-12 1",
            "open 2025-09-12 1 s1 x",
            "open x",
            "save x",
            "save 2025-09-12",
            "save 2025-09-12 99",
            "saved x",
            "search 1 1 a -",
            "results １ 1 a -",
        ),
    ],
)
async def test_forged_presses_open_nothing(me: Voice, data: str) -> None:
    await me.say("/search 正文")
    answer = await me.press_data(data)
    assert "went wrong" not in answer.toast
    if data != "results 1 0 a -":
        assert "正文" not in answer.text


async def test_page_that_is_gone_is_the_first_one(me: Voice) -> None:
    await me.say("/search 正文")
    assert "1 / 4" in (await me.press_data("results 1 99 a -.e")).labels


async def test_newest_searches_of_a_person_are_kept(bot: Bot, me: Voice) -> None:
    for _ in range(searches.KEPT + 3):
        await me.say("/search 正文")
    await private(bot, 8).say("/search 正文")
    async with bot.database.read() as tx:
        rows = (await sql(tx, "SELECT id, user_id FROM searches ORDER BY id")).all()
    assert [row.user_id for row in rows] == [7] * searches.KEPT + [8]
    assert (await me.press("▶")).edited


async def test_results_are_in_chinese(bot: Bot) -> None:
    await bot.publish(*DAYS, items=6)
    answer = await private(bot, language="zh-hans").say("/search 正文")
    assert "18 条" in answer.text
    assert {"✓ 全部日期", "近 30 天", "📂 分类"} <= set(answer.labels)


def test_longest_buttons_fit() -> None:
    page = SearchPage(search_id=10**15 - 1, page=99, span=SearchedDays.LAST, category="0" * 10)
    longest = button("1", CommandName.OPEN, TODAY, 9999, page.arguments, target=ReplyTarget.IN_PLACE)
    assert parse_search_page(" ".join(longest.callback_data.removesuffix(".e").split()[3:7])) == page
    turned = button("▶", CommandName.ITEM, item_arguments(TODAY, 9999, page), target=ReplyTarget.IN_PLACE)
    assert len(turned.callback_data) == len(longest.callback_data)
