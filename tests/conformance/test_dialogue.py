"""Each dialogue gives the same transcript over every driver: texts, styles, buttons, edits, answers to presses."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from domain.chat.event import User
from tests.conformance.harness import DIALOGUE_DRIVERS, HandlersOnly, TranscriptEntry
from tests.handlers.dialogue import ADMIN, Bot, open_bot, private

DAYS = date(2025, 9, 12), date(2025, 9, 11)

DIALOGUES = {
    "subscribing": (
        7,
        "en",
        [
            "/start",
            "[Other time zone]",
            "[Berlin]",
            "/time 09:30",
            "/status",
            "/pause 2 weeks",
            "[Undo]",
            "/stop",
            "[Unsubscribe]",
        ],
    ),
    "订阅": (8, "zh-hans", ["/start", "[换个时间]", "[21:00]", "[对，现在]", "/settings", "[中文 / English]"]),
    "reading": (9, "en", ["/today", "[◀]", "[▶]", "/item", "[3]", "[▶]", "commentary", "/category 技术前沿", "7"]),
    "preferences": (
        10,
        "en",
        ["/settings", "[Categories]", "[AI产业]", "[Back]", "[Weekdays]", "[✓ Sun]", "/layout full"],
    ),
    "invalid input": (11, "en", ["<3 {x} %s", "/nonsense", "/item 99", "/timezone Nowhere", "/broadcast x", "/help"]),
    "rich layout": (
        12,
        "en",
        [
            "/layout rich",
            "[Use it]",
            "/today",
            "[Item 3 alone]",
            "[◀]",
            "/layout 图文",
            "[Back to Headlines]",
            "/today",
        ],
    ),
    "privacy": (
        13,
        "en",
        ["/start", "/privacy", "[Send me all of it]", "/erase", "[No, keep everything]", "[Erase all of it]"],
    ),
    "隐私": (14, "zh-hans", ["/start", "/export", "删除我的数据", "[好，全部抹掉]", "/export", "/privacy"]),
    "searching and saving": (
        15,
        "en",
        ["/search 正文", "[▶]", "[6]", "[Save]", "[Back to the results]", "/saved", "[As a Markdown file]", "正文"],
    ),
    "broadcast": (ADMIN, "en", ["/start", "/broadcast <3 😀 news", "[Discard]", "/broadcast Again", "/stats"]),
    "群发": (
        ADMIN,
        "zh-hans",
        [
            "/start",
            "/broadcast 各位早安",
            "[静音]",
            "[加个链接按钮]",
            "看直播",
            "example.org/live",
            "[先发给我看看]",
        ],
    ),
}
"""User id, language and lines of each dialogue; a line in brackets presses the button with that label."""


@pytest.mark.parametrize("driver_name", DIALOGUE_DRIVERS)
@pytest.mark.parametrize("dialogue", DIALOGUES)
async def test_every_driver_gives_the_same_transcript(
    driver_name: str, dialogue: str, bot: Bot, tmp_path: Path
) -> None:
    user_id, language, lines = DIALOGUES[dialogue]
    reference = HandlersOnly(private(bot, user_id, language))
    async with open_bot(tmp_path / "played") as played:
        for published_to in (bot, played):
            await published_to.publish(*DAYS)
        async with DIALOGUE_DRIVERS[driver_name](played, User(user_id, "<3 {x} %s \u202e", language)) as driver:
            for line in lines:
                if line.startswith("["):
                    await driver.press(line[1:-1], expected=await reference.press(line[1:-1]))
                else:
                    await driver.say(line, expected=await reference.say(line))
            transcript = list(await driver.transcript())
    assert transcript == reference.transcript
    assert len(transcript) >= len(lines)


async def test_the_dialogues_cover_all_kinds_of_answers(bot: Bot) -> None:
    """Otherwise a driver could fail in what no dialogue shows."""
    await bot.publish(*DAYS)
    transcript: list[TranscriptEntry] = []
    for user_id, language, lines in DIALOGUES.values():
        reference = HandlersOnly(private(bot, user_id, language))
        for line in lines:
            await (reference.press(line[1:-1]) if line.startswith("[") else reference.say(line))
        transcript += reference.transcript
    assert {entry.kind for entry in transcript} == {"message", "edit", "callback_answer"}
    assert any(entry.text for entry in transcript if entry.kind == "callback_answer")
    styles = {entity["type"] for entry in transcript for entity in entry.entities}
    assert styles >= {"bold", "text_link", "expandable_blockquote"}
    buttons = [button for entry in transcript for row in entry.keyboard for button in row]
    assert any("url" in button for button in buttons)
    assert {entry.file_name.rpartition(".")[2] for entry in transcript} >= {"md", "json"}
