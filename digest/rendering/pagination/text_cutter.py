"""Cut a text that is too long for a message into ranges that fit.

The coarsest cut that suffices is used: paragraphs, lines, sentences (Chinese and Latin), clauses, words, graphemes.
Links are never cut unless the link alone is too long.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from digest.rendering.pagination.graphemes import boundary_before, is_grapheme_boundary
from digest.rendering.pagination.message_size import ENTITY_BYTES, MessageSize, json_string_bytes, measure_plain
from domain.chat.text import Style, Text

_MIN_RANGES_PER_ROOM = 80
"""Ranges are at least this fraction of the room long: finer ones would fill it no better and cost time."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_OPENING = "「『（《〈【〔“‘(\\["

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_LINE = re.compile(r"\n\s*")
SENTENCE = re.compile(
    rf"(?:[。！？…；]+|(?<![.!?])[.!?]++(?=[\"'”’)\]]*(?:\s|[{_CJK}{_OPENING}])))[”’」』）】》\"')\]]*\s*"
)
CLAUSE = re.compile(r"[，、：]+[”’」』）】》]*\s*|[,;:]\s+|—+")
WORD = re.compile(rf"\s+|(?<=[^\s{_OPENING}])(?=[{_CJK}{_OPENING}])|(?<=[{_CJK}])(?=[A-Za-z0-9])")


class TextRange(NamedTuple):
    """The range `[start, end)` of a text, and its size."""

    start: int
    end: int
    size: MessageSize


def cut_text(text: Text, room: MessageSize) -> list[TextRange]:
    """Return the ranges in order, without the white space between them; each fits into the room.

    The room must hold a character and a link's address.
    """
    return list(_TextCutter(text, room).divide(0, len(text.plain), 0))


class _TextCutter:
    """Cutter of one text for one room, with the positions of its links."""

    def __init__(self, text: Text, room: MessageSize) -> None:
        self.plain = text.plain
        self.room = room
        links = [span for span in text.spans if span.style is Style.LINK]
        self.starts = [span.start for span in links]
        self.ends = [span.end for span in links]
        self.costs = [0]
        for span in links:
            self.costs.append(self.costs[-1] + ENTITY_BYTES + json_string_bytes(span.value))
        self.barriers = [span for span in links if self._measure(span.start, span.end).fits(room)]
        self.barrier_starts = [span.start for span in self.barriers]
        min_range = room.utf16_units // _MIN_RANGES_PER_ROOM
        self.levels: tuple[_FindCuts, ...] = (
            _cuts_after(_PARAGRAPH, min_range),
            _cuts_after(_LINE, min_range),
            _cuts_after(SENTENCE, min_range),
            _cuts_after(CLAUSE, min_range),
            self._around_links,
            _cuts_after(WORD, min_range),
            _cuts_between_graphemes(max(1, min_range)),
        )

    def divide(self, start: int, end: int, level: int) -> Iterator[TextRange]:
        start, end = self._trim(start, end)
        if start == end:
            return
        size = self._measure(start, end)
        if size.fits(self.room) or end - start == 1:
            yield TextRange(start, end, size)
        elif level == len(self.levels):  # links within one character, or the like: half and half
            yield from self.divide(start, (start + end) // 2, level)
            yield from self.divide((start + end) // 2, end, level)
        else:
            for first, last in _ranges_between(
                start, self._allowed(self.levels[level](self.plain, start, end), start), end
            ):
                yield from self.divide(first, last, level + 1)

    def _measure(self, start: int, end: int) -> MessageSize:
        """Measure a range as `message_size.measure` does, but without slicing the text."""
        first, last = bisect_right(self.ends, start), bisect_left(self.starts, end)
        units, size, *_ = measure_plain(self.plain[start:end])
        if last <= first:
            return MessageSize(units, size)
        return MessageSize(units, size + self.costs[last] - self.costs[first], last - first)

    def _trim(self, start: int, end: int) -> tuple[int, int]:
        while start < end and self.plain[start].isspace():
            start += 1
        while start < end and self.plain[end - 1].isspace():
            end -= 1
        return start, end

    def _allowed(self, cuts: Iterable[int], since: int) -> Iterator[int]:
        for index in cuts:
            if not self._within_link(index) and is_grapheme_boundary(self.plain, index, since):
                yield index
                since = index

    def _around_links(self, _plain: str, start: int, end: int) -> Iterator[int]:
        first = bisect_left(self.barrier_starts, start)
        for span in self.barriers[first : bisect_left(self.barrier_starts, end)]:
            yield from (span.start, span.end)

    def _within_link(self, index: int) -> bool:
        before = bisect_left(self.barrier_starts, index) - 1
        return before >= 0 and index < self.barriers[before].end


def _ranges_between(start: int, cuts: Iterable[int], end: int) -> Iterator[tuple[int, int]]:
    for index in cuts:
        if start < index < end:
            yield start, index
            start = index
    yield start, end


_FindCuts = Callable[[str, int, int], Iterator[int]]


def _cuts_after(pattern: re.Pattern[str], min_range: int) -> _FindCuts:
    """Yield cuts after those matches that lie far enough from the last cut."""

    def cuts(plain: str, start: int, end: int) -> Iterator[int]:
        for match in pattern.finditer(plain, start, end):
            if match.end() - start >= min_range:
                start = match.end()
                yield start

    return cuts


def _cuts_between_graphemes(min_range: int) -> _FindCuts:
    """Yield cuts between graphemes."""

    def cuts(plain: str, start: int, end: int) -> Iterator[int]:
        while start + min_range < end:
            start = boundary_before(plain, start + min_range, start)
            yield start

    return cuts
