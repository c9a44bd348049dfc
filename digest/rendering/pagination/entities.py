"""Fit a message's entities into Telegram's limits: decoration is dropped first, links never.

Telegram silently drops entities above a hundred, in an order of its own; so we choose those that matter least.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from digest.rendering.pagination.message_size import text_json_bytes
from domain.chat import limits
from domain.chat.text import Span, Style, Text, concat

_DECORATION = (Style.BOLD, Style.ITALIC, Style.UNDERLINE, Style.STRIKETHROUGH)
_MEANING = (Style.SPOILER, Style.CODE, Style.PRE)
_QUOTES = (Style.BLOCKQUOTE, Style.EXPANDABLE_BLOCKQUOTE)


class MessageSegment(NamedTuple):
    """A segment of a message; in a body, decoration is the first to be dropped."""

    text: Text
    is_body: bool = False


def fit_entities(segments: Sequence[MessageSegment]) -> Text:
    """Join the segments; if needed drop bold in bodies, then code there, then bold headlines, then quotes."""
    text = concat(segment.text for segment in segments)
    for styles in (_DECORATION, _DECORATION + _MEANING):
        if fits_entity_limits(text):
            return text
        text = concat(segment.text.without_styles(*styles) if segment.is_body else segment.text for segment in segments)
    if not fits_entity_limits(text):
        text = text.without_styles(*_DECORATION)
    return text if fits_entity_limits(text) else _drop_short_quotes(text)


def fits_entity_limits(text: Text) -> bool:
    """Whether Telegram keeps all entities of the text."""
    return count_entities(text) <= limits.MESSAGE_ENTITIES and text_json_bytes(text) <= limits.MESSAGE_BYTES


def count_entities(text: Text) -> int:
    """Count the entities after the server has split bold and its like wherever another entity begins or ends.

    tdlib does so before it counts (`fix_entities`): bold text with a link in the middle makes four.
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


def _drop_short_quotes(text: Text) -> Text:
    """Drop the shortest quotes, as many as necessary: they show no more folded than unfolded."""
    quotes = sorted((span for span in text.spans if span.style in _QUOTES), key=_span_length)
    for kept in range(len(quotes), -1, -1):
        gone = set(quotes[: len(quotes) - kept])
        lighter = Text(text.plain, tuple(span for span in text.spans if span not in gone))
        if fits_entity_limits(lighter):
            return lighter
    return text.without_styles(*_QUOTES)


def _span_length(span: Span) -> int:
    return span.end - span.start
