"""Parse and validate a message's text, parse mode and entities, in Telegram's order of checks.

text present -> 32 KiB -> parse errors -> (the caller looks up the chat) -> offsets -> empty after cleaning -> too long
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from msgspec.structs import replace

from emulator.entity_detection import detect_entities, merge_detected
from emulator.entity_nesting import limit_entities, normalize_nesting
from emulator.errors import BadRequest
from emulator.html_parser import parse_html
from emulator.links import normalize_url
from emulator.models import NO_ENTITIES, MessageEntity
from emulator.parameters import Parameters
from emulator.text_cleaning import clean_text, is_blank

DATE_TIME_FORMAT = re.compile("r|w?[dD]?[tT]?")
MAX_TEXT_BYTES = 1 << 15
MAX_TEXT_CHARACTERS = 4096
MAX_CAPTION_CHARACTERS = 1024
_TYPES_WITHOUT_ARGUMENT = (
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "code",
    "blockquote",
    "expandable_blockquote",
)
_SERVER_DETECTED_TYPES = (
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bank_card_number",
)


@dataclass(frozen=True, slots=True)
class FormattedText:
    """Text and entities as a message stores them; the entities are JSON."""

    text: str
    entities: msgspec.Raw


@dataclass(slots=True)
class ParsedText:
    """Text and entities parsed but not yet cleaned, with the formatted result as a cache."""

    text: str
    entities: list[MessageEntity]
    has_mentions_by_id: bool = False  # the result then depends on which users exist, so it is not cached
    formatted: FormattedText | None = None


def read_text(params: Parameters) -> ParsedText:
    """Parse the text of sendMessage or editMessageText. Raises BadRequest."""
    text = params.text("text")
    if not text:
        raise BadRequest("message text is empty")
    return _parse(text, params.text("parse_mode").lower(), params.raw("entities"))


def read_caption(params: Parameters) -> ParsedText:
    """Parse the caption of a document, which may be empty. Raises BadRequest."""
    return _parse(params.text("caption"), params.text("parse_mode").lower(), params.raw("caption_entities"))


def read_input_message_text(content: dict[str, Any]) -> ParsedText:
    """Parse the text of an InputTextMessageContent. Raises BadRequest."""
    text = content.get("message_text") or ""
    if not text:
        raise BadRequest("message text is empty")
    entities = content.get("entities")
    raw = msgspec.json.encode(entities) if entities else b""
    return _parse(text, (content.get("parse_mode") or "").lower(), raw)


@lru_cache(maxsize=128)  # a broadcast sends the same text to everybody
def _parse(text: str, mode: str, raw_entities: bytes) -> ParsedText:
    if len(text.encode(errors="replace")) > MAX_TEXT_BYTES:
        raise BadRequest("text is too long")
    if text and mode and mode != "none":
        if mode == "html":
            return _parsed(*parse_html(text))
        if mode in ("markdown", "markdownv2"):
            raise BadRequest("this emulator parses HTML and entities only, not Markdown")
        raise BadRequest("unsupported parse_mode")
    return _parsed(text, _read_entities(raw_entities))


def _parsed(text: str, entities: list[MessageEntity]) -> ParsedText:
    return ParsedText(text, entities, any(entity.type == "text_mention" for entity in entities))


_ENTITY_LIST_DECODER = msgspec.json.Decoder(list[MessageEntity])


def _read_entities(raw: bytes) -> list[MessageEntity]:
    """Decode common entities in one step; read unusual or invalid ones one by one, for their exact errors."""
    if raw in (b"", b"[]"):
        return []
    try:
        decoded = _ENTITY_LIST_DECODER.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return _read_entities_one_by_one(raw)
    entities: list[MessageEntity] = []
    for entity in decoded:
        if entity.language or entity.user is not None or entity.custom_emoji_id or entity.unix_time is not None:
            return _read_entities_one_by_one(raw)
        if entity.type in _TYPES_WITHOUT_ARGUMENT and entity.url is None:
            entities.append(entity)
        elif entity.type == "text_link" and entity.url:
            if url := normalize_url(entity.url):
                entities.append(entity if url == entity.url else replace(entity, url=url))
        else:
            return _read_entities_one_by_one(raw)
    return entities


def _read_entities_one_by_one(raw: bytes) -> list[MessageEntity]:
    try:
        decoded = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return []  # Telegram ignores entities that are not JSON
    if not isinstance(decoded, list):
        return []
    return [entity for item in decoded if (entity := _read_entity(item)) is not None]


def _entity_error(reason: str) -> BadRequest:
    return BadRequest(f"can't parse MessageEntity: {reason}")


def _required_field(fields: dict[str, Any], name: str, expected_type: type, json_type: str) -> Any:
    value = fields.get(name)
    if value is None:
        raise _entity_error(f'Can\'t find field "{name}"')
    if expected_type is int and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if not isinstance(value, expected_type) or isinstance(value, bool):
        raise _entity_error(f'Field "{name}" must be of type {json_type}')
    return value


def _read_entity(fields: Any) -> MessageEntity | None:
    """Read one MessageEntity; None for types that only the server creates and for invalid links."""
    if not isinstance(fields, dict):
        raise _entity_error("expected an Object")
    offset = _required_field(fields, "offset", int, "Number")
    length = _required_field(fields, "length", int, "Number")
    entity = MessageEntity(_required_field(fields, "type", str, "String"), offset, length)
    if entity.type in _TYPES_WITHOUT_ARGUMENT:
        return entity
    if entity.type in _SERVER_DETECTED_TYPES:
        return None
    return _with_argument(entity, fields)


def _with_argument(entity: MessageEntity, fields: dict[str, Any]) -> MessageEntity | None:
    match entity.type:
        case "pre":
            return replace(entity, language=str(fields.get("language") or "") or None)
        case "text_link":
            url = normalize_url(_required_field(fields, "url", str, "String"))
            return replace(entity, url=url) if url else None
        case "text_mention":
            user = _required_field(fields, "user", dict, "Object")
            return replace(entity, user={"id": _required_field(user, "id", int, "Number")})
        case "custom_emoji":
            return replace(entity, custom_emoji_id=_required_field(fields, "custom_emoji_id", str, "String"))
        case "date_time":
            shape, unix_time = fields.get("date_time_format") or "", _required_field(fields, "unix_time", int, "Number")
            if not isinstance(shape, str) or not DATE_TIME_FORMAT.fullmatch(shape):
                raise _entity_error("Invalid date-time format specified")
            return replace(entity, unix_time=unix_time, date_time_format=shape) if unix_time > 0 else None
        case "":
            raise _entity_error("Type is not specified")
    raise _entity_error("Unsupported type specified")


def format_text(parsed: ParsedText, users: dict[int, dict[str, Any]] | None = None) -> FormattedText:
    """Clean and validate a message text; its length is counted in code points. Raises BadRequest."""
    if parsed.formatted is not None and users is None:
        return parsed.formatted
    text, entities = clean_text(parsed.text, parsed.entities)
    if is_blank(text):
        raise BadRequest("text must be non-empty")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise BadRequest("message is too long")
    formatted = _format(text, entities, users)
    if not parsed.has_mentions_by_id:
        parsed.formatted = formatted
    return formatted


def format_caption(parsed: ParsedText) -> FormattedText:
    """Clean and validate a caption, which may be empty. Raises BadRequest."""
    text, entities = clean_text(parsed.text, parsed.entities)
    if is_blank(text):
        return FormattedText("", NO_ENTITIES)
    if len(text) > MAX_CAPTION_CHARACTERS:
        raise BadRequest("message caption is too long")
    return _format(text, entities, None)


def _format(text: str, entities: list[MessageEntity], users: dict[int, dict[str, Any]] | None) -> FormattedText:
    entities = limit_entities(entities)
    if detected := detect_entities(text):
        entities = normalize_nesting(merge_detected(entities, detected))
    resolved = _resolve_mentions(entities, users or {})
    return FormattedText(text, msgspec.Raw(msgspec.json.encode(resolved)) if resolved else NO_ENTITIES)


def _resolve_mentions(entities: list[MessageEntity], users: dict[int, dict[str, Any]]) -> list[MessageEntity]:
    """Put the whole User into mentions by id, and drop mentions of unknown users."""
    resolved = []
    for entity in entities:
        if entity.user is None:
            resolved.append(entity)
        elif user := users.get(entity.user["id"]):
            resolved.append(replace(entity, user=user))
    return resolved
