"""Turn blocks into styled text: paragraphs separated by blank lines, lists with bullets, quotes and code styled."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace

from digest.parsing.blocks import Block, BlockKind
from digest.parsing.inline import TextLine
from domain.chat.text import Style, Text, concat, join, styled

BULLET = "• "
INDENT = "   "


def blocks_to_text(blocks: Sequence[Block]) -> Text:
    """Return the blocks as one text; a block that continues the previous one is joined to it."""
    paragraphs: list[Text] = []
    run: list[TextLine] = []
    previous: Block | None = None
    for block in blocks:
        if block.kind is BlockKind.PARAGRAPH and block.continues_previous and run:
            run.extend(block.lines)
            continue
        if run:
            paragraphs.append(join_lines(run))
            run = []
        if block.kind is BlockKind.PARAGRAPH:
            run = list(block.lines)
        elif block.continues_previous and previous is not None and previous.kind is BlockKind.ENTRY and paragraphs:
            paragraphs[-1] = concat((paragraphs[-1], "\n", _entry(block)))
        elif text := _block(block):
            paragraphs.append(text)
        previous = block
    if run:
        paragraphs.append(join_lines(run))
    return join("\n\n", [paragraph for paragraph in paragraphs if paragraph])


def join_lines(lines: Sequence[TextLine]) -> Text:
    """Join the lines of a paragraph with line breaks; Latin text, which editors wrap anywhere, with spaces."""
    if len(lines) == 1:
        return lines[0].text
    parts: list[Text | str] = []
    for number, line in enumerate(lines):
        if number:
            parts.append(_line_separator(lines[number - 1].text.plain, line))
        parts.append(line.text)
    return concat(parts)


def _line_separator(before: str, line: TextLine) -> str:
    wrapped = (
        not line.hard_break_before
        and before[-1:] < "\u2000"
        and line.text.plain[:1] < "\u2000"
        and before[-1:] not in ":;"
    )
    return " " if wrapped else "\n"


def _block(block: Block) -> Text:
    match block.kind:
        case BlockKind.HEADING:
            return join_lines(block.lines).without_styles(Style.BOLD).styled(Style.BOLD) if block.lines else Text()
        case BlockKind.LIST:
            return join("\n", [_entry(child) for child in block.children])
        case BlockKind.ENTRY:
            return _entry(block)
        case BlockKind.QUOTE:
            inner = blocks_to_text(block.children).without_styles(Style.BLOCKQUOTE)
            return inner.styled(Style.BLOCKQUOTE)
        case BlockKind.CODE:
            return styled(block.raw, Style.PRE, block.info)
        case BlockKind.TABLE:
            return table_to_text(block)
        case _:
            return join_lines(block.lines) if block.lines else Text()


def _entry(block: Block) -> Text:
    mark = f"{block.number}. " if block.number else BULLET
    inner = _join_tightly(block.children)
    return concat((mark, indent_continuation_lines(inner))) if inner else Text(mark.strip() if block.number else "")


def _join_tightly(blocks: Iterable[Block]) -> Text:
    return join("\n", [text for block in blocks if (text := blocks_to_text((block,)))])


def indent_continuation_lines(text: Text) -> Text:
    """Indent every line but the first, so that nested lists stay recognisable."""
    if "\n" not in text.plain:
        return text
    breaks = [at for at, character in enumerate(text.plain) if character == "\n"]

    def moved(at: int) -> int:
        return at + len(INDENT) * bisect_left(breaks, at)

    spans = tuple(replace(span, start=moved(span.start), end=moved(span.end)) for span in text.spans)
    return Text(text.plain.replace("\n", "\n" + INDENT), spans)


def table_to_text(table: Block) -> Text:
    """Return a table as lines, with bars between cells."""
    rows = [join(" | ", [line.text for cell in row for line in cell]) for row in table.rows]
    return join("\n", [row for row in rows if row])
