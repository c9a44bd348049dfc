"""Read incoming updates in two steps: first what the inbox needs, from the JSON; then the framework's own object.

poll or webhook's body -> decode_body: id, checked fields -> incoming_update -> inbox -> decode_update

Frameworks decode a poll's updates all or none, and the same batch then comes again for ever (aiogram/aiogram#1840).
Decoded one by one, an update a framework cannot read does not stop the others; one that is dropped is never decoded.
One framework checks nothing, and both quote an update that they do not know. So they see only the kinds of updates
that the bot asked for, after the fields that the bot uses were checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import structlog

from transport.driver import ALLOWED_UPDATES, ApiCallFailed, IncomingUpdate, RawUpdate, UpdateKind
from transport.responses import INVALID_JSON, Id

log = structlog.get_logger(__name__)

TOPIC_CHANGES = frozenset({"forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"})
"""Fields of service messages about a forum's topics; there is none for a deleted one."""

Decoded = TypeVar("Decoded")

FrameworkDecoder = Callable[[RawUpdate], Decoded]
"""Convert an update's JSON to the framework's object. May raise anything, except for an update with only an id."""


UpdateId = Annotated[int, msgspec.Meta(gt=0, lt=2**31)]
MessageId = Annotated[int, msgspec.Meta(ge=0, le=2**52)]
Offset = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]


class _Identified(msgspec.Struct):
    update_id: UpdateId


class _Chat(msgspec.Struct):
    id: Id
    type: Literal["private", "group", "supergroup", "channel"]
    title: str | None = None


class _User(msgspec.Struct):
    id: Id
    first_name: str
    last_name: str | None = None
    language_code: str | None = None


class _Entity(msgspec.Struct):
    type: str
    offset: Offset
    length: Offset
    url: str | None = None
    language: str | None = None


class _RepliedMessage(msgspec.Struct):
    message_id: MessageId


class _NamedTopic(msgspec.Struct):
    name: str | None = None


class _Message(msgspec.Struct, rename={"from_user": "from"}):
    message_id: MessageId
    chat: _Chat
    from_user: _User | None = None
    sender_chat: _Chat | None = None
    text: str | None = None
    entities: list[_Entity] | None = None
    reply_to_message: _RepliedMessage | None = None
    migrate_to_chat_id: Id | None = None
    message_thread_id: MessageId | None = None
    forum_topic_created: _NamedTopic | None = None
    forum_topic_edited: _NamedTopic | None = None
    is_topic_message: bool | None = None
    ephemeral_message_id: MessageId | None = None


class _CallbackQuery(msgspec.Struct, rename={"from_user": "from"}):
    id: str
    from_user: _User
    message: _Message | None = None
    data: str | None = None


class _InlineQuery(msgspec.Struct, rename={"from_user": "from"}):
    id: str
    from_user: _User
    query: str
    offset: str


class _ChatMember(msgspec.Struct):
    status: str


class _ChatMemberUpdated(msgspec.Struct, rename={"from_user": "from"}):
    chat: _Chat
    from_user: _User
    new_chat_member: _ChatMember


class _Update(msgspec.Struct):
    """The fields that inbox and events (`transport.drivers.event_parsing`) need, of the kinds in ALLOWED_UPDATES."""

    message: _Message | None = None
    edited_message: _Message | None = None
    callback_query: _CallbackQuery | None = None
    my_chat_member: _ChatMemberUpdated | None = None
    inline_query: _InlineQuery | None = None


_decode_identified = msgspec.json.Decoder(_Identified).decode
_check_fields = msgspec.json.Decoder(_Update).decode


def decode_batch(updates: Sequence[msgspec.Raw]) -> list[IncomingUpdate[RawUpdate]]:
    """Decode a poll's updates without those that have no id. Raises ApiCallFailed if none has one."""
    decoded = []
    for update in updates:
        try:
            decoded.append(decode_body(update))
        except ValueError:
            log.warning("update_without_id")
    if updates and not decoded:
        raise ApiCallFailed("the updates have no ids, so they cannot be confirmed")
    return decoded


