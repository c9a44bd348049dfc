"""Assign every block of a page to its part: introduction, items under their sections, commentary, omissions.

Blocks between two heads belong to the first, unless a heading or bold line starts a section (heads follow below it),
the commentary or trailing matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from digest.parsing.blocks import Block, BlockKind
from digest.segmentation.features import Page, PagePiece
from digest.segmentation.regions import (
    inline_commentary_name,
    region_extent,
)
from digest.segmentation.selection import ItemSelection
from digest.segmentation.structure import PageStructure


@dataclass(slots=True, kw_only=True)
class ItemBlocks:
    """The blocks of an item before its headline is split from its body.

    `preface` stands above the item in its section. `has_repeated_label`: its first bold words recur in other items.
    """

    head: PagePiece
    section: str
    preface: list[Block] = field(default_factory=list)
    body: list[Block] = field(default_factory=list)
    has_repeated_label: bool = False


class OmissionReason(StrEnum):
    """Why blocks go into no message."""

    CONTENTS = "contents"
    EMPTY_GROUP = "empty"
    TRAILING = "trailing"


@dataclass(slots=True)
class OmittedBlocks:
    """Blocks that go into no message, and why."""

    reason: OmissionReason
    blocks: list[Block]


@dataclass(slots=True, kw_only=True)
class DigestParts:
    """The blocks of each part of a digest."""

    intro: list[Block] = field(default_factory=list)
    items: list[ItemBlocks] = field(default_factory=list)
    commentary_title: str = ""
    commentary: list[Block] = field(default_factory=list)
    omitted: list[OmittedBlocks] = field(default_factory=list)


def assign_blocks(page: Page, selection: ItemSelection) -> DigestParts:
    """Assign every piece of the page to exactly one part."""
    return _BlockAssigner(page, selection).run()


class _BlockAssigner:
    """Assigner that walks the page once and keeps the section and item that are open."""

    def __init__(self, page: Page, selection: ItemSelection) -> None:
        self.page, self.selection = page, selection
        self.heads = frozenset(selection.heads)
        self.parts = DigestParts()
        self.section = ""
        self.open_section: PagePiece | None = None
        self.preface: list[Block] = []
        self.item: ItemBlocks | None = None
        self.structure = PageStructure(page, selection)

    def run(self) -> DigestParts:
        at = 0
        while at < len(self.page.pieces):
            at = self._step(at)
        if self.preface:
            self._omit(OmissionReason.TRAILING, self.preface)
        return self.parts

    def _step(self, at: int) -> int:
        """Assign the piece, with what belongs to it; return the index of the next piece."""
        piece = self.page.pieces[at]
        before_items = not self.parts.items
        if at in self.selection.contents:
            return self._contents_list(at)
        if at in self.heads:
            self._begin_item(piece)
        elif at > self.structure.last >= 0 and self._ends_items(at):
            return self._after_items(at)
        elif self.structure.is_commentary_heading(at, before_items=before_items):
            return self._commentary(at)
        elif self.structure.names_section(at, before_items=before_items):
            self._begin_section(piece)
        elif piece.kind is BlockKind.HEADING and (
            self.structure.is_empty_group(at) if before_items else self.structure.ends_item(at)
        ):
            return self._heading_without_items(at)
        elif piece.kind is not BlockKind.RULE:
            self._put(piece.block)
        return at + 1

    def _contents_list(self, at: int) -> int:
        stop = at
        while stop in self.selection.contents:
            stop += 1
        self._omit(OmissionReason.CONTENTS, self._blocks(at, stop))
        return stop

    def _ends_items(self, at: int) -> bool:
        """Whether a rule, a heading or something else ends the last item."""
        is_rule = self.page.pieces[at].kind is BlockKind.RULE
        return is_rule or self.structure.ends_item(at) or self.structure.ends_items_without_heading(at)

    def _begin_item(self, piece: PagePiece) -> None:
        self.item = ItemBlocks(head=piece, section=self.section, preface=self.preface)
        self.preface = []
        self.parts.items.append(self.item)

    def _put(self, block: Block) -> None:
        if not self.parts.items and not self.preface:
            self.parts.intro.append(block)
        elif self.item is not None:
            self.item.body.append(block)
        else:
            self.preface.append(block)

    def _begin_section(self, piece: PagePiece) -> None:
        """Begin a section; the heading of a section that only contains sections goes to the first item below."""
        if self.item is None and self.open_section is not None:
            self._keep_title(self.open_section)
        self.section = piece.plain.strip("【】")
        self.open_section = piece
        self.item = None

    def _keep_title(self, heading: PagePiece) -> None:
        """Keep the name of a section that got no item of its own."""
        if not self.parts.items:
            self.parts.intro.append(heading.block)
        elif self.preface:
            self.preface.insert(0, heading.block)
        else:
            self._omit(OmissionReason.EMPTY_GROUP, [heading.block])

    def _commentary(self, at: int) -> int:
        piece = self.page.pieces[at]
        stop = region_extent(self.page, at).stop
        stop = next((index for index in range(at + 1, stop) if index in self.heads), stop)
        if self.parts.commentary_title or self.parts.commentary:
            self.parts.commentary.append(piece.block)
        else:
            self.parts.commentary_title = piece.plain.rstrip("：: ")
        self.parts.commentary.extend(self._blocks(at + 1, stop))
        return stop

    def _heading_without_items(self, at: int) -> int:
        """Handle a heading among the items with no item below it: an empty group, or text of its own."""
        stop = self.structure.end_of_group(at)
        blocks = self._blocks(at, stop)
        is_empty = self.structure.are_empty_notices(self.page.pieces[at + 1 : stop])
        if is_empty or at in self.selection.excluded or self.item is None:
            self._omit(OmissionReason.EMPTY_GROUP if is_empty else OmissionReason.TRAILING, blocks)
        else:
            self.item.body.extend(blocks)
        return stop

    def _after_items(self, at: int) -> int:
        """Handle what follows the last item, up to the next heading or rule."""
        start = at
        while start < len(self.page.pieces) and self.page.pieces[start].kind is BlockKind.RULE:
            start += 1
        if start == len(self.page.pieces):
            return start
        piece = self.page.pieces[start]
        if start not in self.selection.contents and self.structure.names_commentary(piece):
            return self._commentary(start) if piece.rank else self._inline_commentary(start)
        stop = start + 1
        while stop < len(self.page.pieces) and not self.structure.ends_omitted_blocks(start, stop):
            stop += 1
        group = self.page.pieces[start + 1 : stop]
        is_empty = piece.rank and self.structure.are_empty_notices(group)
        reason = OmissionReason.EMPTY_GROUP if is_empty else OmissionReason.TRAILING
        self._omit(reason, self._blocks(start, stop))
        return stop

    def _inline_commentary(self, at: int) -> int:
        """Handle `**点评**：text`: the name at the start of the paragraph becomes the commentary's title."""
        piece = self.page.pieces[at]
        stop = at + 1
        while stop < len(self.page.pieces) and self.page.pieces[stop].kind is not BlockKind.RULE:
            if self.page.pieces[stop].rank:
                break
            stop += 1
        self.parts.commentary.extend((*self._without_name(piece), *self._blocks(at + 1, stop)))
        return stop

    def _without_name(self, piece: PagePiece) -> list[Block]:
        """Return the paragraph; the first one without its name, which becomes the commentary's title."""
        if self.parts.commentary_title or self.parts.commentary:
            return [piece.block]
        self.parts.commentary_title, start = inline_commentary_name(piece)
        return [_cut_before(piece.block, start)]

    def _blocks(self, start: int, stop: int) -> list[Block]:
        return [piece.block for piece in self.page.pieces[start:stop] if piece.kind is not BlockKind.RULE]

    def _omit(self, reason: OmissionReason, blocks: list[Block]) -> None:
        self.parts.omitted.append(OmittedBlocks(reason, list(blocks)))


def _cut_before(block: Block, start: int) -> Block:
    """Remove the first characters of a block's first line, within a quote or an entry too."""
    if block.lines:
        text = block.lines[0].text[start:].strip()
        first = (replace(block.lines[0], text=text),) if text else ()
        return replace(block, lines=(*first, *block.lines[1:]))
    if block.children:
        return replace(block, children=(_cut_before(block.children[0], start), *block.children[1:]))
    return block
