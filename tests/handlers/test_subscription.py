"""Subscribing and unsubscribing in private chats, groups and channels."""

from datetime import UTC, date, datetime

import pytest

from domain.chat.action import Send
from domain.chat.event import ButtonPress, Origin
from domain.chat.text import Style
from domain.subscription.calendar import Schedule
from domain.subscription.subscriber import LeftReason
from storage import subscribers
from tests.handlers.dialogue import Bot, channel, group, private

TODAY = date(2025, 9, 12)


@pytest.mark.parametrize(
    ("language", "welcome", "question", "yes", "settled"),
    [
        ("en", "you are subscribed", "Is it 14:05 where you are?", "Yes, it is 14:05", "tomorrow (Sat) at 08:00"),
        ("zh-hans", "你已订阅", "你那里现在是 14:05 吗", "对，现在是 14:05", "明天（周六）08:00"),
    ],
)
async def test_subscribing_takes_one_message_and_one_press(
    bot: Bot, language: str, welcome: str, question: str, yes: str, settled: str
) -> None:
    await bot.publish(TODAY)
    me = private(bot, language=language)

    first = await me.say("/start")

    assert len(first.messages) == 1
    assert welcome in first.text
    assert question in first.text
    assert (await me.row()).active
    done = await me.press(yes)
    assert done.edited
    assert settled in done.text


@pytest.mark.parametrize(
    ("language", "zone"),
    [("zh-hans", "Asia/Shanghai"), ("", "Asia/Shanghai"), ("zh-TW", "Asia/Taipei"), ("ja", "Asia/Tokyo")],
)
async def test_zone_is_guessed_from_the_language(bot: Bot, language: str, zone: str) -> None:
    me = private(bot, language=language)
    await me.say("/start")
    assert (await me.row()).schedule == Schedule(zone, 480)


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "📰 全球AI新闻速递 (written in Chinese)\n"), ("zh-hans", "📰 全球AI新闻速递\n")],
)
async def test_welcome_names_the_digest_and_its_language(bot: Bot, language: str, told: str) -> None:
    await bot.publish(TODAY)
    assert told in (await private(bot, language=language).say("/start")).text


async def test_welcome_shows_the_devices_clock_beside_the_guess(bot: Bot) -> None:
    """An app that cannot show it tells the person to look there, and never repeats the guess."""
    (welcome,) = (await private(bot).say("/start")).messages
    (clock,) = [span for span in welcome.text.spans if span.style is Style.DATE_TIME]
    assert welcome.text.plain[clock.start : clock.end] == "(see the clock of your device)"
    assert clock.value == f"{int(bot.now.timestamp())} t"


