"""The administrator of a channel on a phone, in both languages: set up in private, two editions, lost rights.

With SCREENSHOTS=FOLDER in the environment each screen is kept there, to be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from playwright.async_api import Browser, expect

from emulator.client import EmulatedChat, EmulatedUser, EmulatorClient
from tests.chromium import chromium
from tests.demo.test_demo import ADMIN, PATIENCE, demo, see
from tests.demo.walking import Walk, morning, walk

SIGNATURE = "— @daily_channel"
MORNING = date(2026, 11, 24)
NEXT = """---
title: 2026.11.24 全球AI新闻速递
date: 2026-11-24
---

1. [渡轮回到时刻表](https://news.example.org/2026/11/24/1)

    雾散得比预报早。
"""
CHANNEL_LANGUAGE = {"zh": "English", "en": "繁體中文"}
"""What the channel speaks: another language than its administrator."""

LANGUAGES = ("zh", "en")
LINK = "https://t.me/digest_demo_bot?start="


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel with its administrator and a reader, who speak one language."""

    language: str
    chat: EmulatedChat
    owner: EmulatedUser
    reader: EmulatedUser
    title: str


@pytest.mark.browser
@pytest.mark.slow
async def test_channel_is_set_up_in_private_and_read() -> None:
    async with demo() as emulator, chromium() as browser:
        channels = [await _create(emulator, language) for language in LANGUAGES]
        for channel in channels:
            async with walk(browser, emulator, channel.owner.id, channel.language, "channel") as owner:
                await _set_up(owner, channel)
        await morning(emulator, MORNING)
        first = {channel.language: await _digest(emulator, channel, "2026.11.23") for channel in channels}
        for channel in channels:
            await _read(browser, emulator, channel)
        async with walk(browser, emulator, ADMIN, "zh", "channel") as editor:
            await editor.drop("2026-11-24.md", NEXT)
            await editor.see("2026.11.24 全球AI新闻速递")  # goes out at once: it is still the morning
        for channel in channels:
            await _turn_the_pin(emulator, channel, first[channel.language])
            await _lose_rights(browser, emulator, channel)


async def _create(emulator: EmulatorClient, language: str) -> Channel:
    owner = await emulator.create_user("Ann", language=language)
    reader = await emulator.create_user("Ben", language=language)
    await owner.send("/start")
    await owner.next_message(timeout=PATIENCE)
    title = {"zh": "晨间频道", "en": "Morning channel"}[language]
    return Channel(language, await emulator.create_channel(title, owner, reader), owner, reader, title)


async def _set_up(owner: Walk, channel: Channel) -> None:
    """Set everything that settings have for the channel, from one's own chat."""
    await owner.press("Set it up", under=channel.title)
    await owner.press("Subscribe", channel.title, "✅ Subscribed: {weekdays} at {time}")
    await owner.keep("01-settings")
    await owner.press("Buttons", "What should stand under the digest?")
    await see(owner.key("✓ " + owner.words("Links")))
    await owner.keep("02-buttons")
    await owner.press("Back", channel.title)
    await owner.press("Signature", "What should stand under the digest as a signature?")
    await owner.say(SIGNATURE, SIGNATURE, channel.title)
    await owner.press("Settings", channel.title, SIGNATURE)
    await owner.press("Pin the newest", "The newest digest is pinned")
    await owner.press("🌐", "Which language do you prefer?")
    await owner.press(CHANNEL_LANGUAGE[channel.language], channel.title)
    await owner.press("Weekdays")
    await owner.press("Back", channel.title)
    await owner.press("Categories")
    await owner.keep("03-categories")
    await owner.press("Back", channel.title)
    await owner.keep("04-set-up")
    await owner.say("7:59", "Shall the digest come at {time}?", channel.title)
    await owner.press("Yes", channel.title)
    await owner.say("/chats", "My groups and channels")
    await see(owner.key(f"✅ {channel.title}"))
    await owner.keep("05-list")


async def _digest(emulator: EmulatorClient, channel: Channel, title: str) -> int:
    """Return the message id of the digest in the channel, which is pinned."""
    pinned = await emulator.wait_for_log_entry(
        lambda entry: entry.kind == "bot_pin", chat=channel.chat.id, timeout=PATIENCE
    )
    message = await channel.chat.next_message(timeout=PATIENCE)
    assert message.text.startswith(title)
    assert message.text.endswith(f"\n\n{SIGNATURE}")
    assert pinned.message_id == message.message_id
    return message.message_id


async def _read(browser: Browser, emulator: EmulatorClient, channel: Channel) -> None:
    """Press a number under the digest in the channel as one of its readers: the item opens in one's own chat."""
    async with walk(browser, emulator, channel.reader.id, channel.language, "channel") as reader:
        await reader.open(channel.chat.id)
        digest = reader.page.locator("article[data-from=bot]").last
        await expect(digest).to_contain_text("2026.11.23 全球AI新闻速递", timeout=PATIENCE * 1000)
        addresses = [await key.get_attribute("href") for key in await digest.get_by_test_id("key").all()]
        assert addresses
        assert all(str(address).startswith(LINK) for address in addresses)
        await reader.keep("06-in-the-channel")
        await digest.get_by_test_id("key").filter(has_text="3").first.click()
        await reader.see("3. 开物半导体")
        await see(reader.key("Subscribe: one digest a day"))
        await reader.keep("07-item-in-private")
    assert [message.service for message in await channel.chat.history() if not message.from_bot] == []


async def _turn_the_pin(emulator: EmulatorClient, channel: Channel, former: int) -> None:
    """Require that the newest digest is pinned, and the one before no longer."""
    unpinned = await emulator.wait_for_log_entry(
        lambda entry: entry.kind == "bot_unpin", chat=channel.chat.id, timeout=PATIENCE
    )
    assert unpinned.message_id == former
    newest = await channel.chat.next_message(timeout=PATIENCE)
    [chat] = [chat for chat in (await emulator.state())["chats"] if chat["id"] == channel.chat.id]
    assert chat["pinned"] == [newest.message_id]


async def _lose_rights(browser: Browser, emulator: EmulatorClient, channel: Channel) -> None:
    """Take the right to post, and then the bot out of the channel: the administrator hears of both in private."""
    bot = (await emulator.state())["bot"]["id"]
    async with walk(browser, emulator, channel.owner.id, channel.language, "channel") as owner:
        await channel.chat.set_member(bot, "administrator", by=channel.owner.id, can_post_messages=False)
        await owner.see("I may not post in “{title}” at the moment, so no digest can come there.", channel.title)
        await channel.chat.set_member(bot, "left", by=channel.owner.id)
        gone = "I am no longer in “{title}”, so no digest comes there. Its settings are kept, in case I return."
        await owner.see(gone, channel.title)
        await owner.keep("08-lost-rights")
    texts = [message.text for message in await channel.chat.history()]
    assert texts
    assert all("全球AI新闻速递" in text for text in texts)
