"""What a bot does in answer, told without a framework: handlers return Actions, a driver carries them out."""

from __future__ import annotations

from dataclasses import dataclass

from domain.chat.message import Message


@dataclass(frozen=True, slots=True)
class Send:
    """A new message."""

    chat: int
    message: Message
    topic: int | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """A message of the bot's, shown anew in its place. That nothing changed is no error."""

    chat: int
    message_id: int
    message: Message


@dataclass(frozen=True, slots=True)
class Toast:
    """The answer to a press: a line at the top of the screen, or nothing but the end of the button's spinner."""

    press: str
    text: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """A message of any kind, copied from one chat into another without its sender."""

    chat: int
    from_chat: int
    message_id: int
    topic: int | None = None


Action = Send | Edit | Toast | Copy
