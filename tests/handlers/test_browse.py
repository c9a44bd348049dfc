"""Reading commands: typed, pressed, and in plain words."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.handlers.dialogue import Bot, group, private
from tests.handlers.editions import edition

TODAY = date(2025, 9, 12)


@pytest.mark.parametrize("said", ["/item 3", "3", "第3条", "第三条", "３", "#3", "item 3", "3.", "/item 第3条", "3 条"])
async def test_item_by_number(bot: Bot, said: str) -> None:
    await bot.publish(TODAY)
    answer = await private(bot).say(said)
    assert "12 日第 3 条 <3 {x} %s" in answer.text
    assert "第 3 条的正文" in answer.text


def _shown(text: str) -> list[int]:
    """Return the numbers of the items whose texts an answer has, in its order."""
    return [int(number) for number in re.findall("第 (\\d+) 条的正文", text)]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        *((said, [2, 4]) for said in ("items 2 and 4", "2, 4", "2 and 4", "2 & 4", "two and four", "#2, #4")),
        *((said, [2, 4]) for said in ("第2条和第4条", "第2、4条", "第二和第四条", "2，4", "2跟4", "看看2与4", "2及4")),
        *((said, [2, 4]) for said in ("/item 2, 4", "/item 2 and 4", "/item 第二条和第四条", "/item 2,4 2025-09-12")),
        *((said, [2, 4, 7]) for said in ("2, 4 and 7", "2、4和7", "2，4，7", "show me items 2, 4, and 7 please")),
        *((said, [1, 10]) for said in ("1和10", "1 and 10", "第1条和第10条", "/item 1、10")),
        *(
            (said, [2, 3, 4])
            for said in ("2-4", "2到4", "第2到4条", "2 to 4", "between 2 and 4", "2和4之间", "/item 4-2")
        ),
        *((said, [1, 3, 4]) for said in ("1, 3-4", "第1条、3到4条", "/item 1,3-4")),
        *((said, [3]) for said in ("3-3", "/item 3, 3")),
        ("7, 2", [7, 2]),
    ],
)
async def test_several_items_are_those_asked_for(bot: Bot, said: str, shown: list[int]) -> None:
    await bot.publish(TODAY, items=12)
    answer = await private(bot).say(said)
    assert _shown(answer.text) == shown
    assert len(answer.messages) == len(shown)


@pytest.mark.parametrize(
    ("language", "said", "first", "told", "label", "rest"),
    [
        ("en", "1-10", [1, 2, 3, 4, 5], "as many as I show at once. Left: 6-10.", "▶ 6-10", [6, 7, 8, 9, 10]),
        ("en", "/item 1-10", [1, 2, 3, 4, 5], "as many as I show at once. Left: 6-10.", "▶ 6-10", [6, 7, 8, 9, 10]),
        ("zh-hans", "前十条", [1, 2, 3, 4, 5], "一次最多看 5 条，还有：6-10。", "▶ 6-10", [6, 7, 8, 9, 10]),
        ("zh-hant", "1、3、5、7、9、10、12", [1, 3, 5, 7, 9], "一次最多看 5 條，還有：10、12。", "▶ 10、12", [10, 12]),
    ],
)
async def test_more_items_than_fit_lead_to_the_rest(
    bot: Bot, language: str, said: str, first: list[int], told: str, label: str, rest: list[int]
) -> None:
    await bot.publish(TODAY, items=12)
    me = private(bot, language=language)
    answer = await me.say(said)
    assert _shown(answer.text) == first
    assert told in answer.text
    assert label in answer.labels
    further = await me.press(label)
    assert _shown(further.text) == rest
    assert "▶ 6" not in further.labels


async def test_items_after_the_rest_are_told_and_reached(bot: Bot) -> None:
    await bot.publish(TODAY, items=40)
    me = private(bot)
    seen = _shown((await me.say("1-40")).text)
    while any(label.startswith("▶ ") and label[2].isdecimal() for label in me.heard.labels):
        seen += _shown((await me.press("▶ ")).text)
    assert seen == list(range(1, 41))


async def test_items_that_are_none_are_told_beside_the_others(bot: Bot) -> None:
    await bot.publish(TODAY, items=5)
    me = private(bot)
    for said in ("4 and 40", "4-9"):
        answer = await me.say(said)
        assert answer.text.endswith("This edition has items 1 to 5.")
        assert _shown(answer.text)[0] == 4
    assert _shown((await me.say("50 and 51")).text) == []


async def test_a_long_list_of_items_is_told_whole(bot: Bot) -> None:
    await bot.publish(TODAY, items=60)
    answer = await private(bot).say("/item " + ",".join(map(str, range(11, 60, 2))))
    assert answer.text.endswith("51, 53, 55, 57, 59.")


@pytest.mark.parametrize(
    ("language", "said", "title"),
    [
        ("en", "/commentary", "Commentary"),
        ("en", "commentary", "Commentary"),
        ("zh", "/commentary", "点评"),
        ("zh", "点评", "点评"),
        ("zh", "點評", "点评"),
    ],
)
async def test_commentary(bot: Bot, language: str, said: str, title: str) -> None:
    await bot.publish(TODAY)
    answer = await private(bot, language=language).say(said)
    assert title in answer.text
    assert "今天的牌桌上" in answer.text


@pytest.mark.parametrize(
    "said",
    ["/today", "today", "今天", "2025-09-12", "9月12日", "/digest 今天", "/digest 9 月 12 日"],
)
async def test_todays_digest(bot: Bot, said: str) -> None:
    await bot.publish(TODAY, date(2025, 9, 11))
    answer = await private(bot).say(said)
    assert "2025.09.12" in answer.text


@pytest.mark.parametrize("said", ["yesterday", "昨天", "/digest 2025-09-11", "/digest 20250911", "9月11日"])
async def test_yesterdays_digest(bot: Bot, said: str) -> None:
    await bot.publish(TODAY, date(2025, 9, 11))
    assert "2025.09.11" in (await private(bot).say(said)).text


@pytest.mark.parametrize(
    ("zone", "now", "title"),
    [
        ("Asia/Shanghai", datetime(2025, 9, 11, 20, tzinfo=UTC), "2025.09.11"),  # 04:00 on the 12th
        ("Asia/Shanghai", datetime(2025, 9, 12, 15, 59, tzinfo=UTC), "2025.09.11"),  # 23:59 on the 12th
        ("America/New_York", datetime(2025, 9, 12, 2, tzinfo=UTC), "2025.09.10"),  # 22:00 on the 11th
        ("Pacific/Auckland", datetime(2025, 9, 12, 13, tzinfo=UTC), "2025.09.12"),  # 01:00 on the 13th
    ],
)
async def test_yesterday_is_that_of_the_reader(bot: Bot, zone: str, now: datetime, title: str) -> None:
    await bot.publish(*(date(2025, 9, day) for day in (9, 10, 11, 12)))
    bot.now = now
    me = private(bot)
    await me.say(f"/timezone {zone}")
    for said in ("昨天", "/digest yesterday"):
        assert title in (await me.say(said)).text


async def test_todays_digest_is_named_so_on_its_day_alone(bot: Bot) -> None:
    """At four in the morning in Shanghai it is still the day before in UTC."""
    await bot.publish(date(2025, 9, 11))
    bot.now = datetime(2025, 9, 11, 15, 59, tzinfo=UTC)
    labels = (await private(bot).say("/start")).labels
    assert any("Read today's digest" in label for label in labels)
    bot.now = datetime(2025, 9, 11, 20, tzinfo=UTC)
    labels = (await private(bot).say("/start")).labels
    assert any("Read the newest digest" in label for label in labels)
    assert not any("today" in label for label in labels)


async def test_long_edition_comes_in_several_messages(bot: Bot) -> None:
    await bot.publish(TODAY, date(2025, 9, 11), items=200)
    me = private(bot)
    answer = await me.say("/today")
    assert len(answer.messages) > 1
    earlier = await me.press("◀")
    assert not earlier.edited, "one part of several cannot stand for another edition"
    assert "2025.09.11" in earlier.text


async def test_neighbour_editions_replace_a_single_message(bot: Bot) -> None:
    await bot.publish(TODAY, date(2025, 9, 11), date(2025, 9, 9))
    me = private(bot)
    await me.say("/today")
    assert "2025.09.11" in (await me.press("◀")).text
    oldest = await me.press("◀")
    assert oldest.edited
    assert "2025.09.09" in oldest.text
    assert not [label for label in oldest.labels if "◀" in label]
    assert "2025.09.11" in (await me.press("▶")).text


async def test_neighbour_items_replace_an_item(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/item")
    third = await me.press("3")
    assert third.edited
    assert "第 3 条的正文" in third.text
    assert third.button("Source").url == "https://example.org/2025-09-12/3"
    assert "第 4 条的正文" in (await me.press("▶")).text
    assert me.heard.edited
    assert "第 3 条的正文" in (await me.press("◀")).text


async def test_number_below_the_headlines_opens_the_item_beside_them(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    assert "第 3 条的正文" not in (await me.say("/today")).text
    opened = await me.press("3")
    assert not opened.edited, "the digest stays"
    assert "第 3 条的正文" in opened.text
    assert "第 4 条的正文" in (await me.press("▶")).text
    assert me.heard.edited


async def test_settings_open_from_a_digest(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    for layout in ("headlines", "full", "rich use"):
        await me.press_data(f"layout {layout}.e")
        await me.say("/today")
        settings = await me.press("⚙️")
        assert not settings.edited, "the digest stays"
        assert settings.button("Time zone").callback_data


async def test_filtered_digest_leads_to_all_items(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/settings")
    await me.press("Categories")
    await me.press("技术前沿")
    filtered = await me.say("/today")
    assert "2 of 5 items. Left out: AI产业 2, 巨头动态 1. 📑 shows all." in filtered.text
    everything = await me.press("All 5 items")
    assert not everything.edited
    assert "Left out" not in everything.text
    assert {"1", "2", "3", "4", "5"} <= set(everything.labels)


@pytest.mark.parametrize(
    ("count", "language", "line"),
    [
        (4, "en", "1 of 4 items. Left out: Two 1, Three 1, Four 1. 📑 shows all."),
        (5, "en", "1 of 5 items. Left out: Two 1, Three 1, Four 1 and 1 more category. 📑 shows all."),
        (7, "en", "1 of 7 items. Left out: Two 1, Three 1, Four 1 and 3 more categories. 📑 shows all."),
        (7, "zh-hans", "没送的：Two 1、Three 1、Four 1，还有 3 个分类。点 📑 看全部。"),
        (7, "zh-hant", "沒送的：Two 1、Three 1、Four 1，還有 3 個分類。按 📑 看全部。"),
    ],
)
async def test_more_categories_left_out_than_named_are_counted(bot: Bot, count: int, language: str, line: str) -> None:
    names = ("One", "Two", "Three", "Four", "Five", "Six", "Seven")[:count]
    made = edition(TODAY, items=count)
    items = tuple(replace(item, categories=(name,)) for item, name in zip(made.items, names, strict=True))
    await bot.correct(replace(made, categories=names, items=items))
    me = private(bot, language=language)
    await me.say("/start")
    for name in names[1:]:
        await me.say(f"/mute {name}")
    assert line in (await me.say("/today")).text


async def test_all_items_show_what_is_muted(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/mute 技术前沿")
    assert "Left out: 技术前沿 2" in (await me.say("/today")).text
    assert {"1", "2", "3", "4", "5"} <= set((await me.press("All 5 items")).labels)


async def test_category_by_button_and_by_name(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    listed = await me.say("/categories")
    assert "技术前沿 · 2" in listed.labels
    opened = await me.press("技术前沿")
    assert opened.edited
    for said in ("/category 技术前沿", "技术前沿", "/category ai产业", "/category ＡＩ 产业！", "ＡＩ产业"):
        answer = await me.say(said)
        assert "第 1 条" in answer.text or "第 2 条" in answer.text


@pytest.mark.parametrize(
    "said",
    [
        *("what's new in tech", "what about tech", "What about Tech?", "tech", "technology news"),
        *("yesterday's tech news", "/category tech", "/category 2025-09-11 科技", "有什么技术新闻", "科技"),
        *("有什麼技術新聞", "技術前沿", "/category 技術前沿", "技術"),
    ],
)
async def test_category_by_its_usual_name(bot: Bot, said: str) -> None:
    await bot.publish(TODAY - timedelta(days=1), TODAY)
    answer = await private(bot).say(said)
    assert answer.text.startswith("📂 技术前沿")
    assert "第 5 条" in answer.text


async def test_old_button_keeps_its_category_after_a_correction(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    old = {name: (await me.say("/categories")).button(name).callback_data for name in ("AI产业", "技术前沿")}
    corrected = edition(TODAY)
    await bot.correct(replace(corrected, categories=("巨头动态", "技术前沿"), items=corrected.items[1:3]))
    assert "📂 技术前沿" in (await me.press_data(old["技术前沿"])).text
    gone = await me.press_data(old["AI产业"])
    assert {"巨头动态 · 1", "技术前沿 · 1"} <= set(gone.labels)


@pytest.mark.parametrize(
    "said", ["/item 2025-13-40 2", "/digest 2025-13-40", "/commentary 13月40日", "/today 20251340"]
)
async def test_impossible_date_is_no_item_number(bot: Bot, said: str) -> None:
    await bot.publish(TODAY)
    answer = await private(bot).say(said)
    assert "couldn't read that as a date" in answer.text
    assert "📰 Fri, 12 Sep" in answer.labels


@pytest.mark.parametrize(("language", "word"), [("en", "Did you mean this one?"), ("zh", "你要找的是这个吗")])
@pytest.mark.parametrize("said", ["/category 技术前言", "技术前言"])
async def test_misspelled_category_is_suggested(bot: Bot, said: str, language: str, word: str) -> None:
    await bot.publish(TODAY)
    me = private(bot, language=language)
    answer = await me.say(said)
    assert word in answer.text
    assert "技术前言" in answer.text
    assert "第 2 条" in (await me.press("技术前沿")).text


async def test_unknown_category_shows_all_categories(bot: Bot) -> None:
    await bot.publish(TODAY)
    answer = await private(bot).say("/category <3 {x} %s \u202e")
    assert "<3 {x} %s" in answer.text
    assert {"AI产业", "技术前沿", "巨头动态"} <= set(answer.labels)


async def test_long_category_name_is_quoted_shortened(bot: Bot) -> None:
    await bot.publish(TODAY)
    assert len((await private(bot).say("/category " + "长" * 3000)).text) < 200


async def test_category_without_a_name_lists_categories(bot: Bot) -> None:
    await bot.publish(TODAY)
    assert "AI产业 · 2" in (await private(bot).say("/category")).labels


@pytest.mark.parametrize("said", ["/item 99", "/item 0", "/item abc", "99"])
@pytest.mark.parametrize(("language", "word"), [("en", "has items 1 to 5"), ("zh", "一共 5 条，没有这个编号")])
async def test_unknown_item_number(bot: Bot, said: str, language: str, word: str) -> None:
    await bot.publish(TODAY)
    me = private(bot, language=language)
    assert word in (await me.say(said)).text
    assert "第 1 条" in (await me.press("All items" if language == "en" else "全部条目")).text


async def test_item_without_a_number_lists_items(bot: Bot) -> None:
    await bot.publish(TODAY)
    assert {"1", "2", "3", "4", "5"} <= set((await private(bot).say("/item")).labels)


async def test_item_of_another_day(bot: Bot) -> None:
    await bot.publish(TODAY, date(2025, 9, 11))
    assert "11 日第 2 条" in (await private(bot).say("/item 2025-09-11 2")).text


async def test_day_without_edition_offers_neighbours(bot: Bot) -> None:
    await bot.publish(TODAY, date(2025, 9, 9))
    me = private(bot)
    answer = await me.say("/digest 2025-09-10")
    assert "no digest of Wed, 10 Sep 2025" in answer.text
    assert answer.labels == ["📰 Tue, 9 Sep", "📰 Fri, 12 Sep"]
    assert "2025.09.09" in (await me.press("Tue, 9 Sep")).text


async def test_unreadable_date_offers_newest_days(bot: Bot) -> None:
    await bot.publish(TODAY)
    for said in ("/digest 2025-99-99", "/digest soon"):
        assert "couldn't read that as a date" in (await private(bot).say(said)).text


async def test_digest_without_a_day_offers_newest_days(bot: Bot) -> None:
    await bot.publish(TODAY, date(2025, 9, 11))
    answer = await private(bot).say("/digest")
    assert answer.labels == ["📰 Fri, 12 Sep", "📰 Thu, 11 Sep"]


@pytest.mark.parametrize("said", ["/today", "/item 3", "3", "/categories", "/category x", "/digest", "点评"])
@pytest.mark.parametrize(("language", "word"), [("en", "No edition has come out yet"), ("zh", "还没有出过日报")])
async def test_answers_before_the_first_edition(bot: Bot, said: str, language: str, word: str) -> None:
    me = private(bot, language=language)
    await me.say("/start")
    assert word in (await me.say(said)).text


async def test_future_edition_is_not_shown(bot: Bot) -> None:
    await bot.publish(TODAY, date(2025, 9, 13))
    me = private(bot)
    assert "2025.09.12" in (await me.say("/today")).text
    assert "▶" not in "".join(me.heard.labels)
    assert "no digest of Sat, 13 Sep 2025" in (await me.say("/digest 2025-09-13")).text
    assert "no digest" in (await me.press_data("item 2025-09-13 1")).toast
    bot.wait(days=1)
    assert "2025.09.13" in (await me.say("/today")).text


async def test_today_shows_only_chosen_categories(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/settings")
    await me.press("Categories")
    await me.press("技术前沿")
    answer = await me.say("/today")
    assert "第 2 条" in answer.text
    assert "第 1 条" not in answer.text


async def test_edition_without_chosen_categories_says_so(bot: Bot) -> None:
    await bot.publish(TODAY, items=1)
    me = private(bot)
    await me.say("/start")
    await bot.publish(date(2025, 9, 11))
    await me.say("/settings")
    await me.press("Categories")
    await me.press("技术前沿")
    assert "Nothing in this edition" in (await me.say("/today")).text
    assert "12 日第 1 条" in (await me.press("Show all items")).text


async def test_edition_without_items(bot: Bot) -> None:
    await bot.publish(TODAY, items=0)
    me = private(bot)
    for said in ("/item 1", "/item", "/categories", "/category x"):
        assert "This edition has no" in (await me.say(said)).text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("said", ["hm hm hm", "随便说说", "<3", "{x}", "%s", "\u202eabc", "x" * 4000, "-15"])
async def test_unknown_text_is_answered_with_buttons(bot: Bot, said: str, language: str) -> None:
    await bot.publish(TODAY)
    me = private(bot, language=language)
    assert (await me.say(said)).labels
    assert {"en": "didn't get that", "zh": "没看懂"}[language] in me.heard.text


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("谢谢！", "You are welcome"),
        ("Good morning ☀️", "Hello!"),
        ("写得真好", "makes my day"),
        ("🙂", "😊"),
        ("你是谁", "bot"),
    ],
)
async def test_kind_words_get_kind_answers(bot: Bot, said: str, answer: str) -> None:
    me = private(bot)
    assert answer in (await me.say(said)).text
    assert "What I can do" in me.heard.labels[-1]


@pytest.mark.parametrize(
    ("said", "shown"), [("1-3", ("1.", "2.", "3.")), ("前两条", ("1.", "2.")), ("last item", ("5.",))]
)
async def test_a_few_items_are_shown_at_once(bot: Bot, said: str, shown: tuple[str, ...]) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    answer = await me.say(said)
    assert [message.text.plain[:2] for message in answer.messages] == list(shown)


@pytest.mark.parametrize(("language", "word"), [("en", "name of a city"), ("zh", "城市名")])
async def test_picture_is_answered_that_only_text_is_read(bot: Bot, language: str, word: str) -> None:
    """A place, a picture, a sticker."""
    me = private(bot, language=language)
    assert word in (await me.say("")).text
    assert me.heard.labels


@pytest.mark.parametrize("said", ["/foo", "/run 1 pause", "/welcome", "/choose all", "/weekdays 3"])
async def test_unknown_command_is_answered_with_buttons(bot: Bot, said: str) -> None:
    assert "didn't get that" in (await private(bot).say(said)).text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("/subscribe", "Welcome"),
        ("/unsubscribe", "Shall I stop sending the digest?"),
        ("/Unsubscribe", "Shall I stop sending the digest?"),
        ("/unsubscribe now", "didn't get that"),
    ],
)
async def test_word_that_works_works_behind_a_slash(bot: Bot, said: str, words: str) -> None:
    me = private(bot)
    if "unsub" in said.lower():
        await me.say("/start")
    assert words in (await me.say(said)).text


async def test_word_behind_a_slash_is_no_command_in_a_group(bot: Bot) -> None:
    bot.group_admins = {-100: {7}}
    await group(bot).say("/start")
    assert (await group(bot).say("/unsubscribe")).actions == []


DECEMBER = datetime(2025, 12, 20, 6, tzinfo=UTC)


@pytest.mark.parametrize("said", ["09/12/2025", "/digest 09/12/2025", "9/12", "12/9/2025", "9-12-2025", "/digest 9/12"])
@pytest.mark.parametrize("day", [date(2025, 12, 9), date(2025, 9, 12)])
async def test_order_of_a_date_with_slashes_is_that_of_an_edition(bot: Bot, said: str, day: date) -> None:
    await bot.publish(day)
    bot.now = DECEMBER
    assert f"{day.day} 日第 1 条" in (await private(bot).say(said)).text


_DOUBTFUL = pytest.mark.parametrize(
    "said", ["09/12/2025", "/digest 09/12/2025", "/item 09/12/2025 3", "commentary 09/12/2025"]
)


@_DOUBTFUL
async def test_date_that_may_be_two_editions_is_asked_about(bot: Bot, said: str) -> None:
    for day in (date(2025, 11, 3), date(2025, 12, 9), date(2025, 9, 12)):
        await bot.publish(day)
    bot.now = DECEMBER
    answer = await private(bot).say(said)
    assert answer.text == "“09/12/2025” may be Tue, 9 Dec 2025 or Fri, 12 Sep 2025. Write the year first: 2025-12-09"
    assert answer.labels == ["📰 Tue, 9 Dec", "📰 Fri, 12 Sep"]


@_DOUBTFUL
async def test_date_that_may_be_two_days_without_edition_offers_the_nearest(bot: Bot, said: str) -> None:
    """To write the year first would help nobody."""
    for day in (date(2025, 9, 10), date(2025, 11, 3), date(2025, 12, 15)):
        await bot.publish(day)
    bot.now = DECEMBER
    me = private(bot)
    answer = await me.say(said)
    assert answer.text == "“09/12/2025” may be Tue, 9 Dec 2025 or Fri, 12 Sep 2025. There is no digest of either day."
    assert answer.labels == ["📰 Wed, 10 Sep", "📰 Mon, 3 Nov", "📰 Mon, 15 Dec"]
    assert "2025.11.03" in (await me.press("3 Nov")).text


async def test_editor_s_date_with_slashes_is_read_the_same_way(bot: Bot) -> None:
    await bot.publish(date(2025, 9, 12))
    editor = private(bot, 1)
    assert "Withdraw the digest of Fri, 12 Sep 2025?" in (await editor.say("/withdraw 9/12/2025")).text
    assert "There is no digest of either day." in (await editor.say("/withdraw 9/10/2025")).text
    await bot.publish(date(2025, 12, 9))
    bot.now = DECEMBER
    assert "may be Tue, 9 Dec 2025 or Fri, 12 Sep 2025" in (await editor.say("/withdraw 9/12/2025")).text


@pytest.mark.parametrize("said", ["/item 3 2025-09-10", "/item 2025-09-10 3", "/item 3 yesterday", "第3条 2025-09-10"])
async def test_day_of_an_item_stands_before_or_behind_it(bot: Bot, said: str) -> None:
    await bot.publish(date(2025, 9, 10))
    await bot.publish(date(2025, 9, 11), items=1)
    bot.now = datetime(2025, 9, 11, 6, tzinfo=UTC)
    assert "第 3 条的正文" in (await private(bot).say(said)).text


@pytest.mark.parametrize(
    "said",
    [
        "/category AI产业 yesterday",
        "/category yesterday AI产业",
        "/category AI产业 2025-09-10",
        "/category AI产业 昨天",
        "/category AI产业 last wednesday",
        "/category last wednesday AI产业",
        "/category AI产业 1 day ago",
    ],
)
async def test_day_of_a_category_stands_before_or_behind_it(bot: Bot, said: str) -> None:
    await bot.publish(date(2025, 9, 10))
    await bot.publish(date(2025, 9, 11), items=0)
    bot.now = datetime(2025, 9, 11, 6, tzinfo=UTC)
    answer = await private(bot).say(said)
    assert "📂 AI产业" in answer.text
    assert "10 日第 1 条" in answer.text


@pytest.mark.parametrize("name", ["Best of today", "Today", "Yesterday in AI"])
async def test_category_whose_name_has_a_day_is_found(bot: Bot, name: str) -> None:
    await bot.publish(date(2025, 9, 11))
    newest = edition(TODAY)
    items = tuple(replace(item, categories=(name,)) for item in newest.items)
    await bot.correct(replace(newest, categories=(name,), items=items))
    assert f"📂 {name}" in (await private(bot).say(f"/category {name}")).text


@pytest.mark.parametrize("said", ["/items last wednesday", "/item last wednesday 1", "/item 1 last wednesday"])
async def test_day_of_several_words_is_no_item_of_the_newest_edition(bot: Bot, said: str) -> None:
    await bot.publish(date(2025, 9, 10))
    await bot.publish(date(2025, 9, 11))
    bot.now = datetime(2025, 9, 11, 6, tzinfo=UTC)
    assert "10 日第 1 条" in (await private(bot).say(said)).text


async def test_items_of_a_day_are_several_or_one_that_is_not_there(bot: Bot) -> None:
    await bot.publish(date(2025, 9, 10))
    await bot.publish(date(2025, 9, 11))
    me = private(bot)
    shown = [message.text.plain for message in (await me.say("/item 2-3 2025-09-10")).messages]
    assert [text.count("10 日第") for text in shown] == [1, 1]
    assert "There is no digest of Mon, 1 Sep 2025" in (await me.say("/item 3 2025-09-01")).text
