"""Groups and channels set up from the private chat of an administrator; the chats themselves keep nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from domain.chat.action import Edit, Send
from domain.chat.event import BotMembership, ChatKind
from domain.subscription.preferences import ReaderButtons
from storage import bots, chat_administrators
from tests.handlers.dialogue import Answer, Bot, Voice, channel, group, private

TODAY = date(2025, 9, 12)


@dataclass(frozen=True, slots=True)
class AdministeredChat:
    """A person in private, and in a group or channel that they administer."""

    private: Voice
    chat: Voice


@pytest.fixture(params=[group, channel])
async def place(request: pytest.FixtureRequest, bot: Bot) -> AdministeredChat:
    async with bot.database.write() as tx:
        await bots.set_username(tx, "digest_bot")
    ann, chat = private(bot), request.param(bot)
    bot.group_admins = {chat.chat.id: {7}}
    await ann.say("/start")
    return AdministeredChat(ann, chat)


async def let_in(place: AdministeredChat) -> Answer:
    """Let the bot in; what it says then is shown in the person's private chat."""
    answer = await place.chat.lets_in(present=True)
    for action in answer.actions:
        assert isinstance(action, Send)
        place.private._see(action)
    return answer


def addressed_chats(answer: Answer) -> set[int]:
    return {action.chat_id for action in answer.actions if isinstance(action, Send | Edit)}


async def test_set_up_in_private_leaves_nothing_in_the_chat(place: AdministeredChat, bot: Bot) -> None:
    await bot.publish(TODAY)
    added = await let_in(place)
    assert place.chat.chat.title in added.text
    labels = (
        *("Set it up", "Subscribe", "Time", "21:00", "Weekdays", "✓ Sun", "Back", "Categories", "AI产业", "Back"),
        *("Layout", "Full text", "中文", "中文", "Sound off", "Buttons", "None", "Buttons", "Links"),
    )
    seen = [await place.private.press(label) for label in labels]
    assert {chat for answer in (added, *seen) for chat in addressed_chats(answer)} == {7}
    row, own = await place.chat.row(), await place.private.row()
    assert row.active
    assert row.silent
    assert row.schedule.minute_of_day == 21 * 60
    assert row.schedule.weekdays == 0b0111111
    assert (row.preferences.language, row.preferences.layout) == ("zh", "full")
    assert row.preferences.categories
    assert row.preferences.buttons is ReaderButtons.LINK
    assert (own.schedule.minute_of_day, own.preferences.language, own.preferences.categories) == (480, "en", None)
    assert f"⚙️ {row.chat.title}" in seen[-1].text, "the screens stay in the administrator's own language"


async def test_screen_of_the_buttons_says_where_readers_read(place: AdministeredChat) -> None:
    await let_in(place)
    await place.private.press("Set it up")
    explained = (await place.private.press("Buttons")).text
    is_channel = place.chat.chat.kind is ChatKind.CHANNEL
    assert ("Buttons: the same" in explained) is is_channel
    assert ("in the group, where only they see it" in explained) is not is_channel


async def test_list_shows_the_chats_and_leads_back(place: AdministeredChat) -> None:
    assert "None yet." in (await place.private.say("/chats")).text
    await let_in(place)
    listed = await place.private.say("my groups")
    assert listed.labels[0] == f"💤 {place.chat.chat.title}"
    await place.private.press(place.chat.chat.title)
    assert "Choose one" in (await place.private.press("My groups and channels")).text
    other = private(place.private.bot, 8)
    await other.say("/start")
    assert "None yet." in (await other.say("/start chats")).text


async def test_rights_are_asked_at_the_moment_of_the_press(place: AdministeredChat, bot: Bot) -> None:
    await let_in(place)
    await place.private.press("Set it up")
    bot.group_admins = {}
    before = await place.chat.row()
    refused = await place.private.press("Subscribe")
    assert refused.toast == f"Only the administrators of “{before.chat.title}” can do that."
    assert await place.chat.row() == before
    assert "None yet." in (await place.private.say("/chats")).text


@pytest.mark.parametrize("command", ["stop yes.s", "time 21:00.s", "erase yes 8.e", "buttons none.s", "settings.e"])
async def test_button_of_another_administrator_is_no_right(place: AdministeredChat, command: str) -> None:
    await let_in(place)
    before = await place.chat.row()
    stranger = private(place.private.bot, 8)
    refused = await stranger.press_data(f"@{before.id} {command}")
    assert refused.toast == "This button no longer works.", "and the chat's title is not told"
    assert not refused.messages
    assert await place.chat.row() == before


