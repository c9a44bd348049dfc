"""aiogram's updates in, Events out. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from aiogram.enums import ContentType
from aiogram.types import CallbackQuery, ChatMemberUpdated, InaccessibleMessage, Message, MessageEntity, Update, User

from bot.driver import Incoming
from chat.event import Chat, ChatKind, Command, Membership, Migration, Origin, Person, Press, Said
from chat.text import Text, from_entities

SPOKEN = frozenset(
    {
        ContentType.TEXT,
        ContentType.PHOTO,
        ContentType.VIDEO,
        ContentType.ANIMATION,
        ContentType.AUDIO,
        ContentType.VOICE,
        ContentType.VIDEO_NOTE,
        ContentType.DOCUMENT,
        ContentType.STICKER,
        ContentType.LOCATION,
        ContentType.CONTACT,
        ContentType.POLL,
        ContentType.DICE,
    }
)
"""What people say; the rest are Telegram's own notes about the chat."""


def read_update(update: Update) -> Incoming[Update]:
    """An update as polling wants it: in which chat its order matters, and who made it."""
    inner = update.message or update.my_chat_member
    query = update.callback_query
    if inner is not None:
        return Incoming(update.update_id, inner.chat.id, inner.from_user.id if inner.from_user else 0, update)
    if query is not None:
        chat_id = query.message.chat.id if query.message else query.from_user.id
        return Incoming(update.update_id, chat_id, query.from_user.id, update)
    return Incoming(update.update_id, 0, 0, update)


def read_message(message: Message, update_id: int, me: User | None) -> Command | Said | Migration | None:
    """A message as an Event; None for what is not said to this bot."""
    origin = Origin(update_id, _chat(message), _person(message.from_user))
    if message.migrate_to_chat_id is not None:
        return Migration(origin, message.migrate_to_chat_id)
    text = from_entities(message.text or "", [_entity(entity) for entity in message.entities or []])
    starts = [entity.length for entity in message.entities or [] if entity.type == "bot_command" and not entity.offset]
    if not starts:
        return Said(origin, text.plain, message.message_id) if message.content_type in SPOKEN else None
    name, _, addressee = text.plain[1 : starts[0]].partition("@")
    if addressee and me is not None and addressee.lower() != (me.username or "").lower():
        return None
    said: Text = text[starts[0] :].strip()
    replied = message.reply_to_message.message_id if message.reply_to_message else None
    return Command(origin, name.lower(), said.plain, said, message=message.message_id, replies_to=replied)


def read_press(query: CallbackQuery, update_id: int) -> Press:
    """A press as an Event; on a message too old to be seen, `readable` is false."""
    message = query.message
    chat = _chat(message) if message is not None else Chat(query.from_user.id)
    readable = message is not None and not isinstance(message, InaccessibleMessage)
    origin = Origin(update_id, chat, _person(query.from_user))
    message_id = message.message_id if message is not None else 0
    return Press(origin, query.id, query.data or "", message=message_id, readable=readable)


def read_membership(change: ChatMemberUpdated, update_id: int) -> Membership:
    """What happened to the bot itself in a chat."""
    chat = Chat(change.chat.id, ChatKind(change.chat.type), title=change.chat.title or "")
    present = change.new_chat_member.status not in ("kicked", "left")
    return Membership(Origin(update_id, chat, _person(change.from_user)), present)


def _chat(message: Message | InaccessibleMessage) -> Chat:
    topic = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Chat(message.chat.id, ChatKind(message.chat.type), topic, message.chat.title or "")


def _person(user: User | None) -> Person:
    return Person(user.id, user.full_name, user.language_code or "") if user else Person(0)


def _entity(entity: MessageEntity) -> Mapping[str, object]:
    return entity.model_dump(exclude_none=True)
