"""Convert a framework's update objects to events; aiogram and python-telegram-bot name attributes as the Bot API does.

update -> message_event, edit_event, press_event or membership_event
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from domain.chat import limits
from domain.chat.event import (
    BotMembership,
    ButtonPress,
    Chat,
    ChatKind,
    ChatMigration,
    Command,
    EditedMessage,
    InlineQuery,
    Origin,
    TextMessage,
    TopicChange,
    User,
)
from domain.chat.frozen_message import freeze
from domain.printable import plain_name
from transport.message_parsing import RawMessage, contact_of, document_of, location_of, parse_message, person_of

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
    "venue",
    "dice",
)
"""The fields of a Message that hold what a user sent; messages without any are service messages."""

ABSENT_STATUSES = ("kicked", "left")
"""The statuses of a ChatMember who is not in the chat."""


ToJson = Callable[[Any], Mapping[str, Any]]
"""Return a framework's message as the Bot API's JSON."""


class FrameworkUser(Protocol):
    """The attributes of a User that events need."""

    @property
    def id(self) -> int: ...
    @property
    def full_name(self) -> str: ...
    @property
    def language_code(self) -> str | None: ...


class FrameworkChat(Protocol):
    """The attributes of a Chat that events need."""

    @property
    def id(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def title(self) -> str | None: ...


class MaybeInaccessibleMessage(Protocol):
    """The attributes that a message has even when Telegram no longer shows its content to the bot."""

    @property
    def chat(self) -> FrameworkChat: ...
    @property
    def message_id(self) -> int: ...


class FrameworkMessage(MaybeInaccessibleMessage, Protocol):
    """The attributes of a Message that events need."""

    @property
    def from_user(self) -> FrameworkUser | None: ...
    @property
    def text(self) -> str | None: ...
    @property
    def reply_to_message(self) -> MaybeInaccessibleMessage | None: ...
    @property
    def migrate_to_chat_id(self) -> int | None: ...
    @property
    def message_thread_id(self) -> int | None: ...
    @property
    def is_topic_message(self) -> bool | None: ...
    @property
    def forum_topic_created(self) -> object | None: ...
    @property
    def forum_topic_edited(self) -> object | None: ...
    @property
    def forum_topic_closed(self) -> object | None: ...
    @property
    def forum_topic_reopened(self) -> object | None: ...
    @property
    def forward_origin(self) -> object | None: ...
    @property
    def via_bot(self) -> object | None: ...


class FrameworkCallbackQuery(Protocol):
    """The attributes of a CallbackQuery that events need."""

    @property
    def id(self) -> str: ...
    @property
    def from_user(self) -> FrameworkUser: ...
    @property
    def message(self) -> MaybeInaccessibleMessage | None: ...
    @property
    def data(self) -> str | None: ...


class FrameworkInlineQuery(Protocol):
    """The attributes of an InlineQuery that events need."""

    @property
    def id(self) -> str: ...
    @property
    def from_user(self) -> FrameworkUser: ...
    @property
    def query(self) -> str: ...
    @property
    def offset(self) -> str: ...


class FrameworkChatMember(Protocol):
    """The attribute of a ChatMember that events need."""

    @property
    def status(self) -> str: ...


class FrameworkMembership(Protocol):
    """The attributes of a ChatMemberUpdated that events need."""

    @property
    def chat(self) -> FrameworkChat: ...
    @property
    def from_user(self) -> FrameworkUser: ...
    @property
    def new_chat_member(self) -> FrameworkChatMember: ...


def message_event(
    message: FrameworkMessage,
    entities: Sequence[Mapping[str, object]],
    update_id: int,
    bot_username: str,
    to_json: ToJson,
) -> Command | TextMessage | ChatMigration | TopicChange | None:
    """Return a message's event, or None if it is another service message or a command for another bot.

    What somebody else wrote is neither a command nor a wish: a forwarded text is a message without text, and one of an
    inline result, which was made to be read, is no event.
    """
    origin = Origin(update_id, _message_chat(message), _user(message.from_user))
    if message.migrate_to_chat_id is not None:
        return ChatMigration(origin, message.migrate_to_chat_id)
    if (change := _topic_change(origin, message)) is not None:
        return change
    if message.via_bot is not None or not any(getattr(message, name, None) for name in CONTENT_FIELDS):
        return None
    as_json = to_json(message) if origin.chat.is_private else {}
    content = freeze(as_json) if as_json else None
    if message.forward_origin is not None:
        return TextMessage(origin, "", message.message_id, content, document=document_of(as_json))
    replied = message.reply_to_message
    replied_as_json = to_json(replied) if replied and origin.chat.is_private else {}
    raw = RawMessage(
        text=message.text or "",
        entities=entities,
        message_id=message.message_id,
        reply_to_message_id=replied.message_id if replied else None,
        content=content,
        reply_to_content=freeze(replied_as_json) if replied_as_json else None,
        reply_to_person_id=person_of(replied_as_json),
        contact_id=contact_of(as_json),
        location=location_of(as_json),
        document=document_of(as_json),
    )
    return parse_message(origin, raw, bot_username)


def edit_event(
    message: FrameworkMessage,
    entities: Sequence[Mapping[str, object]],
    update_id: int,
    bot_username: str,
    to_json: ToJson,
) -> EditedMessage | None:
    """Return the event of a message that a person changed in a private chat; None elsewhere."""
    event = message_event(message, entities, update_id, bot_username, to_json)
    if not isinstance(event, Command | TextMessage) or not event.origin.chat.is_private:
        return None
    return EditedMessage(event.origin, event)


def _topic_change(origin: Origin, message: FrameworkMessage) -> TopicChange | None:
    """Return the event of a service message about a forum's topic."""
    topic_id = message.message_thread_id
    named = message.forum_topic_created or message.forum_topic_edited
    is_closed = message.forum_topic_closed is not None
    if topic_id is None or not (named or is_closed or message.forum_topic_reopened):
        return None
    name = getattr(named, "name", None)
    return TopicChange(
        origin=origin,
        topic_id=topic_id,
        name=None if name is None else plain_name(name),
        is_closed=None if named else is_closed,
    )


