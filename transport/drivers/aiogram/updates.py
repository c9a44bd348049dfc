"""Convert aiogram's updates to events."""

from __future__ import annotations

from typing import Any

from aiogram.types import CallbackQuery, ChatMemberUpdated, InlineQuery, Message

from domain.chat import event
from domain.chat.event import (
    BotMembership,
    ButtonPress,
    ChatMigration,
    Command,
    EditedMessage,
    TextMessage,
    TopicChange,
)
from transport.drivers.event_parsing import edit_event, inline_event, membership_event, message_event, press_event

_NOT_CONTENT = {"date", "edit_date", "chat", "from_user", "sender_chat", "reply_to_message", "external_reply"}
"""Fields of a Message that say nothing of its content, and would take the longest to convert."""


def parse_message(
    message: Message, update_id: int, bot_username: str
) -> Command | TextMessage | ChatMigration | TopicChange | None:
    """Return a message's event, or None if it is not meant for the bot."""
    return message_event(message, _entities(message), update_id, bot_username, _to_json)


def parse_edit(message: Message, update_id: int, bot_username: str) -> EditedMessage | None:
    """Return the event of an edited message, or None if it is not meant for the bot."""
    return edit_event(message, _entities(message), update_id, bot_username, _to_json)


def _entities(message: Message) -> list[dict[str, Any]]:
    return [entity.model_dump(exclude_none=True) for entity in message.entities or []]


def _to_json(message: Message) -> dict[str, Any]:
    return message.model_dump(exclude_none=True, exclude_unset=True, exclude=_NOT_CONTENT)


def parse_press(query: CallbackQuery, update_id: int) -> ButtonPress:
    """Return a button press's event."""
    message = query.message if isinstance(query.message, Message) else None
    return press_event(query, message, update_id, message.ephemeral_message_id if message else None)


def parse_membership(change: ChatMemberUpdated, update_id: int) -> BotMembership:
    """Return the event of a change of the bot's own membership."""
    return membership_event(change, update_id)


def parse_inline_query(query: InlineQuery, update_id: int) -> event.InlineQuery:
    """Return an inline query's event."""
    return inline_event(query, update_id)
