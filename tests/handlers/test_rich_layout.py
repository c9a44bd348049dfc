"""The rich layout is chosen after its sample, only by a press below it, and left by one press."""

from __future__ import annotations

from datetime import date

import pytest

from domain.chat.action import Send
from domain.chat.rich_message import Details, Heading, RichMessage, block_texts
from domain.subscription.preferences import Layout
from domain.subscription.subscriber import RichRefusal
from storage import subscribers
from tests.handlers.dialogue import Answer, Bot, Voice, channel, group, private

TODAY = date(2025, 9, 12)


def texts_of(message: RichMessage) -> str:
    return "\n".join(text.plain for block in message.blocks for text in block_texts(block))


async def layout_of(me: Voice) -> Layout:
    return (await me.row()).preferences.layout


async def subscribed(bot: Bot, language: str = "en") -> Voice:
    await bot.publish(TODAY)
    me = private(bot, language=language)
    await me.say("/start")
    return me


@pytest.mark.parametrize("said", ["rich", "Rich", "富文本", "图文", "图文版", "ＲＩＣＨ"])
async def test_name_shows_a_sample_and_saves_nothing(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    answer = await me.say(f"/layout {said}")
    [sample], [question] = answer.rich, answer.messages
    assert "2025.09.12 全球AI新闻速递" in texts_of(sample)
    assert "第 3 条的正文。" in texts_of(sample)
    assert not sample.keyboard
    assert "if you see nothing there" in question.text.plain
    assert [button.text for row in question.keyboard for button in row] == ["✓ Use it", "Stay with Headlines"]
    assert await layout_of(me) is Layout.HEADLINES


@pytest.mark.parametrize("said", ["rich", "Rich layout", "图文版", "富文本"])
async def test_name_without_a_slash_shows_the_sample(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    answer = await me.say(said)
    assert len(answer.rich) == 1
    assert "Use the rich layout?" in answer.text


@pytest.mark.parametrize(
    ("said", "layout"), [("全文版", Layout.FULL), ("full text", Layout.FULL), ("标题版", Layout.HEADLINES)]
)
async def test_other_layouts_are_chosen_by_their_names(bot: Bot, said: str, layout: Layout) -> None:
    me = await rich(bot)
    await me.say(said)
    assert await layout_of(me) is Layout.RICH
    await me.press("✓")
    assert await layout_of(me) is layout


async def test_question_in_a_group_speaks_of_its_members(bot: Bot) -> None:
    bot.group_admins = {-100: {7}}
    await bot.publish(TODAY)
    me = group(bot)
    await me.say("/start")
    answer = await me.say("/layout rich")
    assert "Everybody here" in answer.text
    assert "your devices" not in answer.text


async def test_press_on_use_it_saves_and_one_press_goes_back(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("/settings")
    await me.press("Layout")
    answer = await me.press("Rich")
    assert not answer.edited
    assert len(answer.rich) == 1
    saved = await me.press("Use it")
    assert await layout_of(me) is Layout.RICH
    assert saved.edited
    assert saved.toast == "Saved."
    assert "in the rich layout" in saved.text
    back = await me.press("Back to Headlines")
    assert await layout_of(me) is Layout.HEADLINES
    assert "📰 Headlines" in back.text


async def test_press_on_stay_leaves_everything_as_it_was(bot: Bot) -> None:
    me = await subscribed(bot, "zh")
    await me.say("/layout 全文")
    await me.say("/layout 图文")
    answer = await me.press("还是用全文版")
    assert answer.edited
    assert answer.text == "好，还是全文版。"
    assert await layout_of(me) is Layout.FULL


async def test_who_has_the_rich_layout_is_offered_the_way_back(bot: Bot) -> None:
    me = await rich(bot)
    answer = await me.say("/layout rich")
    assert [button.text for message in answer.messages for row in message.keyboard for button in row] == [
        "✓ Use it",
        "‹ Back to Headlines",
    ]
    await me.press("Back to Headlines")
    assert await layout_of(me) is Layout.HEADLINES


@pytest.mark.parametrize("typed", ["/layout rich use", "/layout keep"])
async def test_answers_of_the_question_cannot_be_typed(bot: Bot, typed: str) -> None:
    me = await subscribed(bot)
    assert "Which layout" in (await me.say(typed)).text
    assert await layout_of(me) is Layout.HEADLINES


@pytest.mark.parametrize(("language", "title"), [("en", "A small example"), ("zh", "一个小样")])
async def test_without_an_edition_an_example_is_shown(bot: Bot, language: str, title: str) -> None:
    me = private(bot, language=language)
    await me.say("/start")
    [sample] = (await me.say("/layout rich")).rich
    heading = sample.blocks[0]
    assert isinstance(heading, Heading)
    assert heading.text.plain == title
    assert sum(isinstance(block, Details) for block in sample.blocks) == 4


async def test_sample_ignores_categories_without_an_item(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("/settings categories")
    await me.say("/settings")
    await me.press("Categories")
    await me.press("AI产业")
    [sample] = (await me.say("/layout rich")).rich
    assert "第 1 条的正文。" in texts_of(sample)
    assert "第 2 条的正文。" not in texts_of(sample)


async def test_refused_sample_is_replaced_by_a_kind_word(bot: Bot) -> None:
    me = await subscribed(bot)
    answer = await me.say("/layout rich")
    [sample] = [
        action for action in answer.actions if isinstance(action, Send) and isinstance(action.message, RichMessage)
    ]
    [note], [question] = sample.if_refused, sample.then
    assert "Nothing has changed" in note.text.plain
    assert [button.text for row in note.keyboard for button in row] == ["⚙️ Settings"]
    assert question.message == answer.messages[-1]
    assert "Above is a sample" in answer.text


async def rich(bot: Bot, language: str = "en") -> Voice:
    me = await subscribed(bot, language)
    await me.say("/layout rich")
    await me.press("Use it" if language == "en" else "就用它")
    return me


async def test_today_comes_rich_with_the_full_text_in_reserve(bot: Bot) -> None:
    me = await rich(bot)
    answer = await me.say("/today")
    [action] = answer.actions
    assert isinstance(action, Send)
    assert isinstance(action.message, RichMessage)
    assert action.message.keyboard
    [in_full] = action.if_refused
    assert "第 5 条的正文。" in in_full.text.plain


async def test_button_beside_an_item_shows_the_item_alone(bot: Bot) -> None:
    me = await rich(bot)
    await me.say("/today")
    answer = await me.press("Item 3 alone")
    assert not answer.edited
    assert "第 3 条的正文。" in answer.text
    assert "第 2 条" not in answer.text


async def test_single_items_stay_ordinary_messages(bot: Bot) -> None:
    me = await rich(bot)
    for said in ("/item 2", "/items", "/commentary", "/categories"):
        answer = await me.say(said)
        assert answer.messages
        assert not answer.rich


async def refuse(bot: Bot, me: Voice, refusal: RichRefusal) -> None:
    async with bot.database.write() as tx:
        await subscribers.refuse_rich(tx, (await me.row()).id, refusal)


@pytest.mark.parametrize(
    ("language", "refusal", "reason"),
    [
        ("en", RichRefusal.CHAT, "Telegram does not take it in this chat"),
        ("en", RichRefusal.SERVER, "too old for it"),
        ("zh", RichRefusal.CHAT, "不让我在这里发"),
        ("zh", RichRefusal.SERVER, "服务器版本太旧"),
    ],
)
async def test_settings_say_why_the_rich_layout_was_left(
    bot: Bot, language: str, refusal: RichRefusal, reason: str
) -> None:
    me = await rich(bot, language)
    await refuse(bot, me, refusal)
    overview = (await me.say("/settings")).text
    assert ("Full text (Rich is not possible here)" if language == "en" else "全文版（这里发不了图文版）") in overview
    assert reason in (await me.say("/layout")).text


async def test_choosing_again_forgets_the_refusal(bot: Bot) -> None:
    me = await rich(bot)
    await refuse(bot, me, RichRefusal.CHAT)
    assert (await me.row()).rich_refusal is RichRefusal.CHAT
    await me.say("/layout rich")
    assert (await me.row()).rich_refusal is RichRefusal.CHAT
    await me.press("Use it")
    assert (await me.row()).rich_refusal is None
    assert await layout_of(me) is Layout.RICH


async def test_a_chosen_layout_forgets_the_refusal(bot: Bot) -> None:
    me = await rich(bot)
    await refuse(bot, me, RichRefusal.CHAT)
    await me.say("/layout full")
    assert (await me.row()).rich_refusal is None


async def _administrators_only(me: Voice, other: Voice) -> None:
    await me.say("/layout rich")
    refused: Answer = await other.press("Use it")
    assert "administrators" in refused.toast
    assert await layout_of(me) is Layout.HEADLINES
    await me.press("Use it")
    assert await layout_of(me) is Layout.RICH


async def test_in_groups_only_administrators_choose(bot: Bot) -> None:
    await bot.publish(TODAY)
    bot.group_admins = {-100: {7}}
    me = group(bot)
    await me.say("/start")
    await _administrators_only(me, me.elsewhere(8, "en"))


async def test_in_channels_only_administrators_choose(bot: Bot) -> None:
    await bot.publish(TODAY)
    bot.group_admins = {-300: {7}}
    me = channel(bot)
    await me.lets_in(present=True)
    await me.press_data("start")
    await _administrators_only_by_press(me)


async def _administrators_only_by_press(me: Voice) -> None:
    await me.press_data("layout rich.s")
    refused = await me.elsewhere(8, "en").press("Use it")
    assert refused.toast
    assert await layout_of(me) is Layout.HEADLINES
    await me.press("Use it")
    assert await layout_of(me) is Layout.RICH
