"""A part's segments in, its text out, with no more entities than Telegram keeps: decoration goes, links never.

Telegram drops what is above a hundred without a word, and not what we would: so we choose, the least missed first.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from digest.rendering.pagination.message_size import json_size
from domain.chat import limits
from domain.chat.text import Span, Style, Text, concat

_DECORATION = (Style.BOLD, Style.ITALIC, Style.UNDERLINE, Style.STRIKETHROUGH)
_MEANING = (Style.SPOILER, Style.CODE, Style.PRE)
_QUOTES = (Style.BLOCKQUOTE, Style.EXPANDABLE_BLOCKQUOTE)


class Segment(NamedTuple):
    """A piece of a part; in a `loose` one (a body) decoration is the first to go."""

    text: Text
    loose: bool = False


def lighten(segments: Sequence[Segment]) -> Text:
    """All segments as one text: bold in bodies goes first, then code there, then headlines' bold, then quotes."""
    text = concat(segment.text for segment in segments)
    for styles in (_DECORATION, _DECORATION + _MEANING):
        if is_bearable(text):
            return text
        text = concat(segment.text.without_styles(*styles) if segment.loose else segment.text for segment in segments)
    if not is_bearable(text):
        text = text.without_styles(*_DECORATION)
    return text if is_bearable(text) else _unquoted(text)


def is_bearable(text: Text) -> bool:
    """Whether Telegram keeps all its entities."""
    return entity_load(text) <= limits.MESSAGE_ENTITIES and json_size(text) <= limits.MESSAGE_BYTES


def entity_load(text: Text) -> int:
    """The number of entities once the server has divided bold and its like wherever another entity begins or ends.

    It does so before it counts (`fix_entities` in tdlib), so that bold text with a link in the middle makes four.
    """
    solid = [span for span in text.spans if span.style not in _DECORATION and span.style is not Style.SPOILER]
    if len(solid) == len(text.spans):
        return len(solid)
    edges = sorted({edge for span in solid for edge in (span.start, span.end)})
    return len(text.spans) + sum(
        bisect_left(edges, span.end) - bisect_right(edges, span.start)
        for span in text.spans
        if span.style in _DECORATION or span.style is Style.SPOILER
    )


def _unquoted(text: Text) -> Text:
    """Without the shortest quotes: an unfolded short quote shows no more than a folded one."""
    quotes = sorted((span for span in text.spans if span.style in _QUOTES), key=_length)
    for kept in range(len(quotes), -1, -1):
        gone = set(quotes[: len(quotes) - kept])
        lighter = Text(text.plain, tuple(span for span in text.spans if span not in gone))
        if is_bearable(lighter):
            return lighter
    return text.without_styles(*_QUOTES)


def _length(span: Span) -> int:
    return span.end - span.start
