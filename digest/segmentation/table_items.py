"""Read a table whose rows are the items as a list: the linked cell is the headline, the other cells are its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digest.parsing.blocks import Block, BlockKind
from digest.parsing.inline import Omission, TextLine
from digest.problems import ProblemCode
from digest.segmentation.text_metrics import TITLE_LABELS, is_read_more_label, is_url, link_spans
from digest.segmentation.vocabulary import NameKind, is_kind
from domain.chat.text import Style, Text, concat
from domain.names import fold_name

_MIN_ROWS = 2
"""Rows of all such tables together; one of them may have a single row."""

_Cell = tuple[TextLine, ...]


def open_tables(blocks: tuple[Block, ...], omissions: list[Omission]) -> tuple[Block, ...]:
    """Replace tables by lists if they hold the page's items: a link in each row, and hardly any elsewhere."""
    opened = {at: column for at, block in enumerate(blocks) if (column := _headline_column(block)) is not None}
    rows = sum(len(blocks[at].rows) - 1 for at in opened)
    if rows < _MIN_ROWS:
        return blocks
    others = [block for at, block in enumerate(blocks) if at not in opened]
    linked = sum(block.has_link for block in others)
    if not opened or any(_may_hold_items(block, rows) for block in others) or 2 * linked > rows:
        return blocks
    for at, column in opened.items():
        words = (_plain(blocks[at].rows[0][index]) for index in _unnamed_columns(blocks[at], column))
        text = " | ".join(word for word in words if word)
        omissions.append(Omission(code=ProblemCode.TABLE_AS_ITEMS, line=blocks[at].line, text=text))
    return tuple(_as_list(block, opened[at]) if at in opened else block for at, block in enumerate(blocks))


def _unnamed_columns(block: Block, headlines: int) -> list[int]:
    """Return the columns whose names stand before no cell: those of headlines and numbers, and those without text."""
    head, *rows = block.rows
    empty = (index for index in range(len(head)) if not any(index < len(row) and row[index] for row in rows))
    return sorted({headlines, *empty, *([0] if _is_numbered(block) else [])})


def _may_hold_items(block: Block, rows: int) -> bool:
    """Whether the block may be, or hold, items: a linked heading, or a list with links or as many entries as rows."""
    if block.kind is BlockKind.LIST:
        return len(block.children) >= rows or _links_within(block)
    return block.kind is BlockKind.HEADING and block.has_link


def _links_within(block: Block) -> bool:
    return block.has_link or any(map(_links_within, block.children))


def _headline_column(block: Block) -> int | None:
    """Return the column with the headlines: the first with a link in each row, or with words if links have labels."""
    head, *rows = block.rows or ((),)
    if block.kind is not BlockKind.TABLE or not rows:
        return None
    linked = [column for column in range(len(head)) if all(_links(row, column) for row in rows)]
    if not linked:
        return None
    worded = [
        column for column in range(len(head)) if column != linked[0] and all(_has_words(row, column) for row in rows)
    ]
    titles = [column for column in worded if not _names_field(_plain(head[column]))] or worded
    if _names_field(_plain(head[linked[0]])) and titles and titles[0] < linked[0]:
        return titles[0]
    if any(not _is_label(row[linked[0]]) for row in rows):
        return linked[0]
    return next(iter(titles), None)


def _names_field(name: str) -> bool:
    """Whether a column's name is that of a field other than the title: `Source`, `原文`, `Date`."""
    return is_kind(name, NameKind.FIELD) and fold_name(name) not in TITLE_LABELS


def _links(row: Sequence[_Cell], column: int) -> bool:
    return column < len(row) and any(link_spans(line.text) or line.relative_links for line in row[column])


def _is_label(cell: _Cell) -> bool:
    """Whether the words of a link are a label or an identifier, and no headline: `PDF`, `2611.14021`."""
    plain = _plain(cell)
    return is_read_more_label(plain) or is_url(plain) or not any(map(str.isalpha, plain))


def _has_words(row: Sequence[_Cell], column: int) -> bool:
    return column < len(row) and any(map(str.isalpha, _plain(row[column])))


def _is_numbered(block: Block) -> bool:
    """Whether the first column counts the rows."""
    return all(_plain(row[0]) == str(number) for number, row in enumerate(block.rows[1:], 1))


def _plain(cell: _Cell) -> str:
    return " ".join(line.text.plain for line in cell)


def _as_list(block: Block, column: int) -> Block:
    numbered = _is_numbered(block)
    entries = (_as_entry(block.rows[0], row, column, numbered=numbered) for row in block.rows[1:])
    return Block(kind=BlockKind.LIST, line=block.line, ordered=numbered, children=tuple(entries))


def _as_entry(head: Sequence[_Cell], row: Sequence[_Cell], column: int, *, numbered: bool) -> Block:
    """Make the entry of a row; each cell of its text stands on a line of its own, behind its column's name."""
    others = [index for index in range(len(row)) if index != column and row[index] and not (numbered and index == 0)]
    title = row[column] if _links(row, column) else _linked(row[column], row)
    below = [line for index in others for line in _named(head[index] if index < len(head) else (), row[index])]
    line = row[column][0].line
    children = [Block(kind=BlockKind.PARAGRAPH, line=line, lines=lines) for lines in (title, tuple(below)) if lines]
    number = _plain(row[0]) if numbered else ""
    return Block(kind=BlockKind.ENTRY, line=line, number=number, ordered=numbered, children=tuple(children))


def _linked(title: _Cell, row: Sequence[_Cell]) -> _Cell:
    """Put the first link of a row on its headline, which has none of its own."""
    urls = (span.value for cell in row for line in cell for span in link_spans(line.text))
    url = next(urls, "")
    return tuple(replace(line, text=line.text.styled(Style.LINK, url)) for line in title) if url else title


def _named(name: _Cell, cell: _Cell) -> _Cell:
    """Put the column's name before the first line of a cell."""
    first, *others = cell
    label = _plain(name)
    text = concat((Text(f"{label}{_colon(label)}"), first.text)) if label else first.text
    return (replace(first, text=text, hard_break_before=True), *others)


def _colon(label: str) -> str:
    return "：" if label[-1:] >= "\u2e80" else ": "
