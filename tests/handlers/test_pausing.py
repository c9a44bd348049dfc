"""Pauses, the question before unsubscribing, and the undo of changed settings."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.chat.event import ANONYMOUS_ADMINISTRATOR_ID
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import Layout
from storage import setting_changes
from tests.handlers.dialogue import Bot, Voice, channel, group, private

TODAY = date(2025, 9, 12)
MIDNIGHT = datetime(2025, 9, 18, 16, tzinfo=UTC)
"""The beginning of 19 September in Shanghai."""


async def subscribed(bot: Bot, language: str = "en") -> Voice:
    me = private(bot, language=language)
    await me.say("/start")
    return me


@pytest.mark.parametrize(
    ("language", "week", "until", "first"),
    [
        ("en", "1 week, until Fri, 19 Sep", "Paused until Fri, 19 Sep", "Next digest: Fri, 19 Sep at 08:00"),
        ("zh-hans", "1 周，到9月19日", "暂停到9月19日", "下一期：9月19日周五 08:00"),
    ],
)
async def test_pause_takes_two_taps_and_says_until_when(
    bot: Bot, language: str, week: str, until: str, first: str
) -> None:
    me = await subscribed(bot, language)
    await me.say("/pause")
    done = await me.press(week)
    assert done.edited
    assert until in done.text
    assert first in done.text
    assert (await me.row()).paused_until == MIDNIGHT
    for screen in ("/status", "/settings"):
        assert until in (await me.say(screen)).text


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("明天别发了", 14),
        ("skip tomorrow", 14),
        ("今天先别发", 13),
        ("下周出差，先停一停", 22),
        ("no digest next week", 22),
    ],
)
async def test_days_that_are_left_out_lie_within_the_pause(bot: Bot, said: str, day: int) -> None:
    me = await subscribed(bot)
    asked = await me.say(said)
    assert f"until {date(2025, 9, day):%a}, {day} Sep" in asked.text
    await me.press("Yes")
    assert (await me.row()).paused_until == datetime(2025, 9, day - 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2 weeks", 26),
        ("两周", 26),
        ("until 2025-09-19", 19),
        ("到下周五", 19),
        ("the 20th", 20),
        ("1", 19),
        ("10天", 22),
    ],
)
async def test_pause_takes_a_length_or_a_day(bot: Bot, words: str, day: int) -> None:
    me = await subscribed(bot)
    assert f"{day} Sep" in (await me.say(f"/pause {words}")).text
    assert (await me.row()).paused_until == datetime(2025, 9, day - 1, 16, tzinfo=UTC)


async def test_pause_into_another_year_tells_the_year(bot: Bot) -> None:
    me = await subscribed(bot)
    assert "Paused until Tue, 20 Jan 2026" in (await me.say("/pause 2026-01-20")).text
    assert "until Wed, 21 Jan 2026?" in (await me.say("pause until 2026-01-21")).text


@pytest.mark.parametrize("words", ["x", "2025-09-12", "2025-09-11", "2026-12-01", "9999 weeks", "0 days"])
async def test_pause_that_cannot_be_read_changes_nothing(bot: Bot, words: str) -> None:
    me = await subscribed(bot)
    answer = await me.say(f"/pause {words}")
    assert "Until when?" in answer.text
    assert any("2 weeks" in label for label in answer.labels)
    assert (await me.row()).paused_until is None


@pytest.mark.parametrize("how", ["[Go on now]", "/pause off", "/pause OFF.", "/pause 关闭", "/pause 關閉", "/start"])
async def test_pause_ends_on_demand(bot: Bot, how: str) -> None:
    me = await subscribed(bot)
    await me.say("/pause 2 weeks")
    bot.wait(hours=30)
    answer = await (me.press(how.strip("[]")) if how[0] == "[" else me.say(how))
    assert "the pause is over" in answer.text
    assert (await me.row()).paused_until == bot.now
    assert "Paused" not in (await me.say("/status")).text


async def test_end_of_no_pause_says_that_it_is_so_already(bot: Bot) -> None:
    me = await subscribed(bot)
    answer = await me.say("/pause off")
    assert answer.text.startswith("That is how it is already.\nNext digest: ")
    assert answer.labels == ["⚙️ Settings"]


async def test_button_that_ends_a_pause_twice_says_that_it_is_so_already(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("/settings")
    await me.press("⏸ Pause")
    stale = (await me.press("2 weeks")).button("Go on now").callback_data
    assert (await me.press("Go on now")).toast == "The pause is over."
    again = await me.press_data(stale)
    assert again.toast == "That is how it is already."
    assert "⏸ Pause" in again.labels, "the settings are shown there"
    await me.say("/pause 1 week")
    bot.wait(days=8)
    ended_by_itself = await me.press("Go on now")
    assert ended_by_itself.toast == "That is how it is already."
    assert "the pause is over" not in ended_by_itself.text


@pytest.mark.parametrize("words", ["兩週", "兩個星期", "到週五", "到十月一日"])
async def test_pause_is_read_in_traditional_characters(bot: Bot, words: str) -> None:
    me = await subscribed(bot)
    assert "Paused until" in (await me.say(f"/pause {words}")).text
    assert "the pause is over" in (await me.say("/pause 結束")).text


async def test_pause_button_of_a_past_day_offers_new_ones(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("/pause")
    bot.wait(days=30)
    assert "until Sun, 19 Oct" in " ".join((await me.press("1 week")).labels)
    assert (await me.row()).paused_until is None


async def test_pause_ends_on_the_same_day_in_another_zone(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("/pause 2025-09-19")
    assert "Fri, 19 Sep at 08:00" in (await me.say("/timezone Los Angeles")).text
    assert (await me.row()).paused_until == datetime(2025, 9, 19, 7, tzinfo=UTC)


async def test_settings_pause_and_resume_in_place(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("/settings")
    await me.press("⏸ Pause")
    paused = await me.press("2 weeks")
    assert paused.edited
    assert "⏸ Paused until Fri, 26 Sep" in paused.text
    assert "▶️ Go on now" in paused.labels
    assert "Paused" not in (await me.press("Go on now")).text


async def test_broadcast_counts_nobody_who_pauses(bot: Bot) -> None:
    me, boss = await subscribed(bot), private(bot, 1)
    await me.say("/pause 2")
    assert "For nobody" in (await boss.say("/broadcast hello")).text
    assert "1 subscribed, 2 known, 1 of them pause" in (await boss.say("/stats")).text
    bot.wait(days=15)
    assert "For 1 person" in (await boss.say("/broadcast hello")).text


async def test_unsubscribing_asks_once_and_offers_a_pause(bot: Bot) -> None:
    me = await subscribed(bot)
    asked = await me.say("/stop")
    assert (await me.row()).active
    assert [label for label in asked.labels if "⏸" in label]
    assert "everything stays" in (await me.press("No, keep it")).text
    await me.say("/stop")
    assert "Paused until" in (await me.press("4 weeks")).text
    assert (await me.row()).active
    await me.say("/stop yes")
    assert (await me.row()).active, "a typed word is no press"
    assert "unsubscribed" in (await me.press("Unsubscribe")).text
    assert not (await me.row()).active


async def test_subscribing_again_begins_without_a_pause(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.say("/pause 2")
    await me.say("/stop")
    await me.press("Unsubscribe")
    assert "Paused" not in (await me.press("Subscribe again")).text
    assert (await me.row()).paused_until is None


CHANGES = [
    ("/time 21:30", "You", lambda row: row.schedule, Schedule("Asia/Shanghai", 480)),
    ("/timezone Berlin", "You", lambda row: row.schedule, Schedule("Asia/Shanghai", 480)),
    ("/layout full", "full", lambda row: row.preferences.layout, Layout.HEADLINES),
    ("/language zh", "中文", lambda row: (row.preferences.language, row.language_chosen), ("en", False)),
    ("/pause 2", "Paused", lambda row: row.paused_until, None),
]


@pytest.mark.parametrize(("said", "confirmed", "value", "former"), CHANGES, ids=[said for said, *_ in CHANGES])
async def test_change_is_undone_once(bot: Bot, said: str, confirmed: str, value: object, former: object) -> None:
    assert callable(value)
    me = await subscribed(bot)
    answer = await me.say(said)
    assert confirmed in answer.text
    assert value(await me.row()) != former
    undo = answer.button("↩️").callback_data
    undone = await me.press("↩️")
    assert undone.edited
    assert undone.toast in ("It is as before.", "已经改回来了。")
    assert value(await me.row()) == former
    assert "cannot be undone" in (await me.press_data(undo)).toast


async def test_changes_on_screens_are_undone_there(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = await subscribed(bot)
    before = await me.row()
    for screen, switch in (("Sound off", None), ("Weekdays", "Mon"), ("Categories", "AI产业"), ("Layout", "Full text")):
        await me.say("/settings")
        await me.press(screen)
        if switch is not None:
            await me.press(switch)
        assert await me.row() != before
        undone = await me.press("↩️")
        assert undone.edited
        assert "Settings" in undone.text
        assert await me.row() == before


async def test_nothing_to_undo_where_nothing_changed(bot: Bot) -> None:
    me = await subscribed(bot)
    assert "↩️ Undo" not in (await me.say("/time 8:00")).labels


async def test_only_who_made_a_change_undoes_it(bot: Bot) -> None:
    bot.group_admins = {-100: {7, 8}}
    boss = group(bot)
    await boss.say("/start")
    undo = (await boss.say("/time 9:00")).button("↩️").callback_data
    for stranger in (boss.elsewhere(8), boss.elsewhere(9), private(bot, 7), private(bot, 9)):
        assert (await stranger.press_data(undo)).toast != "It is as before."
    assert (await boss.row()).schedule.minute_of_day == 540
    assert (await boss.press_data(undo)).toast == "It is as before."
    assert (await boss.row()).schedule.minute_of_day == 480


async def test_any_administrator_undoes_a_change_of_an_anonymous_one(bot: Bot) -> None:
    """Telegram tells who presses, but not who an anonymous administrator is."""
    bot.group_admins = {-100: {ANONYMOUS_ADMINISTRATOR_ID, 7}, -200: {7}}
    anonymous = group(bot, person=ANONYMOUS_ADMINISTRATOR_ID)
    await anonymous.say("/start")
    undo = (await anonymous.say("/time 9:00")).button("↩️").callback_data
    for stranger in (anonymous.elsewhere(9), group(bot, -200), private(bot), private(bot, 9)):
        assert (await stranger.press_data(undo)).toast != "It is as before."
    assert (await anonymous.row()).schedule.minute_of_day == 540
    admin = anonymous.elsewhere(7)
    assert (await admin.press_data(undo)).toast == "It is as before."
    assert (await anonymous.row()).schedule.minute_of_day == 480
    assert "cannot be undone" in (await admin.press_data(undo)).toast


@pytest.mark.parametrize(
    ("language", "said", "asked", "yes", "done", "nothing"),
    [
        ("en", "undo", "Shall I undo the last change: Time?", "Yes", "It is as before.", "There is nothing to undo."),
        ("zh-hans", "撤销", "撤销上一次改动：时间，好吗？", "好", "已经改回来了。", "没有可以撤销的改动。"),
        ("zh-hant", "復原", "復原上一次變更：時間，好嗎？", "好", "已經改回來了。", "沒有可以復原的變更。"),
    ],
)
async def test_typed_undo_is_asked_then_done_from_the_newest_on(
    bot: Bot, language: str, said: str, asked: str, yes: str, done: str, nothing: str
) -> None:
    me = await subscribed(bot, language)
    assert nothing in (await me.say(said)).text
    await me.say("/layout full")
    await me.say("/time 21:30")
    question = await me.say(said)
    assert asked in question.text
    assert "08:00" in question.text  # the next digest as it would be again
    assert (await me.row()).schedule.minute_of_day == 21 * 60 + 30
    assert done in (await me.press(yes)).text
    row = await me.row()
    assert (row.schedule.minute_of_day, row.preferences.layout) == (480, Layout.FULL)
    await me.say(said)
    await me.press(yes)
    assert (await me.row()).preferences.layout is Layout.HEADLINES
    assert nothing in (await me.say(said)).text


async def test_typed_undo_takes_back_what_was_asked_about_only(bot: Bot) -> None:
    """A change after the question, or the undo of its own button, lets the question's Yes do nothing."""
    me = await subscribed(bot)
    await me.say("/time 21:30")
    question = (await me.say("undo that please")).button("Yes").callback_data
    await me.say("/layout full")
    before = await me.row()
    assert (await me.press_data(question)).toast != "Saved."
    assert await me.row() == before
    for forged in ("agree undo.e", "agree undo x.e", "agree undo 9999999999999999.e"):
        await me.elsewhere(8, "en").press_data(forged)
        assert await me.row() == before


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("/timezone Berlin", "Time zone"),
        ("/language zh", "语言"),
        ("/pause 2", "Pause"),
        ("/mute bitcoin", "Muted"),
        ("silent on.s", "Sound"),
        ("weekly 6.e", "Weekly recap"),
        ("weekdays 31.e", "Weekdays"),
    ],
)
async def test_typed_undo_names_the_setting(bot: Bot, change: str, named: str) -> None:
    me = await subscribed(bot)
    await (me.say(change) if change.startswith("/") else me.press_data(change))
    assert named in (await me.say("undo")).text


