"""Sentences become proposals: nothing changes before Yes, No changes nothing, and Yes can be undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from domain.subscription.calendar import Schedule
from domain.subscription.preferences import Layout
from domain.subscription.subscriber import Subscriber
from storage import runs
from tests.handlers.dialogue import Bot, Voice, group, private
from tests.handlers.editions import published

TODAY = date(2025, 9, 12)

SAID: list[tuple[str, Callable[[Subscriber], object], object]] = [
    ("改成7点", lambda row: row.schedule.minute_of_day, 420),
    ("8:30", lambda row: row.schedule.minute_of_day, 510),
    ("太早了，九点半再发吧", lambda row: row.schedule.minute_of_day, 570),
    ("周末不要发", lambda row: row.schedule.weekdays, 0b0011111),
    ("every weekday at 7", lambda row: row.schedule, Schedule("Asia/Shanghai", 420, 0b0011111)),
    ("pause two weeks", lambda row: row.paused_until, datetime(2025, 9, 25, 16, tzinfo=UTC)),
    ("暂停到10月1日", lambda row: row.paused_until, datetime(2025, 9, 30, 16, tzinfo=UTC)),
    ("full text please", lambda row: row.preferences.layout, Layout.FULL),
    ("说中文", lambda row: row.preferences.language, "zh"),
    ("静音", lambda row: row.silent, True),
    ("只看AI产业", lambda row: row.preferences.categories, frozenset({"ai产业"})),
    ("我在东京", lambda row: row.schedule.zone, "Asia/Tokyo"),
]


async def subscribed(bot: Bot) -> Voice:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/start")
    return me


@pytest.mark.parametrize(("said", "value", "wanted"), SAID, ids=[said for said, *_ in SAID])
async def test_sentence_is_proposed_confirmed_and_undone(
    bot: Bot, said: str, value: Callable[[Subscriber], object], wanted: object
) -> None:
    me = await subscribed(bot)
    before = await me.row()
    asked = await me.say(said)
    assert await me.row() == before, "nothing changes before Yes"
    assert asked.labels == ["✓ Yes", "No"]
    declined = await me.press("No")
    assert declined.edited
    assert "stays as it is" in declined.text
    assert await me.row() == before
    await me.say(said)
    agreed = await me.press("✓ Yes")
    assert agreed.edited
    assert value(await me.row()) == wanted
    undone = await me.press("↩️")
    assert undone.edited
    assert await me.row() == before


@pytest.mark.parametrize("said", ["别再发了", "我想退订", "stop sending me this", "unsubscribe", "退订"])
async def test_wish_to_leave_is_asked_about(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    asked = await me.say(said)
    assert "Shall I stop sending" in asked.text
    assert any("⏸ 2 weeks" in label for label in asked.labels)
    assert (await me.row()).active


@pytest.mark.parametrize(
    "said", ["quit", "不要停", "don't unsubscribe me", "退订费是什么新闻", "stop the presses", "别取消我的订阅"]
)
async def test_no_wish_to_leave_is_none(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    assert "Shall I stop sending" not in (await me.say(said)).text
    assert (await me.row()).active


async def test_proposal_of_what_is_so_already_says_so(bot: Bot) -> None:
    me = await subscribed(bot)
    assert "how it is already" in (await me.say("改成8点")).text
    assert "how it is already" in (await me.say("恢复发送")).text


async def test_further_days_are_added(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("周末不要发")
    await me.press("✓ Yes")
    await me.say("周六也要发")
    await me.press("✓ Yes")
    assert (await me.row()).schedule.weekdays == 0b0111111


@pytest.mark.parametrize(
    ("days", "said", "left"),
    [
        (0b0010100, "not on wednesdays", 0b0010000),
        (0b0010100, "周三不要发", 0b0010000),
        (0b0010100, "no digest on Wednesday please", 0b0010000),
        (0b0010100, "别在周三发", 0b0010000),
        (0b0010100, "skip wednesdays from now on", 0b0010000),
        (0b0010100, "i don't work wednesdays so no need to send it then", 0b0010000),
        (0b0010100, "every day but wednesday", 0b1111011),
        (0b0010100, "除了周三都要", 0b1111011),
    ],
)
async def test_days_left_out_are_taken_from_ones_own(bot: Bot, days: int, said: str, left: int) -> None:
    me = await subscribed(bot)
    await me.press_data(f"weekdays {days}.s")
    await me.say(said)
    await me.press("✓ Yes")
    assert (await me.row()).schedule.weekdays == left


@pytest.mark.parametrize("said", ["not on sundays", "周日不要发", "not on weekends", "stop sending on sundays"])
async def test_days_that_are_off_already_stay_off(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    await me.press_data("weekdays 31.s")
    assert "how it is already" in (await me.say(said)).text
    assert (await me.row()).schedule.weekdays == 31


async def test_days_left_out_come_with_a_time(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.press_data("weekdays 20.s")
    assert "Shall the digest come Fri at 07:30?" in (await me.say("改成七点半，周三别发")).text
    await me.press("✓ Yes")
    assert (await me.row()).schedule == Schedule("Asia/Shanghai", 450, 0b0010000)


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("en", "not on wednesdays and fridays", "Then no day would be left."),
        ("en", "not on weekdays", "Then no day would be left."),
        ("zh-hans", "周三周五不要发", "这样就一天都不剩了。"),
        ("zh-hant", "平日不要發", "這樣就一天都不剩了。"),
    ],
)
async def test_last_day_left_out_leads_to_a_pause(bot: Bot, language: str, said: str, told: str) -> None:
    await bot.publish(TODAY)
    me = private(bot, language=language)
    await me.say("/start")
    await me.press_data("weekdays 20.s")
    answer = await me.say(said)
    assert answer.text.startswith(told)
    assert (await me.row()).schedule.weekdays == 20
    assert any("2" in label for label in (await me.press("⏸")).labels)


async def test_proposal_pressed_by_another_changes_nothing(bot: Bot) -> None:
    """Neither what is theirs nor what is the other's."""
    bot.group_admins = {-100: {7}}
    boss = group(bot)
    await boss.say("/start")
    before = await boss.row()
    stranger = boss.elsewhere(8)
    for data in ("agree time 07:00.e", "agree pause 2025-09-26.e", "stop yes.e", "keep.e"):
        refused = await stranger.press_data(data)
        assert "Only this group's administrators" in refused.toast
        assert not refused.messages
    assert await boss.row() == before


