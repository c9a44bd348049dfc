"""Find the lists of links at the end of a page that are no news: sources, channels, earlier issues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from itertools import accumulate

from digest.segmentation.pieces import PagePiece
from digest.segmentation.vocabulary import NameKind, region_of, says_goodbye

_MIN_DESTINATIONS = 2


def find_footers(
    pieces: Sequence[PagePiece], linked: Iterable[int], ruled: Set[int], closing: Sequence[int]
) -> frozenset[int]:
    """Return the entries of linked lists at the end that are no news.

    They stand below the name of trailing matter; or half of them name destinations or ask readers for something, and at
    least two unless the news have no links. `linked` are the entries and lines that are a link and nothing else,
    `closing` the names that announce trailing matter at the end.
    """
    links_before = tuple(accumulate((piece.has_link for piece in pieces), initial=0))
    first = min(closing, default=len(pieces))
    apart = min(_standing_apart(pieces, ruled, closing), default=len(pieces))
    last_name = max((at for at, piece in enumerate(pieces) if piece.rank), default=-1)
    found: set[int] = set()
    for run in reversed(_runs(linked, ruled)):
        are_only_links = links_before[run.start] < len(run)
        named = sum(map(is_destination, pieces[run.start : run.stop]))
        fewest = 1 if are_only_links and last_name < run.start else _MIN_DESTINATIONS
        if run.start <= (first if are_only_links else apart) and (named < fewest or named * 2 < len(run)):
            break
        found.update(run)
    return frozenset(found)


def is_destination(piece: PagePiece) -> bool:
    """Whether a link leads to a channel of the newsletter or to what is around the news, or asks for something."""
    is_trailing = piece.is_link and region_of(piece.plain) is NameKind.TRAILING
    return piece.is_only_link or piece.is_channel or is_trailing or says_goodbye(piece.plain)


def _standing_apart(pieces: Sequence[PagePiece], ruled: Set[int], names: Sequence[int]) -> list[int]:
    """Return the names that are headings, below a rule, or in a page without headings: hardly parts of an item."""
    has_headings = any(piece.block.level for piece in pieces)
    return [at for at in names if pieces[at].block.level > 0 or at in ruled or not has_headings]


def _runs(linked: Iterable[int], ruled: Set[int]) -> list[range]:
    """Return where links stand right below one another."""
    runs: list[range] = []
    for at in linked:
        goes_on = bool(runs) and runs[-1].stop == at and at not in ruled
        runs[-1:] = [range(runs[-1].start, at + 1)] if goes_on else [*runs[-1:], range(at, at + 1)]
    return runs
