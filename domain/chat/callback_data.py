"""The codec for callback data: the command that a button carries, in at most 64 bytes.

    item 2025-09-12 3        show the answer as a new message
    item 2025-09-12 3.e      show it in place of the message that the button belongs to
    item 2025-09-12 3.b17    as the first; the press also proves that payload 17 has arrived
    time 08:00.s             show it in place, and return to the settings (`.w`: to the welcome message)
    @12 time 08:00.s         the same for the chat of subscriber 12, from an administrator's private chat

Only this module writes and reads these strings. Pressed and typed commands share one table (`handlers/routes.py`).
Everything that a button cannot carry is in the database, so a button works for as long as its message exists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from domain.chat import limits
from domain.chat.commands import CommandName
from domain.chat.message import Button, Message


class ReplyTarget(StrEnum):
    """Where the answer to a press appears; the value is the mark at the end of the data."""

    NEW_MESSAGE = ""
    IN_PLACE = ".e"
    SETTINGS = ".s"
    WELCOME = ".w"


_COMMANDS = frozenset(CommandName)
_FORMAT = re.compile(
    r"(?:@(?P<subscriber_id>[0-9]{1,15}) )?(?P<command>[a-z]{1,20})(?: (?P<arguments>[^\n]*?))?"
    r"(?P<target>\.[esw]|\.b(?P<payload_id>[0-9]{1,15}))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackData:
    """A command with its arguments, and where its answer goes.

    `payload_id` is the stored payload (a pushed message) that carries the button; None for a message sent as an answer.
    `subscriber_id` is the chat that the command is about, if it is another one than that of the button.
    """

    command: CommandName
    arguments: str = ""
    target: ReplyTarget = ReplyTarget.NEW_MESSAGE
    payload_id: int | None = None
    subscriber_id: int | None = None

    def encode(self) -> str:
        """Return the string for the button.

        Raises:
            ValueError: it has more than 64 bytes, or would be read back as something else.
        """
        command = f"{self.command} {self.arguments}" if self.arguments else self.command.value
        address = "" if self.subscriber_id is None else f"@{self.subscriber_id} "
        data = address + command + (self.target if self.payload_id is None else f".b{self.payload_id}")
        if len(data.encode()) > limits.CALLBACK_DATA_BYTES:
            raise ValueError(f"callback data has more than {limits.CALLBACK_DATA_BYTES} bytes: {data!r}")
        if parse_callback_data(data) != self:
            raise ValueError(f"callback data cannot carry {self!r}")
        return data


def parse_callback_data(data: str) -> CallbackData | None:
    """Return the value that a button carries, or None if the bot has never made such a button."""
    match = _FORMAT.fullmatch(data)
    if match is None or match["command"] not in _COMMANDS:
        return None
    command, arguments = CommandName(match["command"]), (match["arguments"] or "").strip()
    subscriber_id = int(match["subscriber_id"]) if match["subscriber_id"] else None
    if match["payload_id"]:
        payload_id = int(match["payload_id"])
        return CallbackData(command=command, arguments=arguments, payload_id=payload_id, subscriber_id=subscriber_id)
    target = ReplyTarget(match["target"] or "")
    return CallbackData(command=command, arguments=arguments, target=target, subscriber_id=subscriber_id)


def button(
    text: str, command: CommandName, *arguments: date | int | str, target: ReplyTarget = ReplyTarget.NEW_MESSAGE
) -> Button:
    """Return a button for a command; its arguments are separated by spaces."""
    data = CallbackData(command=command, arguments=" ".join(map(str, arguments)), target=target)
    return Button(text, data.encode())


def in_place(message: Message) -> Message:
    """Return the message with buttons that show their answers in its place."""
    return replace(message, keyboard=tuple(tuple(map(_in_place, row)) for row in message.keyboard))


def _in_place(button: Button) -> Button:
    data = parse_callback_data(button.callback_data)
    if data is None:
        return button
    return replace(button, callback_data=replace(data, target=ReplyTarget.IN_PLACE).encode())


def with_payload_id(value: Any, payload_id: int) -> Any:
    """Return a part of a Bot API call in which every button names the payload that carries it.

    A button without room for the id stays as it is: its press then proves nothing.
    """
    if isinstance(value, list):
        return [with_payload_id(part, payload_id) for part in value]
    if not isinstance(value, dict):
        return value
    if "callback_data" in value:
        return _with_payload_id(value, payload_id)
    return {name: with_payload_id(part, payload_id) for name, part in value.items()}


def _with_payload_id(button: dict[str, Any], payload_id: int) -> dict[str, Any]:
    data = parse_callback_data(button["callback_data"])
    if data is None or data.target is not ReplyTarget.NEW_MESSAGE:
        return button
    try:
        return {**button, "callback_data": replace(data, payload_id=payload_id).encode()}
    except ValueError:
        return button
