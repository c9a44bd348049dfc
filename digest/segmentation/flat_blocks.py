"""Prepare blocks for segmentation: list entries instead of lists, single lines instead of paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from digest.parsing.blocks import Block, Kind
from digest.parsing.list_markers import marker_of
from domain.chat.text import Style, Text, concat


def flatten(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The top level for the recognisers: entries instead of lists, single lines instead of paragraphs."""
    return tuple(_numbered(tuple(_flat(blocks))))


def _numbered(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """A line that is only a number (`1、`, `01`) is set before the paragraph below it."""
    number: Block | None = None
    for at, block in enumerate(blocks):
        following = blocks[at + 1] if at + 1 < len(blocks) else None
        if number is not None:
            yield _set_before(number, block)
            number = None
        elif _is_only_number(block) and following is not None and following.kind is Kind.PARAGRAPH:
            number = block
        else:
            yield block


def _is_only_number(block: Block) -> bool:
    if block.kind is not Kind.PARAGRAPH or len(block.lines) != 1:
        return False
    plain = block.lines[0].text.plain
    marker = marker_of(plain + " ")
    return marker is not None and marker.at >= len(plain)


def _set_before(number: Block, block: Block) -> Block:
    first, *others = block.lines
    text = concat((number.lines[0].text.without_styles(Style.BOLD), Text(" "), first.text))
    return replace(block, line=number.line, lines=(replace(first, text=text), *others), glued=number.glued)


def _flat(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        if _is_list_of_sections(block):
            yield from (part for entry in block.children for part in _opened(entry))
        elif block.kind is Kind.LIST:
            yield from (_unwrapped(child, glued=number > 0) for number, child in enumerate(block.children))
        elif block.kind is Kind.PARAGRAPH and len(block.lines) > 1:
            for number, line in enumerate(block.lines):
                yield replace(block, lines=(line,), line=line.line, glued=number > 0)
        else:
            yield block


def _is_list_of_sections(block: Block) -> bool:
    """Whether every entry is a name with a list of linked entries below it, of two or more in most: sections, written
    as a list."""
    if block.kind is not Kind.LIST or len(block.children) < 2 or not all(map(_is_section, block.children)):
        return False
    return sum(len(entry.children[1].children) > 1 for entry in block.children) * 2 >= len(block.children)


def _is_section(entry: Block) -> bool:
    if len(entry.children) != 2 or entry.children[0].kind is not Kind.PARAGRAPH or len(entry.children[0].lines) != 1:
        return False
    name, below = entry.children
    if below.kind is not Kind.LIST or _is_linked(name):
        return False
    return all(child.children and _is_linked(child.children[0]) for child in below.children)


def _is_linked(block: Block) -> bool:
    return any(span.style is Style.LINK for line in block.lines[:1] for span in line.text.spans)


def _opened(entry: Block) -> Iterator[Block]:
    name, below = entry.children
    line = replace(name.lines[0], text=name.lines[0].text.without_styles(Style.BOLD).styled(Style.BOLD))
    yield replace(name, lines=(line,))
    yield from (replace(child, glued=number > 0) for number, child in enumerate(below.children))


def _unwrapped(entry: Block, *, glued: bool) -> Block:
    """`- 7. T` is a numbered entry within a bullet: the numbered one, with what else the bullet holds."""
    inner = entry.children[0] if entry.children and not entry.ordered else None
    if inner is None or inner.kind is not Kind.LIST or not inner.ordered or len(inner.children) != 1:
        return replace(entry, glued=True) if glued else entry
    numbered = inner.children[0]
    return replace(numbered, children=(*numbered.children, *entry.children[1:]), glued=glued)
