"""Typed answers of the control API (docs/emulator-control.md)."""

from typing import Any

import msgspec

from emulator.models import Document, Location, Media, Poll, Venue
from emulator.rich.contents import rich_buttons, rich_plain_text
from emulator.rich.values import plain_text

DEFAULT_TIMEOUT_SECONDS = 20.0


class EmulatorError(Exception):
    """The emulator rejected a control request or did not start."""


class Message(msgspec.Struct, frozen=True):
    """Message as its chat shows it."""

    chat_id: int
    message_id: int
    from_id: int
    from_name: str
    from_bot: bool
    date: int
    edit_date: int | None = None
    text: str = ""
    entities: list[dict[str, Any]] = []
    document: Document | None = None
    location: Location | None = None
    venue: Venue | None = None
    media: Media | None = None
    media_group_id: str | None = None
    poll: Poll | None = None
    forward_origin: dict[str, Any] | None = None
    via_bot: bool = False
    reply_markup: dict[str, Any] | None = None
    reply_to_message_id: int | None = None
    thread_id: int | None = None
    silent: bool = False
    link_preview: dict[str, Any] | None = None
    service: str | None = None
    rich_message: dict[str, Any] | None = None
    protected: bool = False
    receiver_user_id: int | None = None

    @property
    def buttons(self) -> list[list[str]]:
        """Return the labels of the inline keyboard, row by row."""
        rows = (self.reply_markup or {}).get("inline_keyboard", [])
        return [[button["text"] for button in row] for row in rows]

    @property
    def rich_buttons(self) -> list[str]:
        """Return the labels of the buttons inside a rich message, in order."""
        return [plain_text(button["text"]) for button in rich_buttons(self.rich_message or {})]

    @property
    def rich_text(self) -> str:
        """Return the texts of a rich message, one line for each; "" for other messages."""
        return rich_plain_text(self.rich_message) if self.rich_message is not None else ""

    def callback_data_of(self, label: str) -> str | None:
        """Return the callback data of the button with this label, in the message or below it, or None."""
        below = [button for row in (self.reply_markup or {}).get("inline_keyboard", []) for button in row]
        for button in (*rich_buttons(self.rich_message or {}), *below):
            if plain_text(button["text"]) == label:
                return str(button.get("callback_data", "")) or None
        return None


class LogEntry(msgspec.Struct, frozen=True):
    """Entry of /control/log."""

    seq: int
    at: str
    monotonic: float
    kind: str
    chat_id: int | None = None
    message_id: int | None = None
    method: str | None = None
    answered: bool = True
    message: Message | None = None
    detail: dict[str, Any] | None = None


class Call(msgspec.Struct, frozen=True):
    """Entry of /control/calls."""

    seq: int
    at: str
    monotonic: float
    method: str
    chat_id: int | None
    status: int
    description: str | None
    fault_id: int | None
    duration_ms: float


class CallbackQueryAnswer(msgspec.Struct, frozen=True):
    """The bot's answer to a button press."""

    callback_query_id: str
    user_id: int
    chat_id: int | None
    message_id: int | None
    text: str
    show_alert: bool
    url: str | None


class LogPage(msgspec.Struct):
    """Response of /control/log."""

    entries: list[LogEntry]
    last: int
    dropped: int


class CallPage(msgspec.Struct):
    """Response of /control/calls."""

    entries: list[Call]
    last: int


class SentMessage(msgspec.Struct):
    """Response of /control/messages."""

    message: Message
    update_id: int | None
