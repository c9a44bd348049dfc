"""Prepare blocks for segmentation: list entries instead of lists, single lines instead of paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from digest.parsing.blocks import Block, BlockKind
from digest.parsing.list_markers import find_marker
from domain.chat.text import Style, Text, concat


def flatten_blocks(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Replace lists by their entries and paragraphs by their lines."""
    return tuple(_join_lone_numbers(tuple(_flatten_level(blocks))))


def _join_lone_numbers(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Join a line that is only a number (`1、`, `01`) with the paragraph below it."""
    number: Block | None = None
    for at, block in enumerate(blocks):
        following = blocks[at + 1] if at + 1 < len(blocks) else None
        if number is not None:
            yield _prepend_number(number, block)
            number = None
        elif _is_only_number(block) and following is not None and following.kind is BlockKind.PARAGRAPH:
            number = block
        else:
            yield block


def _is_only_number(block: Block) -> bool:
    if block.kind is not BlockKind.PARAGRAPH or len(block.lines) != 1:
        return False
    plain = block.lines[0].text.plain
    marker = find_marker(plain + " ")
    return marker is not None and marker.offset >= len(plain)


def _prepend_number(number: Block, block: Block) -> Block:
    first, *others = block.lines
    text = concat((number.lines[0].text.without_styles(Style.BOLD), Text(" "), first.text))
    return replace(
        block,
        line=number.line,
        lines=(replace(first, text=text), *others),
        continues_previous=number.continues_previous,
    )


def _flatten_level(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        if _is_list_of_sections(block):
            yield from (part for entry in block.children for part in _open_section_entry(entry))
        elif block.kind is BlockKind.LIST:
            yield from (
                _unwrap_numbered_entry(child, continues_previous=number > 0)
                for number, child in enumerate(block.children)
            )
        elif block.kind is BlockKind.PARAGRAPH and len(block.lines) > 1:
            for number, line in enumerate(block.lines):
                yield replace(block, lines=(line,), line=line.line, continues_previous=number > 0)
        else:
            yield block


def _is_list_of_sections(block: Block) -> bool:
    """Whether the list is one of sections: each entry a name above a list of linked entries, most with two or more."""
    if block.kind is not BlockKind.LIST or len(block.children) < 2 or not all(map(_is_section, block.children)):
        return False
    return sum(len(entry.children[1].children) > 1 for entry in block.children) * 2 >= len(block.children)


def _is_section(entry: Block) -> bool:
    if (
        len(entry.children) != 2
        or entry.children[0].kind is not BlockKind.PARAGRAPH
        or len(entry.children[0].lines) != 1
    ):
        return False
    name, below = entry.children
    if below.kind is not BlockKind.LIST or _is_linked(name):
        return False
    return all(child.children and _is_linked(child.children[0]) for child in below.children)


def _is_linked(block: Block) -> bool:
    return any(span.style is Style.LINK for line in block.lines[:1] for span in line.text.spans)


def _open_section_entry(entry: Block) -> Iterator[Block]:
    name, below = entry.children
    line = replace(name.lines[0], text=name.lines[0].text.without_styles(Style.BOLD).styled(Style.BOLD))
    yield replace(name, lines=(line,))
    yield from (replace(child, continues_previous=number > 0) for number, child in enumerate(below.children))


def _unwrap_numbered_entry(entry: Block, *, continues_previous: bool) -> Block:
    """Unwrap a numbered entry within a bullet (`- 7. T`), with what else the bullet contains."""
    inner = entry.children[0] if entry.children and not entry.ordered else None
    if inner is None or inner.kind is not BlockKind.LIST or not inner.ordered or len(inner.children) != 1:
        return replace(entry, continues_previous=True) if continues_previous else entry
    numbered = inner.children[0]
    return replace(numbered, children=(*numbered.children, *entry.children[1:]), continues_previous=continues_previous)
