"""Command lines as buttons carry them: a button's data in, a Line out; and messages whose buttons act in place.

    item 2025-09-12 3        shown as a new message
    item 2025-09-12 3.e      shown in place of the message that the button stands under
    item 2025-09-12 3.b17    as the first; and whoever presses it has had body 17
    time 08:00.s             in place, and back to the settings afterwards (`.w`: to the welcome)

A press and a typed command meet as lines. Whatever a line cannot say is in the database, so that no button ever dies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.chat.message import Button, Message


class ReplyTarget(StrEnum):
    """Where the answer to a line appears; the value is the mark at the line's end."""

    NEW_MESSAGE = ""
    IN_PLACE = ".e"
    SETTINGS = ".s"
    WELCOME = ".w"


@dataclass(frozen=True, slots=True)
class CallbackData:
    """A command's name, its arguments, and where its answer goes. `body`: the pushed body it was pressed on."""

    name: str
    arguments: str = ""
    target: ReplyTarget = ReplyTarget.NEW_MESSAGE
    payload_id: int | None = None


_LINE = re.compile(r"(?P<name>[a-z]{1,20})(?: (?P<arguments>[^\n]*?))?(?P<mark>\.[esw]|\.b(?P<body>[0-9]{1,15}))?")


def parse_callback_data(data: str) -> CallbackData | None:
    """The line that a button carries; None for what no button of ours ever said."""
    found = _LINE.fullmatch(data)
    if found is None:
        return None
    arguments = (found["arguments"] or "").strip()
    if found["body"]:
        return CallbackData(found["name"], arguments, payload_id=int(found["body"]))
    return CallbackData(found["name"], arguments, ReplyTarget(found["mark"] or ""))


def button(text: str, line: str, place: ReplyTarget = ReplyTarget.NEW_MESSAGE) -> Button:
    """A button that says a line, its answer to appear at `place`."""
    return Button(text, line + place)


def in_place(message: Message) -> Message:
    """The same message, but its buttons show what they show in its place."""
    return replace(message, keyboard=tuple(tuple(map(_in_place, row)) for row in message.keyboard))


def _in_place(given: Button) -> Button:
    return given if given.url else Button(given.text, given.callback_data + ReplyTarget.IN_PLACE)
