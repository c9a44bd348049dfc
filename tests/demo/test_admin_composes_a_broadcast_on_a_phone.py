"""An admin composes a broadcast on a phone, in both languages: buttons, options, recipients, and a late correction.

With SCREENSHOTS=FOLDER in the environment each screen is kept there, to be looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.async_api import expect

from emulator.client import EmulatedUser, EmulatorClient
from tests.demo.test_demo import ADMIN, PATIENCE, see
from tests.demo.walking import READERS, Walk, admin_and_reader, in_each_language

QUESTION = "Shall I send this to your subscribers?"
CARD = "For {recipients}"
ASKED_FOR_BUTTON = (
    "What should the button say? Write it, and I ask where it leads. Or all at once, a row a line:\n\n"
    "Read more - https://example.org\nSite - https://example.org | Blog - https://blog.example.org"
)
REFUSED_LINE = "I cannot read this as a button with a link: {line}\n\nLike this: Read more - https://example.org"
OPTIONS = ("Silent", "No forwarding", "Pin", "No preview")

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "typed": "今晚八点**直播**，先看节目单：https://example.org/programme",
        "text": "今晚八点直播",
        "edited": "今晚九点直播，先看节目单：https://example.org/programme",
        "new": "今晚九点直播",
        "button": "去看直播",
        "rows": "网站 - example.org | 博客 - https://blog.example.org",
        "row": "网站 → https://example.org | 博客",
        "wrong": "联系我们",
        "language": "简体中文",
        "saved": "说中文的",
    },
    "en": {
        "typed": "Tonight at eight we are **live**; the programme: https://example.org/programme",
        "text": "Tonight at eight we are live",
        "edited": "Tonight at nine we are live; the programme: https://example.org/programme",
        "new": "Tonight at nine we are live",
        "button": "Watch it",
        "rows": "Site - example.org | Blog - https://blog.example.org",
        "row": "Site → https://example.org | Blog",
        "wrong": "Write to us",
        "language": "English",
        "saved": "English readers",
    },
}


@pytest.mark.browser
@pytest.mark.slow
@in_each_language
async def test_admin_composes_a_broadcast(language: str) -> None:
    words = WORDS[language]
    async with admin_and_reader(language, "composing") as (emulator, admin, reader):
        (stranger,) = set(READERS.values()) - {READERS[language]}
        await EmulatedUser(emulator, stranger, 0).send("/start")
        await admin.say(words["typed"], QUESTION, words["text"])
        await admin.press("📣 " + admin.words("Broadcast"), CARD, words["text"])
        await admin.keep("01-card")
        await _add_buttons(admin, words)
        await _choose_options(admin, words)
        await _choose_recipients(admin, words)
        await _correct(admin, words)
        await admin.press("📣 " + admin.words("Send for free"))
        await _receive(admin, reader, emulator, words)
        await _use_saved_choice(admin, words)
        texts = [entry.message.text for entry in await emulator.log(stranger, kind="bot_message") if entry.message]
        assert texts
        assert not any(words["new"] in text for text in texts)


async def _add_buttons(admin: Walk, words: Mapping[str, str]) -> None:
    """Add a button step by step, and a row of two as a line; a line that is none is asked for again."""
    await admin.press("Add a link button", ASKED_FOR_BUTTON)
    await admin.keep("02-asked-for-button")
    await admin.say(words["button"], "Where does “{label}” lead? Send the link.")
    await admin.say("https://example.org/live", f"🔗 {words['button']} → https://example.org/live")
    await admin.press("Add a link button", ASKED_FOR_BUTTON)
    await admin.say(f"{words['rows']}\n{words['wrong']}", REFUSED_LINE, words["wrong"])
    await admin.keep("03-refused-line")
    await admin.say(words["rows"], words["row"], words["button"])
    await admin.keep("04-buttons")


async def _choose_options(admin: Walk, words: Mapping[str, str]) -> None:
    """Turn every option on, and have it tested."""
    for option in OPTIONS:
        await admin.press(option)
        await see(admin.key(admin.words(option) + " ✅"))
    await admin.keep("05-options")
    await admin.press("Test to me")
    tested = admin.page.locator("article[data-from=bot]", has=admin.page.get_by_test_id("silent"))
    await expect(tested.last).to_contain_text(words["text"])
    await see(admin.key(words["button"], under=words["text"]))
    await admin.keep("06-tested")


async def _choose_recipients(admin: Walk, words: Mapping[str, str]) -> None:
    """See the number beside each choice, look at categories and editions, and save a language for later."""
    await admin.press("To whom", "👥 To: {who}", "everybody")
    everybody = admin.key(admin.words("Everybody"))
    await expect(everybody).to_contain_text("· 2")
    await admin.keep("07-to-whom")
    await admin.press(f"{words['language']} · 1", "👥 To: {who}", words["language"])
    groups = admin.key("Groups")  # on this screen only
    await expect(groups).to_contain_text("· 0")
    await admin.press("By category")
    await expect(groups).to_have_count(0)
    await admin.keep("08-categories")
    await admin.press("Back")
    await see(groups)
    await admin.press("By edition", "Which edition? The newest first, of the last 30 days.")
    await see(admin.key("Missed it"))
    await admin.keep("09-editions")
    await admin.press("Back")
    await see(groups)
    await admin.press("Save this choice", "What shall this choice be called?")
    await admin.say(words["saved"], CARD, words["language"])
    await admin.keep("10-saved")


async def _correct(admin: Walk, words: Mapping[str, str]) -> None:
    """Edit the text above while its card is open: the new one is shown, and the former card sends nothing."""
    await admin.edit(words["text"], words["edited"])
    await admin.see(CARD, words["new"], words["button"], words["language"])
    await admin.see("✏️ You have edited it since: this text no longer goes out.")
    await admin.keep("11-edited")


async def _receive(admin: Walk, reader: Walk, emulator: EmulatorClient, words: Mapping[str, str]) -> None:
    """Get it as it was composed: silent, protected, pinned, with its buttons."""
    await reader.see(words["new"])
    for label in (words["button"], words["rows"].split(" - ")[0]):
        await see(reader.key(label, under=words["new"]))
    got = await emulator.wait_for_log_entry(
        lambda entry: entry.kind == "bot_message" and entry.message is not None and words["new"] in entry.message.text,
        chat=READERS[reader.translate.language],
        timeout=PATIENCE,
    )
    assert got.message is not None
    assert got.message.silent
    assert got.message.protected
    assert got.message.link_preview == {"is_disabled": True}
    pinned = await emulator.wait_for_log_entry(
        lambda entry: entry.kind == "bot_pin" and entry.message_id == got.message_id,
        chat=got.chat_id,
        timeout=PATIENCE,
    )
    assert pinned.chat_id != ADMIN
    await reader.keep("1-received")
    await admin.see("📌 Pinned: {n}", words["new"])
    await admin.keep("12-report")


async def _use_saved_choice(admin: Walk, words: Mapping[str, str]) -> None:
    """Find the saved choice again under another broadcast, and forget it."""
    await admin.say(f"/broadcast {words['button']}", CARD, words["button"])
    await admin.press("To whom", "👥 To: {who}", "everybody")
    await admin.press(f"⭐ {words['saved']}", "👥 To: {who}", words["language"])
    await admin.keep("13-saved-choice")
    await admin.press("Forget “{name}”", "👥 To: {who}", words["language"])
    await expect(admin.key(f"⭐ {words['saved']}")).to_have_count(0, timeout=PATIENCE * 1000)
    await admin.press("Back", CARD, words["language"])
    await admin.press("Discard", "🗑 Discarded. Nothing was sent.")
