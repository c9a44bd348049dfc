"""The terminal driver: hold a private chat with the bot without a token or a server.

line or press -> event -> handlers -> actions -> show
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
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
    in_order,
)
from domain.chat.event import ButtonPress, Chat, Event, InlineQuery, Origin, User
from domain.chat.frozen_message import freeze
from domain.chat.message import Button, Message
from domain.chat.rich_message import AnyMessage
from domain.chat.text import Text, from_entities
from transport.driver import EventHandler
from transport.message_parsing import RawMessage, parse_message

Show = Callable[[int, Action], None]
"""Display an action with the id of its message (0: it has none)."""


class Terminal:
    """One user's private chat with the bot."""

    def __init__(self, handler: EventHandler, show: Show, user: User) -> None:
        self._handler, self._show, self._user = handler, show, user
        self._update_ids, self._message_ids = itertools.count(1), itertools.count(1)
        self._messages: dict[int, AnyMessage] = {}

    async def write(self, line: str) -> None:
        """Send a line of text or a command."""
        message_id = self._store(Message(Text(line)))
        command = {"type": "bot_command", "offset": 0, "length": len(line.split(maxsplit=1)[0])}
        raw = RawMessage(
            text=line,
            entities=[command] if line.startswith("/") else [],
            message_id=message_id,
            content=freeze({"message_id": message_id, "text": line}),
        )
        event = parse_message(self._origin(), raw, bot_username="")
        if event is not None:
            await self._handle(event)

    async def press(self, message_id: int, callback_data: str) -> None:
        """Press a button under a message."""
        await self._handle(
            ButtonPress(origin=self._origin(), callback_query_id="press", data=callback_data, message_id=message_id)
        )

    async def query_inline(self, words: str, offset: str = "") -> None:
        """Write `@bot words`, as in another chat."""
        await self._handle(InlineQuery(origin=self._origin(), query_id="inline", words=words, offset=offset))

    async def _handle(self, event: Event) -> None:
        for action in in_order(await self._handler(event)):
            match action:
                case Send(_, message):
                    self._show(self._store(message), action)
                case CallMethod(chat_id, _, parameters):
                    shown = _message_of(parameters)
                    self._show(self._store(shown), Send(chat_id, shown))
                case Edit(_, message_id, message):
                    self._messages[message_id] = message
                    self._show(message_id, action)
                case SendChart(chat_id=chat_id, caption=caption):  # a terminal shows the numbers
                    self._show(self._store(caption), Send(chat_id, caption))
                case SendEphemeral(chat_id=chat_id, message=message):  # of groups only
                    self._show(self._store(message), Send(chat_id, message))
                case SendDocument():
                    self._show(next(self._message_ids), action)
                case CallbackAnswer() | InlineAnswer():
                    self._show(0, action)

    def _origin(self) -> Origin:
        return Origin(next(self._update_ids), Chat(self._user.id), self._user)

    def _store(self, message: AnyMessage) -> int:
        message_id = next(self._message_ids)
        self._messages[message_id] = message
        return message_id


def _message_of(parameters: Mapping[str, Any]) -> Message:
    """Return what a ready call shows, as far as a terminal can show it: its text and buttons that open addresses."""
    rows = parameters.get("reply_markup", {}).get("inline_keyboard", ())
    keyboard = tuple(tuple(Button(button["text"], url=button["url"]) for button in row) for row in rows)
    text = parameters.get("text") or parameters.get("caption") or ""
    return Message(from_entities(text, parameters.get("entities", ())), keyboard)
