"""An editor on a phone, in both languages, with a reader beside: publish, look ahead, correct, send late.

With SCREENSHOTS=FOLDER in the environment each screen is kept there, to be looked at.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.examples import EXAMPLES
from emulator.client import EmulatedUser, EmulatorClient
from tests.chromium import chromium
from tests.demo.test_demo import ADMIN, XIAOYU, demo
from tests.demo.walking import Walk, walk

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = "2026-11-23"

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "title": "晨间速递",
        "typo": "港口恢复夜行",
        "right": "港口恢复夜航",
        "detail": "引航站说，雾散得比预报早。",
        "second": "图书馆延长开放",
        "body": "考试周每晚开到十一点。",
        "variant": "en",
        "other": "The port sails at night again",
        "late": "迟到的一期",
        "evening": "晚报",
    },
    "en": {
        "title": "Morning paper",
        "typo": "The prot sails at night again",
        "right": "The port sails at night again",
        "detail": "The fog lifted earlier than forecast.",
        "second": "Library stays open longer",
        "body": "During the exams it closes at eleven.",
        "variant": "en",
        "other": "Ships may sail in the dark once more",
        "late": "The late one",
        "evening": "Evening paper",
    },
}


def _edition(
    words: Mapping[str, str], *, day: str = DAY, title: str = "title", first: str = "right", more: str = ""
) -> str:
    """Return an edition of two items."""
    return (
        f"---\ntitle: {words[title]}\ndate: {day}\n{more}---\n\n"
        f"1. [{words[first]}](https://news.example.org/{day}/1)\n\n    {words['detail']}\n\n"
        f"2. [{words['second']}](https://news.example.org/{day}/2)\n\n    {words['body']}\n"
    )


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(("language", "reader"), [("zh", XIAOYU), pytest.param("en", 1002, marks=pytest.mark.long)])
async def test_editor_publishes_corrects_and_sends_late(language: str, reader: int, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "2026-11-22.md", tmp_path)
    words = WORDS[language]
    async with demo("aiogram", "--digests", str(tmp_path)) as emulator, chromium() as browser:
        await EmulatedUser(emulator, ADMIN, 0).set_language(language)
        async with (
            walk(browser, emulator, reader, language, "editors-reader") as phone,
            walk(browser, emulator, ADMIN, language, "editor") as editor,
        ):
            await phone.page.get_by_test_id("start").click()
            await phone.see("👋 Welcome, you are subscribed.")
            await _publish(editor, words)
            await _until(emulator, day=1, hour=8)
            await phone.see(words["title"], words["typo"])
            await phone.keep("1-delivered")
            await _correct(editor, phone, words)
            await _look_ahead(editor, words)
            await _until(emulator, day=2, hour=15)
            await _send_late(editor, phone, words)


async def _until(emulator: EmulatorClient, *, day: int, hour: int) -> None:
    """Set the clock to an hour of one of the days after the first."""
    first = (await emulator.clock()).astimezone(SHANGHAI).replace(day=22, hour=hour, minute=0, second=1)
    await emulator.set_clock(first + timedelta(days=day))


async def _publish(editor: Walk, words: Mapping[str, str]) -> None:
    """Send a file that cannot be read, then one with an odd link; look at it in each layout, and publish it later."""
    broken = _edition(words, first="typo").replace(f"date: {DAY}", "date: 2026-13-45")
    await editor.send_file("edition.md", broken)
    await editor.see("⚠️ {file} cannot be published as it is.")
    await editor.keep("01-refused")
    odd = _edition(words, first="typo").replace(f"https://news.example.org/{DAY}/2", "javascript:alert(1)")
    await editor.send_file("odd.md", odd)
    await editor.see("📝 The edition of {date}. It is not published yet.")
    await editor.keep("02-report")
    for number, layout in enumerate(("Full text", "Rich"), 3):
        await editor.press(layout, "📝 The edition of {date}. It is not published yet.", layout)
        await editor.keep(f"0{number}-{layout.split()[0].lower()}")
    await editor.press("Do not publish", "Not published.")
    await editor.send_file(f"{DAY}.md", _edition(words, first="typo"))
    await editor.press(
        "At …", "From when on? Write a time of your clock, such as 20:30 or 11-28 7:00.", under=f"{DAY}.md"
    )
    await editor.say("21:30", "✅ It is being published, to go out from {moment} on.")
    await editor.see("📥 Published in the chat: {file}.")
    await editor.keep("05-published")
    await editor.say(f"/preview {DAY}", "It may go out from {moment} on, to each at their time: {people}.")
    await editor.keep("06-preview")


async def _correct(editor: Walk, phone: Walk, words: Mapping[str, str]) -> None:
    """Correct what was delivered: its message changes."""
    await editor.send_file(f"{DAY}.md", _edition(words))
    await editor.see("✏️", "✏️ A correction of the edition of {date}. It is not published yet.")
    await editor.press("✅ " + editor.words("Publish"), under="✏️")
    await editor.see("✏️ Corrected in the chat: {file}.")
    await editor.keep("07-correction")
    await editor.press("✏️", under="✏️ Corrected in the chat: {file}.")
    await phone.see(words["title"], words["right"])
    assert await phone.page.locator("article", has_text=words["typo"]).count() == 0
    await editor.keep("08-corrected")
    await phone.keep("2-corrected")


async def _look_ahead(editor: Walk, words: Mapping[str, str]) -> None:
    """Send an edition of another slot and a text in another language."""
    await editor.send_file(f"{DAY}-evening.md", _edition(words, title="evening", more="slot: evening\n"))
    await editor.see("🗓 {slot}: for those who have switched it on in /settings.")
    await editor.keep("09-slot")
    await editor.press(
        "✅ " + editor.words("Publish"), under="🗓 {slot}: for those who have switched it on in /settings."
    )
    await editor.see("📥 Published in the chat: {file}.", words["evening"])
    variant = _edition(words, first="other", more=f"lang: {words['variant']}\n")
    await editor.send_file(f"{DAY}.{words['variant']}.md", variant)
    await editor.see("🌐", "🌐 The {language} text of the edition of {date}. It is not published yet.")
    await editor.keep("10-variant")
    await editor.press(
        "✅ " + editor.words("Publish"),
        under="🌐",
    )
    await editor.see("🌐 Published in the chat: {file}, the {language} text of the edition of {date}.")
    await editor.keep("11-variant-published")


async def _send_late(editor: Walk, phone: Walk, words: Mapping[str, str]) -> None:
    """Publish after everybody's hour, and send it to who did not get it."""
    await editor.send_file("2026-11-24.md", _edition(words, day="2026-11-24", title="late"))
    await editor.press("✅ " + editor.words("Publish"), under="2026-11-24.md")
    await editor.see("📥 Published in the chat: {file}.", words["late"])
    await editor.keep("12-late")
    await editor.press("Send now…", "Nobody gets it twice; who has paused or left gets nothing.")
    await editor.keep("13-send-now")
    await editor.press("🚀 " + editor.words("Send now ({n})"))
    await phone.see(words["late"])
    await editor.keep("14-sent")
