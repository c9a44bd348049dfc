"""Read incoming updates in two steps: first what the inbox needs, from the JSON; then the framework's own object.

poll or webhook's body -> incoming_update -> inbox -> decode_update

Frameworks decode a poll's updates all or none, and the same batch then comes again for ever (aiogram/aiogram#1840).
Decoded one by one, an update a framework cannot read does not stop the others; one that is dropped is never decoded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import structlog

from transport.driver import IncomingUpdate, RawUpdate, UpdateKind

log = structlog.get_logger(__name__)

Decoded = TypeVar("Decoded")

FrameworkDecoder = Callable[[RawUpdate], Decoded]
"""Convert an update's JSON to the framework's object. May raise anything, except for an update with only an id."""


def decode_body(body: bytes) -> IncomingUpdate[RawUpdate]:
    """Decode a webhook's request body. Raises ValueError if it is no update."""
    return incoming_update(json.loads(body))


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
    elif isinstance(query := update.get("callback_query"), Mapping):
        sender_id = _id(query.get("from"))
        pressed = query.get("message")
        chat_id = _id(pressed.get("chat")) if isinstance(pressed, Mapping) else sender_id
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
    if "migrate_to_chat_id" in message:
        return UpdateKind.CHANGE
    if not isinstance(chat, Mapping) or chat.get("type") == "private" or _starts_with_command(message.get("entities")):
        return UpdateKind.REQUEST
    return UpdateKind.CHATTER


def _starts_with_command(entities: Any) -> bool:
    return isinstance(entities, Iterable) and any(
        isinstance(entity, Mapping) and entity.get("type") == "bot_command" and not entity.get("offset")
        for entity in entities
    )


def _id(holder: Any) -> int:
    """Return the id of a chat or user, or 0 if there is none."""
    number = holder.get("id") if isinstance(holder, Mapping) else None
    return number if isinstance(number, int) else 0