def decode_body(body: bytes | msgspec.Raw) -> IncomingUpdate[RawUpdate]:
    """Decode one update, or only its id if the rest cannot be read. Raises ValueError if it has no id."""
    try:
        update_id = _decode_identified(body).update_id
    except INVALID_JSON:
        raise ValueError("not an update: it has no update_id") from None
    try:
        _check_fields(body)
        fields = msgspec.json.decode(body)
    except INVALID_JSON as error:
        log.warning("update_undecodable", update_id=update_id, error=type(error).__name__)
        fields = {}
    known = {name: fields[name] for name in ALLOWED_UPDATES if fields.get(name)}
    return incoming_update({"update_id": update_id} | known)


def incoming_update(update: Any) -> IncomingUpdate[RawUpdate]:
    """Return an update with its kind, the chat in whose order it is handled, and its sender.

    A part that has another form than the Bot API's counts as absent. Raises ValueError if there is no id.
    """
    if not isinstance(update, Mapping) or not isinstance(update_id := update.get("update_id"), int):
        raise ValueError("not an update: it has no update_id")
    if isinstance(message := update.get("message"), Mapping):
        chat_id = _id(message.get("chat"))
        sender_id = _id(message.get("sender_chat")) or _id(message.get("from")) or chat_id
        kind = _message_kind(message)
    elif isinstance(edited := update.get("edited_message"), Mapping):
        chat_id = _id(edited.get("chat"))
        sender_id = _id(edited.get("from")) or chat_id
        kind = _edit_kind(edited)
    elif isinstance(query := update.get("callback_query"), Mapping):
        sender_id = _id(query.get("from"))
        pressed = query.get("message")
        chat_id = _id(pressed.get("chat")) if isinstance(pressed, Mapping) else sender_id
        kind = UpdateKind.REQUEST
    elif isinstance(inline := update.get("inline_query"), Mapping):
        chat_id = sender_id = _id(inline.get("from"))
        kind = UpdateKind.REQUEST
    else:
        membership = update.get("my_chat_member")
        chat_id = _id(membership.get("chat")) if isinstance(membership, Mapping) else 0
        sender_id, kind = chat_id, UpdateKind.CHANGE
    return IncomingUpdate(id=update_id, chat_id=chat_id, sender_id=sender_id, kind=kind, raw=update)


def decode_update(update: RawUpdate, decode: FrameworkDecoder[Decoded]) -> Decoded:
    """Decode an update for a framework, or only its id if the framework cannot read the rest."""
    try:
        return decode(update)
    except Exception as error:  # noqa: BLE001 - a framework may raise anything at what is newer than itself
        update_id = update["update_id"]
        log.warning("update_undecodable", update_id=update_id, fields=sorted(update), error=type(error).__name__)
        return decode({"update_id": update_id})


def _message_kind(message: Mapping[str, Any]) -> UpdateKind:
    chat = message.get("chat")
    if "migrate_to_chat_id" in message or not TOPIC_CHANGES.isdisjoint(message):
        return UpdateKind.CHANGE
    if not isinstance(chat, Mapping) or chat.get("type") == "private" or _starts_with_command(message.get("entities")):
        return UpdateKind.REQUEST
    return UpdateKind.CHATTER


def _edit_kind(message: Mapping[str, Any]) -> UpdateKind:
    """Return whether an edit can matter: only in private, and not each move of a live location."""
    chat = message.get("chat")
    is_private = not isinstance(chat, Mapping) or chat.get("type") == "private"
    return UpdateKind.REQUEST if is_private and "location" not in message else UpdateKind.CHATTER


def _starts_with_command(entities: Any) -> bool:
    return isinstance(entities, Iterable) and any(
        isinstance(entity, Mapping) and entity.get("type") == "bot_command" and not entity.get("offset")
        for entity in entities
    )


def _id(holder: Any) -> int:
    """Return the id of a chat or user, or 0 if there is none."""
    number = holder.get("id") if isinstance(holder, Mapping) else None
    return number if isinstance(number, int) else 0
