"""An editor chooses one of two readings on a phone, in both languages; the next day is read alike, and asks nothing.

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
from digest.reader import list_readings
from tests.demo.test_demo import PATIENCE
from tests.demo.walking import admin_and_reader, in_each_language, morning

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "title": "晨间速递",
        "closing": "编辑部",
        "first": "港口恢复夜航/引航站说，雾散得比预报早。/图书馆延长开放/考试周每晚开到十一点。/小步走更稳，港务长说。",
        "second": "渡轮恢复夜班/码头说，风停得比预报早。/游泳馆延长开放/假期每晚开到十点半。/慢一点更好，馆长说。",
        "choice": "第 2 种对",
        "items": "3 条",
    },
    "en": {
        "title": "Morning paper",
        "closing": "At work",
        "first": "The port sails at night again/The fog lifted earlier than forecast./Library stays open longer/"
        "During the exams it closes at eleven./Small steps are better, said the harbour master.",
        "second": "The ferry runs at night again/The wind dropped earlier than forecast./Pool stays open longer/"
        "In the holidays it closes at ten./Slow and steady is better, said the keeper.",
        "choice": "Number 2 is right",
        "items": "3 items",
    },
}
REPORT = "📝 The edition of {date}. It is not published yet."
QUESTION = "❓ It can be read in two ways. Which one is right? Later days are then read alike."


def _edition(words: Mapping[str, str], name: str, day: str) -> str:
    """Return an edition whose last section may be an item or not, and at first is taken for none."""
    one, about_one, two, about_two, last = words[name].split("/")
    text = (
        f"---\ntitle: {words['title']}\ndate: {day}\n---\n\n"
        f"## [{one}](https://news.example.org/{day}/1)\n\n{about_one}\n\n"
        f"## [{two}](https://news.example.org/{day}/2)\n\n{about_two}\n\n"
        f"## {words['closing']}\n\n{last}\n"
    )
    assert [len(reading.headlines) for reading in list_readings(text.encode())] == [2, 3]
    return text


@pytest.mark.browser
@pytest.mark.slow
@in_each_language
async def test_editor_chooses_a_reading(language: str, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "2026-11-22.md", tmp_path)
    words = WORDS[language]
    async with admin_and_reader(language, "reading", "--digests", str(tmp_path)) as (emulator, editor, reader):
        await editor.send_file("2026-11-23.md", _edition(words, "first", "2026-11-23"))
        await editor.see(QUESTION, words["closing"])
        await editor.keep("01-question")
        await editor.press(words["choice"])
        reports = editor.page.locator("article[data-from=bot]", has_text=editor.words(REPORT))
        await editor.see("✅ Your choice is kept: later days are read so too.")  # in the place of the first report
        await expect(reports).to_have_count(1, timeout=PATIENCE * 1000)
        await expect(reports).to_contain_text(words["items"])
        await expect(editor.key(words["choice"])).to_have_count(0)
        await editor.keep("02-chosen")
        await editor.press("✅ " + editor.words("Publish"), "📥 Published in the chat: {file}.", words["items"])
        first = (await emulator.clock()).date() + timedelta(1)
        await morning(emulator, first)
        await reader.see(words["first"].split("/")[0], words["closing"])
        await editor.drop("2026-11-24.md", _edition(words, "second", "2026-11-24"))  # into the folder
        await editor.see("📥 {file} was read, and its edition goes out.", "2026-11-24.md", words["items"])
        await expect(editor.key("Two readings", under="2026-11-24.md")).to_have_count(0)
        await editor.keep("03-next-day")
        await morning(emulator, first + timedelta(1))
        await reader.see(words["second"].split("/")[0], words["closing"])
        await reader.keep("1-next-day")
