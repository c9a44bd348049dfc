"""The blocks of one digest as the recognisers look at them: each with what can be told of it by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from digest.parsing.blocks import Block, Kind
from digest.parsing.inline import Line
from digest.parsing.list_markers import Marker, bullet_of, is_ordinal, marker_of, tag_of
from digest.segmentation.section_names import is_section_name
from digest.segmentation.text_metrics import covers, is_address, is_more, leading, links, weight
from domain.chat.text import Style, Text

BOLD_RANK = 7
"""The rank of a bold line that serves as a heading: below every heading."""

_LONGEST_SIGN = 30
_STOPS = tuple("。；，.")
_LONGEST_GOAL = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """A top-level block and its features. `text` is its first line, `rest` that line without its number; `size` how
    many characters all of it has; `linked` whether any of it is a link; `rank` a heading's level, BOLD_RANK for a line
    that serves as a heading, 0 for what is no sign."""

    block: Block
    text: Text
    rest: Text
    number: str
    marker: Marker | None
    size: int
    linked: bool
    bold: bool
    link: bool
    bare: bool
    rank: int

    @property
    def kind(self) -> Kind:
        return self.block.kind

    @property
    def written(self) -> str:
        """The number as it is written: `01`."""
        return self.block.number or (self.marker.number if self.marker else "")

    @property
    def plain(self) -> str:
        return self.text.plain

    @property
    def long(self) -> bool:
        """Whether more than one line of text stands in it."""
        return len(list(islice(all_lines(self.block), 2))) > 1

    @property
    def strong(self) -> bool:
        """Whether it looks like an item by itself: it has a link, or a headline in bold."""
        return self.linked or leading(self.rest, Style.BOLD) is not None

    @property
    def is_ordinal(self) -> bool:
        """Whether it begins with a Chinese numeral: `一、`."""
        return is_ordinal(self.plain)

    @property
    def navigates(self) -> bool:
        """Whether it is nothing but short names of places to go to: `[订阅](u) | [往期](u)`."""
        names = [self.plain[span.start : span.end] for span in links(self.text)]
        short = all(weight(name) <= _LONGEST_GOAL and not any(map(str.isdigit, name)) for name in names)
        return len(names) > 1 and self.link and short


@dataclass(frozen=True, slots=True)
class Page:
    """All pieces of a digest; `barred` are those that stand in its summary, commentary or trailing matter."""

    pieces: tuple[Piece, ...]
    barred: frozenset[int] = frozenset()

    @property
    def levels(self) -> Counter[int]:
        """How many headings there are of each level."""
        return Counter(piece.block.level for piece in self.pieces if piece.kind is Kind.HEADING)

    def open(self) -> Iterator[tuple[int, Piece]]:
        """The pieces that may begin an item."""
        return ((at, piece) for at, piece in enumerate(self.pieces) if at not in self.barred)

    def is_strong(self, at: int) -> bool:
        """Whether the piece looks like an item by itself, or has its address on the next line."""
        return self.pieces[at].strong or self.has_address_below(at)

    def has_address_below(self, at: int) -> bool:
        """Whether the next line is an address."""
        return at + 1 < len(self.pieces) and self.pieces[at + 1].bare

    def after(self, at: int) -> Piece | None:
        """The next piece that is no rule."""
        following = (self.pieces[index] for index in range(at + 1, len(self.pieces)))
        return next((piece for piece in following if piece.kind is not Kind.RULE), None)


def look_at(blocks: tuple[Block, ...]) -> Page:
    """The page of flattened blocks."""
    return Page(tuple(_piece(block) for block in blocks))


def _piece(block: Block) -> Piece:
    line = first_line(block)
    text = line.text if line else Text()
    marker = _marker(block, line) if line else None
    number = block.number or (marker.number if marker else "")
    rest = text
    if marker is not None:
        rest = text[: marker.at] if marker.at_end else text[marker.at :]
    lines = list(all_lines(block))
    bold, link = covers(text, Style.BOLD), covers(rest, Style.LINK) and not is_more(rest.plain)
    return Piece(
        block, text, rest, str(int(number)) if number else "", marker,
        size=sum(len(each.text.plain) for each in lines) + len(block.raw),
        linked=any(span.style is Style.LINK for each in lines for span in each.text.spans),
        bold=bold,
        link=link,
        bare=is_address(text.plain),
        rank=block.level or (BOLD_RANK if not link and _is_like_heading(block, text.plain, bold=bold) else 0),
    )  # fmt: skip


def _is_like_heading(block: Block, plain: str, *, bold: bool) -> bool:
    """Whether a paragraph is one short line, bold or in 【】, as people write for a heading; or a bare name."""
    if block.kind is not Kind.PARAGRAPH or not plain or plain.endswith(_STOPS):
        return False
    bare = is_ordinal(plain) or (not block.glued and is_section_name(plain))
    marked = bold or bare or (plain.startswith("【") and plain.endswith("】"))
    return marked and 0 < weight(plain) <= _LONGEST_SIGN


def _marker(block: Block, line: Line) -> Marker | None:
    if line.literal or (block.kind is Kind.ENTRY and block.ordered) or block.kind is Kind.QUOTE:
        return None
    plain = line.text.plain
    if block.kind is Kind.HEADING and is_ordinal(plain):
        return None  # `## 一、`: a section as a rule, and a headline like any other if not
    if block.kind is Kind.HEADING:
        return marker_of(plain) or tag_of(plain)
    return marker_of(plain) or (bullet_of(plain) if block.kind is Kind.PARAGRAPH else None)


def first_line(block: Block) -> Line | None:
    """The first line of text that a reader sees of a block."""
    return next(all_lines(block), None)


def all_lines(block: Block) -> Iterator[Line]:
    """Every line of text in a block."""
    yield from block.lines
    for row in block.rows:
        yield from row
    for child in block.children:
        yield from all_lines(child)
