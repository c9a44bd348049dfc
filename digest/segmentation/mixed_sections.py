"""Sections written in another form than the rest: a page and its items in; the items with those of such sections out.

A newsletter may have its top stories as paragraphs and its "quick hits" as bullets. Only lists in which every entry is
linked count, and only under a heading like those of the other sections, with no rule before it that those have not.
Where the items are headings themselves, sections are the headings above them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from digest.parsing.blocks import Kind
from digest.segmentation.features import BOLD_RANK, Page


def with_other_sections(page: Page, heads: tuple[int, ...]) -> tuple[int, ...]:
    """The heads, and the entries of sections that have none of them."""
    first = page.pieces[heads[0]]
    sections = list(_sections(page, first.rank if first.kind is Kind.HEADING else BOLD_RANK))
    ranks = {rank for start, stop, rank, _ in sections if any(start < head < stop for head in heads)}
    ruled = any(rule for start, stop, _, rule in sections if any(start < head < stop for head in heads[1:]))
    found = set(heads)
    for start, stop, rank, after_rule in sections:
        if rank not in ranks or (after_rule and not ruled) or any(start < head < stop for head in heads):
            continue
        found.update(_linked_entries(page, start + 1, stop))
    return tuple(sorted(found))


def _sections(page: Page, below: int) -> Iterator[tuple[int, int, int, bool]]:
    """Start and end of what stands under each heading of a level less than `below`, the heading's level, and whether a
    rule stands before it."""
    starts = [at for at, piece in enumerate(page.pieces) if piece.kind is Kind.HEADING and piece.rank < below]
    for at, stop in pairwise((*starts, len(page.pieces))):
        after_rule = at > 0 and page.pieces[at - 1].kind is Kind.RULE
        rules = (index for index in range(at + 1, stop) if page.pieces[index].kind is Kind.RULE)
        yield at, next(rules, stop), page.pieces[at].rank, after_rule


def _linked_entries(page: Page, start: int, stop: int) -> list[int]:
    inside = [at for at in range(start, stop) if at not in page.barred]
    entries = [at for at in inside if page.pieces[at].kind is Kind.ENTRY]
    return entries if entries and len(entries) == len(inside) and all(page.pieces[at].linked for at in entries) else []
