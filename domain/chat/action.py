"""Actions: what the bot does in answer to an event. Handlers return them; a transport driver executes them."""

from __future__ import annotations

from dataclasses import dataclass

from domain.chat.message import Message


@dataclass(frozen=True, slots=True)
class Send:
    """Send a new message."""

    chat_id: int
    message: Message
    topic_id: int | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace a message of the bot. If nothing changed, that is no error."""

    chat_id: int
    message_id: int
    message: Message


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """Answer a press: with a toast or an alert, or with no text, which only stops the button's spinner."""

    callback_query_id: str
    text: str = ""
    show_alert: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy a message of any kind from one chat into another, without naming its sender."""

    chat_id: int
    from_chat_id: int
    message_id: int
    topic_id: int | None = None


Action = Send | Edit | CallbackAnswer | Copy
