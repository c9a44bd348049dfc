"""Measure texts against Telegram's limits on messages, in every unit that they count."""

from __future__ import annotations

from typing import NamedTuple

from domain.chat import limits
from domain.chat.signature import SIGNATURE_BYTES, SIGNATURE_UTF16_UNITS
from domain.chat.text import Style, Text, utf16_length

ENTITY_BYTES = 70
"""JSON bytes of an entity without its address; the longest has 66.

It is `{"type":"expandable_blockquote","offset":4000,"length":4000},`.
"""


class MessageSize(NamedTuple):
    """Size of a text: UTF-16 units, JSON bytes, links (entities that must stay), and buttons under it."""

    utf16_units: int = 0
    byte_count: int = 0
    links: int = 0
    buttons: int = 0

    def plus(self, other: MessageSize) -> MessageSize:
        """Return the sum in every unit."""
        return MessageSize(*(own + others for own, others in zip(self, other, strict=True)))

    def less(self, other: MessageSize) -> MessageSize:
        """Return the difference in every unit."""
        return MessageSize(*(own - others for own, others in zip(self, other, strict=True)))

    def fits(self, limit: MessageSize) -> bool:
        """Whether it is within the limit in every unit."""
        return all(own <= allowed for own, allowed in zip(self, limit, strict=True))


MESSAGE_LIMIT = MessageSize(
    limits.MESSAGE_UTF16_UNITS,
    limits.MESSAGE_BYTES,
    limits.MESSAGE_ENTITIES,
    limits.KEYBOARD_BUTTONS - limits.KEYBOARD_ROW_BUTTONS,  # a row is left for the way around
)
"""What one message holds."""

NO_SIZE = MessageSize()
SIGNATURE_SIZE = MessageSize(SIGNATURE_UTF16_UNITS, SIGNATURE_BYTES)
"""Room for any signature under a message."""


def measure(text: Text) -> MessageSize:
    """Measure a text without its decoration, which is dropped before a message is split for it."""
    urls = [span.value for span in text.spans if span.style is Style.LINK]
    size = json_string_bytes(text.plain)
    if urls:
        size += sum(json_string_bytes(url) for url in urls) + ENTITY_BYTES * len(urls)
    return MessageSize(utf16_length(text.plain), size, len(urls))


def measure_plain(plain: str) -> MessageSize:
    """Measure a text without entities."""
    return MessageSize(utf16_length(plain), json_string_bytes(plain))


def json_string_bytes(plain: str) -> int:
    """Count the bytes within JSON: UTF-8, with a backslash before quotes, backslashes and line breaks."""
    return len(plain.encode()) + plain.count("\n") + plain.count('"') + plain.count("\\")


def text_json_bytes(text: Text) -> int:
    """Count the JSON bytes of a text with all its entities."""
    return json_string_bytes(text.plain) + sum(ENTITY_BYTES + json_string_bytes(span.value) for span in text.spans)
