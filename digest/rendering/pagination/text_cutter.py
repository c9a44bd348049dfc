"""A text too long for a message in; out come the ranges into which it may be taken apart.

The gentlest cut that makes pieces small enough: between paragraphs, then lines, sentences (Chinese and Latin), clauses,
words, and at last between characters as people see them. Never within a link, unless the link alone is too long.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from digest.rendering.pagination.graphemes import boundary_before, is_boundary
from digest.rendering.pagination.message_size import ENTITY_BYTES, Weight, json_bytes, weigh_plain
from domain.chat.text import Style, Text

_CRUMBS = 80
"""Pieces are not made shorter than this part of the room: finer ones would fill it no better, and make work."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_OPENING = "「『（《〈【〔“‘(\\["

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_LINE = re.compile(r"\n\s*")
_SENTENCE = re.compile(
    rf"(?:[。！？…；]+|(?<![.!?])[.!?]++(?=[\"'”’)\]]*(?:\s|[{_CJK}{_OPENING}])))[”’」』）】》\"')\]]*\s*"
)
_CLAUSE = re.compile(r"[，、：]+[”’」』）】》]*\s*|[,;:]\s+|—+")
_WORD = re.compile(rf"\s+|(?<=[^\s{_OPENING}])(?=[{_CJK}{_OPENING}])|(?<=[{_CJK}])(?=[A-Za-z0-9])")


class Piece(NamedTuple):
    """`[start, end)` of a text, and what it weighs."""

    start: int
    end: int
    weight: Weight


def cut(text: Text, room: Weight) -> list[Piece]:
    """The pieces, in order, without the white space between them; each fits into the room.

    Whole paragraphs stay whole where they fit, and so on down. The room must hold a character and a link's address.
    """
    return list(_Cutter(text, room).divide(0, len(text.plain), 0))


class _Cutter:
    """One text's links, and what may be cut where, for one room."""

    def __init__(self, text: Text, room: Weight) -> None:
        self.plain = text.plain
        self.room = room
        links = [span for span in text.spans if span.style is Style.LINK]
        self.starts = [span.start for span in links]
        self.ends = [span.end for span in links]
        self.costs = [0]
        for span in links:
            self.costs.append(self.costs[-1] + ENTITY_BYTES + json_bytes(span.value))
        self.barriers = [span for span in links if self._weigh(span.start, span.end).fits(room)]
        self.barrier_starts = [span.start for span in self.barriers]
        crumb = room.units // _CRUMBS
        self.levels: tuple[_Level, ...] = (
            _after(_PARAGRAPH, crumb),
            _after(_LINE, crumb),
            _after(_SENTENCE, crumb),
            _after(_CLAUSE, crumb),
            self._around_links,
            _after(_WORD, crumb),
            _clusters(max(1, crumb)),
        )

    def divide(self, start: int, end: int, level: int) -> Iterator[Piece]:
        start, end = self._trim(start, end)
        if start == end:
            return
        weight = self._weigh(start, end)
        if weight.fits(self.room) or end - start == 1:
            yield Piece(start, end, weight)
        elif level == len(self.levels):  # links within one character, or the like: half and half
            yield from self.divide(start, (start + end) // 2, level)
            yield from self.divide((start + end) // 2, end, level)
        else:
            for first, last in _between(start, self._allowed(self.levels[level](self.plain, start, end), start), end):
                yield from self.divide(first, last, level + 1)

    def _weigh(self, start: int, end: int) -> Weight:
        """As `message_size.weigh` does, without cutting the text out: links by counting them."""
        first, last = bisect_right(self.ends, start), bisect_left(self.starts, end)
        units, size, *_ = weigh_plain(self.plain[start:end])
        if last <= first:
            return Weight(units, size)
        return Weight(units, size + self.costs[last] - self.costs[first], last - first)

    def _trim(self, start: int, end: int) -> tuple[int, int]:
        while start < end and self.plain[start].isspace():
            start += 1
        while start < end and self.plain[end - 1].isspace():
            end -= 1
        return start, end

    def _allowed(self, cuts: Iterable[int], since: int) -> Iterator[int]:
        for index in cuts:
            if not self._within_link(index) and is_boundary(self.plain, index, since):
                yield index
                since = index

    def _around_links(self, _plain: str, start: int, end: int) -> Iterator[int]:
        first = bisect_left(self.barrier_starts, start)
        for span in self.barriers[first : bisect_left(self.barrier_starts, end)]:
            yield from (span.start, span.end)

    def _within_link(self, index: int) -> bool:
        before = bisect_left(self.barrier_starts, index) - 1
        return before >= 0 and index < self.barriers[before].end


def _between(start: int, cuts: Iterable[int], end: int) -> Iterator[tuple[int, int]]:
    for index in cuts:
        if start < index < end:
            yield start, index
            start = index
    yield start, end


_Level = Callable[[str, int, int], Iterator[int]]


def _after(pattern: re.Pattern[str], crumb: int) -> _Level:
    """Cuts after such matches as lie far enough from the last."""

    def cuts(plain: str, start: int, end: int) -> Iterator[int]:
        for match in pattern.finditer(plain, start, end):
            if match.end() - start >= crumb:
                start = match.end()
                yield start

    return cuts


def _clusters(crumb: int) -> _Level:
    """Cuts between characters as people see them."""

    def cuts(plain: str, start: int, end: int) -> Iterator[int]:
        while start + crumb < end:
            start = boundary_before(plain, start + crumb, start)
            yield start

    return cuts
