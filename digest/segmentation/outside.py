"""Find what stands outside the news of a page: above or below all headlines with links, and has none.

Digests whose news all have links often begin with figures, a summary or a legend in sections of their own, and end with
an outlook, advice or statistics. Such sections look like news but for the links, and where they stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from math import log
from typing import NamedTuple

from digest.segmentation.page_features import Page
from digest.segmentation.pieces import BOLD_LINE_RANK

_MIN_LINKED = 3
_MIN_SHARE = 0.7
"""Share of headlines with links, of those from the first to the last one with a link, from which links tell the news.

It is never quite one: one headline with and one without a link are added, so that three of three are 0.8.
"""


class Outside(NamedTuple):
    """The pieces outside the news, and how surprising a headline among them is, in nats; 0 if there are none."""

    pieces: frozenset[int]
    surprise: float


_NOTHING = Outside(frozenset(), 0.0)


def find_outside(page: Page, is_linked: Mapping[int, bool], *, only_apart: bool = False) -> Outside:
    """Return what is outside the news; `is_linked` tells of each possible headline whether it or its text has a link.

    A section is outside as a whole or not at all: one with a link, but for a list of destinations, is not. With
    `only_apart`, links amid prose and to pages beside the file are none of news.
    """
    linked = [at for at, has_link in is_linked.items() if has_link]
    if len(linked) < _MIN_LINKED:
        return _NOTHING
    first, last = min(linked), max(linked)
    share = (len(linked) + 1) / (sum(first <= at <= last for at in is_linked) + 2)
    if share < _MIN_SHARE:
        return _NOTHING
    news = _News(page, first, last, page.ruled if sum(at in page.ruled for at in linked) < 2 else frozenset())
    found: set[int] = set()
    for part in (*_parts(news, range(news.begin)), *_parts(news, range(news.end, len(page.pieces)))):
        if not any(_may_be_linked_news(page, at, only_apart=only_apart) for at in part):
            found.update(part)
    return Outside(frozenset(found), -log(1 - share))


@dataclass(frozen=True)
class _News:
    """The first and the last linked headline, and the rules that part the news from what is around them."""

    page: Page
    first: int
    last: int
    rules: Set[int]

    @property
    def begin(self) -> int:
        """Where the section of the first headline begins, or its list: at a rule or a heading."""
        pieces, first = self.page.pieces, self.first
        if int(pieces[first].number or 1) > 1:
            return 0
        at = first
        while at and at not in self.rules and not pieces[at].rank:
            at -= 1
        if at == first and at not in self.rules:
            at = self._section(first)
        while at and at not in self.rules and self._is_name_above(at):
            at -= 1
        return at

    def _is_name_above(self, at: int) -> bool:
        """Whether a higher heading stands right above, or a bold line as the name above a title."""
        above = self.page.pieces[at - 1].rank
        return 0 < above < self.page.pieces[at].rank or above == BOLD_LINE_RANK

    def _section(self, heading: int) -> int:
        """Return the next higher heading above one, with text between if others of its level stand amid the news."""
        pieces = self.page.pieces
        for at in range(heading - 1, -1, -1):
            if 0 < pieces[at].rank < pieces[heading].rank:
                recurs = any(piece.rank == pieces[at].rank for piece in pieces[heading : self.last])
                return at if recurs or at == heading - 1 else heading
            if at in self.rules:
                break
        return heading

    @property
    def end(self) -> int:
        """Where the text of the last headline ends: at a rule, or at a heading that is no part of it."""
        pieces = self.page.pieces
        lowest = pieces[self.last].rank or BOLD_LINE_RANK - 1
        number = int(pieces[self.last].number or 0)
        for at in range(self.last + 1, len(pieces)):
            piece = pieces[at]
            if number and piece.number == str(number + 1):
                number += 1
                continue
            is_part = piece.is_field or piece.plain in self.page.recurring
            if at in self.rules or (0 < piece.rank <= lowest and not is_part):
                return at
        return len(pieces)


def _parts(news: _News, pieces: range) -> Iterator[range]:
    """Yield what stands between rules, and each section with its subsections."""
    ranks = [piece.rank if piece.rank < BOLD_LINE_RANK else 0 for piece in news.page.pieces]
    for start in pieces:
        if start == pieces[0] or start in news.rules or ranks[start]:
            lowest = ranks[start] or BOLD_LINE_RANK
            ends = (at for at in range(start + 1, pieces.stop) if at in news.rules or 0 < ranks[at] <= lowest)
            yield range(start, next(ends, pieces.stop))


def _may_be_linked_news(page: Page, at: int, *, only_apart: bool) -> bool:
    """Whether a piece has a link, and not one in a list of destinations."""
    piece = page.pieces[at]
    has_link = piece.has_link and not (only_apart and piece.is_linked_aside)
    return has_link and at not in page.footers and not page.names_destination(at)
