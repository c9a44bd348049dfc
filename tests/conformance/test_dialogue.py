"""The same dialogue gives the same transcript over every driver: texts, styles, buttons, edits, toasts."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from domain.chat.event import User
from tests.conformance.harness import STAGES, Answers, Shown
from tests.handlers.dialogue import ADMIN, Bot, open_bot, private

DAYS = date(2025, 9, 12), date(2025, 9, 11)

DIALOGUES = {
    "subscribing": (7, "en", ["/start", "[Other time zone]", "[Berlin]", "/time 09:30", "/status", "/stop"]),
    "订阅": (8, "zh-hans", ["/start", "[换个时间]", "[21:00]", "[对，现在]", "/settings", "[中文 / English]"]),
    "reading": (9, "en", ["/today", "[◀]", "[▶]", "[Items]", "[3]", "[▶]", "commentary", "/category 技术前沿", "7"]),
    "preferring": (
        10,
        "en",
        ["/settings", "[Categories]", "[AI产业]", "[Back]", "[Weekdays]", "[✓ Sun]", "/layout full"],
    ),
    "being puzzled": (11, "en", ["<3 {x} %s", "/nonsense", "/item 99", "/timezone Nowhere", "/broadcast x", "/help"]),
    "broadcasting": (ADMIN, "en", ["/start", "/broadcast <3 😀 news", "[Discard]", "/broadcast Again", "/stats"]),
}
"""Who says what, in which language; in brackets, a part of a button's label that is pressed."""


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("dialogue", DIALOGUES)
async def test_the_same_dialogue_gives_the_same_transcript(
    stage: str, dialogue: str, bot: Bot, tmp_path: Path, blank_database: Path
) -> None:
    person, language, lines = DIALOGUES[dialogue]
    answers = Answers(private(bot, person, language))
    (tmp_path / "played").mkdir()
    shutil.copy(blank_database, tmp_path / "played" / "bot.db")
    async with open_bot(tmp_path / "played") as played:
        for each in (bot, played):
            await each.publish(*DAYS)
        async with STAGES[stage](played, User(person, "<3 {x} %s \u202e", language)) as live:
            for line in lines:
                if line.startswith("["):
                    await live.press(line[1:-1], expected=await answers.press(line[1:-1]))
                else:
                    await live.say(line, expected=await answers.say(line))
            transcript = list(await live.transcript())
    assert transcript == answers.shown
    assert len(transcript) >= len(lines)


async def test_the_dialogues_show_all_there_is_to_show(bot: Bot) -> None:
    """Else a driver would be judged by half of what it does."""
    await bot.publish(*DAYS)
    shown: list[Shown] = []
    for person, language, lines in DIALOGUES.values():
        answers = Answers(private(bot, person, language))
        for line in lines:
            await (answers.press(line[1:-1]) if line.startswith("[") else answers.say(line))
        shown += answers.shown
    assert {kind for kind, *_ in shown} == {"message", "edit", "toast"}
    assert any(text for kind, text, *_ in shown if kind == "toast")
    styles = {entity["type"] for kind, _, entities, _ in shown if kind != "toast" for entity in entities}
    assert styles >= {"bold", "text_link", "expandable_blockquote"}
    buttons = [button for *_, rows in shown for row in rows or [] for button in row]
    assert any("url" in button for button in buttons)
