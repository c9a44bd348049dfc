"""Assign every block of a page to its part: introduction, items under their sections, commentary, omissions.

Blocks between two heads belong to the first, unless a heading or bold line starts a section (heads follow below it),
the commentary or trailing matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC

from digest.parsing.blocks import Block, BlockKind
from digest.parsing.dates import find_date
from digest.segmentation.features import BOLD_LINE_RANK, Page, PagePiece
from digest.segmentation.regions import (
    RegionKind,
    inline_commentary_name,
    is_commentary_name,
    is_empty_notice,
    is_navigation_line,
    region_extent,
    region_kind,
)
from digest.segmentation.selection import ItemSelection
from digest.segmentation.text_metrics import is_field_label


@dataclass(slots=True)
class ItemBlocks:
    """The blocks of an item before its headline is split from its body.

    `preface` stands above the item in its section. `has_repeated_label`: its first bold words recur in other items.
    """

    head: PagePiece
    section: str
    preface: list[Block] = field(default_factory=list)
    body: list[Block] = field(default_factory=list)
    has_repeated_label: bool = False


@dataclass(slots=True)
class OmittedBlocks:
    """Blocks that go into no message: `reason` is "empty" (a group without items), "contents" or "trailing"."""

    reason: str
    blocks: list[Block]


@dataclass(slots=True)
class DigestParts:
    """The blocks of each part of a digest."""

    intro: list[Block] = field(default_factory=list)
    items: list[ItemBlocks] = field(default_factory=list)
    commentary_title: str = ""
    commentary: list[Block] = field(default_factory=list)
    omitted: list[OmittedBlocks] = field(default_factory=list)


def assign_blocks(page: Page, choice: ItemSelection) -> DigestParts:
    """Assign every piece of the page to exactly one part."""
    return _BlockAssigner(page, choice).run()


class _BlockAssigner:
    """Assigner that walks the page once and keeps the section and item that are open."""

    def __init__(self, page: Page, choice: ItemSelection) -> None:
        self.page, self.choice = page, choice
        self.heads = frozenset(choice.heads)
        self.layout = DigestParts()
        self.section = ""
        self.opened: PagePiece | None = None
        self.preface: list[Block] = []
        self.item: ItemBlocks | None = None
        self.last = max(choice.heads, default=-1)
        self.item_rank = min(
            (page.pieces[at].rank or BOLD_LINE_RANK + 1 for at in choice.heads), default=BOLD_LINE_RANK + 1
        )
        first = min(choice.heads, default=0)
        self.rank_above_first = page.pieces[first - 1].rank if first else 0
        self.signs = Counter(piece.plain for piece in page.pieces if piece.rank)
        self.section_ranks = self._section_ranks()
        self.recurring = self._recurring()

    def run(self) -> DigestParts:
        at = 0
        while at < len(self.page.pieces):
            at = self._step(at)
        if self.preface:
            self._aside("trailing", self.preface)
        return self.layout

    def _step(self, at: int) -> int:
        piece = self.page.pieces[at]
        if at in self.choice.contents:
            stop = at
            while stop in self.choice.contents:
                stop += 1
            self._aside("contents", self._blocks(at, stop))
            return stop
        if at in self.heads:
            self._begin(piece)
        elif at > self.last >= 0 and (piece.kind is BlockKind.RULE or self._leads_away(at) or self._ends_items(at)):
            return self._after_items(at)
        elif self._is_commentary(at):
            return self._commentary(at)
        elif self._governs(at):
            self._open_section(piece)
        elif piece.kind is BlockKind.HEADING and (self._leads_away(at) if self.layout.items else self._is_empty(at)):
            return self._between(at)
        elif piece.kind is not BlockKind.RULE:
            self._put(piece.block)
        return at + 1

    def _begin(self, piece: PagePiece) -> None:
        self.item = ItemBlocks(piece, self.section, self.preface)
        self.preface = []
        self.layout.items.append(self.item)

    def _put(self, block: Block) -> None:
        if not self.layout.items and not self.preface:
            self.layout.intro.append(block)
        elif self.item is not None:
            self.item.body.append(block)
        else:
            self.preface.append(block)

    def _open_section(self, piece: PagePiece) -> None:
        """Begin a section; the heading of a section that only contains sections goes to the first item below."""
        if self.item is None and self.opened is not None:
            self._keep_title(self.opened)
        self.section = piece.plain.strip("【】")
        self.opened = piece
        self.item = None

    def _keep_title(self, opened: PagePiece) -> None:
        """Keep the name of a section that got no item of its own."""
        if not self.layout.items:
            self.layout.intro.append(opened.block)
        elif self.preface:
            self.preface.insert(0, opened.block)
        else:
            self._aside("empty", [opened.block])

    def _governs(self, at: int) -> bool:
        """Whether the piece names a section: a head follows before another heading of its rank."""
        piece = self.page.pieces[at]
        if not self._is_sign(at) or self._is_title(at) or self._introduces(at):
            return False
        if piece.rank >= self.item_rank or piece.rank == BOLD_LINE_RANK:
            return at + 1 in self.heads
        for index in range(at + 1, len(self.page.pieces)):
            if index in self.heads:
                return True
            if 0 < self.page.pieces[index].rank <= piece.rank:
                return False
        return False

    def _is_sign(self, at: int) -> bool:
        """Whether the piece may end the item above it.

        One of the headlines' own rank, or of a lower rank that stands above the first headline, may name a section.
        """
        piece = self.page.pieces[at]
        glued = piece.block.continues_previous and not piece.plain.startswith("【")
        if self._is_field(at):
            return False
        ranked = 0 < piece.rank <= self.item_rank or (piece.rank and piece.rank == self.rank_above_first)
        return bool(ranked) and at not in self.choice.excluded and not glued

    def _is_title(self, at: int) -> bool:
        """Whether the piece is the only top heading, of level 1 or a date: a title beside the front matter's."""
        level = self.page.pieces[0].block.level
        if at or not level or self.page.heading_levels[level] > 1 or min(self.page.heading_levels) < level:
            return False
        return level == 1 or find_date(self.page.pieces[0].plain, UTC) is not None

    def _introduces(self, at: int) -> bool:
        """Whether the piece names a summary that also contains the items, without a name of their own."""
        return (
            not self.layout.items
            and at + 1 not in self.heads
            and region_kind(self.page.pieces[at]) is RegionKind.SUMMARY
        )

    def _leads_away(self, at: int) -> bool:
        """Whether the heading ends the item above it."""
        piece = self.page.pieces[at]
        if not piece.rank or piece.block.continues_previous or self._is_field(at):
            return False
        zone = region_kind(piece)
        if piece.rank == BOLD_LINE_RANK:
            return zone in (RegionKind.COMMENTARY, RegionKind.TRAILING) and self._occurs_once(at)
        if zone is not None and self._occurs_once(at):
            return True
        if self.item_rank < BOLD_LINE_RANK:
            return piece.rank <= self.item_rank
        return not self.section_ranks or piece.rank <= max(self.section_ranks)

    def _ends_items(self, at: int) -> bool:
        """Whether something other than a heading ends the last item."""
        piece = self.page.pieces[at]
        closing = (
            at in self.choice.excluded and not piece.block.continues_previous and bool(inline_commentary_name(piece)[0])
        )
        leads_off = (piece.kind is BlockKind.PARAGRAPH and piece.is_navigation) or is_navigation_line(self.page, at)
        return closing or leads_off or self._is_footer(at)

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
        return frozenset(piece.rank for at, piece in pieces if piece.kind is BlockKind.HEADING and self._governs(at))

    def _is_field(self, at: int) -> bool:
        """Whether the heading names a part of an item (`#### 背景`), or recurs in most items."""
        piece = self.page.pieces[at]
        if at < min(self.heads, default=0):
            return False
        count = self.signs[piece.plain]
        named = is_field_label(piece.plain) and (count > 1 or region_kind(piece) is None)
        return named or (count > 1 and count * 2 > len(self.heads))

    def _recurring(self) -> frozenset[str]:
        """Return the names of region headings that recur among the items, so that they are part of each item."""
        first = min(self.choice.heads, default=0)
        names = Counter(piece.plain for at, piece in enumerate(self.page.pieces) if at > first and region_kind(piece))
        return frozenset(name for name, count in names.items() if count > 1)

    def _is_commentary(self, at: int) -> bool:
        """Whether a commentary begins here, before or among the items; only an unmistakable heading counts."""
        piece = self.page.pieces[at]
        return (
            piece.rank > 0
            and region_kind(piece) is RegionKind.COMMENTARY
            and self._occurs_once(at)
            and at in self.choice.excluded
            and (is_commentary_name(piece.plain) or (bool(self.layout.items) and piece.kind is BlockKind.HEADING))
        )

    def _commentary(self, at: int) -> int:
        piece = self.page.pieces[at]
        stop = region_extent(self.page, at).stop
        stop = next((index for index in range(at + 1, stop) if index in self.heads), stop)
        if self.layout.commentary_title or self.layout.commentary:
            self.layout.commentary.append(piece.block)
        else:
            self.layout.commentary_title = piece.plain.rstrip("：: ")
        self.layout.commentary.extend(self._blocks(at + 1, stop))
        return stop

    def _between(self, at: int) -> int:
        """Handle a heading among the items with no item below it: an empty group, or text of its own."""
        stop = self._end_of_group(at)
        blocks = self._blocks(at, stop)
        empty = self._is_empty_group(self.page.pieces[at + 1 : stop])
        if empty or at in self.choice.excluded or self.item is None:
            self._aside("empty" if empty else "trailing", blocks)
        else:
            self.item.body.extend(blocks)
        return stop

    def _end_of_group(self, at: int) -> int:
        stop = at + 1
        while stop < len(self.page.pieces) and stop not in self.heads:
            if 0 < self.page.pieces[stop].rank <= self.page.pieces[at].rank:
                break
            stop += 1
        return stop

    def _is_empty(self, at: int) -> bool:
        """Whether the heading stands only above a notice that there is nothing."""
        stop = self._end_of_group(at)
        return stop > at + 1 and self._is_empty_group(self.page.pieces[at + 1 : stop])

    def _after_items(self, at: int) -> int:
        """Handle what follows the last item, up to the next heading or rule."""
        start = at
        while start < len(self.page.pieces) and self.page.pieces[start].kind is BlockKind.RULE:
            start += 1
        if start == len(self.page.pieces):
            return start
        piece = self.page.pieces[start]
        if start not in self.choice.contents and self._names_commentary(piece):
            return self._commentary(start) if piece.rank else self._led_commentary(start)
        stop = start + 1
        while stop < len(self.page.pieces) and not self._ends_aside(start, stop):
            stop += 1
        group = self.page.pieces[start + 1 : stop]
        why = "empty" if piece.rank and self._is_empty_group(group) else "trailing"
        self._aside(why, self._blocks(start, stop))
        return stop

    def _names_commentary(self, piece: PagePiece) -> bool:
        if piece.rank:
            return region_kind(piece) is RegionKind.COMMENTARY
        return bool(inline_commentary_name(piece)[0])

    def _led_commentary(self, at: int) -> int:
        """Handle `**点评**：text`: the name at the start of the paragraph becomes the commentary's title."""
        piece = self.page.pieces[at]
        stop = at + 1
        while stop < len(self.page.pieces) and self.page.pieces[stop].kind is not BlockKind.RULE:
            if self.page.pieces[stop].rank:
                break
            stop += 1
        self.layout.commentary.extend((*self._named(piece), *self._blocks(at + 1, stop)))
        return stop

    def _named(self, piece: PagePiece) -> list[Block]:
        """Return the paragraph; the first one without its name, which becomes the commentary's title."""
        if self.layout.commentary_title or self.layout.commentary:
            return [piece.block]
        self.layout.commentary_title, start = inline_commentary_name(piece)
        return [_cut_before(piece.block, start)]

    def _ends_aside(self, start: int, at: int) -> bool:
        piece = self.page.pieces[at]
        if piece.kind is BlockKind.RULE or self._names_commentary(piece):
            return True
        return piece.kind is BlockKind.HEADING and piece.rank <= (self.page.pieces[start].rank or 6)

    def _is_empty_group(self, pieces: Sequence[PagePiece]) -> bool:
        texts = [piece for piece in pieces if piece.kind is not BlockKind.RULE]
        return all(is_empty_notice(piece.unnumbered.plain) and not piece.has_link for piece in texts)

    def _blocks(self, start: int, stop: int) -> list[Block]:
        return [piece.block for piece in self.page.pieces[start:stop] if piece.kind is not BlockKind.RULE]

    def _aside(self, why: str, blocks: list[Block]) -> None:
        self.layout.omitted.append(OmittedBlocks(why, list(blocks)))


def _cut_before(block: Block, start: int) -> Block:
    """Remove the first characters of a block's first line, within a quote or an entry too."""
    if block.lines:
        text = block.lines[0].text[start:].strip()
        first = (replace(block.lines[0], text=text),) if text else ()
        return replace(block, lines=(*first, *block.lines[1:]))
    if block.children:
        return replace(block, children=(_cut_before(block.children[0], start), *block.children[1:]))
    return block
