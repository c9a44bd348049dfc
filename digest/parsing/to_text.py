"""Blocks in, styled text out: paragraphs apart by an empty line, lists with bullets, quotes and code as such."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace

from digest.parsing.blocks import Block, Kind
from digest.parsing.inline import Line
from domain.chat.text import Style, Text, concat, join, styled

BULLET = "• "
INDENT = "   "


def text_of(blocks: Sequence[Block]) -> Text:
    """The blocks as one text; lines that are glued go on in the paragraph before them."""
    paragraphs: list[Text] = []
    run: list[Line] = []
    previous: Block | None = None
    for block in blocks:
        if block.kind is Kind.PARAGRAPH and block.glued and run:
            run.extend(block.lines)
            continue
        if run:
            paragraphs.append(join_lines(run))
            run = []
        if block.kind is Kind.PARAGRAPH:
            run = list(block.lines)
        elif block.glued and previous is not None and previous.kind is Kind.ENTRY and paragraphs:
            paragraphs[-1] = concat((paragraphs[-1], "\n", _entry(block)))
        elif text := _block(block):
            paragraphs.append(text)
        previous = block
    if run:
        paragraphs.append(join_lines(run))
    return join("\n\n", [paragraph for paragraph in paragraphs if paragraph])


def join_lines(lines: Sequence[Line]) -> Text:
    """The lines of a paragraph: kept apart, but for Latin text, which editors wrap wherever it suits them."""
    if len(lines) == 1:
        return lines[0].text
    parts: list[Text | str] = []
    for number, line in enumerate(lines):
        if number:
            parts.append(_between(lines[number - 1].text.plain, line))
        parts.append(line.text)
    return concat(parts)


def _between(before: str, line: Line) -> str:
    wrapped = not line.hard and before[-1:] < "\u2000" and line.text.plain[:1] < "\u2000" and before[-1:] not in ":;"
    return " " if wrapped else "\n"


def _block(block: Block) -> Text:
    match block.kind:
        case Kind.HEADING:
            return join_lines(block.lines).without_styles(Style.BOLD).styled(Style.BOLD) if block.lines else Text()
        case Kind.LIST:
            return join("\n", [_entry(child) for child in block.children])
        case Kind.ENTRY:
            return _entry(block)
        case Kind.QUOTE:
            inner = text_of(block.children).without_styles(Style.BLOCKQUOTE)
            return inner.styled(Style.BLOCKQUOTE)
        case Kind.CODE:
            return styled(block.raw, Style.PRE, block.info)
        case Kind.TABLE:
            return rows_of(block)
        case _:
            return join_lines(block.lines) if block.lines else Text()


def _entry(block: Block) -> Text:
    mark = f"{block.number}. " if block.number else BULLET
    inner = _tight(block.children)
    return concat((mark, indented(inner))) if inner else Text(mark.strip() if block.number else "")


def _tight(blocks: Iterable[Block]) -> Text:
    return join("\n", [text for block in blocks if (text := text_of((block,)))])


def indented(text: Text) -> Text:
    """The text with every line but the first moved in, so that lists within lists can be told apart."""
    if "\n" not in text.plain:
        return text
    breaks = [at for at, character in enumerate(text.plain) if character == "\n"]

    def moved(at: int) -> int:
        return at + len(INDENT) * bisect_left(breaks, at)

    spans = tuple(replace(span, start=moved(span.start), end=moved(span.end)) for span in text.spans)
    return Text(text.plain.replace("\n", "\n" + INDENT), spans)


def rows_of(table: Block) -> Text:
    """A table as lines, cells between bars."""
    rows = [join(" | ", [line.text for line in row]) for row in table.rows]
    return join("\n", [row for row in rows if row])
