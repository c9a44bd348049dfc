"""sendPhoto and its like, sendMediaGroup, sendLocation and sendPoll.

Stored files and uploads are taken; in place of a photo's address a picture is drawn, as nothing reaches the network.
Other addresses are refused.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from emulator import api_objects
from emulator.errors import BadRequest
from emulator.formatting import ParsedText, format_caption, format_text, read_caption, read_text
from emulator.methods.sending import MEDIA_RIGHTS, read_send_options, send
from emulator.models import NO_ENTITIES, Document, FileKind, Location, Media, MediaKind, Poll
from emulator.parameters import MAX_UPLOAD_BYTES, Parameters
from emulator.rich.photos import picture_size, store_web_photo
from emulator.telegram import Telegram

MAX_ALBUM_MESSAGES = 10
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_PHOTO_SIDES, MAX_PHOTO_RATIO = 10_000, 20
MAX_QUESTION_CHARACTERS = 300
MAX_POLL_OPTIONS = 12
_TYPE_NAMES = {
    "photo": "Photo",
    "video": "Video",
    "animation": "Animation",
    "audio": "Audio",
    "voice": "VoiceNote",
    "video_note": "VideoNote",
    "sticker": "Sticker",
    "document": "Document",
}
_ALBUM_KINDS = ("photo", "video", "audio", "document")
_UNMIXED_KINDS = ("audio", "document")
"""Kinds that an album has alone."""


def send_media(kind: MediaKind) -> Callable[[Telegram, Parameters], Any]:
    """Return the method that sends a file of a kind."""

    def method(tg: Telegram, params: Parameters) -> Any:
        caption = read_caption(params)
        file = find_file(tg, params, params.text(kind), kind)
        options = read_send_options(tg, params)
        content = _captioned(caption, kind) | _file_content(file, kind, params.integer("duration"))
        return api_objects.message_object(send(tg, options, content, MEDIA_RIGHTS[kind]), tg.store)

    return method


def find_file(tg: Telegram, params: Parameters, source: str, kind: FileKind) -> Document:
    """Return the file that a parameter names: an upload, `attach://name` or a file_id. Raises BadRequest."""
    upload = params.files.get(source.removeprefix("attach://") if source.startswith("attach://") else kind)
    if upload is not None:
        if not upload.data:
            raise BadRequest("file must be non-empty")
        if len(upload.data) > MAX_UPLOAD_BYTES:
            raise BadRequest("file is too big")
        if kind == "photo":
            _check_photo(upload.data)
        return tg.files.add(upload.name, upload.mime_type, upload.data, kind)
    if not source:
        raise BadRequest(f"there is no {kind.replace('_', ' ')} in the request")
    if source.startswith(("http://", "https://")):
        if kind != "photo":
            raise BadRequest("failed to get HTTP URL content")
        return store_web_photo(tg, source, "photo")
    stored = tg.files.find(source)
    if stored is None:
        raise BadRequest("wrong remote file identifier specified: Wrong string length")
    if stored[0].kind != kind:
        raise BadRequest(f"can't use file of type {_TYPE_NAMES[stored[0].kind]} as {_TYPE_NAMES[kind]}")
    return stored[0]


def _check_photo(data: bytes) -> None:
    """Refuse what Telegram takes for no photo (Bot API, sendPhoto). Raises BadRequest."""
    if len(data) > MAX_PHOTO_BYTES:
        raise BadRequest(
            f"file of size {len(data)} bytes is too big for a photo; the maximum size is {MAX_PHOTO_BYTES} bytes"
        )
    size = picture_size(data)
    if size is None:
        raise BadRequest("IMAGE_PROCESS_FAILED")
    if sum(size) > MAX_PHOTO_SIDES or not 0 < max(size) <= MAX_PHOTO_RATIO * min(size):
        raise BadRequest("PHOTO_INVALID_DIMENSIONS")


def _file_content(file: Document, kind: FileKind, seconds: int = 0) -> dict[str, Any]:
    return {"document": file} if kind == "document" else {"media": Media(kind, file, seconds=seconds)}


def _captioned(caption: ParsedText, kind: FileKind) -> dict[str, Any]:
    formatted = format_caption(caption)
    if kind in ("sticker", "video_note"):
        return {"text": "", "entities": NO_ENTITIES}
    return {"text": formatted.text, "entities": formatted.entities}


def send_media_group(tg: Telegram, params: Parameters) -> Any:
    """Send an album. It is sent as a whole or not at all; buttons are no parameter of it."""
    contents = _read_album(tg, params)
    options = read_send_options(tg, Parameters({**params.values, "reply_markup": ""}, params.files))
    album = str(secrets.randbits(60))
    sent = [send(tg, options, content | {"media_group_id": album}, right) for content, right in contents]
    return [api_objects.message_object(message, tg.store) for message in sent]


def _read_album(tg: Telegram, params: Parameters) -> Sequence[tuple[dict[str, Any], str]]:
    """Return the contents of an album with the right that each needs. Raises BadRequest."""
    if not params.has("media"):
        raise BadRequest('parameter "media" is required')
    media = params.json("media", "can't parse media JSON object")
    if not isinstance(media, list):
        raise BadRequest("expected an Array of InputMedia")
    if len(media) > MAX_ALBUM_MESSAGES:
        raise BadRequest("too many messages to send as an album")
    if not media:
        raise BadRequest("there are no messages to send")
    kinds = [_kind_of(item) for item in media]
    for kind in _UNMIXED_KINDS:
        if kind in kinds and set(kinds) != {kind}:
            raise BadRequest(f"{kind} can't be mixed with other media types")
    return [_read_item(tg, params, item, kind) for item, kind in zip(media, kinds, strict=True)]


def read_input_media(tg: Telegram, params: Parameters, item: Any) -> dict[str, Any]:
    """Return the content of a message that an InputMedia describes. Raises BadRequest."""
    return _read_item(tg, params, item, _kind_of(item))[0]


def _kind_of(item: Any) -> FileKind:
    if not isinstance(item, dict):
        raise BadRequest("can't parse InputMedia: expected an Object")
    kind = item.get("type")
    for known in _ALBUM_KINDS:
        if kind == known:
            return known  # type: ignore[return-value] # one of the literals
    if kind in _TYPE_NAMES:
        raise BadRequest(f"can't parse InputMedia: type \"{kind}\" can't be used in sendMediaGroup")
    raise BadRequest("can't parse InputMedia: invalid type specified")


def _read_item(tg: Telegram, params: Parameters, item: dict[str, Any], kind: FileKind) -> tuple[dict[str, Any], str]:
    if not isinstance(item.get("media"), str) or not item["media"]:
        raise BadRequest("can't parse InputMedia: media not found")
    fields = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in item.items()}
    caption = read_caption(Parameters(fields))
    content = _captioned(caption, kind) | _file_content(find_file(tg, params, item["media"], kind), kind)
    return content, "can_send_documents" if kind == "document" else MEDIA_RIGHTS[kind]


def send_location(tg: Telegram, params: Parameters) -> Any:
    """Send a point on the map."""
    try:
        location = Location(float(params.text("latitude")), float(params.text("longitude")))
    except ValueError:
        raise BadRequest("wrong latitude or longitude specified") from None
    if abs(location.latitude) > 90 or abs(location.longitude) > 180:
        raise BadRequest("wrong latitude or longitude specified")
    message = send(tg, read_send_options(tg, params), {"location": location})
    return api_objects.message_object(message, tg.store)


def send_poll(tg: Telegram, params: Parameters) -> Any:
    """Send a poll; its options are strings or InputPollOption objects."""
    question = format_text(read_text(Parameters({"text": params.text("question")}))).text
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise BadRequest(f"poll question length must not exceed {MAX_QUESTION_CHARACTERS}")
    options = params.json("options", "can't parse options JSON object")
    texts = [str(option.get("text") or "") if isinstance(option, dict) else str(option) for option in options or ()]
    if not all(texts):
        raise BadRequest("poll options length must be at least 1")
    if len(texts) < 2:
        raise BadRequest("poll must have at least 2 option")
    if len(texts) > MAX_POLL_OPTIONS:
        raise BadRequest(f"poll can't have more than {MAX_POLL_OPTIONS} options")
    send_options = read_send_options(tg, params)
    if send_options.chat.type == "channel" and params.has("is_anonymous") and not params.boolean("is_anonymous"):
        raise BadRequest("non-anonymous polls can't be sent to channel chats")
    message = send(tg, send_options, {"poll": Poll(question, texts)}, "can_send_polls")
    return api_objects.message_object(message, tg.store)
