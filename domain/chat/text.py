"""Styled text: slicing, joining, and conversion to and from Telegram's entities.

Spans count code points. Telegram counts UTF-16 units; only this module converts between the two.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from string import Formatter
from typing import Any
from unicodedata import combining, east_asian_width, normalize


class Style(StrEnum):
    """What a span does to its text; the values are Telegram's entity types."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKETHROUGH = "strikethrough"
    SPOILER = "spoiler"
    CODE = "code"
    PRE = "pre"
    LINK = "text_link"
    BLOCKQUOTE = "blockquote"
    EXPANDABLE_BLOCKQUOTE = "expandable_blockquote"
    DATE_TIME = "date_time"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A style over `[start, end)`, in code points.

    `value` is a link's address, a code block's language, or an instant with its format: `1757721600 wt`.
    """

    start: int
    end: int
    style: Style
    value: str = ""

    def shifted(self, by: int) -> Span:
        return Span(self.start + by, self.end + by, self.style, self.value) if by else self


@dataclass(frozen=True, slots=True)
class Entity:
    """A span as Telegram counts it: offset and length in UTF-16 units."""

    type: str
    offset: int
    length: int
    value: str = ""

    def to_bot_api(self) -> dict[str, object]:
        """Return the entity as the Bot API takes it."""
        entity: dict[str, object] = {"type": self.type, "offset": self.offset, "length": self.length}
        if self.type == Style.DATE_TIME:
            unix_time, _, shape = self.value.partition(" ")
            return entity | {"unix_time": int(unix_time), "date_time_format": shape}
        if self.value:
            entity["url" if self.type == Style.LINK else "language"] = self.value
        return entity


@dataclass(frozen=True, slots=True)
class Text:
    """A string and its styled spans, ordered by start. Immutable; `+`, slices and `join` keep the styles."""

    plain: str = ""
    spans: tuple[Span, ...] = ()

    def __len__(self) -> int:
        return len(self.plain)

    def __bool__(self) -> bool:
        return bool(self.plain)

    def __str__(self) -> str:
        return self.plain

    def __add__(self, other: Text | str) -> Text:
        return concat((self, other))

    def __getitem__(self, part: slice) -> Text:
        start, stop, step = part.indices(len(self.plain))
        if step != 1:
            raise ValueError("a Text is sliced without a step")
        stop = max(start, stop)
        return Text(self.plain[start:stop], tuple(_clip(self.spans, start, stop)))

    @property
    def utf16_length(self) -> int:
        """Length in UTF-16 units, as Telegram's clients count."""
        return utf16_length(self.plain)

    def styled(self, style: Style, value: str = "") -> Text:
        """Return the text with one more style over all of it; an empty text stays empty."""
        if not self.plain:
            return self
        return Text(self.plain, _ordered((Span(0, len(self.plain), style, value), *self.spans)))

    def strip(self) -> Text:
        """Return the text without white space at its ends."""
        start = len(self.plain) - len(self.plain.lstrip())
        stop = max(start, len(self.plain.rstrip()))
        return self if stop - start == len(self.plain) else self[start:stop]

    def sanitized(self) -> Text:
        """Return the text as Telegram's server will show it, so that its length is the shown length.

        Control characters become spaces; bidirectional embeddings and three combining marks that the server removes
        go; white space at either end goes. Kinder than the server: a line or paragraph separator becomes a line
        break, and a ring above (U+030A) that has a composed form stays as that. Lone surrogates, which no JSON can
        carry, become U+FFFD.
        """
        return (_clean(self) if _UNCLEAN.search(self.plain) else self).strip()

    def without_styles(self, *styles: Style) -> Text:
        """Return the text without some styles."""
        return Text(self.plain, tuple(span for span in self.spans if span.style not in styles))

    def entities(self) -> tuple[Entity, ...]:
        """Return the spans in UTF-16 units and in Telegram's order (by offset, longer first), without empty ones."""
        units = _unit_of(self.plain)
        return tuple(
            Entity(span.style.value, units(span.start), units(span.end) - units(span.start), span.value)
            for span in self.spans
            if span.end > span.start
        )


def styled(plain: str, style: Style, value: str = "") -> Text:
    """Return a plain string in one style."""
    return Text(plain).styled(style, value)


def bold(plain: str) -> Text:
    return styled(plain, Style.BOLD)


def link(plain: str, url: str) -> Text:
    """Return linked text; without an address plain text."""
    return styled(plain, Style.LINK, url) if url else Text(plain)


def date_time(plain: str, at: datetime, shape: str) -> Text:
    """Return an instant that an app shows in the zone and language of its device; older ones show `plain`.

    `shape` is the Bot API's date_time_format: of `wdDtT`, or `r`.
    """
    return styled(plain, Style.DATE_TIME, f"{int(at.timestamp())} {shape}")


