"""Find contents lists: lists that only repeat, or link to, headlines further below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from digest.parsing.blocks import BlockKind
from digest.segmentation.features import Page, PagePiece, all_lines
from digest.segmentation.text_metrics import opening_phrase
from domain.names import fold_name

_MIN_REPEATED_SHARE = 0.6  # of a list's lines that must come again; editors shorten a headline or two
_MIN_NAME_CHARACTERS = 4
_REPEATED_COUNT = 2  # what comes again more often than once is a label within items


def find_contents_lists(page: Page) -> frozenset[int]:
    """Return the pieces of every contents list, including the heading right above it."""
    named = [(name, at) for at, piece in enumerate(page.pieces) if (name := _name(piece))]
    count = Counter(name for name, _ in named)
    last = {name: at for name, at in named if count[name] == _REPEATED_COUNT}
    indexes: set[int] = set()
    for run in _runs(page):
        pieces = [page.pieces[at] for at in run]
        if _links_within_page(pieces) or _repeats_below(page, run, last):
            indexes.update(run)
            if run.start and page.pieces[run.start - 1].rank:
                indexes.add(run.start - 1)
    return frozenset(indexes)


def _runs(page: Page) -> Iterator[range]:
    start = 0
    for at in range(len(page.pieces) + 1):
        if at == len(page.pieces) or not _may_be_contents(page.pieces[at]):
            if at - start > 1:
                yield range(start, at)
            start = at + 1


def _may_be_contents(piece: PagePiece) -> bool:
    return piece.kind is BlockKind.ENTRY or (piece.kind is BlockKind.PARAGRAPH and bool(piece.number))


def _links_within_page(pieces: list[PagePiece]) -> bool:
    lines = [line for piece in pieces for line in all_lines(piece.block)]
    return (
        not any(piece.has_link for piece in pieces)
        and sum(line.anchor_count > 0 for line in lines) > len(lines) * _MIN_REPEATED_SHARE
    )


def _repeats_below(page: Page, run: range, last: dict[str, int]) -> bool:
    names = [name for at in run for name in _names(page.pieces[at])]
    repeated_at = [last[name] for name in names if last.get(name, -1) >= run.stop]
    if len(set(repeated_at)) < 2 or len(repeated_at) < len(names) * _MIN_REPEATED_SHARE:
        return False
    size = sum(page.pieces[at].character_count for at in run)
    below = sum(page.pieces[at].character_count for at in range(min(repeated_at), len(page.pieces)))
    return size <= below


def _names(piece: PagePiece) -> Iterator[str]:
    if piece.block.children and len(piece.block.children) > 1:
        yield from (
            name for line in all_lines(piece.block) if len(name := fold_name(line.text.plain)) >= _MIN_NAME_CHARACTERS
        )
    elif name := _name(piece):
        yield name


def _name(piece: PagePiece) -> str:
    """Return the folded headline that a piece begins with; empty if it is too short to compare."""
    name = fold_name(opening_phrase(piece.unnumbered))
    return name if len(name) >= _MIN_NAME_CHARACTERS else ""
