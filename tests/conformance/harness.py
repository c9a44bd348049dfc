"""Where a dialogue can be played: each driver as a person sees it, what is said and pressed in, a transcript out."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, Protocol

from domain.chat.action import Action, CallbackAnswer, Copy, Edit, Send
from domain.chat.event import User
from domain.chat.message import Message
from domain.chat.text import Style
from emulator.client import EmulatedUser, LogEntry, run_emulator
from tests.conformance.transports import DRIVERS, PATIENCE, Line, Way
from tests.handlers.dialogue import Bot, Voice
from transport.drivers.terminal import Terminal

Shown = tuple[str, str, Any, Any]
"""`message` or `edit`, its text, entities (in no order that counts) and rows of buttons; or `toast`, its text, whether
it is an alert, and nothing."""

SHOWN = frozenset({"bot_message", "bot_edit", "callback_answer"})
STYLES = frozenset(style.value for style in Style)
"""The kinds of entities that a bot sends; Telegram finds others in a text by itself."""


class Stage(Protocol):
    """One person's private chat with the bot. `expected`: how many things will be shown in answer."""

    async def say(self, text: str, expected: int) -> None: ...
    async def press(self, label: str, expected: int) -> None: ...
    async def transcript(self) -> Sequence[Shown]: ...


class Answers:
    """No driver at all: what the handlers answer, as every driver should show it."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self.shown: list[Shown] = []

    async def say(self, text: str) -> int:
        return self._note((await self._voice.say(text)).actions)

    async def press(self, label: str) -> int:
        return self._note((await self._voice.press(label)).actions)

    def _note(self, actions: Sequence[Action]) -> int:
        self.shown += [_of_action(action) for action in actions]
        return len(actions)


class OnTerminal:
    """The terminal driver."""

    def __init__(self, bot: Bot, person: User) -> None:
        self._terminal = Terminal(bot.hear, self._show, person)
        self._shown: list[Shown] = []
        self._screen: dict[int, Message] = {}

    async def say(self, text: str, expected: int) -> None:
        await self._terminal.write(text)

    async def press(self, label: str, expected: int) -> None:
        number, data = next(
            (number, button.callback_data)
            for number, message in sorted(self._screen.items(), reverse=True)
            for button in itertools.chain(*message.keyboard)
            if label in button.text
        )
        await self._terminal.press(number, data)

    async def transcript(self) -> Sequence[Shown]:
        return self._shown

    def _show(self, number: int, action: Action) -> None:
        self._shown.append(_of_action(action))
        if isinstance(action, Send | Edit):
            self._screen[number] = action.message


class OverTelegram:
    """A driver that speaks to Telegram."""

    def __init__(self, person: EmulatedUser) -> None:
        self._person = person
        self._looked = 0

    async def say(self, text: str, expected: int) -> None:
        await self._person.send(text)
        await self._wait(expected)

    async def press(self, label: str, expected: int) -> None:
        message, button = next(
            (message, button)
            for message in reversed(await self._person.history())
            for button in itertools.chain(*message.buttons)
            if label in button
        )
        await self._person.send_press(message, button)
        await self._wait(expected)

    async def transcript(self) -> Sequence[Shown]:
        await self._person.emulator.wait_until_confirmed(timeout=PATIENCE)
        return [_of_line(line) for line in await self._person.emulator.log() if line.kind in SHOWN]

    async def _wait(self, expected: int) -> None:
        """Until so much has been shown; whatever comes beyond that is in the transcript all the same."""
        for _ in range(expected):
            line = await self._person.emulator.wait_for_log_entry(_is_shown, since=self._looked, timeout=PATIENCE)
            self._looked = line.seq


@asynccontextmanager
async def on_terminal(bot: Bot, person: User) -> AsyncIterator[Stage]:
    yield OnTerminal(bot, person)


@asynccontextmanager
async def over_telegram(driver: str, bot: Bot, person: User) -> AsyncIterator[Stage]:
    async with run_emulator() as emulator, Line(driver, Way.POLLING).listening(emulator, bot.hear):
        yield OverTelegram(await emulator.create_user(person.name, person.language, id=person.id))


STAGES: Mapping[str, Callable[[Bot, User], AbstractAsyncContextManager[Stage]]] = {
    "terminal": on_terminal,
    **{driver: partial(over_telegram, driver) for driver in DRIVERS},
}


def _of_action(action: Action) -> Shown:
    match action:
        case Send(_, message) | Edit(_, _, message):
            body: dict[str, Any] = message.to_bot_api()
            rows = body.get("reply_markup", {}).get("inline_keyboard", [])
            return ("edit" if isinstance(action, Edit) else "message", body["text"], _sorted(body["entities"]), rows)
        case CallbackAnswer(_, text, alert):
            return ("toast", text, alert, None)
        case Copy():
            raise AssertionError("a dialogue that copies cannot be told from what handlers answer alone")


def _is_shown(line: LogEntry) -> bool:
    return line.kind in SHOWN


def _of_line(line: LogEntry) -> Shown:
    if line.message is None:
        detail = line.detail or {}
        return ("toast", detail["text"], detail["show_alert"], None)
    rows = (line.message.reply_markup or {}).get("inline_keyboard", [])
    entities = _sorted(entity for entity in line.message.entities if entity["type"] in STYLES)
    return ("edit" if line.kind == "bot_edit" else "message", line.message.text, entities, rows)


def _sorted(entities: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entities, key=lambda entity: (entity["offset"], entity["length"], entity["type"]))
