"""Read RichText: a string, an array, or an object with a type; cleaned, trimmed, and with entities detected."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.links import normalize_url
from emulator.rich import fields
from emulator.rich.buttons import read_button
from emulator.rich.fields import FieldError, Json
from emulator.rich.findings import Findings
from emulator.rich.values import (
    RichText,
    UserMention,
    has_button_or_anchor,
    non_empty,
    plain_text,
    trim,
    with_detected_entities,
)
from emulator.text_cleaning import clean_characters, is_blank

STYLES = (
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "code",
    "marked",
    "subscript",
    "superscript",
)
DETECTED_TYPES = ("mention", "hashtag", "cashtag", "bot_command", "bank_card_number")
"""Types the server only detects; of a bot's it keeps the text and detects entities in it again."""
UNSUPPORTED_TYPES = ("mathematical_expression",)
_DATE_TIME_FORMAT = re.compile("r|w?[dD]?[tT]?")
_EMAIL_ADDRESS = re.compile(r"[\w.+-]+@(?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}")
_PHONE_NUMBER = re.compile(r"\+?[0-9()\- ]{3,32}")
_CUSTOM_EMOJI_ID = re.compile("-?[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class _Context:
    """Where a text stands: its depth, its level, which arrays raise too, and whether entities are detected in it."""

    depth: int
    level: int
    detect: bool

    def formatted(self, *, detect: bool) -> "_Context":
        return _Context(self.depth + 1, self.level + 1, self.detect and detect)

    def in_array(self) -> "_Context":
        return _Context(self.depth, self.level + 1, self.detect)


class RichTextReader:
    """Reader of the texts of one rich message."""

    def __init__(self, findings: Findings, *, detect: bool) -> None:
        self._findings = findings
        self._detect = detect

    def required(self, owner: Json, name: str, depth: int, *, code: bool = False) -> RichText:
        """Return a text that must display something."""
        text = self.optional(owner, name, depth, code=code)
        if text is None:
            self._findings.refuse("RICH_MESSAGE_CONTENT_REQUIRED")
        return text

    def optional(self, owner: Json, name: str, depth: int, *, code: bool = False) -> RichText | None:
        """Return a text, or None if it is absent or displays nothing; `code`: it keeps its indent, and no entities."""
        value = owner.get(name)
        if value is None:
            return None
        text = trim(self._read(value, _Context(depth, depth, self._detect and not code)), -1)
        if not code:
            text = trim(text, 0)
        plain = plain_text(text)
        self._findings.characters += len(plain)
        if is_blank(plain):
            return text if has_button_or_anchor(text) else None
        self._findings.has_text = True
        return text

    def _read(self, value: Any, context: _Context) -> RichText:
        if isinstance(value, str):
            text = clean_characters(value)
            return with_detected_entities(text) if context.detect else text
        if isinstance(value, list):
            inside = context.in_array()
            self._findings.descend(context.depth, inside.level)
            return [part for item in value if (part := self._read(item, inside)) not in ("", [])]
        if isinstance(value, dict):
            return self._read_object(value, context)
        raise FieldError("Invalid rich text specified")

    def _read_object(self, value: Json, context: _Context) -> RichText:
        kind = fields.string(value, "type")
        inside = context.formatted(detect=kind in STYLES and kind != "code")
        self._findings.descend(inside.depth, inside.level)
        if kind in STYLES:
            return non_empty({"type": kind, "text": self._inner(value, inside)})
        if kind in DETECTED_TYPES:
            return self._inner(value, context.in_array())
        if kind in UNSUPPORTED_TYPES:
            raise FieldError(f'this emulator does not hold rich text of type "{kind}"')
        reader = self._readers().get(kind)
        if reader is None:
            raise FieldError("Unsupported rich text type")
        return reader(value, inside)

    def _readers(self) -> dict[str, Callable[[Json, _Context], RichText]]:
        return {
            "url": self._read_url,
            "email_address": self._read_email_address,
            "phone_number": self._read_phone_number,
            "date_time": self._read_date_time,
            "text_mention": self._read_text_mention,
            "custom_emoji": self._read_custom_emoji,
            "anchor": self._read_anchor,
            "anchor_link": self._read_anchor_link,
            "reference": self._read_reference,
            "reference_link": self._read_reference_link,
            "button": self._read_button,
        }

    def _inner(self, value: Json, context: _Context) -> RichText:
        if value.get("text") is None:
            raise FieldError('Can\'t find field "text"')
        return self._read(value["text"], context)

    def _read_url(self, value: Json, context: _Context) -> RichText:
        requested = fields.string(value, "url")
        url = normalize_url(requested)
        if not url:
            self._findings.refuse("RICH_MESSAGE_URL_INVALID")
        return non_empty({"type": "url", "text": self._inner(value, context), "url": url})

    def _read_email_address(self, value: Json, context: _Context) -> RichText:
        address = fields.string(value, "email_address")
        if not _EMAIL_ADDRESS.fullmatch(address):
            self._findings.refuse("RICH_MESSAGE_EMAIL_INVALID")
        return non_empty({"type": "email_address", "text": self._inner(value, context), "email_address": address})

    def _read_phone_number(self, value: Json, context: _Context) -> RichText:
        number = fields.string(value, "phone_number")
        if not _PHONE_NUMBER.fullmatch(number):
            self._findings.refuse("RICH_MESSAGE_PHONE_INVALID")
        return non_empty({"type": "phone_number", "text": self._inner(value, context), "phone_number": number})

    def _read_date_time(self, value: Json, context: _Context) -> RichText:
        time_format = fields.string(value, "date_time_format", "")
        unix_time = fields.integer(value, "unix_time")
        text = self._inner(value, context)
        if not _DATE_TIME_FORMAT.fullmatch(time_format):
            raise FieldError("Invalid date-time format specified")
        if unix_time <= 0:
            self._findings.refuse("invalid date specified")
        return non_empty({"type": "date_time", "text": text, "unix_time": unix_time, "date_time_format": time_format})

    def _read_text_mention(self, value: Json, context: _Context) -> RichText:
        user_id = fields.integer(fields.json_object(value, "user"), "id")
        text = self._inner(value, context)
        if text in ("", []):
            return ""
        self._findings.depends_on_state = True
        return UserMention(text, user_id)

    def _read_custom_emoji(self, value: Json, context: _Context) -> RichText:
        emoji_id = fields.string(value, "custom_emoji_id")
        alternative = clean_characters(fields.string(value, "alternative_text"))
        if not _CUSTOM_EMOJI_ID.fullmatch(emoji_id):
            raise FieldError("Invalid custom emoji identifier specified")
        return {"type": "custom_emoji", "custom_emoji_id": emoji_id, "alternative_text": alternative}

    def _read_anchor(self, value: Json, context: _Context) -> RichText:
        return {"type": "anchor", "name": read_anchor_name(value, self._findings)}

    def _read_anchor_link(self, value: Json, context: _Context) -> RichText:
        name = fields.string(value, "anchor_name")
        if name:  # an empty name leads to the top of the message
            self._findings.anchor_links.append(name)
        return non_empty({"type": "anchor_link", "text": self._inner(value, context), "anchor_name": name})

    def _read_reference(self, value: Json, context: _Context) -> RichText:
        name = _non_empty_name(value, "name")
        self._findings.references.add(name)
        return non_empty({"type": "reference", "text": self._inner(value, context), "name": name})

    def _read_reference_link(self, value: Json, context: _Context) -> RichText:
        name = _non_empty_name(value, "reference_name")
        self._findings.reference_links.append(name)
        return non_empty({"type": "reference_link", "text": self._inner(value, context), "reference_name": name})

    def _read_button(self, value: Json, context: _Context) -> RichText:
        return {"type": "button", "button": self.button(value.get("button"), context.depth)}

    def button(self, value: Any, depth: int) -> Json:
        """Return a RichMessageButton; its label may contain only plain text, custom emoji and dates."""
        button = read_button(value, self._findings)
        label = trim(self.required(value, "text", depth, code=True) or "", 0)
        if not _is_label(label):
            raise FieldError("Text of a button may contain only plain text, custom emoji and dates")
        return {"text": label, **button}


def read_anchor_name(value: Json, findings: Findings) -> str:
    """Return the name of an anchor and remember it."""
    name = _non_empty_name(value, "name")
    findings.anchors.add(name)
    return name


def _non_empty_name(value: Json, field: str) -> str:
    name = fields.string(value, field)
    if not name:
        raise FieldError(f'Field "{field}" must be non-empty')
    return name


def _is_label(text: RichText) -> bool:
    """Whether a button's label may contain the text: plain text, custom emoji and dates."""
    if isinstance(text, list):
        return all(map(_is_label, text))
    if isinstance(text, dict):
        return text["type"] == "custom_emoji" or (text["type"] == "date_time" and _is_label(text["text"]))
    return not isinstance(text, UserMention)
