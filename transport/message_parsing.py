"""What frameworks read in, Events out: what counts as said, as a command, as being let in. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.chat.event import Command, Origin, Said
from domain.chat.text import Text, from_entities

SPOKEN = (
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
class Words:
    """A message's text with its entities as in the Bot API's JSON, its id, and the message it replies to."""

    text: str
    entities: Sequence[Mapping[str, object]]
    message: int
    replies_to: int | None


def read_words(origin: Origin, words: Words, me: str) -> Command | Said | None:
    """A command for the bot of the user name `me`, or plain words; None for another bot's command."""
    text = from_entities(words.text, words.entities)
    starts = [each["length"] for each in words.entities if each["type"] == "bot_command" and not each["offset"]]
    if not starts:
        return Said(origin, text.plain, words.message)
    end = int(str(starts[0]))
    name, _, addressee = text.plain[1:end].partition("@")
    if addressee and me and addressee.lower() != me.lower():
        return None
    said: Text = text[end:].strip()
    return Command(origin, name.lower(), said.plain, said, message=words.message, replies_to=words.replies_to)


def is_spoken(message: object) -> bool:
    """Whether a framework's message has something that people say; frameworks name it as the Bot API does."""
    return any(getattr(message, name, None) for name in SPOKEN)


def is_present(status: str) -> bool:
    """Whether a bot with that status in a chat is in it."""
    return status not in ("kicked", "left")