def concat(parts: Iterable[Text | str]) -> Text:
    """Return the concatenation of parts, in linear time."""
    plain: list[str] = []
    spans: list[Span] = []
    at = 0
    for part in parts:
        text = part if isinstance(part, Text) else Text(part)
        plain.append(text.plain)
        spans.extend(span.shifted(at) for span in text.spans)
        at += len(text.plain)
    return Text("".join(plain), _ordered(spans))


def join(separator: Text | str, parts: Iterable[Text | str]) -> Text:
    """Return the parts with a separator between them."""
    return concat(_interleave(separator, parts))


def slices(text: Text, ranges: Iterable[tuple[int, int]]) -> Iterator[Text]:
    """Yield ascending ranges of a text that do not overlap, in linear time."""
    at, open_spans = 0, list[Span]()
    for start, stop in ranges:
        while at < len(text.spans) and text.spans[at].start < stop:
            open_spans.append(text.spans[at])
            at += 1
        yield Text(text.plain[start:stop], tuple(_clip(open_spans, start, stop)))
        open_spans = [span for span in open_spans if span.end > stop]


def format_text(template: str, values: Mapping[str, Text | str | int]) -> Text:
    """Return a translated template with its `{names}` replaced by values, which are literal and keep their styles."""
    return concat(_filled(template, values))


def utf16_length(plain: str) -> int:
    """Return the length of a string in UTF-16 units."""
    return len(plain) if plain.isascii() else len(plain.encode("utf-16-le", "surrogatepass")) // 2


def display_width(plain: str) -> int:
    """Return the width of a string in columns: two for a Chinese character, none for a combining mark."""
    return sum(0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1 for character in plain)


def from_entities(plain: str, entities: Iterable[Mapping[str, Any]]) -> Text:
    """Return a received message's text and entities as a Text, without entity types that a bot cannot send."""
    known = {style.value for style in Style}
    at = _code_point_of(plain)
    spans = (
        Span(at(e["offset"]), at(e["offset"] + e["length"]), Style(e["type"]), _entity_value(e))
        for e in entities
        if e["type"] in known
    )
    return Text(plain, _ordered(spans))


def _entity_value(entity: Mapping[str, Any]) -> str:
    if entity["type"] == Style.DATE_TIME:
        return f"{entity['unix_time']} {entity.get('date_time_format') or ''}"
    return entity.get("url") or entity.get("language") or ""


_UNCLEAN = re.compile("[\x00-\x09\x0b-\x1f\u2028-\u202e\u0333\u033f\u030a\ud800-\udfff]")
_DELETED = frozenset("\r\u202a\u202b\u202c\u202d\u202e\u0333\u033f\u030a")


def _clean(text: Text) -> Text:
    """Replace or delete unwanted characters; a span moves by the number of deletions before it."""
    plain = re.sub(".\u030a", lambda ring: _composed(ring.group()), text.plain)
    deleted = [index for index, character in enumerate(plain) if character in _DELETED]
    spans = (
        Span(
            span.start - bisect_left(deleted, span.start),
            span.end - bisect_left(deleted, span.end),
            span.style,
            span.value,
        )
        for span in text.spans
    )
    return Text(_UNCLEAN.sub(_replacement, plain), tuple(span for span in spans if span.end > span.start))


def _composed(ring: str) -> str:
    """Return a letter and its ring as one character; the ring stays as a placeholder, to be deleted."""
    composed = normalize("NFC", ring)
    return composed + ring[1] if len(composed) == 1 else ring


def _replacement(unclean: re.Match[str]) -> str:
    character = unclean.group()
    if character in _DELETED:
        return ""
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"
    return "\n" if character in "\u2028\u2029" else " "


def _ordered(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: (span.start, -span.end)))


def _clip(spans: Iterable[Span], start: int, stop: int) -> Iterator[Span]:
    for span in spans:
        first, last = max(span.start, start), min(span.end, stop)
        if first < last:
            yield Span(first - start, last - start, span.style, span.value)


def _interleave(separator: Text | str, parts: Iterable[Text | str]) -> Iterator[Text | str]:
    for number, part in enumerate(parts):
        if number:
            yield separator
        yield part


def _filled(template: str, values: Mapping[str, Text | str | int]) -> Iterator[Text | str]:
    for literal, name, _spec, _conversion in Formatter().parse(template):
        yield literal
        if name is not None:
            value = values[name]
            yield value if isinstance(value, Text) else str(value)


def _astral(plain: str) -> list[int]:
    """Return the indices of characters that take two UTF-16 units."""
    if plain.isascii() or max(plain) <= "\uffff":
        return []
    return [index for index, character in enumerate(plain) if character > "\uffff"]


def _unit_of(plain: str) -> Callable[[int], int]:
    astral = _astral(plain)
    return lambda index: index + bisect_left(astral, index)


def _code_point_of(plain: str) -> Callable[[int], int]:
    unit_of_astral = [index + number for number, index in enumerate(_astral(plain))]
    return lambda unit: unit - bisect_left(unit_of_astral, unit)