@pytest.mark.parametrize("data", ["@99 settings", "@1 settings", "@{} today", "@{} run 1 pause", "@{} chats"])
async def test_other_numbers_and_commands_are_refused(place: AdministeredChat, data: str) -> None:
    await let_in(place)
    row = await place.chat.row()
    assert (await place.private.press_data(data.format(row.id))).toast == "This button no longer works."


async def test_addressed_button_in_a_group_does_nothing(place: AdministeredChat) -> None:
    await let_in(place)
    row = await place.chat.row()
    assert (await place.chat.press_data(f"@{row.id} start")).toast == "This button no longer works."
    assert not (await place.chat.row()).active


async def test_erasing_a_chat_leaves_its_administrator(place: AdministeredChat) -> None:
    await let_in(place)
    chat_id = (await place.chat.row()).chat.id
    for label in ("Set it up", "Privacy", "Erase all of it"):
        await place.private.press(label)
    assert "I no longer know this chat." in (await place.private.press("Yes, erase")).text
    assert (await place.private.row()).active
    async with place.private.bot.database.read() as tx:
        assert await chat_administrators.chats_of(tx, 7, limit=9) == []
    with pytest.raises(AssertionError):
        await place.private.bot.subscriber(chat_id)


async def test_administrators_hear_of_a_removal_and_of_lost_rights(place: AdministeredChat) -> None:
    await let_in(place)
    chat = place.chat
    silenced = await chat.does(BotMembership(chat.origin(), is_member=True, may_post=False))
    assert f"I may not post in “{chat.chat.title}”" in silenced.text
    removed = await chat.lets_in(present=False)
    assert f"I am no longer in “{chat.chat.title}”" in removed.text
    assert addressed_chats(silenced) | addressed_chats(removed) == {7}
    assert place.chat.chat.title in (await let_in(place)).text


async def test_whoever_has_no_private_chat_finds_the_way_there(bot: Bot) -> None:
    async with bot.database.write() as tx:
        await bots.set_username(tx, "digest_bot")
    greeting = await group(bot, person=9).lets_in(present=True)
    assert greeting.button("Set it up").url == "https://t.me/digest_bot?start=chats"
    assert addressed_chats(greeting) == {-100}


async def test_settings_typed_in_a_group_make_it_one_s_own(place: AdministeredChat, bot: Bot) -> None:
    member = group(bot, -500)
    bot.group_admins = {-500: {7}}
    await member.say("/settings")
    assert "💤 a group" in (await place.private.say("/chats")).labels


async def test_new_title_is_taken_over(place: AdministeredChat, bot: Bot) -> None:
    await let_in(place)
    renamed = Voice(
        bot, type(place.chat.chat)(place.chat.chat.id, place.chat.chat.kind, title="Evening news"), place.chat.person
    )
    await renamed.press_data("settings")
    assert "💤 Evening news" in (await place.private.say("/chats")).labels


@pytest.mark.parametrize(
    ("link", "topic"),
    [
        ("https://t.me/c/55/7", 7),
        ("t.me/c/55/7/912", 7),
        ("https://t.me/c/55/7/912?single", 7),
        ("https://t.me/c/55/1", None),
    ],
)
async def test_link_to_a_topic_chooses_it(bot: Bot, link: str, topic: int | None) -> None:
    ann, forum = private(bot), group(bot, -10055, topic=3)
    bot.group_admins = {-10055: {7}}
    await ann.say("/start")
    await forum.say("/start")
    assert (await forum.row()).chat.topic_id == 3
    answer = await ann.say(link)
    shown = "General" if topic is None else "number 7"
    assert f"From now on the digest comes in the topic “{shown}”." in answer.text
    assert addressed_chats(answer) == {7}
    assert (await forum.row()).chat.topic_id == topic
    assert f"Now: {shown}" in (await ann.press_data(f"@{(await forum.row()).id} topic.e")).text


async def test_link_to_a_topic_of_others_tells_and_changes_nothing(bot: Bot) -> None:
    stranger, forum = private(bot, 8), group(bot, -10055, topic=3)
    bot.group_admins = {-10055: {7}}
    await forum.say("/start")
    foreign, unknown = await stranger.say("https://t.me/c/55/7"), await stranger.say("https://t.me/c/56/7")
    assert foreign.text == unknown.text
    assert (await forum.row()).chat.topic_id == 3


@pytest.mark.parametrize("data", ["topic 7", "topic general", "topic 9999999999999999"])
async def test_private_chat_has_no_topic(bot: Bot, data: str) -> None:
    ann = private(bot)
    await ann.say("/start")
    assert (await ann.press_data(data)).toast == "This button no longer works."
    assert (await ann.row()).chat.topic_id is None
