"""Describe the blocks of a digest for the detectors: each block with the features visible in itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from digest.parsing.blocks import Block, BlockKind
from digest.parsing.inline import TextLine
from digest.parsing.list_markers import (
    ListMarker,
    find_bullet,
    find_marker,
    find_trailing_number,
    starts_with_chinese_numeral,
)
from digest.segmentation.section_names import is_section_name
from digest.segmentation.text_metrics import (
    is_covered_by,
    is_read_more_label,
    is_url,
    leading_span,
    link_spans,
    reading_length,
)
from domain.chat.text import Style, Text

BOLD_LINE_RANK = 7
"""Rank of a bold line that serves as a heading: below every heading."""

_MAX_BOLD_HEADING_LENGTH = 30
_SENTENCE_ENDS = tuple("。；，.")
_MAX_NAVIGATION_NAME_LENGTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePiece:
    """A top-level block with its features.

    `text` is its first line and `unnumbered` that line without its number; `character_count` covers the whole block;
    `has_link` tells whether any of it is a link. `rank` is a heading's level, BOLD_LINE_RANK for a line that serves as
    a heading, else 0.
    """

    block: Block
    text: Text
    unnumbered: Text
    number: str
    marker: ListMarker | None
    character_count: int
    has_link: bool
    is_bold: bool
    is_link: bool
    is_bare_url: bool
    rank: int

    @property
    def kind(self) -> BlockKind:
        return self.block.kind

    @property
    def written_number(self) -> str:
        """The number as written: `01`."""
        return self.block.number or (self.marker.number if self.marker else "")

    @property
    def plain(self) -> str:
        return self.text.plain

    @property
    def is_multiline(self) -> bool:
        """Whether it has more than one line of text."""
        return len(list(islice(all_lines(self.block), 2))) > 1

    @property
    def looks_like_item(self) -> bool:
        """Whether it has a link or a headline in bold."""
        return self.has_link or leading_span(self.unnumbered, Style.BOLD) is not None

    @property
    def has_chinese_numeral(self) -> bool:
        """Whether it begins with a Chinese numeral: `一、`."""
        return starts_with_chinese_numeral(self.plain)

    @property
    def is_navigation(self) -> bool:
        """Whether it consists of short names of destinations: `[订阅](u) | [往期](u)`."""
        names = [self.plain[span.start : span.end] for span in link_spans(self.text)]
        short = all(
            reading_length(name) <= _MAX_NAVIGATION_NAME_LENGTH and not any(map(str.isdigit, name)) for name in names
        )
        return len(names) > 1 and self.is_link and short


@dataclass(frozen=True, slots=True)
class Page:
    """All pieces of a digest; `excluded` pieces stand in a summary, the commentary or trailing matter."""

    pieces: tuple[PagePiece, ...]
    excluded: frozenset[int] = frozenset()

    @property
    def heading_levels(self) -> Counter[int]:
        """Number of headings of each level."""
        return Counter(piece.block.level for piece in self.pieces if piece.kind is BlockKind.HEADING)

    def candidates(self) -> Iterator[tuple[int, PagePiece]]:
        """The pieces, with their indexes, that may begin an item."""
        return ((at, piece) for at, piece in enumerate(self.pieces) if at not in self.excluded)

    def looks_like_item(self, at: int) -> bool:
        """Whether the piece has a link, a headline in bold, or its address on the next line."""
        return self.pieces[at].looks_like_item or self.has_address_below(at)

    def has_address_below(self, at: int) -> bool:
        """Whether the next piece is a bare address."""
        return at + 1 < len(self.pieces) and self.pieces[at + 1].is_bare_url

    def next_content(self, at: int) -> PagePiece | None:
        """Return the next piece that is not a rule."""
        following = (self.pieces[index] for index in range(at + 1, len(self.pieces)))
        return next((piece for piece in following if piece.kind is not BlockKind.RULE), None)


def build_page(blocks: tuple[Block, ...]) -> Page:
    """Build the page of flattened blocks."""
    return Page(tuple(_build_piece(block) for block in blocks))


def _build_piece(block: Block) -> PagePiece:
    line = first_line(block)
    text = line.text if line else Text()
    marker = _find_marker(block, line) if line else None
    number = block.number or (marker.number if marker else "")
    rest = text
    if marker is not None:
        rest = text[: marker.offset] if marker.at_end else text[marker.offset :]
    lines = list(all_lines(block))
    bold, link = is_covered_by(text, Style.BOLD), is_covered_by(rest, Style.LINK) and not is_read_more_label(rest.plain)
    return PagePiece(
        block=block,
        text=text,
        unnumbered=rest,
        number=str(int(number)) if number else "",
        marker=marker,
        character_count=sum(len(line.text.plain) for line in lines) + len(block.raw),
        has_link=any(span.style is Style.LINK for line in lines for span in line.text.spans),
        is_bold=bold,
        is_link=link,
        is_bare_url=is_url(text.plain),
        rank=block.level or (BOLD_LINE_RANK if not link and _is_like_heading(block, text.plain, bold=bold) else 0),
    )


def _is_like_heading(block: Block, plain: str, *, bold: bool) -> bool:
    """Whether a paragraph is one short line that serves as a heading: bold, in 【】, or a section's name."""
    if block.kind is not BlockKind.PARAGRAPH or not plain or plain.endswith(_SENTENCE_ENDS):
        return False
    bare = starts_with_chinese_numeral(plain) or (not block.continues_previous and is_section_name(plain))
    marked = bold or bare or (plain.startswith("【") and plain.endswith("】"))
    return marked and 0 < reading_length(plain) <= _MAX_BOLD_HEADING_LENGTH


def _find_marker(block: Block, line: TextLine) -> ListMarker | None:
    if line.starts_escaped or (block.kind is BlockKind.ENTRY and block.ordered) or block.kind is BlockKind.QUOTE:
        return None
    plain = line.text.plain
    if block.kind is BlockKind.HEADING and starts_with_chinese_numeral(plain):
        return None  # `## 一、`: a section as a rule, and a headline like any other if not
    if block.kind is BlockKind.HEADING:
        return find_marker(plain) or find_trailing_number(plain)
    return find_marker(plain) or (find_bullet(plain) if block.kind is BlockKind.PARAGRAPH else None)


def first_line(block: Block) -> TextLine | None:
    """Return the block's first line of text."""
    return next(all_lines(block), None)


def all_lines(block: Block) -> Iterator[TextLine]:
    """Return every line of text in the block."""
    yield from block.lines
    for row in block.rows:
        for cell in row:
            yield from cell
    for child in block.children:
        yield from all_lines(child)
