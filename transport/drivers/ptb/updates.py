"""Convert python-telegram-bot's updates to events."""

from __future__ import annotations

from typing import Any

from telegram import CallbackQuery, ChatMemberUpdated, InlineQuery, Message

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


def parse_message(
    message: Message, update_id: int, bot_username: str
) -> Command | TextMessage | ChatMigration | TopicChange | None:
    """Return a message's event, or None if it is not meant for the bot."""
    return message_event(message, _entities(message), update_id, bot_username, Message.to_dict)


def parse_edit(message: Message, update_id: int, bot_username: str) -> EditedMessage | None:
    """Return the event of an edited message, or None if it is not meant for the bot."""
    return edit_event(message, _entities(message), update_id, bot_username, Message.to_dict)


def _entities(message: Message) -> list[dict[str, Any]]:
    return [entity.to_dict() for entity in message.entities]


def parse_press(query: CallbackQuery, update_id: int) -> ButtonPress:
    """Return a button press's event; an inaccessible message is a Message with the date 0 here."""
    message = query.message if isinstance(query.message, Message) and query.message.is_accessible else None
    ephemeral_id = message.api_kwargs.get("ephemeral_message_id") if message else None  # newer than the framework
    return press_event(query, message, update_id, ephemeral_id if isinstance(ephemeral_id, int) else None)


def parse_membership(change: ChatMemberUpdated, update_id: int) -> BotMembership:
    """Return the event of a change of the bot's own membership."""
    return membership_event(change, update_id)


def parse_inline_query(query: InlineQuery, update_id: int) -> event.InlineQuery:
    """Return an inline query's event."""
    return inline_event(query, update_id)
