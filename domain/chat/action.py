"""What a bot does in answer, told without a framework: handlers return Actions, a driver carries them out."""

from __future__ import annotations

from dataclasses import dataclass

from domain.chat.message import Message


@dataclass(frozen=True, slots=True)
class Send:
    """A new message."""

    chat_id: int
    message: Message
    topic_id: int | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """A message of the bot's, shown anew in its place. That nothing changed is no error."""

    chat_id: int
    message_id: int
    message: Message


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """The answer to a press: a line at the top of the screen, or nothing but the end of the button's spinner."""

    callback_query_id: str
    text: str = ""
    show_alert: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """A message of any kind, copied from one chat into another without its sender."""

    chat_id: int
    from_chat_id: int
    message_id: int
    topic_id: int | None = None


Action = Send | Edit | CallbackAnswer | Copy
