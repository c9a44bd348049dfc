"""Contents lists: a page in; the places of lists that only repeat, or point to, headlines further below, out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from digest.parsing.blocks import Kind
from digest.segmentation.features import Page, Piece, all_lines
from digest.segmentation.text_metrics import headline_of
from domain.names import fold_name

_SHARE = 0.6  # of a list's lines that must come again; editors shorten a headline or two
_SHORTEST = 4
_TWICE = 2  # what comes again more often than once is a label within items


def contents_lists(page: Page) -> frozenset[int]:
    """The pieces of every contents list, with the heading right above it."""
    named = [(name, at) for at, piece in enumerate(page.pieces) if (name := _name(piece))]
    count = Counter(name for name, _ in named)
    last = {name: at for name, at in named if count[name] == _TWICE}
    found: set[int] = set()
    for run in _runs(page):
        pieces = [page.pieces[at] for at in run]
        if _points_within(pieces) or _comes_again(page, run, last):
            found.update(run)
            if run.start and page.pieces[run.start - 1].rank:
                found.add(run.start - 1)
    return frozenset(found)


def _runs(page: Page) -> Iterator[range]:
    start = 0
    for at in range(len(page.pieces) + 1):
        if at == len(page.pieces) or not _may_be_contents(page.pieces[at]):
            if at - start > 1:
                yield range(start, at)
            start = at + 1


def _may_be_contents(piece: Piece) -> bool:
    return piece.kind is Kind.ENTRY or (piece.kind is Kind.PARAGRAPH and bool(piece.number))


def _points_within(pieces: list[Piece]) -> bool:
    lines = [line for piece in pieces for line in all_lines(piece.block)]
    return not any(piece.linked for piece in pieces) and sum(line.anchors > 0 for line in lines) > len(lines) * _SHARE


def _comes_again(page: Page, run: range, last: dict[str, int]) -> bool:
    names = [name for at in run for name in _names(page.pieces[at])]
    again = [last[name] for name in names if last.get(name, -1) >= run.stop]
    if len(set(again)) < 2 or len(again) < len(names) * _SHARE:
        return False
    size = sum(page.pieces[at].size for at in run)
    below = sum(page.pieces[at].size for at in range(min(again), len(page.pieces)))
    return size <= below


def _names(piece: Piece) -> Iterator[str]:
    if piece.block.children and len(piece.block.children) > 1:
        yield from (name for line in all_lines(piece.block) if len(name := fold_name(line.text.plain)) >= _SHORTEST)
    elif name := _name(piece):
        yield name


def _name(piece: Piece) -> str:
    """The headline a piece begins with: its link, its bold words, or all of its first line."""
    name = fold_name(headline_of(piece.rest))
    return name if len(name) >= _SHORTEST else ""
