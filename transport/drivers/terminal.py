"""The terminal driver: lines and presses in, what the bot shows out. No token, no server.

a line -> Event -> the handlers -> Actions -> show
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from domain.chat.action import Action, CallbackAnswer, Copy, Edit, Send
from domain.chat.event import ButtonPress, Chat, Event, Origin, User
from domain.chat.message import Message
from domain.chat.text import Text
from transport.driver import EventHandler
from transport.message_parsing import RawMessage, parse_message

Show = Callable[[int, Action], None]
"""Told of all that appears, with the id of the message that it is, or stands under."""


class Terminal:
    """One person's private chat with the bot."""

    def __init__(self, answer: EventHandler, show: Show, person: User) -> None:
        self._answer, self._show, self._person = answer, show, person
        self._updates, self._ids = itertools.count(1), itertools.count(1)
        self._messages: dict[int, Message] = {}

    async def write(self, line: str) -> None:
        number = self._keep(Message(Text(line)))
        command = {"type": "bot_command", "offset": 0, "length": len(line.split(maxsplit=1)[0])}
        words = RawMessage(line, [command] if line.startswith("/") else [], number, None)
        event = parse_message(self._origin(), words, "")
        if event is not None:
            await self._hear(event)

    async def press(self, number: int, data: str) -> None:
        await self._hear(ButtonPress(self._origin(), "press", data, number))

    async def _hear(self, event: Event) -> None:
        for action in await self._answer(event):
            match action:
                case Send(_, message):
                    self._show(self._keep(message), action)
                case Copy(chat, _, number):
                    self._show(self._keep(self._messages[number]), Send(chat, self._messages[number]))
                case Edit(_, number, message):
                    self._messages[number] = message
                    self._show(number, action)
                case CallbackAnswer():
                    self._show(0, action)

    def _origin(self) -> Origin:
        return Origin(next(self._updates), Chat(self._person.id), self._person)

    def _keep(self, message: Message) -> int:
        number = next(self._ids)
        self._messages[number] = message
        return number
