"""Readers of groups and channels: each gets their own answer, and nobody turns a page for the others."""

from __future__ import annotations

from datetime import date

import pytest

from domain.chat.action import CallbackAnswer, Send
from domain.chat.start_payload import READING_COMMANDS, OpenedPlace, parse_start_payload, reading_link
from domain.subscription.preferences import ReaderButtons
from storage import bots
from tests.handlers.dialogue import Answer, Bot, channel, group, private

TODAY = date(2025, 9, 12)
READING = ["item 2025-09-12 3", "item 2025-09-12 3.e", "item 2025-09-12 3.b17", "items 2025-09-12", "today"]


@pytest.fixture
async def signed_in(bot: Bot) -> Bot:
    async with bot.database.write() as tx:
        await bots.set_username(tx, "digest_bot")
    await bot.publish(TODAY)
    return bot


def opened(answer: Answer) -> str:
    """Return the address that a press opens, which is all that it does."""
    (action,) = answer.actions
    assert isinstance(action, CallbackAnswer)
    return action.url


@pytest.mark.parametrize("data", READING)
@pytest.mark.parametrize("place", [group, channel])
async def test_press_of_a_reader_opens_their_own_chat(signed_in: Bot, place: type, data: str) -> None:
    reader = place(signed_in)
    assert opened(await reader.press_data(data)).startswith("https://t.me/digest_bot?start=")


async def test_turning_pages_changes_nothing_for_others(signed_in: Bot) -> None:
    member = group(signed_in)
    await member.say("/item 2")
    before = dict(member.seen)
    assert opened(await member.press("▶")) == "https://t.me/digest_bot?start=i_2025-09-12_3"
    assert member.seen == before


async def test_before_the_first_sign_in_an_alert_tells_the_item(bot: Bot) -> None:
    await bot.publish(TODAY)
    (alert,) = (await channel(bot).press_data("item 2025-09-12 3")).actions
    assert isinstance(alert, CallbackAnswer)
    assert alert.show_alert
    assert "第 3 条的正文。" in alert.text


async def test_settings_stay_with_the_administrators(signed_in: Bot) -> None:
    member = group(signed_in)
    assert (await member.press_data("settings")).toast == "Only this group's administrators can do that."
    signed_in.group_admins = {member.chat.id: {7}}
    assert "Settings" in (await member.press_data("settings")).text


async def test_typed_refusal_comes_in_private(bot: Bot) -> None:
    member = group(bot, language="zh-hans")
    refused = await member.say("/settings")
    assert [action.chat_id for action in refused.actions if isinstance(action, Send)] == [7]
    assert refused.text == "只有“a group”的管理员才能操作。"


@pytest.mark.parametrize(
    ("payload", "shown"), [("i_2025-09-12_3", "12 日第 3 条"), ("d_2025-09-12", "2025.09.12 全球AI新闻速递")]
)
async def test_deep_link_opens_the_place_without_subscribing(signed_in: Bot, payload: str, shown: str) -> None:
    reader = private(signed_in)
    assert shown in (await reader.say(f"/start {payload}")).text
    assert not (await reader.row()).active


@pytest.mark.parametrize("payload", ["", "open", "i_2025-09-12", "d_2025-9-12", "i_2025-09-12_３", "i_2025-09-12_3 x"])
async def test_other_payloads_are_a_plain_start(signed_in: Bot, payload: str) -> None:
    assert parse_start_payload(payload) is None
    assert "Welcome" in (await private(signed_in).say(f"/start {payload}")).text


@pytest.mark.parametrize("command", sorted(READING_COMMANDS))
def test_every_link_is_understood(command: str) -> None:
    link = reading_link("digest_bot", f"{command} 2025-09-12 3.e")
    assert link is not None
    place = parse_start_payload(link.partition("=")[2])
    assert isinstance(place, OpenedPlace)
    assert place.arguments.startswith("2025-09-12")


def test_other_buttons_lead_nowhere() -> None:
    assert [reading_link("b", data) for data in ("settings", "time 08:00.s", "stop", "run 1 pause", "junk!")] == [
        None
    ] * 5


async def test_channel_gets_links_from_the_first_moment(bot: Bot) -> None:
    admin = channel(bot)
    await admin.lets_in(present=True)
    assert (await admin.row()).preferences.buttons is ReaderButtons.LINK
    member = group(bot)
    await member.say("/today")
    assert (await member.row()).preferences.buttons is ReaderButtons.ANSWER
