"""A bare yes or no answers the question that the bot has just asked, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from domain.chat.action import Send
from domain.chat.message import Button, Message
from domain.chat.text import Text
from domain.subscription.admission import AdmissionPolicy
from domain.subscription.preferences import Layout
from domain.subscription.subscriber import QUESTION_OPEN
from handlers.input.answers import read_answer
from handlers.typed_answers import find_question
from storage.schema import subscribers
from tests.handlers.dialogue import ADMIN, Bot, Voice, group, private

TODAY = date(2025, 9, 12)
YES = (
    *(
        "好",
        "好的",
        "嗯",
        "可以",
        "行",
        "好啊！",
        "嗯嗯",
        "是的",
        "對",
        "沒問題",
        "好的，謝謝",
        "那就这样吧",
        "好~",
        "确定",
        "好啦",
        "是了",
        "当然了",
        "就这么定了",
        "就这样好了",
        "这样就行了",
        "👍",
        "👍🏻",
    ),
    *("yes", "Yes please", "yeah, do it", "OK", "ok thanks", "sure!", "go ahead", "that's right", "✅"),
)
NO = (
    *(
        "不用",
        "不用了",
        "算了",
        "不",
        "不要了",
        "不用，谢谢",
        "還是算了吧",
        "先不要",
        "取消",
        "别",
        "不行",
        "沒必要",
        "👎",
    ),
    *("no", "No, thanks", "nope", "never mind", "don't", "cancel that", "no thank you", "not now please"),
)
NEITHER = (
    *(
        "好不好",
        "好吗？",
        "好?",
        "可不可以",
        "是不是",
        "好看",
        "好像不对",
        "行情",
        "可以看昨天的吗",
        "对比",
        "不用改成九点",
        "对了",
        "對了，",
        "得了",
        "得了吧",
        "行了",
        "行了吧",
        "好了",
        "好了好了",
        "好了，谢谢",
        "嗯，好了",
        "成了",
        "可以了",
        "好，改成九点",
    ),
    *(
        "嗯，第三条",
        "不客气",
        "要闻",
        "取消订阅",
        "算法",
        "算力",
        "别发了",
        "谢谢",
        "得州",
        "免费",
        "可灵",
        "成都",
        "否认",
    ),
    *(
        "yesterday",
        "no digest tomorrow",
        "not on sundays",
        "okay, item 3",
        "yes or no",
        "thanks",
        "no more crypto",
        "good news?",
        "",
    ),
    *(
        "nothing",
        "y2k",
        "do it at 9",
        "fine tuning",
        "later editions",
        "right to repair",
        "sure about that?",
        "好" * 40,
    ),
)


async def subscribed(bot: Bot, language: str = "zh-hans") -> Voice:
    await bot.publish(TODAY)
    me = private(bot, language=language)
    await me.say("/start")
    return me


@pytest.mark.parametrize(
    ("texts", "meaning"), [(YES, True), (NO, False), (NEITHER, None)], ids=["yes", "no", "neither"]
)
def test_bare_answers_are_told_from_other_texts(texts: tuple[str, ...], meaning: bool | None) -> None:
    read = {text: read_answer(text) for text in texts}
    assert {text: answer for text, answer in read.items() if (answer and answer.is_yes) != meaning} == {}


@pytest.mark.parametrize("said", ["好", "好的", "嗯", "可以", "行", "OK", "yes please", "👍"])
async def test_typed_yes_does_what_was_asked(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    assert "21:30" in (await me.say("改成晚上九点半吧")).text
    answer = await me.say(said)
    assert "21:30" in answer.text
    assert (await me.row()).schedule.minute_of_day == 21 * 60 + 30
    await me.press("↩️")
    assert (await me.row()).schedule.minute_of_day == 8 * 60


@pytest.mark.parametrize(
    ("language", "said", "kept"),
    [
        ("zh-hans", "不用", "一切照旧"),
        ("zh-hans", "不用了", "一切照旧"),
        ("zh-hant", "算了", "一切照舊"),
        ("en", "no", "stays as it is"),
        ("en", "no thanks", "stays as it is"),
    ],
)
async def test_typed_no_changes_nothing(bot: Bot, language: str, said: str, kept: str) -> None:
    me = await subscribed(bot, language)
    before = (await me.row()).schedule
    await me.say("改成晚上九点半吧")
    assert kept in (await me.say(said)).text
    assert kept in (await me.say("好的")).text
    assert (await me.row()).schedule == before


async def test_only_the_next_words_are_the_answer(bot: Bot) -> None:
    me = await subscribed(bot)
    before = (await me.row()).schedule
    await me.say("改成晚上九点半吧")
    await me.say("第2条")
    assert "一切照旧" in (await me.say("好")).text
    await me.say("改成晚上九点半吧")
    await me.press("不用")
    assert "一切照旧" in (await me.say("好")).text
    assert (await me.row()).schedule == before


async def test_newest_of_two_questions_is_answered(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("改成晚上九点半吧")
    await me.say("静音")
    await me.say("好")
    row = await me.row()
    assert row.silent
    assert row.schedule.minute_of_day == 8 * 60


async def test_late_yes_has_the_question_repeated(bot: Bot) -> None:
    me = await subscribed(bot)
    asked = await me.say("改成晚上九点半吧")
    bot.now += QUESTION_OPEN + timedelta(seconds=1)
    again = await me.say("好")
    assert again.text == asked.text
    assert (await me.row()).schedule.minute_of_day == 8 * 60
    await me.say("好")
    assert (await me.row()).schedule.minute_of_day == 21 * 60 + 30


async def test_typed_yes_ends_a_subscription_only_after_its_question(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("退订")
    await me.say("不用了")
    assert (await me.row()).active
    await me.say("好")
    assert (await me.row()).active
    await me.say("退订")
    await me.say("好的")
    assert not (await me.row()).active


async def test_edit_that_is_answered_ends_the_question(bot: Bot) -> None:
    await bot.publish(TODAY)
    admin = private(bot, ADMIN)
    await admin.say("/start")
    await admin.say("Dear readers, there will be no digest next Monday because of the holiday.")
    draft = max(number for number in range(1, admin.last_message) if number not in admin.seen)
    await admin.say("/stop")
    bot.wait(minutes=1)
    changed = await admin.edits(
        draft, text="Dear readers, there will be no digest next Tuesday because of the holiday."
    )
    assert "Tuesday" in changed.text
    await admin.say("yes")
    assert (await admin.row()).active


async def test_same_question_asked_twice_is_open_from_the_second_time(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("退订")
    bot.wait(minutes=9)
    await me.say("退订")
    bot.wait(minutes=9)
    await me.say("好")
    assert not (await me.row()).active


async def test_question_ends_with_what_an_older_program_answers(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("退订")
    bot.wait(minutes=1)
    async with bot.database.write() as tx:  # it knows no questions, and leaves them in the row
        await tx.execute(update(subscribers).values(last_seen_at=bot.now))
    assert "一切照旧" in (await me.say("好")).text
    assert (await me.row()).active


async def test_question_ends_with_a_command_that_stores_no_contact(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("退订")
    await me.say("/privacy")
    await me.say("好")
    assert (await me.row()).active


async def test_request_of_somebody_else_ends_the_question(bot: Bot) -> None:
    bot.admission_policy = AdmissionPolicy.APPROVED
    await bot.publish(TODAY)
    owner, stranger = private(bot, ADMIN), private(bot)
    await owner.say("/start")
    await stranger.say("/start")
    await owner.say("/stop")
    await stranger.press("Ask to be let in")
    await owner.say("yes")
    assert (await owner.row()).active


async def test_message_about_a_group_ends_the_question(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("退订")
    greeted = await group(bot).lets_in(present=True)
    assert [action.chat_id for action in greeted.actions if isinstance(action, Send)] == [me.chat.id]
    await me.say("好")
    assert (await me.row()).active


async def test_question_is_found_in_the_chat_that_was_asked(bot: Bot) -> None:
    me = await subscribed(bot)
    asked = (await me.say("退订")).actions
    told = Send(8, Message(Text("x"), ((Button("x", "menu"),),)))
    assert find_question([*asked, told], me.chat.id) == find_question(asked, me.chat.id) != ""
    assert find_question([*asked, told], 8) == ""


@pytest.mark.parametrize("said", ["对了", "得了吧", "行了", "好了"])
async def test_enough_and_by_the_way_are_no_yes(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    await me.say("退订")
    await me.say(said)
    assert (await me.row()).active


@pytest.mark.parametrize("said", ["好", "yes", "确定"])
async def test_erasing_needs_a_press(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    await me.say("改成晚上九点半吧")
    await me.say("删除我的数据")
    assert "请按那条消息下面的按钮" in (await me.say(said)).text
    row = await me.row()
    assert row.active
    assert row.schedule.minute_of_day == 8 * 60


async def test_typed_words_answer_the_questions_of_the_welcome_and_of_a_place(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot, language="zh-hans")
    await me.say("/start")
    assert "时区" in (await me.say("不对")).text
    await me.say("/start")
    await me.say("我在东京")
    await me.say("對")
    assert (await me.row()).schedule.zone == "Asia/Tokyo"


async def test_typed_yes_takes_the_rich_layout(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("图文版")
    await me.say("好的")
    assert (await me.row()).preferences.layout is Layout.RICH
    await me.say("全文")
    await me.say("好的")
    await me.say("图文版")
    await me.say("不用了")
    assert (await me.row()).preferences.layout is Layout.FULL


async def test_typed_yes_is_for_the_chat_that_was_asked_about(bot: Bot) -> None:
    bot.group_admins = {-100: {7}}
    boss = group(bot)
    await boss.say("/start")
    me = private(bot, 7)
    await me.say("/start")
    chat = (await boss.row()).id
    await me.press_data(f"@{chat} settings.e")
    await me.say("改成晚上九点半吧")
    await me.say("好")
    assert (await boss.row()).schedule.minute_of_day == 21 * 60 + 30
    assert (await me.row()).schedule.minute_of_day == 8 * 60


@pytest.mark.parametrize("said", ["好的谢谢", "thanks, ok"])
async def test_thanks_without_a_question_are_thanks(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    await me.say("/status")
    assert "不客气" in (await me.say(said)).text
