"""What frameworks read in, Events out: what counts as said, as a command, as being let in. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.chat.event import Command, Origin, TextMessage
from domain.chat.text import Text, from_entities

CONTENT_FIELDS = (
    "text",
    "photo",
    "video",
    "animation",
    "audio",
    "voice",
    "video_note",
    "document",
    "sticker",
    "location",
    "contact",
    "poll",
    "dice",
)
"""What people say, by the Bot API's names; the rest are Telegram's own notes about the chat."""

ADMINISTRATORS = ("creator", "administrator")
"""The statuses of those who manage a group."""

ANONYMOUS_ADMIN = 1087968824
"""Telegram's stand-in for a group's administrator who hides his name (Bot API, Message.sender_chat)."""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message's text with its entities as in the Bot API's JSON, its id, and the message it replies to."""

    text: str
    entities: Sequence[Mapping[str, object]]
    message: int
    replies_to: int | None


def parse_message(origin: Origin, words: RawMessage, me: str) -> Command | TextMessage | None:
    """A command for the bot of the user name `me`, or plain words; None for another bot's command."""
    text = from_entities(words.text, words.entities)
    starts = [each["length"] for each in words.entities if each["type"] == "bot_command" and not each["offset"]]
    if not starts:
        return TextMessage(origin, text.plain, words.message)
    end = int(str(starts[0]))
    name, _, addressee = text.plain[1:end].partition("@")
    if addressee and me and addressee.lower() != me.lower():
        return None
    said: Text = text[end:].strip()
    return Command(
        origin, name.lower(), said.plain, said, message_id=words.message, reply_to_message_id=words.replies_to
    )


def has_content(message: object) -> bool:
    """Whether a framework's message has something that people say; frameworks name it as the Bot API does."""
    return any(getattr(message, name, None) for name in CONTENT_FIELDS)


def is_member_status(status: str) -> bool:
    """Whether a bot with that status in a chat is in it."""
    return status not in ("kicked", "left")