async def test_choosing_another_zone_takes_three_taps(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    screen = await me.press("Other time zone")
    assert screen.edited
    assert "Berlin 08:05" in screen.labels
    done = await me.press("Berlin 08:05")
    assert done.edited
    assert done.toast == "Saved."
    assert "as soon as a new edition is out, if that is before 14:00" in done.text
    assert (await me.row()).schedule.zone == "Europe/Berlin"


async def test_choosing_another_time_takes_three_taps(bot: Bot) -> None:
    me = private(bot, language="zh-hans")
    await me.say("/start")
    await me.press("换个时间")
    assert "14:05 吗" in (await me.press("返回")).text
    await me.press("换个时间")
    assert "每天 21:00" in (await me.press("21:00")).text
    assert (await me.row()).schedule.minute_of_day == 21 * 60
    assert "14:05 吗" in me.heard.text, "a time in which zone is still to be told"
    assert "21:00" in (await me.press("对，现在是 14:05")).text


async def test_welcome_offers_todays_digest(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/start")
    read = await me.press("Read today's digest")
    assert "2025.09.12" in read.text
    assert not read.edited


async def test_choosing_a_time_or_zone_keeps_the_digests_button(bot: Bot) -> None:
    await bot.publish(TODAY, date(2025, 9, 11))
    me = private(bot)
    await me.say("/start")
    await me.press("⏰ Other time")
    assert "📰 Read today's digest" in (await me.press("21:00")).labels
    await me.press("Other time zone")
    assert "📰 Read today's digest" in (await me.press("Berlin 08:05")).labels


async def test_settings_screen_leaves_and_rejoins_in_place(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    await me.say("/settings")

    asked = await me.press("Unsubscribe")
    assert (asked.edited, len(asked.messages)) == (True, 1)
    assert (await me.row()).active
    left = await me.press("Unsubscribe")
    assert (left.toast, left.edited, len(left.messages)) == ("Unsubscribed.", True, 1)
    assert "▶️ Subscribe" in left.labels
    assert not (await me.row()).active

    back = await me.press("Subscribe")
    assert (back.toast, back.edited, len(back.messages)) == ("Subscribed.", True, 1)
    assert "✖️ Unsubscribe" in back.labels
    assert (await me.row()).active


async def test_answers_to_a_chat_that_was_subscribed_before(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/start")
    again = await me.say("/start")
    assert again.text.startswith("You are already subscribed.\n")
    assert "📰 Read today's digest" in again.labels

    await me.say("/stop")
    left = await me.press("Unsubscribe")
    assert left.text == "You are unsubscribed. Your settings are kept: /start brings everything back."
    back = await me.press("Subscribe again")
    assert back.toast == "Subscribed."
    assert back.text.startswith("Welcome back!\n")
    assert "📰 Read today's digest" in back.labels


async def test_presses_of_subscribing_have_toasts(bot: Bot) -> None:
    bot.group_admins = {-300: {7}}
    boss = channel(bot)
    await boss.lets_in(present=True)
    assert (await boss.press("Subscribe")).toast == "Subscribed."
    await boss.press_data("stop")
    assert (await boss.press("Unsubscribe")).toast == "Unsubscribed."


async def test_press_moves_no_subscription_to_another_topic(bot: Bot) -> None:
    bot.group_admins = {-100: {7}}
    boss = group(bot, topic=42)
    await boss.say("/start")
    elsewhere = group(bot, topic=43)
    assert "already subscribed" in (await elsewhere.press_data("start")).text
    assert (await boss.row()).chat.topic_id == 42
    moved = await elsewhere.say("/start")
    assert moved.text.startswith("From now on the digest comes here.\n")


async def test_welcome_does_not_call_an_older_edition_todays(bot: Bot) -> None:
    await bot.publish(date(2025, 9, 10))
    assert "📰 Read the newest digest" in (await private(bot).say("/start")).labels


async def test_second_start_keeps_joined_at(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    since = (await me.row()).joined_at
    bot.wait(hours=3)
    assert "already subscribed" in (await me.say("/start")).text
    assert (await me.row()).joined_at == since


async def test_stop_keeps_settings_and_start_restores_them(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    await me.say("/time 21:30")
    await me.say("/timezone Berlin")
    await me.say("/layout full")
    before = await me.row()

    await me.say("/stop")
    assert "/start brings everything back" in (await me.press("Unsubscribe")).text
    assert not (await me.row()).active
    assert "not subscribed" in (await me.say("/status")).text
    back = await me.press("Subscribe")

    assert "Welcome back" in back.text
    after = await me.row()
    assert after.active
    assert (after.schedule, after.preferences) == (before.schedule, before.preferences)


@pytest.mark.parametrize(("again", "word"), [("Subscribe again", "Welcome back"), ("/start", "Welcome back")])
async def test_block_keeps_settings_and_start_resubscribes(bot: Bot, again: str, word: str) -> None:
    me = private(bot)
    await me.say("/start")
    await me.say("/time 21:30")
    if again != "/start":
        await me.say("/stop")
        await me.press("Unsubscribe")
    await me.lets_in(present=False)
    assert not (await me.row()).active
    await me.lets_in(present=True)
    assert not (await me.row()).active, "unblocking is no word of theirs yet"

    answer = await (me.say(again) if again.startswith("/") else me.press(again))

    assert word in answer.text
    assert (await me.row()).schedule.minute_of_day == 21 * 60 + 30


async def test_block_after_stop_keeps_the_reason(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    await me.say("/stop")
    await me.press("Unsubscribe")
    await me.lets_in(present=False)
    assert (await me.row()).left_reason is LeftReason.STOPPED


@pytest.mark.parametrize(
    ("language", "next_one", "zone", "form"),
    [
        ("en", "Next digest: tomorrow (Sat) at 08:00", "Shanghai, where it is 14:05", "Headlines"),
        ("zh", "下一期：明天（周六）08:00", "上海，那里现在 14:05", "标题版"),
    ],
)
async def test_status_shows_next_delivery_in_local_time(
    bot: Bot, language: str, next_one: str, zone: str, form: str
) -> None:
    await bot.publish(TODAY)
    me = private(bot, language=language)
    await me.say("/start")
    said = await me.say("/status")
    assert [part in said.text for part in (next_one, zone, form)] == [True] * 3


async def test_status_in_an_open_window_shows_its_end(bot: Bot) -> None:
    bot.now = datetime(2025, 9, 12, 0, 30, tzinfo=UTC)
    me = private(bot)
    await me.say("/start")
    assert "as soon as a new edition is out, if that is before 14:00" in (await me.say("/status")).text


async def test_group_topic_of_start_is_stored(bot: Bot) -> None:
    bot.group_admins = {-100: {7}}
    boss = group(bot, topic=42)
    assert "This group is subscribed" in (await boss.say("/start")).text
    assert (await boss.row()).chat.topic_id == 42


async def test_start_in_another_topic_moves_the_digest(bot: Bot) -> None:
    bot.group_admins = {-100: {7}}
    await group(bot, topic=42).say("/start")
    boss = group(bot, topic=43)
    assert "From now on the digest comes here" in (await boss.say("/start")).text
    assert (await boss.row()).chat.topic_id == 43
    assert "already subscribed" in (await boss.say("/start")).text


async def test_status_before_subscribing_shows_no_settings(bot: Bot) -> None:
    said = await private(bot).say("/status")
    assert "Not subscribed yet" in said.text
    assert "kept" not in said.text
    assert "▶️ Subscribe" in said.labels


async def test_answers_go_into_the_topic_of_the_question(bot: Bot) -> None:
    await bot.publish(TODAY)
    member = group(bot, topic=42)
    answer = await member.say("/item 3")
    assert [getattr(action, "topic_id", None) for action in answer.actions] == [42]


async def test_group_is_greeted_once(bot: Bot) -> None:
    member = group(bot, language="zh-hans")
    assert "管理员发 /start" in (await member.lets_in(present=True)).text
    assert (await member.lets_in(present=True)).actions == []
    assert not (await member.row()).active


@pytest.mark.parametrize(
    ("language", "hello", "subscribe", "subscribed"),
    [
        ("en", "this channel", "Subscribe", "This channel is subscribed"),
        ("zh", "本频道", "订阅", "本频道已订阅"),
    ],
)
async def test_channel_administrator_subscribes_by_a_press(
    bot: Bot, language: str, hello: str, subscribe: str, subscribed: str
) -> None:
    """Nobody types commands in a channel: all its readers would see them."""
    bot.group_admins = {-300: {7}}
    boss = channel(bot, language=language)
    assert hello in (await boss.lets_in(present=True)).text
    welcome = await boss.press(subscribe)
    assert welcome.edited
    assert subscribed in welcome.text
    assert (await boss.row()).active
    assert "/settings" not in (await boss.press("14:05")).text, "only buttons are heard there"


async def test_channel_readers_cannot_press_buttons(bot: Bot) -> None:
    """What they asked for would stand before everybody's eyes; an item is told to them alone, in an alert."""
    await bot.publish(TODAY)
    bot.group_admins = {-300: {7}}
    boss = channel(bot)
    await boss.lets_in(present=True)
    await boss.press("Subscribe")
    reader = boss.elsewhere(8)
    for data in (
        "items 2025-09-12.b1",
        "item 2025-09-12 3.e",
        "settings",
        "stop.s",
        "stop yes",
        "pause off",
        "undo 1",
        "keep",
        "today",
        "nonsense",
    ):
        refused = await reader.press_data(data)
        assert not refused.messages
        assert refused.toast
    assert "Only this channel's administrators" in (await reader.press_data("settings")).toast
    assert "12 日第 3 条" in (await reader.press_data("item 2025-09-12 3.e")).toast
    assert (await boss.row()).active


async def test_group_that_removes_the_bot_keeps_settings(bot: Bot) -> None:
    bot.group_admins = {-100: {7}}
    boss = group(bot)
    await boss.say("/start")
    await boss.say("/time 21:30")
    await boss.lets_in(present=False)
    assert not (await boss.row()).active
    assert "/start" in (await boss.lets_in(present=True)).text
    assert "Welcome back" in (await boss.say("/start")).text
    assert (await boss.row()).schedule.minute_of_day == 21 * 60 + 30


async def test_migrated_group_keeps_everything(bot: Bot) -> None:
    bot.group_admins = {-100: {7}, -200: {7}}
    boss = group(bot)
    await boss.say("/start")
    await boss.migrates(-200)
    moved = await bot.subscriber(-200)
    assert moved.active
    async with bot.database.read() as tx:
        assert await subscribers.get(tx, -100) is None


@pytest.mark.parametrize("text", ["/start", "/stop", "/settings", "/time 9:00", "/timezone Berlin", "/layout full"])
async def test_only_group_administrators_change_settings(bot: Bot, text: str) -> None:
    bot.group_admins = {-100: {7}}
    boss = group(bot)
    await boss.say("/start")
    before = await boss.row()
    stranger = boss.elsewhere(8, "en")

    refused = await stranger.say(text)

    assert refused.text == "Only the administrators of “a group” can do that."
    assert [action.chat_id for action in refused.actions if isinstance(action, Send)] == [8]
    assert await boss.row() == before


async def test_group_members_cannot_press_settings(bot: Bot) -> None:
    bot.group_admins = {-100: {7}}
    boss = group(bot)
    await boss.say("/start")
    await boss.say("/settings")
    before = await boss.row()
    stranger = boss.elsewhere(8)
    for label in ("Sound off", "Unsubscribe", "Time", "Weekdays"):
        refused = await stranger.press(label)
        assert "Only this group's administrators" in refused.toast
        assert not refused.messages
    assert await boss.row() == before
    assert "🔕" in (await boss.press("Sound off")).text


async def test_group_members_can_read_and_chatter_is_ignored(bot: Bot) -> None:
    await bot.publish(TODAY)
    member = group(bot, person=8)
    assert "3." in (await member.say("/item 3")).text
    assert (await member.say("just chatting, 3")).actions == []
    assert (await member.say("3")).actions == []
    assert (await member.say("/otherbotscommand")).actions == []


async def test_repeated_update_has_one_effect(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    press = ButtonPress(
        origin=Origin(900, me.chat, me.person), callback_query_id="p", data="weekdays 31.e", message_id=2
    )
    first = await bot.handle_event(press)
    assert len(first) == 2
    await me.say("/start")
    changed = ButtonPress(
        origin=Origin(901, me.chat, me.person), callback_query_id="q", data="weekdays 127.e", message_id=2
    )
    await bot.handle_event(changed)

    again = [await bot.handle_event(press) for _ in range(4)]

    assert [[type(action).__name__ for action in actions] for actions in again] == [["CallbackAnswer"]] * 4
    assert (await me.row()).schedule.weekdays == 127


async def test_language_follows_the_app_until_chosen(bot: Bot) -> None:
    me = private(bot, language="zh-hans")
    await me.say("/start")
    now_english = me.elsewhere(7, "en")
    assert "Subscribed" in (await now_english.say("/status")).text
    await now_english.say("/language 中文")
    assert "已订阅" in (await now_english.say("/status")).text
