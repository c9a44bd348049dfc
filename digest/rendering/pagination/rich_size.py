"""Measure blocks of rich messages against Telegram's limits, in every unit that they count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from domain.chat import limits
from domain.chat.rich_message import ButtonRow, ContentsList, Details, Photo, Quote, RichBlock, TableBlock, block_texts
from domain.chat.text import Text, utf16_length


class RichSize(NamedTuple):
    """Size of blocks: shown UTF-16 units, those with all addresses, blocks at every depth, pictures, and buttons."""

    utf16_units: int = 0
    total_units: int = 0
    blocks: int = 0
    media: int = 0
    buttons: int = 0

    def plus(self, other: RichSize) -> RichSize:
        """Return the sum in every unit."""
        return RichSize(*(own + others for own, others in zip(self, other, strict=True)))

    def less(self, other: RichSize) -> RichSize:
        """Return the difference in every unit."""
        return RichSize(*(own - others for own, others in zip(self, other, strict=True)))

    def fits(self, limit: RichSize) -> bool:
        """Whether it is within the limit in every unit."""
        return all(own <= allowed for own, allowed in zip(self, limit, strict=True))


RICH_LIMIT = RichSize(
    limits.RICH_PART_UTF16_UNITS,
    limits.RICH_MESSAGE_UTF16_UNITS,
    limits.RICH_BLOCKS,
    limits.RICH_MEDIA,
    limits.KEYBOARD_BUTTONS - limits.KEYBOARD_ROW_BUTTONS,  # a row is left for the way around
)
"""What one part holds."""


def measure_blocks(blocks: Iterable[RichBlock]) -> RichSize:
    """Return the size of the blocks together."""
    size = RichSize()
    for block in blocks:
        size = size.plus(_measure(block))
    return size


def measure_rich_text(text: Text) -> RichSize:
    """Return the size of a text, without a block around it."""
    units = text.utf16_length
    return RichSize(units, units + sum(utf16_length(span.value) for span in text.spans))


def _measure(block: RichBlock) -> RichSize:
    size = RichSize(blocks=_count_blocks(block))
    for text in block_texts(block):
        size = size.plus(measure_rich_text(text))
    match block:
        case Photo(url):
            return size.plus(RichSize(total_units=utf16_length(url), media=1))
        case ButtonRow(buttons):
            return size.plus(RichSize(buttons=len(buttons)))
        case Details(_, inner):
            within = measure_blocks(inner)
            return size._replace(total_units=size.total_units, media=within.media, buttons=within.buttons)
    return size


def _count_blocks(block: RichBlock) -> int:
    """Count a block with those within it; a table's row and a list's line count too, in case the server does so."""
    match block:
        case Quote():
            return 2
        case TableBlock(rows):
            return 1 + len(rows)
        case ContentsList(links):
            return 1 + 2 * len(links)
        case Details(_, inner):
            return 1 + sum(map(_count_blocks, inner))
    return 1