def press_event(
    query: FrameworkCallbackQuery,
    message: FrameworkMessage | None,
    update_id: int,
    ephemeral_message_id: int | None,
) -> ButtonPress:
    """Return a button press's event; `message` is the query's message if the bot can still access it."""
    user = _user(query.from_user)
    if message is not None:
        chat = _message_chat(message)
    elif query.message is not None:
        chat = _chat(query.message.chat)
    else:
        chat = Chat(user.id)
    message_id = query.message.message_id if query.message else 0
    return ButtonPress(
        origin=Origin(update_id, chat, user),
        callback_query_id=query.id,
        data=query.data or "",
        message_id=message_id,
        is_accessible=message is not None,
        ephemeral_message_id=ephemeral_message_id,
    )


def membership_event(change: FrameworkMembership, update_id: int) -> BotMembership:
    """Return the event of a change of the bot's own membership in a chat."""
    origin, member = Origin(update_id, _chat(change.chat), _user(change.from_user)), change.new_chat_member
    may_post = _may_post(origin.chat.kind, member)
    return BotMembership(origin, member.status not in ABSENT_STATUSES, may_post=may_post)


def _may_post(kind: ChatKind, member: FrameworkChatMember) -> bool:
    """Return whether the bot may send texts; the rights that a ChatMember has depend on its status."""
    if kind is ChatKind.CHANNEL:
        return member.status == "administrator" and getattr(member, "can_post_messages", None) is not False
    return member.status != "restricted" or getattr(member, "can_send_messages", None) is not False


def inline_event(query: FrameworkInlineQuery, update_id: int) -> InlineQuery:
    """Return the event of an inline query."""
    user = _user(query.from_user)
    origin = Origin(update_id, Chat(user.id), user)
    words = query.query[: limits.INLINE_QUERY_CHARACTERS]
    return InlineQuery(origin=origin, query_id=query.id, words=words, offset=query.offset)


def _message_chat(message: FrameworkMessage) -> Chat:
    return _chat(message.chat, message.message_thread_id if message.is_topic_message else None)


def _chat(chat: FrameworkChat, topic_id: int | None = None) -> Chat:
    return Chat(chat.id, ChatKind(chat.type), topic_id, plain_name(chat.title or ""))


def _user(user: FrameworkUser | None) -> User:
    return User(user.id, plain_name(user.full_name), user.language_code or "") if user else User(0)
