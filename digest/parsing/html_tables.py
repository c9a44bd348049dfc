"""Parse HTML tables whose rows have links as Markdown tables are parsed: `<table><tr><td><a href=…>T</a></td>…`.

Other tables, such as those that lay out a page, stay HTML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from markdown_it.rules_block import StateBlock

_ROW = re.compile(r"<tr\b[^<>]{0,300}>", re.IGNORECASE)
_CELL = re.compile(r"<t[dh]\b[^<>]{0,300}>", re.IGNORECASE)
_PARTS = re.compile(
    r"</?(?:t[dhr]|thead|tbody|tfoot|table|caption|colgroup|col)\b[^<>]{0,300}>|<!--[^<>]{0,300}-->", re.IGNORECASE
)
_LAYOUT = re.compile(r"<(?:p|ul|ol|li|h[1-6]|div|table|blockquote|pre|details|img)\b", re.IGNORECASE)
_LINK = re.compile(r"<a\s[^<>]{0,300}href", re.IGNORECASE)
_HEAD = re.compile(r"<th\b", re.IGNORECASE)
_TABLE = "<table"
_MIN_CELLS = 2


@dataclass(frozen=True, slots=True)
class _Row:
    """A row's cells, and how many lines stand above it in its table."""

    cells: tuple[str, ...]
    offset: int
    is_head: bool


def html_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse a table of linked rows that begins on a line of its own."""
    begin = state.bMarks[start] + state.tShift[start]
    if state.src[begin : begin + len(_TABLE)].lower() != _TABLE:
        return False
    last = closing_line(state, start, end, "</table>")
    if last is None or state.env["folded"].find(_TABLE, begin + 1, state.eMarks[last]) >= 0:
        return False
    rows = _read_rows(state.src[begin : state.eMarks[last]])
    if not rows:
        return False
    if not silent:
        _push_rows(state, rows, start, last)
        state.line = last + 1
    return True


def _read_rows(html: str) -> list[_Row]:
    """Return the rows, the head first; none unless each other row has a link, and no cell has blocks of its own."""
    if _LAYOUT.search(html, len(_TABLE)):
        return []
    starts = [match.start() for match in _ROW.finditer(html)]
    parts = [html[start:stop] for start, stop in pairwise((*starts, len(html)))]
    if not parts or _words(html[: starts[0]]) or any(_words(_CELL.split(part, maxsplit=1)[0]) for part in parts):
        return []
    rows = [
        _Row(
            tuple(map(_words, _CELL.split(part)[1:])),
            html.count("\n", 0, start),
            is_head=number == 0 and _HEAD.search(part) is not None,
        )
        for number, (part, start) in enumerate(zip(parts, starts, strict=True))
    ]
    below = rows[1:] if rows[0].is_head else rows
    linked = all(len(row.cells) >= _MIN_CELLS and any(map(_LINK.search, row.cells)) for row in below)
    if not below or not linked:
        return []
    return rows if rows[0].is_head else [_Row(("",) * len(rows[0].cells), rows[0].offset, is_head=True), *rows]


def _words(html: str) -> str:
    """Return the content of a cell in one line."""
    return " ".join(_PARTS.sub(" ", html).split())


def _push_rows(state: StateBlock, rows: list[_Row], start: int, last: int) -> None:
    state.push("table_open", "table", 1).map = [start, last + 1]
    for row in rows:
        state.push("tr_open", "tr", 1)
        for cell in row.cells:
            text = state.push("inline", "", 0)
            text.map, text.content, text.children = [start + row.offset, start + row.offset + 1], cell, []
        state.push("tr_close", "tr", -1)
    state.push("table_close", "table", -1)


def closing_line(state: StateBlock, start: int, end: int, closing: str) -> int | None:
    """Return the line that a closing tag ends, None if it is not closed or words follow."""
    # The text is folded, and the last end looked for, once: a thousand openings must not each search all of it.
    begin = state.bMarks[start] + state.tShift[start]
    if "folded" not in state.env:
        state.env["folded"] = state.src.lower()
    if closing not in state.env:
        state.env[closing] = state.env["folded"].rfind(closing)
    if begin >= state.env[closing]:
        return None
    at = state.env["folded"].find(closing, begin)
    last = start
    while last < end and state.eMarks[last] < at + len(closing):
        last += 1
    rest = state.src[at + len(closing) : state.eMarks[last]] if last < end else "beyond"
    return None if rest.strip() else last