async def test_oldest_changes_are_forgotten(bot: Bot) -> None:
    me = await subscribed(bot)
    undo = [
        (await me.say(f"/time {hour}:00")).button("↩️").callback_data
        for hour in range(10, 11 + setting_changes.KEPT_PER_SUBSCRIBER)
    ]
    assert "cannot be undone" in (await me.press_data(undo[0])).toast
    assert (await me.press_data(undo[1])).toast == "It is as before."
    assert (await me.row()).schedule.minute_of_day == 600


@pytest.mark.parametrize("data", ["undo", "undo x", "undo 99999999999999999", "undo -1", "pause 2025-01-01", "keep"])
async def test_forged_buttons_change_nothing(bot: Bot, data: str) -> None:
    me = await subscribed(bot)
    before = await me.row()
    await me.press_data(data)
    assert await me.row() == before


async def test_channel_is_paused_by_its_administrators(bot: Bot) -> None:
    bot.group_admins = {-300: {7}}
    boss = channel(bot)
    await boss.lets_in(present=True)
    await boss.press("Subscribe")
    await boss.press_data("pause")
    assert "Send it" not in boss.heard.text
    assert "Only this channel's administrators" in (await boss.elsewhere(8).press("1 week")).toast
    assert "Paused" in (await boss.press("1 week")).text


@pytest.mark.parametrize(
    ("language", "said", "first"),
    [
        ("en", "/pause 2025-09-19", "Next digest: Fri, 19 Sep at 20:30"),
        ("zh-hans", "/pause 一周", "下一期：9月19日周五 20:30"),
    ],
)
async def test_evening_reader_is_told_their_own_hour_after_a_pause(
    bot: Bot, language: str, said: str, first: str
) -> None:
    me = await subscribed(bot, language)
    await me.say("/time 20:30")
    assert first in (await me.say(said)).text
    bot.now = MIDNIGHT - timedelta(hours=2)
    assert "20:30" in (await me.say("/status")).text
    assert "00:00" not in me.heard.text
