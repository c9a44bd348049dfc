"""The text, parse mode and entities of a request -> the text and entities of a message, in Telegram's order of checks.

text present -> 32 KiB -> parse errors -> (the caller looks for the chat) -> offsets -> empty after cleaning -> too long
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from msgspec.structs import replace

from emulator.errors import BadRequest
from emulator.html_mode import parse_html
from emulator.links import checked_url
from emulator.nesting import arrange, at_most_hundred
from emulator.parameters import Parameters
from emulator.spoken import find_entities, merge_found
from emulator.text import clean, is_blank
from emulator.values import EMPTY, Entity

BYTES = 1 << 15
MESSAGE_LENGTH = 4096
CAPTION_LENGTH = 1024
_PLAIN = ("bold", "italic", "underline", "strikethrough", "spoiler", "code", "blockquote", "expandable_blockquote")
_FOUND_BY_SERVER = ("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number")


@dataclass(frozen=True, slots=True)
class Formatted:
    """Text and entities as a message keeps them; entities as JSON."""

    text: str
    entities: msgspec.Raw


@dataclass(slots=True)
class Parsed:
    """Text and entities as sent, understood but not yet cleaned; and what became of them, once that is known."""

    text: str
    entities: list[Entity]
    mentions: bool = False  # whether somebody is mentioned by id: then the outcome depends on who exists
    finished: Formatted | None = None


def read_text(p: Parameters) -> Parsed:
    """The text of sendMessage and editMessageText. Raises BadRequest."""
    text = p.text("text")
    if not text:
        raise BadRequest("message text is empty")
    return _parse(text, p.text("parse_mode").lower(), p.raw("entities"))


def read_caption(p: Parameters) -> Parsed:
    """The caption of a document; it may be empty."""
    return _parse(p.text("caption"), p.text("parse_mode").lower(), p.raw("caption_entities"))


def read_inner_text(content: dict[str, Any]) -> Parsed:
    """The text of an InputTextMessageContent."""
    text = content.get("message_text") or ""
    if not text:
        raise BadRequest("message text is empty")
    entities = content.get("entities")
    raw = msgspec.json.encode(entities) if entities else b""
    return _parse(text, (content.get("parse_mode") or "").lower(), raw)


@lru_cache(maxsize=128)  # a broadcast is the same text a thousand times over
def _parse(text: str, mode: str, raw_entities: bytes) -> Parsed:
    if len(text.encode(errors="replace")) > BYTES:
        raise BadRequest("text is too long")
    if text and mode and mode != "none":
        if mode == "html":
            return _parsed(*parse_html(text))
        if mode in ("markdown", "markdownv2"):
            raise BadRequest("this emulator parses HTML and entities only, not Markdown")
        raise BadRequest("unsupported parse_mode")
    return _parsed(text, _read_entities(raw_entities))


def _parsed(text: str, entities: list[Entity]) -> Parsed:
    return Parsed(text, entities, any(entity.type == "text_mention" for entity in entities))


_WELL_FORMED = msgspec.json.Decoder(list[Entity])


def _read_entities(raw: bytes) -> list[Entity]:
    """The common kinds at full speed; all others, and all mistakes, one by one."""
    if raw in (b"", b"[]"):
        return []
    try:
        given = _WELL_FORMED.decode(raw)
    except msgspec.DecodeError:
        return _read_entities_slowly(raw)
    found: list[Entity] = []
    for one in given:
        if one.language is not None or one.user is not None or one.custom_emoji_id is not None:
            return _read_entities_slowly(raw)
        if one.type in _PLAIN and one.url is None:
            found.append(one)
        elif one.type == "text_link" and one.url:
            if url := checked_url(one.url):
                found.append(one if url == one.url else replace(one, url=url))
        else:
            return _read_entities_slowly(raw)
    return found


def _read_entities_slowly(raw: bytes) -> list[Entity]:
    try:
        given = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return []  # Telegram ignores entities that are not JSON
    if not isinstance(given, list):
        return []
    return [found for one in given if (found := _read_entity(one)) is not None]


def _fail(reason: str) -> BadRequest:
    return BadRequest(f"can't parse MessageEntity: {reason}")


def _required(entity: dict[str, Any], name: str, kind: type, word: str) -> Any:
    value = entity.get(name)
    if value is None:
        raise _fail(f'Can\'t find field "{name}"')
    if kind is int and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _fail(f'Field "{name}" must be of type {word}')
    return value


def _read_entity(given: Any) -> Entity | None:
    """One MessageEntity; None for those only the server makes, and for links that lead nowhere."""
    if not isinstance(given, dict):
        raise _fail("expected an Object")
    offset = _required(given, "offset", int, "Number")
    length = _required(given, "length", int, "Number")
    found = Entity(_required(given, "type", str, "String"), offset, length)
    if found.type in _PLAIN:
        return found
    if found.type in _FOUND_BY_SERVER:
        return None
    return _with_argument(found, given)


def _with_argument(found: Entity, given: dict[str, Any]) -> Entity | None:
    match found.type:
        case "pre":
            return replace(found, language=str(given.get("language") or "") or None)
        case "text_link":
            url = checked_url(_required(given, "url", str, "String"))
            return replace(found, url=url) if url else None
        case "text_mention":
            user = _required(given, "user", dict, "Object")
            return replace(found, user={"id": _required(user, "id", int, "Number")})
        case "custom_emoji":
            return replace(found, custom_emoji_id=_required(given, "custom_emoji_id", str, "String"))
        case "":
            raise _fail("Type is not specified")
    raise _fail("Unsupported type specified")


def finish_text(parsed: Parsed, people: dict[int, dict[str, Any]] | None = None) -> Formatted:
    """Clean, check, count. Code points are counted, as the server does. Raises BadRequest."""
    if parsed.finished is not None and people is None:
        return parsed.finished
    text, entities = clean(parsed.text, parsed.entities)
    if is_blank(text):
        raise BadRequest("text must be non-empty")
    if len(text) > MESSAGE_LENGTH:
        raise BadRequest("message is too long")
    formatted = _formatted(text, entities, people)
    if not parsed.mentions:
        parsed.finished = formatted
    return formatted


def finish_caption(parsed: Parsed) -> Formatted:
    """The same for a caption, which may be empty."""
    text, entities = clean(parsed.text, parsed.entities)
    if is_blank(text):
        return Formatted("", EMPTY)
    if len(text) > CAPTION_LENGTH:
        raise BadRequest("message caption is too long")
    return _formatted(text, entities, None)


def _formatted(text: str, entities: list[Entity], people: dict[int, dict[str, Any]] | None) -> Formatted:
    entities = at_most_hundred(entities)
    if found := find_entities(text):
        entities = arrange(merge_found(entities, found))
    kept = _named(entities, people or {})
    return Formatted(text, msgspec.Raw(msgspec.json.encode(kept)) if kept else EMPTY)


def _named(entities: list[Entity], people: dict[int, dict[str, Any]]) -> list[Entity]:
    """A mention by id carries the whole User; one of somebody unknown is dropped."""
    kept = []
    for entity in entities:
        if entity.user is None:
            kept.append(entity)
        elif user := people.get(entity.user["id"]):
            kept.append(replace(entity, user=user))
    return kept
