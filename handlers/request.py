"""What somebody asked for, typed or pressed, and the actions that show an answer where it belongs."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.chat import limits
from domain.chat.action import Action, CallbackAnswer, Edit, Send
from domain.chat.callback_data import ReplyTarget
from domain.chat.event import ButtonPress, Origin
from domain.chat.message import Keyboard, Message
from domain.chat.text import Text


@dataclass(frozen=True, slots=True)
class Request:
    """A command line and where it came from. `press` is the button's, None for what was typed.

    `said` and `replies_to` are a typed command's text, styles kept, and the message that it answers.
    """

    origin: Origin
    name: str
    arguments: str = ""
    target: ReplyTarget = ReplyTarget.NEW_MESSAGE
    press: ButtonPress | None = None
    styled_arguments: Text = field(default_factory=Text)
    reply_to_message_id: int | None = None

    @property
    def in_place(self) -> bool:
        """Whether the answer takes the place of the message that was pressed on."""
        return self.press is not None and self.press.is_accessible and self.target is not ReplyTarget.NEW_MESSAGE


def reply_with(request: Request, *messages: Message, toast: str = "") -> list[Action]:
    """Messages as the answer: the first in place where it was asked for so, the others below."""
    chat = request.origin.chat
    actions: list[Action] = (
        [] if request.press is None else [CallbackAnswer(request.press.callback_query_id, _short(toast))]
    )
    for number, message in enumerate(messages):
        if request.in_place and request.press is not None and not number:
            actions.append(Edit(chat.id, request.press.message_id, message))
        else:
            actions.append(Send(chat.id, message, topic_id=chat.topic_id))
    return actions


def reply_text(request: Request, text: Text | str, rows: Keyboard = ()) -> list[Action]:
    """A short word back: a line over the screen for a press, a message for what was typed."""
    text = text if isinstance(text, Text) else Text(text)
    if request.press is not None:
        return [CallbackAnswer(request.press.callback_query_id, _short(text.plain), show_alert=len(text) > _GLANCE)]
    return [Send(request.origin.chat.id, Message(text, rows), topic_id=request.origin.chat.topic_id)]


_GLANCE = 60  # characters that can be read before a toast is gone; what is longer stays until it is dismissed


def _short(words: str) -> str:
    return (
        words
        if len(words) <= limits.CALLBACK_ANSWER_CHARACTERS
        else words[: limits.CALLBACK_ANSWER_CHARACTERS - 1] + "…"
    )
