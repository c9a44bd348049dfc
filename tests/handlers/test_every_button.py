"""Every button of every screen works, and everything that is said is in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from domain.chat.callback_data import parse_callback_data
from domain.chat.commands import CommandName
from domain.chat.i18n import LANGUAGES
from domain.text_language import primary_language
from tests.handlers.dialogue import ADMIN, Answer, Bot, Voice, channel, group, private
from tests.languages import foreign_words

TODAY = date(2025, 9, 12)
DAYS = [TODAY - timedelta(days=days) for days in range(4)]
EXPIRED = {"en": "This button no longer works.", "zh-hans": "这个按钮已经不能用了。"}

SAID = (
    *("/start", "/help", "/today", "/item", "/item 3", "/item 99", "/items", "/categories", "/category", "/commentary"),
    *("/category 技术", "/category 无此分类", "/digest", "/digest 2025-09-11", "/digest 2020-01-01", "/digest x"),
    *("/settings", "/time", "/time 7:45", "/time 99", "/timezone", "/timezone 8", "/timezone 上海", "/timezone 无此地"),
    *("/layout", "/layout full", "/layout x", "/language", "/language x", "/status", "/stop", "/status", "/start"),
    *("/stats", "/broadcast", "/unknown", "今天", "柏林", "7:45", "无", "", "/timezone 澳大利亚", "/layout headlines"),
    *("/access", "/access link 5 7", "/access 4201"),
)
"""What somebody types, known or not; in the end they are subscribed."""

QUOTED = re.compile(
    r"(?:\d{4}\.\d\d\.\d\d )?全球AI新闻速递|今日要闻。|今天的牌桌上.*|\d+ 日第 \d+ 条.*|第 \d+ 条的正文。"
    r"|AI产业|ai产业|技术前沿|巨头动态|技术|无此分类|柏林|(?m:^无$)"
    r"|https://t\.me/\S*|/access link"
)
"""What the edition itself says, and what was typed."""

VoiceMaker = Callable[[Bot, str], Voice]
VOICES: dict[str, VoiceMaker] = {
    "private": lambda bot, language: private(bot, language=language),
    "admin": lambda bot, language: private(bot, ADMIN, language),
    "group": lambda bot, language: group(bot, language=language),
    "channel": lambda bot, language: channel(bot, language=language),
}


def _said_in(answer: Answer) -> list[str]:
    """Return every text and label of an answer, and its toast if it has one."""
    toasts = [str(getattr(action, "text", "")) for action in answer.actions]
    return [answer.text, *answer.labels, *toasts]


async def _press_everything(voice: Voice, limit: int = 400) -> list[tuple[str, Answer]]:
    """Press each button that appears once, also those that appear through it, but stay with the language."""
    own = primary_language(voice.person.language)
    others = tuple(f"language {code}" for code in LANGUAGES if primary_language(code) != own)
    pressed: dict[str, Answer] = {}
    while True:
        buttons = [
            (number, button.callback_data)
            for number, message in voice.seen.items()
            for row in message.keyboard
            for button in row
            if button.callback_data not in ("", *pressed) and not button.callback_data.startswith(others)
        ]
        if not buttons:
            return list(pressed.items())
        for number, data in buttons:
            if data not in pressed:
                pressed[data] = await voice.press_data(data, on=number)
        assert len(pressed) < limit


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("who", VOICES)
async def test_every_button_works_in_the_reader_s_language(who: str, language: str, bot: Bot) -> None:
    await bot.publish(*DAYS)
    voice = VOICES[who](bot, language)
    bot.group_admins = {voice.chat.id: {voice.person.id}}
    answers = [(said, await voice.say(said)) for said in SAID]
    pressed = await _press_everything(voice)
    commands = {data.command for data in map(parse_callback_data, dict(pressed)) if data is not None}
    assert commands >= {CommandName.SETTINGS, CommandName.ITEM, CommandName.CATEGORY, CommandName.TIME}
    assert [data for data, answer in pressed if EXPIRED[language] in _said_in(answer)] == []
    assert [data for data, answer in pressed if not answer.actions] == []
    foreign = {
        (what, word)
        for what, answer in (*answers, *pressed)
        for text in _said_in(answer)
        for word in foreign_words(text, language[:2], quoted=QUOTED)
    }
    assert foreign == set()
