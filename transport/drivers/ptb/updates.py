"""python-telegram-bot's updates in, Events out. Pure."""

from __future__ import annotations

from telegram import CallbackQuery, ChatMemberUpdated, MaybeInaccessibleMessage, Message, Update, User

from domain.chat.event import Chat, ChatKind, Command, Membership, Migration, Origin, Person, Press, Said
from transport.driver import Incoming
from transport.message_parsing import Words, is_present, is_spoken, read_words


def read_update(update: Update) -> Incoming[Update]:
    """An update as the inbox wants it: in which chat its order matters, and who made it."""
    inner = update.message or update.my_chat_member
    query = update.callback_query
    if inner is not None:
        return Incoming(update.update_id, inner.chat.id, inner.from_user.id if inner.from_user else 0, update)
    if query is not None:
        chat_id = query.message.chat.id if query.message else query.from_user.id
        return Incoming(update.update_id, chat_id, query.from_user.id, update)
    return Incoming(update.update_id, 0, 0, update)


def read_message(message: Message, update_id: int, me: str) -> Command | Said | Migration | None:
    """A message as an Event; None for what is not said to the bot of the user name `me`."""
    origin = Origin(update_id, _chat(message), _person(message.from_user))
    if message.migrate_to_chat_id is not None:
        return Migration(origin, message.migrate_to_chat_id)
    if not is_spoken(message):
        return None
    replied = message.reply_to_message.message_id if message.reply_to_message else None
    entities = [entity.to_dict() for entity in message.entities]
    return read_words(origin, Words(message.text or "", entities, message.message_id, replied), me)


def read_press(query: CallbackQuery, update_id: int) -> Press:
    """A press as an Event; on a message too old to be seen, `readable` is false."""
    message = query.message
    chat = _chat(message) if message is not None else Chat(query.from_user.id)
    readable = message is not None and message.is_accessible
    origin = Origin(update_id, chat, _person(query.from_user))
    message_id = message.message_id if message is not None else 0
    return Press(origin, query.id, query.data or "", message=message_id, readable=readable)


def read_membership(change: ChatMemberUpdated, update_id: int) -> Membership:
    """What happened to the bot itself in a chat."""
    chat = Chat(change.chat.id, ChatKind(change.chat.type), title=change.chat.title or "")
    origin = Origin(update_id, chat, _person(change.from_user))
    return Membership(origin, is_present(change.new_chat_member.status))


def _chat(message: MaybeInaccessibleMessage) -> Chat:
    topic = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Chat(message.chat.id, ChatKind(message.chat.type), topic, message.chat.title or "")


def _person(user: User | None) -> Person:
    return Person(user.id, user.full_name, user.language_code or "") if user else Person(0)
