"""Muting: from an item, by a command or a sentence, taken back and undone; and what a muted digest shows."""

from __future__ import annotations

from datetime import date

import pytest

from domain.subscription.mutes import MAX_MUTES
from tests.handlers.dialogue import Answer, Bot, Voice, group, private

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


@pytest.mark.parametrize(
    "said",
    [
        *("/mute bitcoin, AI chips", "/mute bitcoin，AI chips", "/mute bitcoin、AI chips", "/mute bitcoin; AI chips"),
        *("/mute bitcoin；AI chips", "/mute bitcoin, AI chips,", "/mute , bitcoin | AI chips"),
    ],
)
async def test_words_of_a_list_are_muted_one_by_one(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    screen = await me.say(said)
    assert (await me.row()).preferences.muted_words == {"bitcoin", "ai chips"}
    assert {"✖️ bitcoin", "✖️ ai chips"} <= set(screen.labels)


async def test_list_names_categories_and_words(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("/mute ai 产业，芯片")
    preferences = (await me.row()).preferences
    assert preferences.muted_categories == frozenset({"ai产业"})
    assert preferences.muted_words == frozenset({"芯片"})


async def test_word_of_a_list_that_cannot_be_muted_is_told(bot: Bot) -> None:
    me = await subscribed(bot)
    answer = await me.say("/mute x, bitcoin, !!")
    assert "Not muted: “x, !!”. A muted word has 2 to 24 characters." in answer.text
    assert (await me.row()).preferences.muted_words == {"bitcoin"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("mute bitcoin, crypto", {"bitcoin", "crypto"}),
        ("mute bitcoin; crypto please", {"bitcoin", "crypto"}),
        ("mute bitcoin, crypto and sports", {"bitcoin", "crypto", "sports"}),
        ("no more Elon Musk, Donald Trump", {"elon musk", "donald trump"}),
        ("屏蔽芯片，数据", {"芯片", "数据"}),
        ("屏蔽芯片、数据", {"芯片", "数据"}),
        ("屏蔽芯片，数据，谢谢", {"芯片", "数据"}),
        ("体育，娱乐别推了", {"体育", "娱乐"}),
        ("不看体育，太无聊了", {"体育"}),
        ("不看体育，烦", {"体育"}),
        ("mute bitcoin, it is boring", {"bitcoin"}),
        ("mute crypto, way too much", {"crypto"}),
    ],
)
async def test_sentence_mutes_each_word_of_its_list(bot: Bot, said: str, words: set[str]) -> None:
    me = await subscribed(bot)
    await me.say(said)
    await me.press("✓ Yes")
    assert (await me.row()).preferences.muted_words == words


async def test_sentence_unmutes_each_word_of_its_list(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("/mute bitcoin, crypto, sports")
    await me.say("unmute bitcoin, crypto")
    await me.press("✓ Yes")
    assert (await me.row()).preferences.muted_words == {"sports"}


async def test_sentence_chooses_each_category_of_its_list(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("only AI产业, 技术前沿")
    await me.press("✓ Yes")
    assert (await me.row()).preferences.categories == frozenset({"ai产业", "技术前沿"})


@pytest.mark.parametrize(
    "said",
    [
        *("/mute off", "/mute none", "/mute Clear", "/mute nothing.", "/mute 取消", "/mute 关闭", "/mute 關閉"),
        *("/mute 清空", "/mute 結束", "/mute 没有", "mute none", "mute clear", "屏蔽无"),
    ],
)
async def test_word_to_end_mutes_opens_the_list_to_clear_it(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    assert "Nothing is muted." in (await me.say(said)).text
    await me.say("/mute bitcoin, AI产业")
    before = await me.row()
    answer = await me.say(said)
    assert await me.row() == before
    assert answer.labels[:3] == ["✖️ bitcoin", "✖️ 📂 AI产业", "🗑 Clear all"]
    assert "Nothing is muted." in (await me.press("🗑 Clear all")).text
    await me.press("↩️")
    assert await me.row() == before


NOTHING_LEFT = {
    "en": "Nothing is left to come: all the categories you chose are muted.",
    "zh-hans": "这样就什么都收不到了：你选的分类全都屏蔽了。",
    "zh-hant": "這樣就什麼都收不到了：你選的分類全都隱藏了。",
}


def _is_told_nothing_comes(answer: Answer, language: str = "en") -> bool:
    """Return whether an answer says that nothing is left, offers the categories, and promises no digest."""
    promises = any(words in answer.text for words in ("ext digest:", "下一期："))
    return NOTHING_LEFT[language] in answer.text and any("📂" in each for each in answer.labels) and not promises


@pytest.mark.parametrize("language", NOTHING_LEFT)
async def test_muting_all_that_is_chosen_is_told(bot: Bot, language: str) -> None:
    await bot.publish(TODAY)
    me = private(bot, language=language)
    await me.say("/start")
    await me.say("只看技术前沿")
    await me.press("✓")
    assert NOTHING_LEFT[language] not in (await me.say("/status")).text
    muted = await me.say("/mute 技术前沿")
    assert _is_told_nothing_comes(muted, language)
    assert _is_told_nothing_comes(await me.say("/status"), language)
    assert NOTHING_LEFT[language] in (await me.say("/settings")).text
    undone = await me.press_data(muted.button("↩️").callback_data)
    assert NOTHING_LEFT[language] not in undone.text
    assert NOTHING_LEFT[language] not in (await me.say("/mute")).text


async def test_choosing_what_is_muted_is_told_before_and_after(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("/mute AI产业")
    assert NOTHING_LEFT["en"] in (await me.say("only AI产业")).text
    assert _is_told_nothing_comes(await me.press("✓ Yes"))
    assert _is_told_nothing_comes(await me.say("only AI产业"))
    assert _is_told_nothing_comes(await me.say("resume"))
    assert "🔇 Muted" in (await me.press("📂 Categories")).labels
    assert NOTHING_LEFT["en"] in me.heard.text
    assert NOTHING_LEFT["en"] not in (await me.press("技术前沿")).text
    assert "Next digest:" in (await me.say("/status")).text


async def test_muting_by_a_sentence_all_that_is_chosen_is_told(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("only AI产业")
    await me.press("✓ Yes")
    assert NOTHING_LEFT["en"] in (await me.say("mute AI产业")).text
    assert _is_told_nothing_comes(await me.press("✓ Yes"))


@pytest.mark.parametrize(
    ("chosen", "muted", "told", "labels"),
    [
        ("AI产业", "AI产业", "Everything in this edition that is in your categories is muted.", ["🔇 Muted"]),
        ("AI产业", "正文", "Everything in this edition that is in your categories is muted.", ["🔇 Muted"]),
        ("", "正文", "Everything in this edition is muted.", ["🔇 Muted"]),
        ("巨头动态", "bitcoin", "Nothing in this edition is in the categories you chose.", ["📂 Categories"]),
    ],
)
async def test_empty_digest_names_what_emptied_it(
    bot: Bot, chosen: str, muted: str, told: str, labels: list[str]
) -> None:
    await bot.publish(TODAY, items=2)
    await bot.publish(TODAY.replace(day=11))
    me = private(bot)
    await me.say("/start")
    if chosen:
        await me.say(f"only {chosen}")
        await me.press("✓ Yes")
    await me.say(f"/mute {muted}")
    answer = await me.say("/today")
    assert answer.text == told
    assert answer.labels[:2] == ["Show all items", *labels]


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


@pytest.mark.parametrize(
    "data", ["mute x", "mute c+ x", "mute c-", "mute w- x", "mute none x", "mute item 2025-09-12 1"]
)
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


async def test_category_is_muted_in_the_other_script(bot: Bot) -> None:
    me = await subscribed(bot)
    assert "📂 技术前沿" in " ".join((await me.say("/mute 技術前沿")).labels)
    assert "Left out: 技术前沿 2" in (await me.say("/today")).text
    assert "about 技术前沿 come again?" in (await me.say("unmute 技術前沿")).text
    await me.press("✓ Yes")
    assert "Left out" not in (await me.say("/today")).text


async def test_more_words_than_a_question_holds_are_to_be_sent_as_a_command(bot: Bot) -> None:
    me = await subscribed(bot)
    words = ("芯片", "数据", "模型", "机器人", "自动驾驶", "新能源", "比特币", "房地产")
    answer = await me.say("屏蔽" + "，".join(words))
    assert "too many for one question. Send them like this: /mute bitcoin, crypto" in answer.text
    labels = (await me.say("/mute " + "，".join(words))).labels
    assert {f"✖️ {word}" for word in words} <= set(labels)


@pytest.mark.parametrize("reason", ["浪费时间", "广告一样", "看腻"])
async def test_reason_is_no_further_word(bot: Bot, reason: str) -> None:
    me = await subscribed(bot)
    assert "about 体育?" in (await me.say(f"屏蔽体育，{reason}")).text


async def test_word_is_muted_once_whatever_the_script(bot: Bot) -> None:
    me = await subscribed(bot)
    assert [label for label in (await me.say("/mute 开发，開發")).labels if "✖️" in label] == ["✖️ 开发"]
    assert [label for label in (await me.say("/mute 開發")).labels if "✖️" in label] == ["✖️ 开发"]
    assert "Nothing is muted." in (await me.press("✖️ 开发")).text


async def test_word_is_muted_in_the_other_script(bot: Bot) -> None:
    me = await subscribed(bot)
    assert "✖️ 條的正文" in (await me.say("/mute 條的正文")).labels
    assert (await me.say("/today")).text == "Everything in this edition is muted."
    await me.say("unmute 条的正文")
    await me.press("✓ Yes")
    assert "is muted" not in (await me.say("/today")).text


async def test_only_a_category_in_the_other_script(bot: Bot) -> None:
    me = await subscribed(bot)
    assert "技术前沿" in (await me.say("只看技術前沿")).text
    await me.press("✓ Yes")
    assert (await me.row()).preferences.categories == frozenset({"技术前沿"})
