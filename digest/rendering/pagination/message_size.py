"""What a text weighs against Telegram's limits, in every way they are counted; one value, added and compared whole."""

from __future__ import annotations

from typing import NamedTuple

from domain.chat import limits
from domain.chat.text import Style, Text, utf16_length

ENTITY_BYTES = 70
"""An entity's JSON, apart from its address: `{"type":"expandable_blockquote","offset":4000,"length":4000},` has 66."""


class Weight(NamedTuple):
    """`units`: UTF-16 units of text. `size`: bytes of JSON. `links`: entities that must stay. `buttons`: under it."""

    units: int = 0
    size: int = 0
    links: int = 0
    buttons: int = 0

    def plus(self, other: Weight) -> Weight:
        return Weight(*(mine + its for mine, its in zip(self, other, strict=True)))

    def less(self, other: Weight) -> Weight:
        return Weight(*(mine - its for mine, its in zip(self, other, strict=True)))

    def fits(self, limit: Weight) -> bool:
        return all(mine <= its for mine, its in zip(self, limit, strict=True))


MESSAGE = Weight(
    limits.MESSAGE_UTF16_UNITS,
    limits.MESSAGE_BYTES,
    limits.MESSAGE_ENTITIES,
    limits.KEYBOARD_BUTTONS - limits.KEYBOARD_ROW_BUTTONS,  # a row is left for the way around
)
"""What one message holds."""


def weigh(text: Text) -> Weight:
    """A text's weight without its decoration, which is dropped before a message is split for it."""
    urls = [span.value for span in text.spans if span.style is Style.LINK]
    size = json_bytes(text.plain)
    if urls:
        size += sum(json_bytes(url) for url in urls) + ENTITY_BYTES * len(urls)
    return Weight(utf16_length(text.plain), size, len(urls))


def weigh_plain(plain: str) -> Weight:
    return Weight(utf16_length(plain), json_bytes(plain))


def json_bytes(plain: str) -> int:
    """Bytes of the string within JSON: UTF-8, and a backslash before quotes, backslashes and line breaks."""
    return len(plain.encode()) + plain.count("\n") + plain.count('"') + plain.count("\\")


def json_size(text: Text) -> int:
    """Bytes of a whole text with all its entities, as it goes out."""
    return json_bytes(text.plain) + sum(ENTITY_BYTES + json_bytes(span.value) for span in text.spans)
