"""What administrators set up for a group or channel in their own chat: signature, pin, topics, and typed settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from domain.chat.callback_data import parse_callback_data
from domain.chat.event import Coordinates, TextMessage, TopicChange
from domain.chat.message import Button
from storage import bots, pins
from tests.handlers.dialogue import Answer, Bot, Voice, buttons_of, channel, group, private

TODAY = date(2025, 9, 12)
TOPIC = 42


@pytest.fixture
async def ann(bot: Bot) -> Voice:
    """Return somebody who administers the group -100 and has opened its settings."""
    async with bot.database.write() as tx:
        await bots.set_username(tx, "digest_bot")
    ann = private(bot)
    bot.group_admins = {-100: {7}, -300: {7}}
    await ann.say("/start")
    await opened(ann, group(bot))
    return ann


async def opened(ann: Voice, chat: Voice) -> Answer:
    """Let the bot into a chat, subscribe it and open its settings."""
    added = await chat.lets_in(present=True)
    for action in added.actions:
        ann._see(action)
    await ann.press("Set it up")
    return await ann.press("Subscribe")


async def test_signature_is_asked_for_and_taken_back(ann: Voice, bot: Bot) -> None:
    asked = await ann.press("Signature")
    assert "What should stand under the digest as a signature?" in asked.text
    refused = await ann.say("x" * 65)
    assert "at most 64 characters" in refused.text
    saved = await ann.say("  @some_channel\n<b>daily</b> ")
    assert "in “a group” on, this stands under it: @some_channel <b>daily</b>" in saved.text
    row = await bot.subscriber(-100)
    assert (row.signature, row.preferences.signed) == ("@some_channel <b>daily</b>", True)
    assert not (await bot.subscriber(7)).signature
    assert "✍️ @some_channel" in (await ann.press("Settings")).text
    await ann.press("Signature")
    await ann.press("Remove it")
    row = await bot.subscriber(-100)
    assert (row.signature, row.preferences.signed) == ("", False)


async def test_undo_restores_the_former_signature(ann: Voice, bot: Bot) -> None:
    for line in ("one", "two"):
        await ann.press("Signature")
        await ann.say(line)
        await ann.press("Settings")
    await ann.press("Undo")
    assert (await bot.subscriber(-100)).signature == "one"


async def test_a_text_is_a_signature_only_where_it_was_asked_for(ann: Voice, bot: Bot) -> None:
    await ann.press("Signature")
    await ann.say("/status")
    await ann.say("hello")
    for label in ("/chats", "a group", "Signature"):
        await (ann.say(label) if label.startswith("/") else ann.press(label))
    bot.wait(hours=2)
    await ann.say("hello")
    assert not (await bot.subscriber(-100)).signature


async def test_signature_needs_the_rights_of_the_moment(ann: Voice, bot: Bot) -> None:
    await ann.press("Signature")
    bot.group_admins = {}
    assert "Only the administrators of “a group”" in (await ann.say("@spam")).text
    assert not (await bot.subscriber(-100)).signature


async def test_pin_is_switched_on_and_off(ann: Voice, bot: Bot) -> None:
    shown = await ann.press("Pin the newest")
    assert "📌 The newest digest is pinned" in shown.text
    row = await bot.subscriber(-100)
    async with bot.database.read() as tx:
        assert await pins.is_wanted(tx, row.id)
    assert "pinned" not in (await ann.press("✓ 📌")).text
    async with bot.database.read() as tx:
        assert not await pins.is_wanted(tx, row.id)


async def test_overview_shows_language_and_kind_of_buttons(ann: Voice) -> None:
    await ann.press("Buttons")
    shown = await ann.press("None")
    assert "🔘 Under the digest: no buttons" in shown.text.splitlines()
    assert "🌐 English" in shown.text.splitlines()
    await ann.press("🌐")
    shown = await ann.press("简体中文")
    assert "🌐 简体中文" in shown.text.splitlines()
    await ann.press("Buttons")
    shown = await ann.press("Links")
    assert "🔘 Under the digest: links" in shown.text.splitlines()
    await ann.say("/language 繁體")
    await ann.say("/chats")
    shown = await ann.press("a group")
    assert {"🌐 简体中文", "🔘 日報下方：連結"} <= set(shown.text.splitlines())


async def test_own_overview_shows_no_line_of_chats(ann: Voice) -> None:
    shown = await ann.say("/settings")
    assert "Under the digest" not in shown.text
    assert "🌐 English" not in shown.text


@pytest.mark.parametrize(("data", "toast"), [("pin on", "This button no longer works."), ("signature x", "This")])
async def test_nobody_pins_or_signs_their_own_chat(ann: Voice, data: str, toast: str) -> None:
    assert (await ann.press_data(data)).toast.startswith(toast)


@pytest.mark.parametrize(
    ("screen", "typed", "question", "saved"),
    [
        ("Time", "7:30", "Shall the digest come at 07:30?", (450, "Asia/Shanghai")),
        ("Time", "half past seven", "Shall the digest come at 07:30?", (450, "Asia/Shanghai")),
        ("Time zone", "Berlin", "Make it the time zone of this chat?", (480, "Europe/Berlin")),
        ("Layout", "改成7点半", "Shall the digest come at 07:30?", (450, "Asia/Shanghai")),
        ("Time zone", "+1", "Make it the time zone of this chat?", (480, "Etc/GMT-1")),
        ("Layout", "I live in Berlin", "Make it the time zone of this chat?", (480, "Europe/Berlin")),
    ],
)
async def test_typed_time_or_city_is_for_the_opened_chat(
    ann: Voice, bot: Bot, screen: str, typed: str, question: str, saved: tuple[int, str]
) -> None:
    own = await bot.subscriber(7)
    await ann.press(screen)
    asked = await ann.say(typed)
    assert "a group" in asked.text, "the question names the chat"
    assert question in asked.text
    done = await ann.press("Yes")
    assert "a group" in done.text
    row = await bot.subscriber(-100)
    assert (row.schedule.minute_of_day, row.schedule.zone) == saved
    assert (await bot.subscriber(7)).schedule == own.schedule


async def test_typed_settings_wait_for_the_subscription_of_nobody(bot: Bot, ann: Voice) -> None:
    """A channel's time can be typed before it is subscribed."""
    chat = channel(bot)
    for action in (await chat.lets_in(present=True)).actions:
        ann._see(action)
    await ann.press("Set it up")
    await ann.press("Time")
    assert "a channel" in (await ann.say("21:15")).text
    assert "No digest comes there yet" in (await ann.press("Yes")).text
    row = await bot.subscriber(-300)
    assert (row.active, row.schedule.minute_of_day) == (False, 21 * 60 + 15)


