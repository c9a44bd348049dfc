"""Decide what headings mean once the items are known: sections, parts of an item, the end of the items, commentary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC

from digest.parsing.blocks import BlockKind
from digest.parsing.dates import find_date
from digest.segmentation.features import BOLD_LINE_RANK, Page, PagePiece
from digest.segmentation.regions import (
    RegionKind,
    inline_commentary_name,
    is_commentary_name,
    is_empty_notice,
    is_navigation_line,
    region_kind,
)
from digest.segmentation.selection import ItemSelection
from digest.segmentation.text_metrics import is_field_label


class PageStructure:
    """The headings of a page in relation to its items; it answers questions and keeps no position."""

    def __init__(self, page: Page, selection: ItemSelection) -> None:
        self.page, self.selection = page, selection
        self.heads = frozenset(selection.heads)
        self.last = max(selection.heads, default=-1)
        ranks = (page.pieces[at].rank or BOLD_LINE_RANK + 1 for at in selection.heads)
        self.item_rank = min(ranks, default=BOLD_LINE_RANK + 1)
        first = min(selection.heads, default=0)
        self.rank_above_first = page.pieces[first - 1].rank if first else 0
        self.heading_counts = Counter(piece.plain for piece in page.pieces if piece.rank)
        self.section_ranks = self._section_ranks()
        self.recurring = self._recurring_names()

    def names_section(self, at: int, *, before_items: bool) -> bool:
        """Whether the piece names a section: a head follows before another heading of its rank."""
        piece = self.page.pieces[at]
        if (
            not self._may_name_section(at)
            or self._is_extra_title(at)
            or (before_items and self._is_enclosing_summary(at))
        ):
            return False
        if piece.rank >= self.item_rank or piece.rank == BOLD_LINE_RANK:
            return at + 1 in self.heads
        for index in range(at + 1, len(self.page.pieces)):
            if index in self.heads:
                return True
            if 0 < self.page.pieces[index].rank <= piece.rank:
                return False
        return False

    def _may_name_section(self, at: int) -> bool:
        """Whether the piece may end the item above it.

        One of the headlines' own rank, or of a lower rank that stands above the first headline, may name a section.
        """
        piece = self.page.pieces[at]
        continues = piece.block.continues_previous and not piece.plain.startswith("【")
        if self._is_field_heading(at):
            return False
        ranked = 0 < piece.rank <= self.item_rank or (piece.rank and piece.rank == self.rank_above_first)
        return bool(ranked) and at not in self.selection.excluded and not continues

    def _is_extra_title(self, at: int) -> bool:
        """Whether the piece is the only top heading, of level 1 or a date: a title beside the front matter's."""
        level = self.page.pieces[0].block.level
        if at or not level or self.page.heading_levels[level] > 1 or min(self.page.heading_levels) < level:
            return False
        return level == 1 or find_date(self.page.pieces[0].plain, UTC) is not None

    def _is_enclosing_summary(self, at: int) -> bool:
        """Whether the piece names a summary that also contains the items, without a name of their own."""
        return at + 1 not in self.heads and region_kind(self.page.pieces[at]) is RegionKind.SUMMARY

    def ends_item(self, at: int) -> bool:
        """Whether the heading ends the item above it."""
        piece = self.page.pieces[at]
        if not piece.rank or piece.block.continues_previous or self._is_field_heading(at):
            return False
        kind = region_kind(piece)
        if piece.rank == BOLD_LINE_RANK:
            return kind in (RegionKind.COMMENTARY, RegionKind.TRAILING) and self._occurs_once(at)
        if kind is not None and self._occurs_once(at):
            return True
        if self.item_rank < BOLD_LINE_RANK:
            return piece.rank <= self.item_rank
        return not self.section_ranks or piece.rank <= max(self.section_ranks)

    def ends_items_without_heading(self, at: int) -> bool:
        """Whether something other than a heading ends the last item."""
        piece = self.page.pieces[at]
        closing = (
            at in self.selection.excluded
            and not piece.block.continues_previous
            and bool(inline_commentary_name(piece)[0])
        )
        is_navigation = (piece.kind is BlockKind.PARAGRAPH and piece.is_navigation) or is_navigation_line(self.page, at)
        return closing or is_navigation or self._is_footer(at)

    def _is_footer(self, at: int) -> bool:
        """Whether the piece begins a bulleted list below numbered entries, none of which had one below it."""
        kinds = {self.page.pieces[head].kind for head in self.heads}
        numbered = all(self.page.pieces[head].block.ordered for head in self.heads)
        entries = (
            index for index in range(min(self.heads), self.last) if self.page.pieces[index].kind is BlockKind.ENTRY
        )
        return (
            kinds == {BlockKind.ENTRY}
            and numbered
            and self.page.pieces[at].kind is BlockKind.ENTRY
            and not self.page.pieces[at].block.ordered
            and self.page.pieces[at - 1].kind is BlockKind.ENTRY
            and all(index in self.heads for index in entries)
        )

    def _occurs_once(self, at: int) -> bool:
        return self.page.pieces[at].plain not in self.recurring

    def _section_ranks(self) -> frozenset[int]:
        pieces = enumerate(self.page.pieces)
        return frozenset(
            piece.rank
            for at, piece in pieces
            if piece.kind is BlockKind.HEADING and self.names_section(at, before_items=True)
        )

    def _is_field_heading(self, at: int) -> bool:
        """Whether the heading names a part of an item (`#### 背景`), or recurs in most items."""
        piece = self.page.pieces[at]
        if at < min(self.heads, default=0):
            return False
        count = self.heading_counts[piece.plain]
        named = is_field_label(piece.plain) and (count > 1 or region_kind(piece) is None)
        return named or (count > 1 and count * 2 > len(self.heads))

    def _recurring_names(self) -> frozenset[str]:
        """Return the names of region headings that recur among the items, so that they are part of each item."""
        first = min(self.selection.heads, default=0)
        names = Counter(piece.plain for at, piece in enumerate(self.page.pieces) if at > first and region_kind(piece))
        return frozenset(name for name, count in names.items() if count > 1)

    def is_commentary_heading(self, at: int, *, before_items: bool) -> bool:
        """Whether a commentary begins here, before or among the items; only an unmistakable heading counts."""
        piece = self.page.pieces[at]
        return (
            piece.rank > 0
            and region_kind(piece) is RegionKind.COMMENTARY
            and self._occurs_once(at)
            and at in self.selection.excluded
            and (is_commentary_name(piece.plain) or (not before_items and piece.kind is BlockKind.HEADING))
        )

    def end_of_group(self, at: int) -> int:
        """Return the end of the pieces under the heading: the next head or heading of its rank."""
        stop = at + 1
        while stop < len(self.page.pieces) and stop not in self.heads:
            if 0 < self.page.pieces[stop].rank <= self.page.pieces[at].rank:
                break
            stop += 1
        return stop

    def is_empty_group(self, at: int) -> bool:
        """Whether the heading stands only above a notice that there is nothing."""
        stop = self.end_of_group(at)
        return stop > at + 1 and self.are_empty_notices(self.page.pieces[at + 1 : stop])

    def names_commentary(self, piece: PagePiece) -> bool:
        """Whether a heading, or the beginning of a paragraph, names the commentary."""
        if piece.rank:
            return region_kind(piece) is RegionKind.COMMENTARY
        return bool(inline_commentary_name(piece)[0])

    def ends_omitted_blocks(self, start: int, at: int) -> bool:
        """Whether the blocks omitted from `start` on end at `at`."""
        piece = self.page.pieces[at]
        if piece.kind is BlockKind.RULE or self.names_commentary(piece):
            return True
        return piece.kind is BlockKind.HEADING and piece.rank <= (self.page.pieces[start].rank or 6)

    def are_empty_notices(self, pieces: Sequence[PagePiece]) -> bool:
        """Whether the pieces only say that there is nothing."""
        texts = [piece for piece in pieces if piece.kind is not BlockKind.RULE]
        return all(is_empty_notice(piece.unnumbered.plain) and not piece.has_link for piece in texts)
