"""Dialogues as they were when somebody last read them: what was said, and all that came in answer.

Each file of `tests/handlers/dialogues` is a dialogue. A line such as `ann> /settings` says or presses something:
`[Label` is the newest button with that label, `<data` a button with that data, `+3 hours` lets time pass. What stands
between such lines is the answer. Write new lines into a file, and `python -m tests.handlers.recorded_dialogues` writes
the answers, to be read before a commit.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from domain.chat.action import (
    Action,
    CallbackAnswer,
    CallMethod,
    Edit,
    InlineAnswer,
    Send,
    SendChart,
    SendDocument,
    SendEphemeral,
)
from domain.chat.message import Button, Message
from domain.chat.rich_message import AnyMessage
from storage import bots
from tests.handlers.dialogue import ADMIN, Answer, Bot, Voice, channel, group, open_bot, private
from tests.languages import offering_only

FOLDER = Path(__file__).parent / "dialogues"
TODAY = date(2025, 9, 12)
DAYS = [TODAY - timedelta(days=days) for days in range(3)]
_VOICES: dict[str, Callable[[Bot], Voice]] = {
    "ann": lambda bot: private(bot, 7),
    "bob": lambda bot: private(bot, 8),
    "admin": lambda bot: private(bot, ADMIN),
    "group": lambda bot: group(bot, topic=5),
    "channel": channel,
}

_STEP = re.compile(f"^({'|'.join(_VOICES)})> (.*)$", re.MULTILINE)

_SECRET = re.compile(r"=inv_[\w-]+")


async def record(bot: Bot, dialogue: str) -> str:
    """Say what a dialogue says, and return it with the answers of this bot."""
    await bot.publish(*DAYS, items=4)
    bot.group_admins = {-100: {7}, -300: {7}}
    async with bot.database.write() as tx:
        await bots.set_username(tx, "digest_bot")
    voices = {name: make(bot) for name, make in _VOICES.items()}
    lines: list[str] = []
    for who, step in _STEP.findall(dialogue):
        lines.append(f"{who}> {step}")
        with offering_only("zh", "zh-hant", "en"):
            answer = await _take(step, voices[who], bot)
        lines += [line for action in answer.actions for line in _action_lines(action, voices[who])]
        lines.append("")
    return _SECRET.sub("=inv_SECRET", "\n".join(lines))


async def _take(step: str, voice: Voice, bot: Bot) -> Answer:
    match step[0]:
        case "[":
            return await voice.press(step[1:])
        case "<":
            return await voice.press_data(step[1:], on=max(voice.seen, default=0))
        case "+":
            amount, unit = step[1:].split()
            bot.wait(**{unit: float(amount)})
            return Answer([])
    return await voice.say(step)


def _action_lines(action: Action, voice: Voice) -> Iterator[str]:
    """Yield an action as it is seen by people, with what Telegram is told beside."""
    match action:
        case Send():
            whom = "" if action.chat_id == voice.chat.id else f" to {action.chat_id}"
            topic = "" if action.topic_id is None else f" in topic {action.topic_id}"
            yield f"(message{whom}{topic}{', silent' * action.silent})"
            yield from _message_lines(action.message)
        case Edit():
            yield f"(message {action.message_id} becomes)"
            yield from _message_lines(action.message)
        case CallbackAnswer():
            said = f" {action.text!r}{', alert' * action.show_alert}" if action.text else ""
            yield f"(press answered{said}{' ' * bool(action.url)}{action.url})"
        case SendEphemeral():
            yield f"(message to {action.user_id} alone)"
            yield from _message_lines(action.message)
        case CallMethod():
            yield f"({action.method} {json.dumps(action.parameters, ensure_ascii=False, sort_keys=True)})"
        case SendChart():
            place = "" if action.message_id is None else f" in place of {action.message_id}"
            yield f"(picture{place})"
            yield from _message_lines(action.caption)
        case SendDocument():
            yield f"(file {action.file_name}, {len(action.content)} bytes) {action.caption}"
        case InlineAnswer():
            yield json.dumps(action.to_bot_api(), ensure_ascii=False)


def _message_lines(message: AnyMessage) -> Iterator[str]:
    if not isinstance(message, Message):
        yield from map(repr, message.blocks)
    else:
        yield from message.text.plain.splitlines()
        yield from _styles(message)
    for row in message.keyboard:
        yield " | ".join(map(_button, row))


def _styles(message: Message) -> Iterator[str]:
    """Yield the words that carry a link, and how its preview is shown if it is."""
    words = message.text.plain.encode("utf-16-le")
    for entity in (each.to_bot_api() for each in message.text.entities()):
        if "url" in entity:
            start, length = _number(entity, "offset"), _number(entity, "length")
            yield f"  {words[2 * start : 2 * (start + length)].decode('utf-16-le')} -> {entity['url']}"
    preview = message.link_preview_options()
    if preview != {"is_disabled": True}:
        yield f"  preview {json.dumps(preview)}"


def _number(entity: dict[str, Any], name: str) -> int:
    return int(entity[name])


def _button(button: Button) -> str:
    """Return a button with whatever it carries."""
    return f"[{button.text}] {button.callback_data or button.url}"


async def write_anew(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_bot(Path(folder)) as bot:
            file.write_text(await record(bot, file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]) if sys.argv[1:] else sorted(FOLDER.glob("*.txt")):
        asyncio.run(write_anew(path))
