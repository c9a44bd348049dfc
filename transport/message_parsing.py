"""Tell commands for the bot from other text, the same way for every driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.chat import limits
from domain.chat.event import Command, Coordinates, Origin, SentDocument, TextMessage
from domain.chat.frozen_message import FrozenMessage
from domain.chat.text import from_entities


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMessage:
    """A message before parsing: its text, and its entities as in the Bot API's JSON."""

    text: str
    entities: Sequence[Mapping[str, object]]
    message_id: int
    reply_to_message_id: int | None = None
    content: FrozenMessage | None = None
    reply_to_content: FrozenMessage | None = None
    reply_to_person_id: int | None = None
    contact_id: int | None = None
    location: Coordinates | None = None
    document: SentDocument | None = None


def parse_message(origin: Origin, message: RawMessage, bot_username: str) -> Command | TextMessage | None:
    """Return a command for this bot or a text message, or None for a command that names another bot.

    A text that is longer than Telegram lets people write, from a broken proxy perhaps, is cut.
    """
    text = from_entities(message.text, message.entities)[: limits.MESSAGE_UTF16_UNITS]
    command_length = _command_length(message.entities)
    if command_length is None:
        return TextMessage(
            origin,
            text.plain,
            message.message_id,
            message.content,
            message.contact_id,
            message.location,
            message.document,
        )
    name, _, addressee = text.plain[1:command_length].partition("@")
    if addressee and bot_username and addressee.lower() != bot_username.lower():
        return None
    arguments = text[command_length:].strip()
    return Command(
        origin=origin,
        name=name.lower(),
        arguments=arguments.plain,
        styled_arguments=arguments,
        message_id=message.message_id,
        reply_to_message_id=message.reply_to_message_id,
        reply_to_content=message.reply_to_content,
        reply_to_person_id=message.reply_to_person_id,
    )


def contact_of(message: Mapping[str, Any]) -> int | None:
    """Return the person whose contact a Message of the Bot API is, if they are at Telegram."""
    user_id = message.get("contact", {}).get("user_id")
    return None if user_id is None else int(user_id)


def location_of(message: Mapping[str, Any]) -> Coordinates | None:
    """Return the place that a Message shares, a venue's too; None if it is none on Earth."""
    location = message.get("location") or message.get("venue", {}).get("location") or {}
    latitude, longitude = location.get("latitude"), location.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    return Coordinates(latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def document_of(message: Mapping[str, Any]) -> SentDocument | None:
    """Return the file of a Message of the Bot API."""
    document = message.get("document")
    if not document or message.get("animation"):
        return None
    name, size = str(document.get("file_name") or ""), int(document.get("file_size") or 0)
    return SentDocument(str(document["file_id"]), name, size)


def person_of(message: Mapping[str, Any]) -> int | None:
    """Return whom a Message is about: whose contact it is, or who wrote it before it was forwarded, unless hidden."""
    writer = message.get("forward_origin", {}).get("sender_user")
    return contact_of(message) if writer is None else int(writer["id"])


def _command_length(entities: Sequence[Mapping[str, object]]) -> int | None:
    """Return the length of the command that the text starts with, slash included, or None if there is none."""
    lengths = (entity["length"] for entity in entities if entity["type"] == "bot_command" and not entity["offset"])
    length = next(lengths, None)
    return None if length is None else int(str(length))
