"""Find the tables of a digest's parts, and where that which texts do not show stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from digest.model import NOT_SHOWN, PlacedText, Table
from digest.parsing.blocks import Block, BlockKind
from digest.parsing.inline import Omission
from digest.parsing.to_text import blocks_to_text, table_to_text
from digest.segmentation.block_assignment import DigestParts
from domain.chat.text import join


def find_tables(parts: DigestParts) -> tuple[Table, ...]:
    """Return the tables of introduction, items and commentary."""
    return tuple(_table(block) for block in table_blocks(parts))


def table_blocks(parts: DigestParts) -> list[Block]:
    """Return the blocks of the tables that are shown."""
    shown = [block for position, block in _positions(parts) if position != NOT_SHOWN]
    return [table for block in shown for table in _tables_in(block)]


def locate(omissions: Iterable[Omission], parts: DigestParts) -> Iterator[tuple[int, Omission]]:
    """Yield each omission with the position of the item, or other part, whose block stands last above it."""
    starts = sorted((block.line, position) for position, block in _positions(parts))
    for omission in omissions:
        above = bisect_right(starts, (omission.line, len(parts.items) + 1)) - 1
        yield (starts[above][1] if above >= 0 else 0), omission


def place(passages: Iterable[tuple[int, str]], parts: DigestParts) -> Iterator[PlacedText]:
    """Yield where passages, each with its line, stand; those above all blocks belong to the introduction."""
    leaves = ((leaf.line, position, plain) for position, block in _positions(parts) for leaf, plain in _leaves(block))
    shown = sorted(leaves, key=lambda one: one[0])
    last = max((line for line, position, _ in shown if position != NOT_SHOWN), default=0)
    for line, markdown in passages:
        above = [one for one in shown if one[0] <= line]
        is_below = bool(above) and above[-1][1] == NOT_SHOWN and above[-1][0] > last
        inside = [one for one in above if one[1] != NOT_SHOWN]
        _, position, plain = above[-1] if is_below else inside[-1] if inside else (0, 0, "")
        yield PlacedText(markdown=markdown, position=position, above=plain, line=line)


def _leaves(block: Block) -> Iterator[tuple[Block, str]]:
    """Yield the blocks that become paragraphs of their own, with their texts; entries and quotes are opened."""
    inner = block.children if block.kind in (BlockKind.ENTRY, BlockKind.QUOTE) and block.children else (block,)
    return ((one, plain) for one in inner if (plain := blocks_to_text((one,)).plain))


def _positions(parts: DigestParts) -> Iterator[tuple[int, Block]]:
    """Yield every block with its item's position; 0 in the introduction, one more than the last in the commentary."""
    yield from ((0, block) for block in parts.intro)
    yield from ((len(parts.items) + 1, block) for block in parts.commentary)
    for position, item in enumerate(parts.items, 1):
        yield from ((position, block) for block in (*item.preface, item.head.block, *item.body))
    yield from ((NOT_SHOWN, block) for omitted in parts.omitted for block in omitted.blocks)


def _tables_in(block: Block) -> list[Block]:
    if block.kind is BlockKind.TABLE:
        return [block]
    return [table for child in block.children for table in _tables_in(child)]


def _table(block: Block) -> Table:
    rows = tuple(tuple(join("\n", [line.text for line in cell]) for cell in row) for row in block.rows)
    return Table(table_to_text(block), rows)
