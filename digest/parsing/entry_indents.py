"""Indent what stands below an entry of a list as far as Markdown asks, where its editor indented it less.

Markdown takes a line for a part of an entry if it is indented as far as the entry's words: by three columns below
`1. T`, by four below `10. T` and `-   T`. Editors and tools indent by two or three below every entry.
"""

from __future__ import annotations

import re

_ENTRY = re.compile(r"( *)((\d{1,9})[.)]|[-*+])( +)(?=\S)")
_FENCE = re.compile(r" *(`{3,}|~{3,})")
_INDENTED_LINE = re.compile(r"^ {2,}\S", re.MULTILINE)
_LEAST_COLUMNS = 2
_LEAST_COLUMNS_OF_NUMBERED = 3
"""Columns from which a number below an entry is a part of it, unless it is the next one."""

_MAX_PADDING = 4
"""Most spaces behind a number that count as indentation; more are an indented code block."""


def indent_below_entries(text: str) -> str:
    """Return the text with as many lines, those below entries indented as far as the words of these."""
    if not _INDENTED_LINE.search(text):
        return text
    return "\n".join(map(_Indenter().indent, text.split("\n")))


class _Indenter:
    """Goes through the lines from top to bottom.

    `column` is where the last entry begins, `width` how far from there its words do, 0 below no entry; `number` is its
    number, 0 for a bullet. `missing` is by how much its lines are indented too little, None until the first of them.
    """

    def __init__(self) -> None:
        self.column = self.width = self.number = 0
        self.missing: int | None = None
        self.fence = ""

    def indent(self, line: str) -> str:
        """Return the line, indented as its entry asks."""
        words = line.lstrip(" ")
        if not words:
            return line
        indented = len(line) - len(words) - self.column
        entry = _ENTRY.match(line) if not self.fence else None
        if self.width and indented >= self._least_columns(entry):
            if self.missing is None:
                self.missing = max(0, self.width - indented)
            self._turn_fence(line)
            return " " * self.missing + line
        self._begin(entry)
        self._turn_fence(line)
        return line

    def _least_columns(self, entry: re.Match[str] | None) -> int:
        """Return from which column on the line is a part of the entry above."""
        if entry is None or not entry[3]:
            return _LEAST_COLUMNS
        return self.width if int(entry[3]) == self.number + 1 else _LEAST_COLUMNS_OF_NUMBERED

    def _begin(self, entry: re.Match[str] | None) -> None:
        self.missing, self.width = None, 0
        if entry is not None:
            padding = len(entry[4]) if len(entry[4]) <= _MAX_PADDING else 1
            self.column, self.width, self.number = len(entry[1]), len(entry[2]) + padding, int(entry[3] or 0)

    def _turn_fence(self, line: str) -> None:
        """Remember whether the next line is within a block of code."""
        fence = _FENCE.match(line)
        if fence is None:
            return
        if not self.fence:
            self.fence = fence[1]
        elif fence[1].startswith(self.fence) and not line[fence.end() :].strip():
            self.fence = ""
