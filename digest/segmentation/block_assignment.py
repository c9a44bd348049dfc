"""A page and its heads in; introduction, items under their sections, commentary and trailing matter out, as blocks.

What stands between two heads belongs to the first of them, unless a sign (a heading, a bold line) leads away from it:
to a section (heads follow below it), to the commentary, or to trailing matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC

from digest.parsing.blocks import Block, Kind
from digest.parsing.dates import find_date
from digest.segmentation.features import BOLD_RANK, Page, Piece
from digest.segmentation.regions import Zone, is_goal, is_strict, led_name, region, says_nothing, zone_of
from digest.segmentation.selection import Choice
from digest.segmentation.text_metrics import is_label


@dataclass(slots=True)
class RawItem:
    """An item before its headline is told from its body: its pieces, and those that stand above it in its section.
    `labelled`: its first bold words are those of another item too."""

    head: Piece
    section: str
    preface: list[Block] = field(default_factory=list)
    body: list[Block] = field(default_factory=list)
    labelled: bool = False


@dataclass(slots=True)
class Aside:
    """Pieces that go into no message: `why` is "empty" for a group without items, "contents", or "trailing"."""

    why: str
    blocks: list[Block]


@dataclass(slots=True)
class Layout:
    """What stands where."""

    intro: list[Block] = field(default_factory=list)
    items: list[RawItem] = field(default_factory=list)
    commentary_title: str = ""
    commentary: list[Block] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)


def lay_out(page: Page, choice: Choice) -> Layout:
    """Every piece of the page in its place; no piece in two, and none in no place."""
    return _Layouter(page, choice).run()


class _Layouter:
    def __init__(self, page: Page, choice: Choice) -> None:
        self.page, self.choice = page, choice
        self.heads = frozenset(choice.heads)
        self.layout = Layout()
        self.section = ""
        self.opened: Piece | None = None
        self.preface: list[Block] = []
        self.item: RawItem | None = None
        self.last = max(choice.heads, default=-1)
        self.item_rank = min((page.pieces[at].rank or BOLD_RANK + 1 for at in choice.heads), default=BOLD_RANK + 1)
        first = min(choice.heads, default=0)
        self.rank_above_first = page.pieces[first - 1].rank if first else 0
        self.signs = Counter(piece.plain for piece in page.pieces if piece.rank)
        self.section_ranks = self._section_ranks()
        self.recurring = self._recurring()

    def run(self) -> Layout:
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
        elif at > self.last >= 0 and (piece.kind is Kind.RULE or self._leads_away(at) or self._ends_items(at)):
            return self._after_items(at)
        elif self._is_commentary(at):
            return self._commentary(at)
        elif self._governs(at):
            self._open_section(piece)
        elif piece.kind is Kind.HEADING and (self._leads_away(at) if self.layout.items else self._is_empty(at)):
            return self._between(at)
        elif piece.kind is not Kind.RULE:
            self._put(piece.block)
        return at + 1

    def _begin(self, piece: Piece) -> None:
        self.item = RawItem(piece, self.section, self.preface)
        self.preface = []
        self.layout.items.append(self.item)

    def _put(self, block: Block) -> None:
        if not self.layout.items and not self.preface:
            self.layout.intro.append(block)
        elif self.item is not None:
            self.item.body.append(block)
        else:
            self.preface.append(block)

    def _open_section(self, piece: Piece) -> None:
        """A section begins; a heading that holds only other sections is shown with the first item below."""
        if self.item is None and self.opened is not None:
            self._keep_title(self.opened)
        self.section = piece.plain.strip("【】")
        self.opened = piece
        self.item = None

    def _keep_title(self, opened: Piece) -> None:
        """The name of a section that got no item of its own is not lost."""
        if not self.layout.items:
            self.layout.intro.append(opened.block)
        elif self.preface:
            self.preface.insert(0, opened.block)
        else:
            self._aside("empty", [opened.block])

    def _governs(self, at: int) -> bool:
        """Whether the piece is the name of a section: a head follows below it before another sign of its rank."""
        piece = self.page.pieces[at]
        if not self._is_sign(at) or self._is_title(at) or self._introduces(at):
            return False
        if piece.rank >= self.item_rank or piece.rank == BOLD_RANK:
            return at + 1 in self.heads
        for index in range(at + 1, len(self.page.pieces)):
            if index in self.heads:
                return True
            if 0 < self.page.pieces[index].rank <= piece.rank:
                return False
        return False

    def _is_sign(self, at: int) -> bool:
        """Whether the piece may lead away from the item above it. One of the headlines' own rank is no headline: it
        may be a name with nothing but headlines below; so may one of a lower rank that stands above the first too."""
        piece = self.page.pieces[at]
        glued = piece.block.glued and not piece.plain.startswith("【")
        if self._is_field(at):
            return False
        ranked = 0 < piece.rank <= self.item_rank or (piece.rank and piece.rank == self.rank_above_first)
        return bool(ranked) and at not in self.choice.barred and not glued

    def _is_title(self, at: int) -> bool:
        """Whether the piece is the one heading above all others, of the first level or a date: a title beside the front
        matter's."""
        level = self.page.pieces[0].block.level
        if at or not level or self.page.levels[level] > 1 or min(self.page.levels) < level:
            return False
        return level == 1 or find_date(self.page.pieces[0].plain, UTC) is not None

    def _introduces(self, at: int) -> bool:
        """Whether the piece is the name of a summary that has the items below it too, without a name of their own."""
        return not self.layout.items and at + 1 not in self.heads and zone_of(self.page.pieces[at]) is Zone.SUMMARY

    def _leads_away(self, at: int) -> bool:
        """Whether the sign ends the item above it."""
        piece = self.page.pieces[at]
        if not piece.rank or piece.block.glued or self._is_field(at):
            return False
        zone = zone_of(piece)
        if piece.rank == BOLD_RANK:
            return zone in (Zone.COMMENTARY, Zone.TRAILING) and self._occurs_once(at)
        if zone is not None and self._occurs_once(at):
            return True
        if self.item_rank < BOLD_RANK:
            return piece.rank <= self.item_rank
        return not self.section_ranks or piece.rank <= max(self.section_ranks)

    def _ends_items(self, at: int) -> bool:
        """Whether what is no heading ends the last item all the same."""
        piece = self.page.pieces[at]
        closing = at in self.choice.barred and not piece.block.glued and bool(led_name(piece)[0])
        leads_off = (piece.kind is Kind.PARAGRAPH and piece.navigates) or is_goal(self.page, at)
        return closing or leads_off or self._is_footer(at)

    def _is_footer(self, at: int) -> bool:
        """Whether the piece begins a bulleted list below numbered entries, none of which had one below it."""
        kinds = {self.page.pieces[head].kind for head in self.heads}
        numbered = all(self.page.pieces[head].block.ordered for head in self.heads)
        entries = (index for index in range(min(self.heads), self.last) if self.page.pieces[index].kind is Kind.ENTRY)
        return (
            kinds == {Kind.ENTRY}
            and numbered
            and self.page.pieces[at].kind is Kind.ENTRY
            and not self.page.pieces[at].block.ordered
            and self.page.pieces[at - 1].kind is Kind.ENTRY
            and all(index in self.heads for index in entries)
        )

    def _occurs_once(self, at: int) -> bool:
        return self.page.pieces[at].plain not in self.recurring

    def _section_ranks(self) -> frozenset[int]:
        pieces = enumerate(self.page.pieces)
        return frozenset(piece.rank for at, piece in pieces if piece.kind is Kind.HEADING and self._governs(at))

    def _is_field(self, at: int) -> bool:
        """Whether the sign names a part of an item (`#### 背景`), or recurs in item after item."""
        piece = self.page.pieces[at]
        if at < min(self.heads, default=0):
            return False
        count = self.signs[piece.plain]
        named = is_label(piece.plain) and (count > 1 or zone_of(piece) is None)
        return named or (count > 1 and count * 2 > len(self.heads))

    def _recurring(self) -> frozenset[str]:
        """Names of signs that recur among the items: each item has its own, so they are part of it."""
        first = min(self.choice.heads, default=0)
        names = Counter(piece.plain for at, piece in enumerate(self.page.pieces) if at > first and zone_of(piece))
        return frozenset(name for name, count in names.items() if count > 1)

    def _is_commentary(self, at: int) -> bool:
        """A commentary before or among the items: only where its heading can mean nothing else."""
        piece = self.page.pieces[at]
        return (
            piece.rank > 0
            and zone_of(piece) is Zone.COMMENTARY
            and self._occurs_once(at)
            and at in self.choice.barred
            and (is_strict(piece.plain) or (bool(self.layout.items) and piece.kind is Kind.HEADING))
        )

    def _commentary(self, at: int) -> int:
        piece = self.page.pieces[at]
        stop = region(self.page, at).stop
        stop = next((index for index in range(at + 1, stop) if index in self.heads), stop)
        if self.layout.commentary_title or self.layout.commentary:
            self.layout.commentary.append(piece.block)
        else:
            self.layout.commentary_title = piece.plain.rstrip("：: ")
        self.layout.commentary.extend(self._blocks(at + 1, stop))
        return stop

    def _between(self, at: int) -> int:
        """A heading among the items that no item stands under: an empty group, or text of its own."""
        stop = self._end_of_group(at)
        blocks = self._blocks(at, stop)
        empty = self._is_empty_group(self.page.pieces[at + 1 : stop])
        if empty or at in self.choice.barred or self.item is None:
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
        """Whether all that stands under the heading is that there is nothing."""
        stop = self._end_of_group(at)
        return stop > at + 1 and self._is_empty_group(self.page.pieces[at + 1 : stop])

    def _after_items(self, at: int) -> int:
        """What follows the last item: commentary, empty groups, trailing matter; up to the next sign or rule."""
        start = at
        while start < len(self.page.pieces) and self.page.pieces[start].kind is Kind.RULE:
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

    def _names_commentary(self, piece: Piece) -> bool:
        if piece.rank:
            return zone_of(piece) is Zone.COMMENTARY
        return bool(led_name(piece)[0])

    def _led_commentary(self, at: int) -> int:
        """`**点评**：text`: the name stands in the paragraph itself, and becomes the heading."""
        piece = self.page.pieces[at]
        stop = at + 1
        while stop < len(self.page.pieces) and self.page.pieces[stop].kind is not Kind.RULE:
            if self.page.pieces[stop].rank:
                break
            stop += 1
        self.layout.commentary.extend((*self._named(piece), *self._blocks(at + 1, stop)))
        return stop

    def _named(self, piece: Piece) -> list[Block]:
        """The paragraph; the first without its name, which stands above the commentary then."""
        if self.layout.commentary_title or self.layout.commentary:
            return [piece.block]
        self.layout.commentary_title, start = led_name(piece)
        return [_cut_before(piece.block, start)]

    def _ends_aside(self, start: int, at: int) -> bool:
        piece = self.page.pieces[at]
        if piece.kind is Kind.RULE or self._names_commentary(piece):
            return True
        return piece.kind is Kind.HEADING and piece.rank <= (self.page.pieces[start].rank or 6)

    def _is_empty_group(self, pieces: Sequence[Piece]) -> bool:
        texts = [piece for piece in pieces if piece.kind is not Kind.RULE]
        return all(says_nothing(piece.rest.plain) and not piece.linked for piece in texts)

    def _blocks(self, start: int, stop: int) -> list[Block]:
        return [piece.block for piece in self.page.pieces[start:stop] if piece.kind is not Kind.RULE]

    def _aside(self, why: str, blocks: list[Block]) -> None:
        self.layout.asides.append(Aside(why, list(blocks)))


def _cut_before(block: Block, start: int) -> Block:
    """The block without the first characters of its first line; a quote or an entry without those of what it holds."""
    if block.lines:
        text = block.lines[0].text[start:].strip()
        first = (replace(block.lines[0], text=text),) if text else ()
        return replace(block, lines=(*first, *block.lines[1:]))
    if block.children:
        return replace(block, children=(_cut_before(block.children[0], start), *block.children[1:]))
    return block
