"""An admin sends a text, a photo, an album, polls, a file and a voice message to all, on a phone in both languages.

Below each the bot asks what to do, and it arrives as it was sent.
With SCREENSHOTS=FOLDER in the environment each screen is kept there, to be looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.async_api import Locator, expect

from tests.demo.test_demo import PATIENCE, see
from tests.demo.walking import Walk, admin_and_reader, in_each_language

QUESTION = "Shall I send this to your subscribers?"
CARD = "For {recipients}"
FILE = "programme-2026.pdf"

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "typed": "**各位早安**，今晚八点有__直播__，[节目单](https://example.org/tonight)",
        "bold": "各位早安",
        "italic": "直播",
        "caption": "编辑部的日出",
        "button": "更多照片",
    },
    "en": {
        "typed": "**Good morning**, tonight at eight we are __live__: [programme](https://example.org/tonight)",
        "bold": "Good morning",
        "italic": "live",
        "caption": "Sunrise over the office",
        "button": "More photos",
    },
}


@pytest.mark.browser
@pytest.mark.slow
@in_each_language
async def test_whatever_an_admin_sends_is_offered_and_arrives(language: str) -> None:
    words = WORDS[language]
    async with admin_and_reader(language, "anything") as (_, admin, reader):
        await _throw_text_away(admin, words)
        await _send_photo(admin, reader, words)
        await _send_album(admin, reader, words)
        await _send_polls(admin, reader)
        await _send_file(admin, reader)
        await _send_voice(admin, reader)
        await _forward(admin, words)
        assert await reader.page.locator("article", has_text=words["bold"]).count() == 0


def _message(walk: Walk, part: str) -> Locator:
    """Return the bot's messages that have a part."""
    return walk.page.locator(f"article[data-from=bot]:has({part})")


async def _count(messages: Locator, number: int) -> None:
    await expect(messages).to_have_count(number, timeout=PATIENCE * 1000)


async def _open(admin: Walk, *texts: str) -> None:
    """Press *Broadcast* below the newest offer, and wait for the card with all options."""
    await admin.press("📣 " + admin.words("Broadcast"), CARD, *texts)


async def _send(admin: Walk) -> None:
    send = "📣 " + admin.words("Send for free")
    await admin.press(send)
    await _count(admin.key(send), 0)


async def _throw_text_away(admin: Walk, words: Mapping[str, str]) -> None:
    """Send a text with styles, see it as others would, and think better of it."""
    await admin.say(words["typed"], QUESTION, words["bold"])
    await admin.keep("01-text")
    await admin.press("Test to me", words["bold"])
    shown = admin.page.locator("article[data-from=bot]", has_text=words["bold"]).last
    await expect(shown.locator("b")).to_have_text(words["bold"])
    await expect(shown.locator("i")).to_have_text(words["italic"])
    await expect(shown.locator("a")).to_have_attribute("href", "https://example.org/tonight")
    await admin.keep("02-tested")
    await admin.press("✖️ " + admin.words("No"), "🗑 Discarded. Nothing was sent.")


async def _send_photo(admin: Walk, reader: Walk, words: Mapping[str, str]) -> None:
    """Send a photo with a caption."""
    await admin.page.get_by_test_id("text").fill(words["caption"])
    await admin.attach("photo")
    await admin.see(QUESTION, "🖼 Photo", words["caption"])
    await admin.keep("03-photo")
    await _open(admin, words["caption"])
    await _send(admin)
    await see(_message(reader, "img.photo").filter(has_text=words["caption"]))
    await reader.keep("1-photo")


async def _send_album(admin: Walk, reader: Walk, words: Mapping[str, str]) -> None:
    """Send an album, whose buttons follow in a message after it."""
    await admin.page.get_by_test_id("text").fill("")
    await admin.attach("album")
    await expect(admin.page.get_by_test_id("album").get_by_test_id("photo")).to_have_count(3, timeout=PATIENCE * 1000)
    await admin.see(QUESTION, "🖼 Album")
    await admin.keep("04-album")
    await _open(admin, "🖼 Album of {n}", "3")
    await admin.press("Add a link button")
    await admin.say(f"{words['button']} - example.org/photos", "🖼 Album of {n}", words["button"])
    await admin.keep("05-album-card")
    await _send(admin)
    await _count(reader.page.get_by_test_id("album").get_by_test_id("photo"), 3)
    await see(reader.key(words["button"], under="👇"))
    await reader.keep("2-album")


async def _send_polls(admin: Walk, reader: Walk) -> None:
    """Send a poll in which all vote together, and one that each chat votes in for itself."""
    polls, forwarded = _message(reader, "[data-testid=poll]"), "[data-testid=origin]"
    await admin.attach("poll")
    await admin.see(QUESTION, "📊 Poll")
    await _open(admin, "📊 Poll")
    await admin.press("Shared votes", "🗳 All vote in your poll: leave it above, I forward it from there.")
    await admin.keep("06-poll")
    await _send(admin)
    await _count(polls, 1)
    await see(polls.locator(forwarded))
    await admin.attach("poll")
    await admin.see(QUESTION, "📊 Poll")
    await _open(admin, "📊 Poll")
    await _send(admin)
    await _count(polls, 2)
    await _count(polls.locator(forwarded), 1)
    await reader.keep("3-polls")


async def _send_file(admin: Walk, reader: Walk) -> None:
    """Send a file that is no digest: the offer tells its name and size."""
    await admin.send_file(FILE, "%PDF-1.7\n" * 200, "application/pdf")
    await admin.see(QUESTION, f"📄 {FILE} · 2 kB")
    await admin.keep("07-file")
    await _open(admin, FILE)
    await _send(admin)
    await see(_message(reader, "[data-testid=document]").filter(has_text=FILE))


async def _send_voice(admin: Walk, reader: Walk) -> None:
    await admin.attach("voice")
    await admin.see(QUESTION, "🎙 Voice message")
    await _open(admin, "🎙 Voice message")
    await _send(admin)
    await see(_message(reader, "[data-testid=voice]"))
    await reader.keep("4-file-and-voice")
    await admin.keep("08-reports")


async def _forward(admin: Walk, words: Mapping[str, str]) -> None:
    """Forward what somebody wrote: nothing of it can be edited in this chat any more, and the card does not say so."""
    await admin.forward(admin.own(words["caption"]))
    await admin.see(QUESTION, "🖼 Photo", words["caption"])
    await _open(admin, words["caption"])
    card = admin.page.locator("article[data-from=bot]", has_text=admin.words(CARD)).last
    editable = "✏️ You can still edit it up there: I show it to you anew before anything goes out."
    await expect(card).not_to_contain_text(admin.words(editable))
    await admin.keep("09-forwarded")
    await admin.press("Discard", "🗑 Discarded. Nothing was sent.")
