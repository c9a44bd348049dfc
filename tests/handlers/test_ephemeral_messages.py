"""What a member of a group reads there alone, where Telegram has ephemeral messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.chat.action import CallbackAnswer, SendEphemeral
from domain.chat.event import ButtonPress
from domain.item_reads import ItemReads
from domain.subscription.preferences import Layout
from storage import bots, item_reads, subscribers
from tests.handlers.dialogue import Answer, Bot, Voice, buttons_of, channel, group
from tests.handlers.editions import edition

TODAY = date(2025, 9, 12)
PRIVATE = "https://t.me/digest_bot?start="


@pytest.fixture
async def member(bot: Bot) -> Voice:
    """Return a member of a group, where Telegram has ephemeral messages."""
    bot.has_ephemeral_messages = True
    async with bot.database.write() as tx:
        await bots.set_username(tx, "digest_bot")
    await bot.publish(date(2025, 9, 11), TODAY)
    return group(bot, topic=5)


def shown(answer: Answer) -> SendEphemeral:
    """Return the ephemeral message, which is all that a press does."""
    (action,) = answer.actions
    assert isinstance(action, SendEphemeral)
    return action


async def turn(member: Voice, data: str, ephemeral_message_id: int) -> SendEphemeral:
    """Press a button of an ephemeral message."""
    press = ButtonPress(
        origin=member.origin(),
        callback_query_id="q",
        data=data,
        message_id=0,
        ephemeral_message_id=ephemeral_message_id,
    )
    return shown(await member.does(press))


async def test_member_reads_an_item_alone(member: Voice) -> None:
    seen = shown(await member.press_data(f"item {TODAY} 3"))
    assert "第 3 条的正文。" in seen.message.text.plain
    assert (seen.user_id, seen.topic_id, seen.ephemeral_message_id) == (member.person.id, 5, None)
    assert seen.otherwise == CallbackAnswer(f"press-item {TODAY} 3", url=f"{PRIVATE}i_{TODAY}_3")
    assert [button.text for button in seen.message.keyboard[-1]] == ["Read on in private"]
    assert seen.message.keyboard[-1][0].url == f"{PRIVATE}i_{TODAY}_3"
    assert member.seen == {}


async def test_member_turns_their_own_pages(member: Voice) -> None:
    first = shown(await member.press_data(f"item {TODAY} 3"))
    forth = next(button for button in buttons_of(first.message) if "▶" in button.text)
    second = await turn(member, forth.callback_data, 8)
    assert "第 4 条的正文。" in second.message.text.plain
    assert second.ephemeral_message_id == 8
    async with member.bot.database.read() as tx:
        assert await item_reads.of_edition(tx, edition(TODAY)) == ItemReads(TODAY, 2, ((3, 1), (4, 1)))


async def test_neighbour_of_a_search_result_is_shown_to_one_member(member: Voice) -> None:
    await member.say("/search 正文")
    opened = await member.press("1")
    assert "🔎 Back to the results" in opened.labels
    seen = shown(await member.press("▶"))
    assert "第 2 条的正文。" in seen.message.text.plain
    assert not [button for button in buttons_of(seen.message) if "🔎" in button.text]
    assert seen.otherwise == CallbackAnswer(f"press-{opened.button('▶').callback_data}", url=f"{PRIVATE}i_{TODAY}_2")


@pytest.mark.parametrize("data", [f"today {TODAY}", f"categories {TODAY}", f"commentary {TODAY}", f"items {TODAY}"])
async def test_buttons_of_the_answer_are_for_readers(member: Voice, data: str) -> None:
    labels = [button.text for button in buttons_of(shown(await member.press_data(data)).message)]
    assert labels
    assert not any("⚙" in label or "👍" in label for label in labels)


async def test_long_answers_open_the_private_chat(member: Voice) -> None:
    await member.bot.publish(TODAY, items=400)
    await member.say("/help")
    row = await member.row()
    async with member.bot.database.write() as tx:
        await subscribers.set_preferences(tx, row.id, replace(row.preferences, layout=Layout.FULL))
    (action,) = (await member.press_data("today")).actions
    assert action == CallbackAnswer("press-today", url=f"{PRIVATE}open")


async def test_channels_open_the_private_chat(member: Voice) -> None:
    (action,) = (await channel(member.bot).press_data(f"item {TODAY} 3")).actions
    assert isinstance(action, CallbackAnswer)


async def test_before_the_first_sign_in_an_alert_stands_by(bot: Bot) -> None:
    bot.has_ephemeral_messages = True
    await bot.publish(TODAY)
    seen = shown(await group(bot).press_data(f"item {TODAY} 3"))
    assert seen.otherwise.show_alert
    assert "第 3 条的正文。" in seen.otherwise.text
    buttons = buttons_of(seen.message)
    assert buttons
    assert not any(PRIVATE in button.url for button in buttons)
