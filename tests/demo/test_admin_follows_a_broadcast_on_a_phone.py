"""What an admin does with a broadcast that is out, on a phone in both languages: edit, recall, retry, resend.

Its card becomes its report and follows each press; there is no other message about it.
With SCREENSHOTS=FOLDER in the environment each screen is kept there, to be looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.async_api import expect

from emulator.client import EmulatorClient
from tests.demo.test_demo import PATIENCE, see
from tests.demo.walking import READERS, Walk, admin_and_reader, in_each_language

CARD = "For {recipients}"
REFUSAL = "Bad Request: CHAT_RESTRICTED"

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "text": "今晚八点有直播，别错过",
        "edited": "今晚九点有直播，别错过",
        "refused": "这条第一次被拒收",
        "lost": "这条不知道送到没有",
    },
    "en": {
        "text": "Tonight at eight we are live",
        "edited": "Tonight at nine we are live",
        "refused": "This one is refused at first",
        "lost": "Nobody knows whether this one arrived",
    },
}


@pytest.mark.browser
@pytest.mark.slow
@in_each_language
async def test_admin_edits_recalls_and_repeats(language: str) -> None:
    words, chat = WORDS[language], READERS[language]
    async with admin_and_reader(language, "following") as (emulator, admin, reader):
        await _send(admin, words["text"])
        await reader.see(words["text"])
        await _edit(admin, reader, words)
        await _recall(admin, reader, words)
        await _retry(admin, reader, emulator, chat, words["refused"])
        await _resend(admin, reader, emulator, chat, words["lost"])


async def _send(admin: Walk, text: str) -> None:
    """Send a text to all, by the short way."""
    await admin.say(f"/broadcast {text}", CARD, text)
    await admin.press("Send for free", under=text)


async def _edit(admin: Walk, reader: Walk, words: Mapping[str, str]) -> None:
    """Give it another text where it arrived; the card tells how many have it."""
    await see(admin.key("Recall…", under=words["text"]))
    await admin.keep("01-report")
    await admin.press(
        "Edit…", "Send me the new text. It takes the place of this one wherever it arrived; buttons stay."
    )
    await admin.say(words["edited"])
    await see(admin.key("✏️ " + admin.words("Edit ({n})")))
    await admin.keep("02-edit")
    await admin.press("✏️ " + admin.words("Edit ({n})"))
    await reader.see(words["edited"])
    await reader.lose(words["text"])
    await admin.see(admin.translate("✏️ Edited: {n}").format(n=1), words["edited"])
    await admin.keep("03-edited")
    await reader.keep("1-edited")


async def _recall(admin: Walk, reader: Walk, words: Mapping[str, str]) -> None:
    """Take it back from where it arrived, after a question."""
    await admin.press(
        "Recall…",
        "Delete it in all chats that have it? Telegram deletes messages for 48 hours; what was not confirmed stays.",
        words["edited"],
    )
    await admin.keep("04-asked")
    await admin.press("🗑 " + admin.words("Delete ({n})"))
    await reader.lose(words["edited"])
    await admin.see(admin.translate("🗑 Recalled: {n} deleted").format(n=1), words["edited"])
    await admin.keep("05-recalled")
    await reader.keep("2-recalled")


async def _retry(admin: Walk, reader: Walk, emulator: EmulatorClient, chat: int, text: str) -> None:
    """Try again what Telegram refused."""
    await emulator.add_fault("error", method="sendMessage", chat_id=chat, times=1, description=REFUSAL)
    await _send(admin, text)
    await admin.see("Failed: {n}", text, "the bot may not write there")
    await admin.keep("06-refused")
    await admin.press("Try failed ones again ({n})", under=text)
    await reader.see(text)
    await see(admin.key("Recall…", under=text))
    await _require_one_card(admin, text)
    await admin.keep("07-tried-again")


async def _resend(admin: Walk, reader: Walk, emulator: EmulatorClient, chat: int, text: str) -> None:
    """Send again what was not confirmed, as the admin chooses to; until then nobody risks to get it twice."""
    await emulator.add_fault("drop", method="sendMessage", chat_id=chat, times=1, execute=False)
    await _send(admin, text)
    await admin.see("Not confirmed: {n}", text)
    await admin.keep("08-not-confirmed")
    assert await reader.page.locator("article", has_text=text).count() == 0
    await admin.press("🔁 " + admin.words("Send again ({n})"), under=text)
    await reader.see(text)
    await see(admin.key("Recall…", under=text))
    await _require_one_card(admin, text)
    await admin.keep("09-sent-again")


async def _require_one_card(admin: Walk, text: str) -> None:
    """Require that one message of the bot is about a broadcast: neither a second report nor a leftover card."""
    about = admin.page.locator("article[data-from=bot]", has_text=text).filter(has=admin.page.get_by_test_id("key"))
    await expect(about).to_have_count(1, timeout=PATIENCE * 1000)
