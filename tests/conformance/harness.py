"""Play a dialogue over each driver and return its transcript, as the user sees it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

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
from domain.chat.event import User
from domain.chat.rich_message import AnyMessage, RichMessage
from domain.chat.text import Style
from emulator.client import EmulatedUser, EmulatorClient, LogEntry, run_emulator
from tests.conformance.transports import DRIVERS, TIMEOUT_SECONDS, DriverSetup, UpdateMode
from tests.handlers.dialogue import Bot, Voice, buttons_of
from transport.drivers.terminal import Terminal

LOGGED_KINDS = {"bot_message": "message", "bot_edit": "edit", "callback_answer": "callback_answer"}
"""Kinds of the emulator's log entries that a user sees, and their kinds in a transcript."""

STYLES = frozenset(style.value for style in Style)
"""Types of entities that the bot sends; Telegram itself finds others (links, commands) in a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptEntry:
    """Something the bot showed: a message, a file, an edit or an answer to a press."""

    kind: str
    text: str
    entities: Sequence[Mapping[str, Any]] = ()
    keyboard: Sequence[Sequence[Mapping[str, Any]]] = ()
    is_alert: bool = False
    file_name: str = ""
    content: bytes = b""


class DialogueDriver(Protocol):
    """One user's private chat with the bot; `expected` is the number of transcript entries that follow."""

    async def say(self, text: str, expected: int) -> None: ...
    async def press(self, label: str, expected: int) -> None: ...
    async def transcript(self) -> Sequence[TranscriptEntry]: ...


