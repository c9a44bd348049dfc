"""python-telegram-bot's updates in, Events out. Pure."""

from __future__ import annotations

from telegram import CallbackQuery, ChatMemberUpdated, MaybeInaccessibleMessage, Message, Update
from telegram import User as PtbUser

from domain.chat.event import (
    BotMembership,
    ButtonPress,
    Chat,
    ChatKind,
    ChatMigration,
    Command,
    Origin,
    TextMessage,
    User,
)
from transport.driver import IncomingUpdate
from transport.message_parsing import RawMessage, has_content, is_member_status, parse_message


def read_update(update: Update) -> IncomingUpdate[Update]:
    """An update as the inbox wants it: in which chat its order matters, and who made it."""
    inner = update.message or update.my_chat_member
    query = update.callback_query
    if inner is not None:
        return IncomingUpdate(update.update_id, inner.chat.id, inner.from_user.id if inner.from_user else 0, update)
    if query is not None:
        chat_id = query.message.chat.id if query.message else query.from_user.id
        return IncomingUpdate(update.update_id, chat_id, query.from_user.id, update)
    return IncomingUpdate(update.update_id, 0, 0, update)


def read_message(message: Message, update_id: int, me: str) -> Command | TextMessage | ChatMigration | None:
    """A message as an Event; None for what is not said to the bot of the user name `me`."""
    origin = Origin(update_id, _chat(message), _user(message.from_user))
    if message.migrate_to_chat_id is not None:
        return ChatMigration(origin, message.migrate_to_chat_id)
    if not has_content(message):
        return None
    replied = message.reply_to_message.message_id if message.reply_to_message else None
    entities = [entity.to_dict() for entity in message.entities]
    return parse_message(origin, RawMessage(message.text or "", entities, message.message_id, replied), me)


def read_press(query: CallbackQuery, update_id: int) -> ButtonPress:
    """A press as an Event; on a message too old to be seen, `readable` is false."""
    message = query.message
    chat = _chat(message) if message is not None else Chat(query.from_user.id)
    readable = message is not None and message.is_accessible
    origin = Origin(update_id, chat, _user(query.from_user))
    message_id = message.message_id if message is not None else 0
    return ButtonPress(origin, query.id, query.data or "", message_id=message_id, is_accessible=readable)


def read_membership(change: ChatMemberUpdated, update_id: int) -> BotMembership:
    """What happened to the bot itself in a chat."""
    chat = Chat(change.chat.id, ChatKind(change.chat.type), title=change.chat.title or "")
    origin = Origin(update_id, chat, _user(change.from_user))
    return BotMembership(origin, is_member_status(change.new_chat_member.status))


def _chat(message: MaybeInaccessibleMessage) -> Chat:
    topic = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Chat(message.chat.id, ChatKind(message.chat.type), topic, message.chat.title or "")


def _user(user: PtbUser | None) -> User:
    return User(user.id, user.full_name, user.language_code or "") if user else User(0)
