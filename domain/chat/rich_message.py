"""A rich message (in the Bot API since 10.1): headings, details, tables, pictures and buttons as blocks of one message.

Only the blocks that the bot uses. Texts are `Text`, so what is not styled by the bot is shown literally.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.chat.message import Button, Keyboard, Message, keyboard_to_bot_api
from domain.chat.text import Span, Style, Text

RichText = str | Sequence[object] | Mapping[str, object]
"""A text as the Bot API takes it in rich messages: a string, a list of texts, or a styled text."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; 1 is the largest level, 6 the smallest. Links of a contents list lead to its anchor."""

    text: Text
    level: int
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    text: Text
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation."""

    text: Text


@dataclass(frozen=True, slots=True)
class Preformatted:
    """A block of code."""

    text: Text
    language: str = ""


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table; its first row holds the column heads."""

    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that Telegram fetches from its address, and its caption."""

    url: str
    caption: Text


@dataclass(frozen=True, slots=True)
class ButtonRow:
    """A row of buttons within the message."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class AnchorLink:
    """A line of a contents list, and the anchor that it leads to."""

    text: Text
    anchor: str


@dataclass(frozen=True, slots=True)
class ContentsList:
    """A list of links to anchors of the same message."""

    links: tuple[AnchorLink, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """Blocks that a tap on the summary unfolds."""

    summary: Text
    blocks: tuple[RichBlock, ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Footer:
    """Small print at the end."""

    text: Text


RichBlock = (
    Heading | Paragraph | Quote | Preformatted | TableBlock | Photo | ButtonRow | ContentsList | Details | Footer
)


@dataclass(frozen=True, slots=True)
class RichMessage:
    """Blocks, and rows of buttons under them. Telegram shows them in newer apps only, and has no plain fallback."""

    blocks: tuple[RichBlock, ...]
    keyboard: Keyboard = ()

    def to_bot_api(self) -> dict[str, object]:
        """Return the parameters of sendRichMessage or editMessageText that do not depend on the recipient."""
        body: dict[str, object] = {"rich_message": {"blocks": [_block(block) for block in self.blocks]}}
        return body | keyboard_to_bot_api(self.keyboard)

    def without_pictures(self) -> RichMessage:
        """Return the message with each picture's caption in its place."""
        return replace(self, blocks=tuple(map(_without_pictures, self.blocks)))


AnyMessage = Message | RichMessage


def block_texts(block: RichBlock) -> Iterator[Text]:
    """Yield the texts of a block and of those within it, in the order in which they are shown."""
    match block:
        case Heading(text) | Paragraph(text) | Quote(text) | Preformatted(text) | Footer(text):
            yield text
        case TableBlock(rows):
            yield from (cell for row in rows for cell in row)
        case Photo(_, caption):
            yield caption
        case ButtonRow(buttons):
            yield from (Text(button.text) for button in buttons)
        case ContentsList(links):
            yield from (link.text for link in links)
        case Details(summary, blocks):
            yield summary
            for inner in blocks:
                yield from block_texts(inner)


def to_rich_text(text: Text) -> RichText:
    """Return a styled text as the Bot API takes it in rich messages."""
    parts = _nested(text.plain, 0, len(text.plain), text.spans, frozenset())
    return parts[0] if len(parts) == 1 and isinstance(parts[0], str) else parts or ""


def _nested(plain: str, start: int, end: int, spans: Sequence[Span], applied: frozenset[str]) -> list[RichText]:
    """Return `[start, end)` as texts within one another; a span that only overlaps another is divided."""
    parts: list[RichText] = []
    waiting = deque(span for span in spans if _RICH_STYLES[span.style] not in applied and span.end > span.start)
    while waiting:
        first = waiting.popleft()
        inner, rests = _split_at(first.end, waiting)
        if start < first.start:
            parts.append(plain[start : first.start])
        content = _nested(plain, first.start, first.end, inner, applied | {_RICH_STYLES[first.style]})
        parts.append(_styled(first, content))
        waiting.extendleft(sorted(rests, key=lambda span: span.end))
        start = first.end
    return parts if start >= end else [*parts, plain[start:end]]


def _split_at(end: int, waiting: deque[Span]) -> tuple[list[Span], list[Span]]:
    """Take the spans that begin before an index; return what they cover before and after it."""
    inner, rests = [], []
    while waiting and waiting[0].start < end:
        span = waiting.popleft()
        inner.append(replace(span, end=min(span.end, end)))
        if span.end > end:
            rests.append(replace(span, start=end))
    return inner, rests


def _styled(span: Span, content: list[RichText]) -> RichText:
    if span.style is Style.DATE_TIME:
        unix_time, _, shape = span.value.partition(" ")
        when: dict[str, object] = {"unix_time": int(unix_time), "date_time_format": shape}
        return {"type": "date_time", "text": content[0] if len(content) == 1 else content} | when
    styled: dict[str, object] = {"type": _RICH_STYLES[span.style], "text": content[0] if len(content) == 1 else content}
    return styled | {"url": span.value} if span.style is Style.LINK else styled


_RICH_STYLES = {
    Style.BOLD: "bold",
    Style.ITALIC: "italic",
    Style.UNDERLINE: "underline",
    Style.STRIKETHROUGH: "strikethrough",
    Style.SPOILER: "spoiler",
    Style.CODE: "code",
    Style.PRE: "code",
    Style.LINK: "url",
    Style.BLOCKQUOTE: "italic",
    Style.EXPANDABLE_BLOCKQUOTE: "italic",
    Style.DATE_TIME: "date_time",
}
"""Types of rich texts; code and quotations within a paragraph become the nearest style."""


def _block(block: RichBlock) -> dict[str, object]:
    """Return a block as the Bot API takes it (InputRichBlock)."""
    match block:
        case Heading(text, level, anchor):
            return {"type": "heading", "text": _anchored(text, anchor), "size": level}
        case Paragraph(text, anchor):
            return {"type": "paragraph", "text": _anchored(text, anchor)}
        case Quote(text):
            return {"type": "blockquote", "blocks": [_block(Paragraph(text))]}
        case Preformatted(text, language):
            code = {"type": "pre", "text": text.plain}
            return {**code, "language": language} if language else {**code}
        case TableBlock(rows):
            cells = [[_cell(text, is_header=row is rows[0]) for text in row] for row in rows]
            return {"type": "table", "cells": cells, "is_bordered": True, "is_striped": True}
        case Photo(url, caption):
            photo = {"type": "photo", "photo": {"type": "photo", "media": url}}
            return {**photo, "caption": {"text": to_rich_text(caption)}}
        case ButtonRow(buttons):
            return {"type": "buttons", "buttons": [button.to_bot_api() for button in buttons]}
        case ContentsList(links):
            return {"type": "list", "items": [{"blocks": [_contents_line(link)]} for link in links]}
        case Details(summary, blocks, anchor):
            inner = [_block(within) for within in blocks]
            return {"type": "details", "summary": _anchored(summary, anchor), "blocks": inner}
        case Footer(text):
            return {"type": "footer", "text": to_rich_text(text)}


def _anchored(text: Text, anchor: str) -> RichText:
    rich = to_rich_text(text)
    if not anchor:
        return rich
    return [{"type": "anchor", "name": anchor}, *(rich if isinstance(rich, list) else [rich])]


def _cell(text: Text, *, is_header: bool) -> dict[str, object]:
    cell: dict[str, object] = {"text": to_rich_text(text), "align": "left", "valign": "top"}
    return {**cell, "is_header": True} if is_header else cell


def _contents_line(link: AnchorLink) -> dict[str, object]:
    text = {"type": "anchor_link", "text": to_rich_text(link.text), "anchor_name": link.anchor}
    return {"type": "paragraph", "text": text}


def _without_pictures(block: RichBlock) -> RichBlock:
    match block:
        case Photo(_, caption):
            return Paragraph(caption)
        case Details(_, blocks):
            return replace(block, blocks=tuple(map(_without_pictures, blocks)))
        case _:
            return block
