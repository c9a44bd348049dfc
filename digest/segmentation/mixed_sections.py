"""Add the items of sections that are written in another form than the rest.

A newsletter may have its top stories as paragraphs and its "quick hits" as bullets. Only lists in which every entry is
linked count, under a heading like those of the other sections, and without a rule before it that those lack. If items
are headings themselves, sections are the headings above them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from digest.parsing.blocks import BlockKind
from digest.segmentation.features import BOLD_LINE_RANK, Page


def add_mixed_sections(page: Page, heads: tuple[int, ...]) -> tuple[int, ...]:
    """Return the heads, with the list entries of sections that contain none of them."""
    first = page.pieces[heads[0]]
    sections = list(_sections(page, first.rank if first.kind is BlockKind.HEADING else BOLD_LINE_RANK))
    ranks = {rank for start, stop, rank, _ in sections if any(start < head < stop for head in heads)}
    ruled = any(rule for start, stop, _, rule in sections if any(start < head < stop for head in heads[1:]))
    item_heads = set(heads)
    for start, stop, rank, after_rule in sections:
        if rank not in ranks or (after_rule and not ruled) or any(start < head < stop for head in heads):
            continue
        item_heads.update(_linked_entries(page, start + 1, stop))
    return tuple(sorted(item_heads))


def _sections(page: Page, below: int) -> Iterator[tuple[int, int, int, bool]]:
    """Start and end of what stands under each heading of a level less than `below`, the heading's level, and whether a
    rule stands before it."""
    starts = [at for at, piece in enumerate(page.pieces) if piece.kind is BlockKind.HEADING and piece.rank < below]
    for at, stop in pairwise((*starts, len(page.pieces))):
        after_rule = at > 0 and page.pieces[at - 1].kind is BlockKind.RULE
        rules = (index for index in range(at + 1, stop) if page.pieces[index].kind is BlockKind.RULE)
        yield at, next(rules, stop), page.pieces[at].rank, after_rule


def _linked_entries(page: Page, start: int, stop: int) -> list[int]:
    inside = [at for at in range(start, stop) if at not in page.excluded]
    entries = [at for at in inside if page.pieces[at].kind is BlockKind.ENTRY]
    return (
        entries if entries and len(entries) == len(inside) and all(page.pieces[at].has_link for at in entries) else []
    )
