"""What somebody asked for, typed or pressed, and the actions that show an answer where it belongs."""

from __future__ import annotations

from domain.chat.message import Keyboard

from dataclasses import dataclass, field

from domain.chat import limits
from domain.chat.action import Action, Edit, Send, Toast
from domain.chat.callback_data import Place
from domain.chat.event import Origin, Press
from domain.chat.message import Keyboard, Message
from domain.chat.text import Text


@dataclass(frozen=True, slots=True)
class Asked:
    """A command line and where it came from. `press` is the button's, None for what was typed.

    `said` and `replies_to` are a typed command's text, styles kept, and the message that it answers.
    """

    origin: Origin
    name: str
    arguments: str = ""
    place: Place = Place.BELOW
    press: Press | None = None
    said: Text = field(default_factory=Text)
    replies_to: int | None = None

    @property
    def in_place(self) -> bool:
        """Whether the answer takes the place of the message that was pressed on."""
        return self.press is not None and self.press.readable and self.place is not Place.BELOW


def show(asked: Asked, *messages: Message, toast: str = "") -> list[Action]:
    """Messages as the answer: the first in place where it was asked for so, the others below."""
    chat = asked.origin.chat
    actions: list[Action] = [] if asked.press is None else [Toast(asked.press.press, _short(toast))]
    for number, message in enumerate(messages):
        if asked.in_place and asked.press is not None and not number:
            actions.append(Edit(chat.id, asked.press.message, message))
        else:
            actions.append(Send(chat.id, message, topic=chat.topic))
    return actions


def tell(asked: Asked, text: Text | str, rows: Keyboard = ()) -> list[Action]:
    """A short word back: a line over the screen for a press, a message for what was typed."""
    text = text if isinstance(text, Text) else Text(text)
    if asked.press is not None:
        return [Toast(asked.press.press, _short(text.plain), alert=len(text) > _GLANCE)]
    return [Send(asked.origin.chat.id, Message(text, rows), topic=asked.origin.chat.topic)]


_GLANCE = 60  # characters that can be read before a toast is gone; what is longer stays until it is dismissed


def _short(words: str) -> str:
    return words if len(words) <= limits.TOAST_CHARACTERS else words[: limits.TOAST_CHARACTERS - 1] + "…"