class HandlersOnly:
    """The reference without a driver: what the handlers answer is what every driver should show."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self.transcript: list[TranscriptEntry] = []

    async def say(self, text: str) -> int:
        """Return the number of answers."""
        return self._record((await self._voice.say(text)).actions)

    async def press(self, label: str) -> int:
        """Return the number of answers."""
        return self._record((await self._voice.press(label)).actions)

    def _record(self, actions: Sequence[Action]) -> int:
        self.transcript += [_entry_of_action(action) for action in actions]
        return len(actions)


class TerminalDialogue:
    """A dialogue over the terminal driver."""

    def __init__(self, bot: Bot, user: User) -> None:
        self._terminal = Terminal(bot.handle_event, self._show, user)
        self._transcript: list[TranscriptEntry] = []
        self._messages: dict[int, AnyMessage] = {}

    async def say(self, text: str, expected: int) -> None:
        await self._terminal.write(text)

    async def press(self, label: str, expected: int) -> None:
        message_id, callback_data = next(
            (message_id, button.callback_data)
            for message_id, message in sorted(self._messages.items(), reverse=True)
            for button in buttons_of(message)
            if label in button.text
        )
        await self._terminal.press(message_id, callback_data)

    async def transcript(self) -> Sequence[TranscriptEntry]:
        return self._transcript

    def _show(self, message_id: int, action: Action) -> None:
        self._transcript.append(_entry_of_action(action))
        if isinstance(action, Send | Edit):
            self._messages[message_id] = action.message


class TelegramDialogue:
    """A dialogue over a driver that talks to Telegram."""

    def __init__(self, user: EmulatedUser) -> None:
        self._user = user
        self._last_seq = 0

    async def say(self, text: str, expected: int) -> None:
        await self._user.send(text)
        await self._wait_for_entries(expected)

    async def press(self, label: str, expected: int) -> None:
        message, button = next(
            (message, button)
            for message in reversed(await self._user.history())
            for button in (*message.rich_buttons, *itertools.chain(*message.buttons))
            if label in button
        )
        await self._user.send_press(message, button)
        await self._wait_for_entries(expected)

    async def transcript(self) -> Sequence[TranscriptEntry]:
        await self._user.emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
        emulator = self._user.emulator
        return [await _entry_of_log(emulator, entry) for entry in await emulator.log() if _is_visible(entry)]

    async def _wait_for_entries(self, expected: int) -> None:
        """Wait for so many entries; more than expected would still stand in the transcript."""
        for _ in range(expected):
            entry = await self._user.emulator.wait_for_log_entry(
                _is_visible, since=self._last_seq, timeout=TIMEOUT_SECONDS
            )
            self._last_seq = entry.seq


@asynccontextmanager
async def _over_terminal(bot: Bot, user: User) -> AsyncIterator[DialogueDriver]:
    yield TerminalDialogue(bot, user)


@asynccontextmanager
async def _over_telegram(driver_name: str, bot: Bot, user: User) -> AsyncIterator[DialogueDriver]:
    setup = DriverSetup(driver_name, UpdateMode.POLLING)
    async with run_emulator() as emulator, setup.running(emulator, bot.handle_event):
        yield TelegramDialogue(await emulator.create_user(user.name, user.language, id=user.id))


DIALOGUE_DRIVERS: Mapping[str, Callable[[Bot, User], AbstractAsyncContextManager[DialogueDriver]]] = {
    "terminal": _over_terminal,
    **{driver_name: partial(_over_telegram, driver_name) for driver_name in DRIVERS},
}


def _entry_of_action(action: Action) -> TranscriptEntry:
    match action:
        case Send(_, message) | Edit(_, _, message):
            body: dict[str, Any] = message.to_bot_api()
            is_rich = isinstance(message, RichMessage)
            return TranscriptEntry(
                kind="edit" if isinstance(action, Edit) else "message",
                text=_rich_texts(body["rich_message"]) if is_rich else body["text"],
                entities=_sorted(body.get("entities", ())),
                keyboard=body.get("reply_markup", {}).get("inline_keyboard", []),
            )
        case CallbackAnswer(_, text, show_alert):
            return TranscriptEntry(kind="callback_answer", text=text, is_alert=show_alert)
        case SendDocument():
            return TranscriptEntry(
                kind="message",
                text=action.caption,
                entities=[],
                keyboard=[],
                file_name=action.file_name,
                content=action.content,
            )
        case CallMethod(_, "sendMessage", parameters):
            keyboard = parameters.get("reply_markup", {}).get("inline_keyboard", [])
            return TranscriptEntry(
                kind="message",
                text=parameters["text"],
                entities=_sorted(parameters.get("entities", ())),
                keyboard=keyboard,
            )
        case CallMethod() | InlineAnswer() | SendChart() | SendEphemeral():
            raise AssertionError(f"{type(action).__name__} is not shown in the chat; leave it out of the dialogues")


def _rich_texts(rich_message: Mapping[str, Any]) -> str:
    """Return the texts and button labels of a rich message, with the callback data, in order."""
    return "\n".join(_texts_in(rich_message["blocks"]))


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _texts_in(part)
    elif isinstance(value, dict):
        for name in ("summary", "text", "cells", "items", "blocks", "buttons", "button", "callback_data"):
            yield from _texts_in(value.get(name))


def _is_visible(entry: LogEntry) -> bool:
    return entry.kind in LOGGED_KINDS


async def _entry_of_log(emulator: EmulatorClient, entry: LogEntry) -> TranscriptEntry:
    kind = LOGGED_KINDS[entry.kind]
    if entry.message is None:
        detail = entry.detail or {}
        return TranscriptEntry(kind=kind, text=detail["text"], is_alert=detail["show_alert"])
    document = entry.message.document
    return TranscriptEntry(
        kind=kind,
        file_name=document.file_name or "" if document else "",
        content=await emulator.request("GET", f"/files/{document.file_id}") if document else b"",
        text=_rich_texts(entry.message.rich_message) if entry.message.rich_message else entry.message.text,
        entities=_sorted(entity for entity in entry.message.entities if entity["type"] in STYLES),
        keyboard=(entry.message.reply_markup or {}).get("inline_keyboard", []),
    )


def _sorted(entities: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entities, key=lambda entity: (entity["offset"], entity["length"], entity["type"]))