async def test_shared_place_is_for_the_opened_chat(ann: Voice, bot: Bot) -> None:
    await ann.press("Time zone")
    place = Coordinates(52.52, 13.4)
    asked = await ann.does(TextMessage(ann.origin(), "", 99, location=place))
    assert "a group" in asked.text
    await ann.press("Yes")
    assert (await bot.subscriber(-100)).schedule.zone == "Europe/Berlin"
    assert (await bot.subscriber(7)).schedule.zone != "Europe/Berlin"


async def test_after_another_chat_the_own_settings_are_meant_again(ann: Voice, bot: Bot) -> None:
    await ann.press("Time")
    await ann.say("/settings")
    await ann.say("改成7点半")
    await ann.press("Yes")
    assert (await bot.subscriber(7)).schedule.minute_of_day == 450
    assert (await bot.subscriber(-100)).schedule.minute_of_day == 480


async def test_every_button_of_a_chat_s_settings_answers(ann: Voice, bot: Bot) -> None:
    """Nothing that the screens of another chat offer is refused as expired."""
    await bot.publish(TODAY)
    await ann.press("Muted")
    pressed: set[str] = set()
    waiting = [button.callback_data for button in offered(ann)]
    while waiting:
        data = waiting.pop()
        if data in pressed or not data.startswith("@") or "erase" in data or "export" in data:
            continue
        pressed.add(data)
        answer = await ann.press_data(data)
        assert "no longer works" not in str(answer.actions), data
        if len(pressed) < 120:
            waiting += [button.callback_data for message in answer.sent for button in buttons_of(message)]
    commands = {parsed.command for data in pressed if (parsed := parse_callback_data(data)) is not None}
    assert {"signature", "pin", "mute", "topic", "buttons", "pause", "time", "weekdays"} <= commands


def offered(voice: Voice) -> Iterator[Button]:
    for message in voice.seen.values():
        yield from buttons_of(message)


async def test_topics_are_known_by_their_service_messages(ann: Voice, bot: Bot) -> None:
    forum = group(bot)
    for topic, name in ((TOPIC, "News"), (43, "Chat")):
        await forum.does(TopicChange(origin=forum.origin(), topic_id=topic, name=name))
    await ann.press("Topic")
    shown = await ann.press("News")
    assert "🧵 Topic: News" in shown.text
    assert (await bot.subscriber(-100)).chat.topic_id == TOPIC
    await forum.does(TopicChange(origin=forum.origin(), topic_id=TOPIC, name="Daily"))
    assert "✓ Daily" in (await ann.press("Topic")).labels


async def test_a_closed_topic_is_told_with_what_to_do(ann: Voice, bot: Bot) -> None:
    forum = group(bot)
    await forum.does(TopicChange(origin=forum.origin(), topic_id=TOPIC, name="News {n} <b>"))
    await ann.press("Topic")
    await ann.press("News")

    def closes(*, closed: bool = True, topic: int = TOPIC) -> TopicChange:
        return TopicChange(origin=forum.origin(), topic_id=topic, is_closed=closed)

    told = await forum.does(closes())
    for action in told.actions:
        ann._see(action)
    assert "In “a group” the topic “News {n} <b>” was closed" in told.text
    assert "✓ News" not in str((await ann.press("Choose a topic")).labels), "a closed topic is not offered"
    for quiet in (closes(), closes(closed=False), closes(topic=43)):
        assert not (await forum.does(quiet)).actions
    assert (await forum.does(closes())).actions, "it was reopened in between"


async def test_a_renamed_topic_of_the_digest_is_told(ann: Voice, bot: Bot) -> None:
    forum = group(bot, topic=TOPIC)

    async def named(name: str, topic: int = TOPIC) -> Answer:
        return await forum.does(TopicChange(origin=forum.origin(), topic_id=topic, name=name))

    for quiet in (await named("News"), await named("Chatter", topic=43)):
        assert not quiet.actions
    await ann.press("Topic")
    await ann.press("News")
    told = await named("Daily {n}")
    assert told.text == "In “a group” the digest's topic “News” is called “Daily {n}” now. It goes on coming there."
    assert [getattr(action, "chat_id", None) for action in told.actions] == [7]
    for quiet in (await named("Daily {n}"), await named("Gossip", topic=43)):
        assert not quiet.actions
    await ann.say("/chats")
    await ann.press("a group")
    await ann.press("Unsubscribe")
    await ann.press("Unsubscribe")
    assert not (await named("Old news")).actions


async def test_topics_of_unknown_chats_are_not_kept(bot: Bot) -> None:
    forum = group(bot, -555)
    assert not (await forum.does(TopicChange(origin=forum.origin(), topic_id=1, name="x"))).actions
