"""An editor on a phone, in both languages, with a reader beside: publish at once, and withdraw.

With SCREENSHOTS=FOLDER in the environment each screen is kept there, to be looked at.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.examples import EXAMPLES
from emulator.client import EmulatorClient
from tests.demo.test_demo import PATIENCE
from tests.demo.walking import Walk, admin_and_reader, in_each_language

DAY = "2026-11-23"

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "title": "晨间速递",
        "first": "港口恢复夜航",
        "detail": "引航站说，雾散得比预报早。",
        "second": "图书馆延长开放",
        "body": "考试周每晚开到十一点。",
    },
    "en": {
        "title": "Morning paper",
        "first": "The port sails at night again",
        "detail": "The fog lifted earlier than forecast.",
        "second": "Library stays open longer",
        "body": "During the exams it closes at eleven.",
    },
}


def _edition(words: Mapping[str, str], day: str, first: str, second: str) -> str:
    """Return an edition of two items with links."""
    return (
        f"---\ntitle: {words['title']}\ndate: {day}\n---\n\n"
        f"## [{words[first]}](https://news.example.org/{day}/1)\n\n{words['detail']}\n\n"
        f"## [{words[second]}](https://news.example.org/{day}/2)\n\n{words['body']}\n"
    )


def _folder(tmp_path: Path) -> Path:
    """Return a folder with one edition: the demo begins in the evening of its day."""
    shutil.copy(EXAMPLES / "2026-11-22.md", tmp_path)
    return tmp_path


@pytest.mark.browser
@pytest.mark.slow
@in_each_language
async def test_editor_publishes_at_once_and_withdraws(language: str, tmp_path: Path) -> None:
    words = WORDS[language]
    async with admin_and_reader(language, "withdrawing", "--digests", str(_folder(tmp_path))) as (
        emulator,
        editor,
        reader,
    ):
        await editor.send_file(f"{DAY}.md", _edition(words, DAY, "first", "second"))
        await editor.press("Publish now", under="📝 The edition of {date}. It is not published yet.")
        await editor.see("🚀 It goes to {n} subscriber at once.", words["title"])
        await editor.keep("01-published-now")
        await reader.see(words["title"], words["first"])
        await _withdraw_young(editor, reader, words)
        await _publish_again(editor, reader, words)
        await _withdraw_old(editor, reader, emulator, words)


async def _withdraw_young(editor: Walk, reader: Walk, words: Mapping[str, str]) -> None:
    """Withdraw an edition that arrived just now: its message goes, and nobody finds it any more."""
    await editor.say(f"/withdraw {DAY}", "🗑 Withdraw the digest of {date}?", words["title"])
    await editor.keep("02-asked")
    await editor.press("🗑 " + editor.words("Withdraw"), "🗑 The digest of {date} is withdrawn.", "Deleted: {n}")
    await reader.lose(words["first"])
    await reader.say(f"/digest {DAY}", "The digest of {date} was withdrawn.")
    await editor.keep("03-withdrawn")
    await reader.keep("1-withdrawn")


async def _publish_again(editor: Walk, reader: Walk, words: Mapping[str, str]) -> None:
    """Publish it again after all, and send it at once."""
    await editor.press("Publish it again…", "Those who get it get it even if they had it before.", words["title"])
    await editor.keep("04-again")
    await editor.press("📢 " + editor.words("Publish again"), "📢 The digest of {date} is published again.")
    await editor.press("Send now…", "Nobody gets it twice; who has paused or left gets nothing.")
    await editor.press("🚀 " + editor.words("Send now ({n})"))
    await reader.see(words["title"], words["first"])


async def _withdraw_old(editor: Walk, reader: Walk, emulator: EmulatorClient, words: Mapping[str, str]) -> None:
    """Withdraw it when Telegram deletes it no more: a note takes its place."""
    await emulator.set_clock(await emulator.clock() + timedelta(hours=49))
    await editor.say(f"/withdraw {DAY}", "🗑 Withdraw the digest of {date}?", words["title"])
    await editor.keep("05-old")
    await editor.press(
        "🗑 " + editor.words("Withdraw"), "🗑 The digest of {date} is withdrawn.", "Replaced by a note: {n}"
    )
    await reader.lose(words["first"])
    notes = reader.page.locator("article[data-from=bot]", has=reader.page.get_by_test_id("edited"))
    await expect(notes.last).to_contain_text(
        reader.words("The digest of {date} was withdrawn."), timeout=PATIENCE * 1000
    )
    await reader.keep("2-note")
