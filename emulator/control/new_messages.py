"""Build the message that a user sends: text, file, media, place, poll, or a message forwarded."""

import base64
import binascii
from typing import Any

import msgspec

from emulator import api_objects
from emulator.control import http
from emulator.errors import ApiError
from emulator.formatting import ParsedText, format_caption, format_text
from emulator.models import Chat, Location, Media, MediaKind, MessageEntity, Poll, StoredMessage, User, Venue
from emulator.telegram import Telegram

MAX_QUESTION_CHARACTERS = 300
MAX_POLL_OPTIONS = 12

MEDIA_FILES = {
    "photo": ("photo.png", "image/png"),
    "voice": ("voice.ogg", "audio/ogg"),
    "sticker": ("sticker.webp", "image/webp"),
    "video": ("video.mp4", "video/mp4"),
    "animation": ("animation.mp4", "video/mp4"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "video_note": ("round.mp4", "video/mp4"),
}


class NewDocument(msgspec.Struct, forbid_unknown_fields=True):
    file_name: str
    mime_type: str | None = None
    text: str | None = None
    base64: str | None = None


class NewMedia(msgspec.Struct, forbid_unknown_fields=True):
    kind: MediaKind
    base64: str = ""
    emoji: str | None = None
    seconds: int = 0


class Forwarded(msgspec.Struct, forbid_unknown_fields=True):
    chat_id: int
    message_id: int


class NewMessage(msgspec.Struct, forbid_unknown_fields=True):
    """A user's message: one of text, document, location, media, poll and forward.

    `more_media` follow it at once as further messages of the same album.
    """

    user_id: int
    chat_id: int | None = None
    text: str | None = None
    entities: list[MessageEntity] = msgspec.field(default_factory=list)
    document: NewDocument | None = None
    location: Location | None = None
    venue: Venue | None = None
    media: NewMedia | None = None
    more_media: list[NewMedia] = msgspec.field(default_factory=list)
    media_group_id: str | None = None
    poll: Poll | None = None
    forward: Forwarded | None = None
    via_bot: bool = False
    caption: str | None = None
    caption_entities: list[MessageEntity] = msgspec.field(default_factory=list)
    reply_to_message_id: int | None = None
    thread_id: int | None = None


def build_message(tg: Telegram, chat: Chat, user: User, body: NewMessage) -> StoredMessage:
    """Return the message as the chat stores it. Raises `ControlError` if no user could send it."""
    parts = (body.text, body.document, body.location, body.media, body.poll, body.forward)
    if sum(part is not None for part in parts) != 1:
        raise http.ControlError("give one of text, document, location, media, poll, forward")
    if body.more_media and (body.media is None or body.media_group_id is None):
        raise http.ControlError("an album has media and a media_group_id")
    if body.venue is not None and (body.location is None or not body.venue.title or not body.venue.address):
        raise http.ControlError("a venue has a title, an address and a location")
    if body.reply_to_message_id is not None and tg.store.get_message(chat.id, body.reply_to_message_id) is None:
        raise http.ControlError(f"there is no message {body.reply_to_message_id} to reply to", 404)
    if body.thread_id is not None and body.thread_id not in chat.topics:
        raise http.ControlError(f"there is no topic {body.thread_id}", 404)
    return StoredMessage(
        chat_id=chat.id,
        message_id=tg.store.next_message_id(chat),
        from_id=user.id,
        from_name=chat.title or "" if chat.type == "channel" else user.first_name,
        from_bot=False,
        date=tg.clock.unix_seconds(),
        reply_to_message_id=body.reply_to_message_id,
        thread_id=body.thread_id,
        media_group_id=body.media_group_id,
        via_bot=body.via_bot,
        **_content(tg, user, body),
    )


def _content(tg: Telegram, user: User, body: NewMessage) -> dict[str, Any]:
    if body.text is not None:
        return text_content(body.text, body.entities)
    if body.forward is not None:
        return _forwarded_content(tg, user, body.forward)
    if body.poll is not None:
        return {"poll": _checked_poll(body.poll)}
    if body.document is not None:
        document = tg.files.add(body.document.file_name, body.document.mime_type, _bytes_of(body.document))
        return {"document": document, **_caption_content(body)}
    if body.media is not None:
        return {"media": _store_media(tg, body.media), **_caption_content(body)}
    return {"location": body.location, "venue": body.venue}


def _checked_poll(poll: Poll) -> Poll:
    if not 1 <= len(poll.question) <= MAX_QUESTION_CHARACTERS or not 2 <= len(poll.options) <= MAX_POLL_OPTIONS:
        raise http.ControlError(f"a poll has a question and 2 to {MAX_POLL_OPTIONS} options")
    return poll


def _forwarded_content(tg: Telegram, user: User, body: Forwarded) -> dict[str, Any]:
    """Return the content of a message that the user can see, with where it came from."""
    chat = http.require_chat(tg, body.chat_id)
    member = chat.members.get(user.id)
    message = tg.store.get_message(body.chat_id, body.message_id)
    can_see = chat.id == user.id or (member is not None and member.is_member)
    if message is None or message.service is not None or not can_see:
        raise http.ControlError(f"there is no message {body.message_id} that {user.first_name} could forward", 404)
    if message.protected:
        raise http.ControlError("the bot has protected this message from being forwarded")
    origin = message.forward_origin or msgspec.Raw(msgspec.json.encode(api_objects.origin_of(message, tg.store)))
    content = message.content() | {"forward_origin": origin}
    if message.poll is not None:
        content["poll"] = msgspec.structs.replace(message.poll, id=api_objects.poll_id(message, message.poll))
    return content


def text_content(text: str, entities: list[MessageEntity]) -> dict[str, Any]:
    """Return text and entities as a message has them. Raises `ControlError`."""
    try:
        formatted = format_text(ParsedText(text, entities))
    except (ApiError, KeyError) as error:
        raise http.ControlError(f"no user could send this: {error}") from error
    return {"text": formatted.text, "entities": formatted.entities}


def _caption_content(body: NewMessage) -> dict[str, Any]:
    try:
        formatted = format_caption(ParsedText(body.caption or "", body.caption_entities))
    except (ApiError, KeyError) as error:
        raise http.ControlError(f"no user could send this: {error}") from error
    return {"text": formatted.text, "entities": formatted.entities}


def _store_media(tg: Telegram, body: NewMedia) -> Media:
    name, mime_type = MEDIA_FILES[body.kind]
    file = tg.files.add(name, mime_type, _decoded(body.base64), body.kind)
    return Media(body.kind, file, emoji=body.emoji, seconds=body.seconds)


def _bytes_of(body: NewDocument) -> bytes:
    return _decoded(body.base64) if body.base64 is not None else (body.text or "").encode()


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise http.ControlError("base64 is invalid") from None
