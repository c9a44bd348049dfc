"""RichText as a message contains it: its characters, trimming, and the objects of detected entities."""

from collections.abc import Callable
from typing import Any, TypeAlias

from emulator.entity_detection import detect_entities
from emulator.links import normalize_url
from emulator.rich.fields import Json

RichText: TypeAlias = Any
"""A string, a list of RichText, an object of the Bot API, or a UserMention; "" and [] are empty."""


class UserMention:
    """Mention of a user by id; where nobody has the id, only its text is left. No dataclass, as PhotoReference."""

    __slots__ = ("text", "user_id")

    def __init__(self, text: RichText, user_id: int) -> None:
        self.text = text
        self.user_id = user_id


def non_empty(value: Json) -> RichText:
    """Return the object, or "" for one without text: Telegram drops formatting of nothing."""
    return "" if value["text"] in ("", []) else value


def plain_text(text: RichText) -> str:
    """Return the characters of a text without the labels of its buttons."""
    if text is None or isinstance(text, str):
        return text or ""
    if isinstance(text, list):
        return "".join(map(plain_text, text))
    if isinstance(text, UserMention):
        return plain_text(text.text)
    return str(text["alternative_text"]) if text["type"] == "custom_emoji" else plain_text(text.get("text"))


def has_button_or_anchor(text: RichText) -> bool:
    """Whether the text contains a button or an anchor, which are content without characters."""
    if isinstance(text, list):
        return any(map(has_button_or_anchor, text))
    if isinstance(text, UserMention):
        return has_button_or_anchor(text.text)
    if not isinstance(text, dict):
        return False
    return text["type"] in ("button", "anchor") or has_button_or_anchor(text.get("text"))


def trim(text: RichText, side: int) -> RichText:
    """Strip spaces and line feeds from the start (`side` 0) or the end (-1) of a text."""
    if isinstance(text, str):
        return text.lstrip(" \n") if side == 0 else text.rstrip(" \n")
    if isinstance(text, list):
        parts = list(text)
        while parts:
            parts[side] = trim(parts[side], side)
            if parts[side] not in ("", []):
                break
            del parts[side]
        return parts
    if isinstance(text, UserMention):
        return text
    if "text" not in text:
        return text
    return non_empty({**text, "text": trim(text["text"], side)})


_DETECTED_OBJECTS: dict[str, Callable[[str], Json]] = {
    "url": lambda text: {"type": "url", "text": text, "url": normalize_url(text) or text},
    "email": lambda text: {"type": "email_address", "text": text, "email_address": text},
    "bot_command": lambda text: {"type": "bot_command", "text": text, "bot_command": text[1:]},
    "mention": lambda text: {"type": "mention", "text": text, "username": text[1:]},
    "hashtag": lambda text: {"type": "hashtag", "text": text, "hashtag": text[1:]},
    "cashtag": lambda text: {"type": "cashtag", "text": text, "cashtag": text[1:]},
}


def with_detected_entities(text: str) -> RichText:
    """Return the text, or an array in which detected entities are objects."""
    detected = detect_entities(text)
    if not detected:
        return text
    units = text.encode("utf-16-le")
    parts: list[RichText] = []
    position = 0
    for entity in detected:
        parts.append(units[2 * position : 2 * entity.offset].decode("utf-16-le"))
        parts.append(_DETECTED_OBJECTS[entity.type](units[2 * entity.offset : 2 * entity.end].decode("utf-16-le")))
        position = entity.end
    parts.append(units[2 * position :].decode("utf-16-le"))
    parts = [part for part in parts if part != ""]
    return parts[0] if len(parts) == 1 else parts