@pytest.mark.parametrize(
    "data",
    [
        *("agree", "agree x", "agree time", "agree time 99:99", "agree weekdays 0", "agree weekdays 999"),
        *("agree remove_weekdays 0", "agree remove_weekdays 127", "agree remove_weekdays x"),
        *("agree weekdays x", "agree pause 2020-01-01", "agree pause x", "agree layout rich", "agree language xx"),
        *("agree sound x", "agree only x"),
    ],
)
async def test_forged_proposals_change_nothing(bot: Bot, data: str) -> None:
    me = await subscribed(bot)
    before = await me.row()
    assert (await me.press_data(data)).toast
    assert await me.row() == before


async def test_words_of_one_who_is_not_subscribed_lead_to_subscribing(bot: Bot) -> None:
    me = private(bot)
    assert "▶️ Subscribe" in (await me.say("改成7点")).labels


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("zh-hans", "只看体育", "没有“体育”这个分类，现有的分类在下面。"),
        ("en", "only sports", "There is no category “sports”; choose from those that there are."),
        ("en", "only sports and AI产业", "There is no category “sports”; choose from those that there are."),
    ],
)
async def test_wish_for_a_category_that_is_none_is_told_so(bot: Bot, language: str, said: str, told: str) -> None:
    await bot.publish(TODAY)
    me = private(bot, language=language)
    await me.say("/start")
    answer = await me.say(said)
    assert answer.text.startswith(told)
    assert any("AI产业" in label for label in answer.labels)


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("en", "no evening edition", "There is no digest of this hour: evening"),
        ("en", "I would like the noon edition too", "There is no digest of this hour: noon"),
        ("zh-hans", "晚报取消", "没有这个时段的日报：晚间"),
        ("en", "/slot night 20:00", "There is no digest of this hour: night"),
    ],
)
async def test_wish_for_an_hour_without_a_digest_is_told_so(bot: Bot, language: str, said: str, told: str) -> None:
    await bot.publish(TODAY)
    me = private(bot, language=language)
    await me.say("/start")
    before = await me.row()
    assert (await me.say(said)).text.startswith(told)
    assert await me.row() == before


@pytest.mark.parametrize("said", ["每天7点和19点", "every day at 7am and 7pm", "/time 7:00 19:00"])
async def test_two_times_are_asked_about(bot: Bot, said: str) -> None:
    me = await subscribed(bot)
    asked = await me.say(said)
    assert asked.text == "The digest comes once a day. At which of these times?"
    assert asked.labels == ["07:00", "19:00"]
    assert "19:00" in (await me.press("19:00")).text
    assert (await me.row()).schedule.minute_of_day == 19 * 60


@pytest.mark.parametrize("was_there", [False, True])
@pytest.mark.parametrize(
    ("hour", "said"), [(20, "改成18点"), (20, "改成晚上7点"), (10, "改成7点"), (10, "改成晚上11点")]
)
async def test_question_and_confirmation_tell_the_same_delivery(
    bot: Bot, was_there: bool, hour: int, said: str
) -> None:
    """In a window that has begun, or not, with an edition of 09:17 that came before, or after, the person did."""
    me = private(bot)
    bot.now = datetime.combine(TODAY, time(), UTC)
    if was_there:
        await me.say("/start")
    await bot.publish(TODAY)
    async with bot.database.write() as tx:
        await runs.add_digest(tx, TODAY, published=published(TODAY), upto=0)
    bot.now += timedelta(hours=hour - 8)
    await me.say("/start")
    asked = await me.say(said)
    confirmed = (await me.press("✓ Yes")).text
    assert confirmed.splitlines()[1] == asked.text.splitlines()[1]
