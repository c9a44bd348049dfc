"""Tell how each block of a page looks: all blocks of one shape may begin items."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from digest.parsing.blocks import BlockKind
from digest.parsing.list_markers import starts_with_chinese_numeral
from digest.segmentation.footers import is_destination
from digest.segmentation.pieces import CLAUSE_ENDS, PagePiece
from digest.segmentation.text_metrics import (
    is_read_more_label,
    is_tags,
    is_url,
    is_wrapped,
    leading_span,
    link_spans,
    reading_length,
)
from digest.segmentation.vocabulary import NameKind, is_date_label, is_kind
from domain.chat.text import Style
from domain.names import fold_name

_MIN_LEAD_LENGTH = 4
_MIN_LEADS = 2
_MIN_LINKED_LINES = 3  # for each that is one word
_MAX_LINES_ABOVE_ADDRESS = 12
_MAX_SOURCE_LENGTH = 12
_MAX_LINES_TO_SOURCE = 4
_PAIR = 2  # lines with one address: a headline and its source
_LINE_ENDS = tuple("。，；.,;")
_BODY_LEADS = "：:–—-|｜"
_DASHES = "—–-"  # before a source, not before a headline
_STOP_BEHIND = re.compile(r"[\"”»]?[.!?]\s+[A-ZÀ-ÞА-Я¿¡\"“«]")
_MIN_TITLE_WORDS = 3
_ATTRIBUTIONS = ("—", "– ", "-- ")  # before the source of a quote


class Shape(StrEnum):
    """How a block looks; all blocks of one shape may begin items."""

    HEADING = "heading"
    NUMBERED_ENTRY = "numbered entry"
    BULLET = "bullet"
    NUMBERED_LINE = "numbered line"
    ORDINAL_LINE = "line with a Chinese numeral"
    SIGNED_LINE = "line with a sign"
    ADDRESS_TITLE = "title with an address"
    LINKED_LINE = "linked line"
    BOLD_LINE = "bold line"
    BOLD_LEAD = "paragraph that begins in bold"
    LINKED_PARAGRAPH = "paragraph with a link"
    QUOTE = "quote with a link or bold words"
    FIRST_LINE = "first line of several"
    TEXT = "text"
    RULE = "rule"


def find_shapes(pieces: Sequence[PagePiece], ruled: Set[int]) -> tuple[Shape, ...]:
    """Return the shape of each piece; `ruled` are the pieces below a rule."""
    return _Shapes(pieces, ruled).find()


def has_address_below(pieces: Sequence[PagePiece], ruled: Set[int], at: int) -> bool:
    """Whether the next piece is a bare address, and no rule stands above it."""
    return at + 1 < len(pieces) and pieces[at + 1].is_bare_url and at + 1 not in ruled


@dataclass(frozen=True)
class _Shapes:
    """The pieces of a page, whose shapes depend on one another."""

    pieces: Sequence[PagePiece]
    ruled: Set[int]

    def find(self) -> tuple[Shape, ...]:
        """Return the shape of each piece."""
        titles = frozenset(_titles_with_addresses(self.pieces, self.ruled))
        shapes = [_shape(piece, at in titles) for at, piece in enumerate(self.pieces)]
        lines = [at for at, shape in enumerate(shapes) if shape is Shape.LINKED_LINE]
        counts = Counter(fold_name(self.pieces[at].plain) for at in lines)
        sources = frozenset(
            at for at in lines if counts[fold_name(self.pieces[at].plain)] > 1 or self._repeats_link(at)
        )
        shapes = [Shape.TEXT if at in sources else shape for at, shape in enumerate(shapes)]
        short = [at for at in range(len(shapes)) if self._is_short_title(at, shapes)]
        if len(lines) - len(sources) >= _MIN_LINKED_LINES * len(short):
            shapes = [Shape.LINKED_LINE if at in short else shape for at, shape in enumerate(shapes)]
        leads = shapes.count(Shape.BOLD_LEAD) >= _MIN_LEADS
        shapes = [Shape.BOLD_LEAD if leads and self._leads_text(at, shapes) else s for at, s in enumerate(shapes)]
        first = [at for at in range(len(shapes)) if self._is_first_line(at, shapes)]
        if len(first) < 2:
            return tuple(shapes)
        for at in first:
            shapes[at : at + 2] = Shape.FIRST_LINE, Shape.TEXT
        return tuple(shapes)

    def _is_short_title(self, at: int, shapes: Sequence[Shape]) -> bool:
        """Whether a paragraph is one linked word, which is a headline where other linked lines are."""
        piece = self.pieces[at]
        is_alone = piece.is_link and not piece.block.continues_previous and not piece.is_multiline
        return shapes[at] is Shape.LINKED_PARAGRAPH and is_alone and not is_destination(piece)

    def _repeats_link(self, at: int) -> bool:
        """Whether a short line leads where a longer one a little above it does: the source below a linked headline."""
        piece = self.pieces[at]
        addresses = {span.value for span in link_spans(piece.text) if self._address_counts[span.value] == _PAIR}
        near = (each for each in self.pieces[max(0, at - _MAX_LINES_TO_SOURCE) : at] if not each.is_bare_url)
        return piece.reading_length <= _MAX_SOURCE_LENGTH and any(
            piece.reading_length < above.reading_length and addresses & {span.value for span in link_spans(above.text)}
            for above in near
        )

    @cached_property
    def _address_counts(self) -> Counter[str]:
        """How many pieces begin with a line that has each address."""
        return Counter(address for piece in self.pieces for address in {span.value for span in link_spans(piece.text)})

    def _leads_text(self, at: int, shapes: Sequence[Shape]) -> bool:
        """Whether a bold line is the first of its paragraph, as lines with further words behind bold ones are.

        So may be the only linked one; of several, each is a headline by itself.
        """
        is_alone = shapes[at] is Shape.LINKED_LINE and shapes.count(Shape.LINKED_LINE) < 2
        is_bold = shapes[at] is Shape.BOLD_LINE or (is_alone and self.pieces[at].is_bold)
        is_begun = is_bold and not self.pieces[at].block.continues_previous
        return is_begun and at + 1 < len(shapes) and self.pieces[at + 1].block.continues_previous

    def _is_name(self, at: int) -> bool:
        """Whether a line begins a paragraph and is known as the name of a section."""
        piece = self.pieces[at]
        return piece.rank > 0 and piece.is_section_name and not piece.block.continues_previous

    def _is_first_line(self, at: int, shapes: Sequence[Shape]) -> bool:
        """Whether a plain line begins a paragraph, perhaps below a name on its first line, and may be a title."""
        text = (Shape.TEXT, Shape.LINKED_PARAGRAPH)
        if shapes[at] is not Shape.TEXT or at + 1 >= len(shapes) or shapes[at + 1] not in text:
            return False
        piece, below = self.pieces[at], self.pieces[at + 1]
        is_line = piece.kind is BlockKind.PARAGRAPH and not piece.rank and not piece.is_only_link
        is_begun = not piece.block.continues_previous or self._is_name(at - 1)
        begins = is_begun and below.block.continues_previous
        is_title = not piece.plain.endswith(_LINE_ENDS) and not is_wrapped(piece.plain, below.plain)
        return is_line and begins and is_title


def _shape(piece: PagePiece, is_title: bool) -> Shape:
    match piece.kind:
        case BlockKind.HEADING:
            return Shape.HEADING
        case BlockKind.ENTRY:
            return Shape.NUMBERED_ENTRY if piece.number else Shape.BULLET
        case BlockKind.QUOTE:
            is_source = piece.is_only_link and not piece.is_multiline
            return Shape.QUOTE if (piece.has_link or piece.has_bold_lead) and not is_source else Shape.TEXT
        case BlockKind.PARAGRAPH:
            return _shape_of_line(piece, is_title)
    return Shape.TEXT


def _shape_of_line(piece: PagePiece, is_title: bool) -> Shape:
    if piece.number and piece.unnumbered:
        return Shape.ORDINAL_LINE if starts_with_chinese_numeral(piece.plain) else Shape.NUMBERED_LINE
    if piece.marker and piece.unnumbered:
        return Shape.SIGNED_LINE
    if piece.is_only_link or piece.is_navigation or piece.plain.startswith(_ATTRIBUTIONS):
        return Shape.TEXT
    if is_title and not piece.is_bold:
        return Shape.ADDRESS_TITLE
    if _is_linked_line(piece):
        return Shape.LINKED_LINE
    if piece.is_bold and (piece.reading_length > 1 or piece.rank):
        return Shape.BOLD_LINE
    if piece.has_bold_lead and piece.reading_length >= _MIN_LEAD_LENGTH:
        return Shape.BOLD_LEAD
    return Shape.LINKED_PARAGRAPH if piece.has_link else Shape.TEXT


def _is_linked_line(piece: PagePiece) -> bool:
    """Whether the line is one link that is a headline, or begins with one and a colon or dash: `[T](u): text`."""
    span = leading_span(piece.unnumbered, Style.LINK)
    if span is None or piece.plain[0] in _DASHES or is_url(piece.unnumbered.plain[span.start : span.end]):
        return False
    if piece.unnumbered.plain[span.end :].lstrip()[:1] in _BODY_LEADS and len(piece.unnumbered) > span.end:
        return reading_length(piece.unnumbered.plain[span.start : span.end]) > 1
    if _STOP_BEHIND.match(piece.unnumbered.plain, span.end):
        return len(piece.unnumbered.plain[span.start : span.end].split()) >= _MIN_TITLE_WORDS
    ends_sentence = piece.unnumbered.plain[link_spans(piece.unnumbered)[-1].end :].lstrip()[:1] in CLAUSE_ENDS
    is_title = piece.is_bold or reading_length(piece.unnumbered.plain) > 1
    return piece.is_link and not ends_sentence and is_title


def _titles_with_addresses(pieces: Sequence[PagePiece], ruled: Set[int]) -> Iterator[int]:
    """Yield the titles of which the address follows: behind them, on the next line, or after sentences between."""
    for at, piece in enumerate(pieces):
        if piece.kind is not BlockKind.PARAGRAPH or piece.is_bare_url or is_read_more_label(piece.unnumbered.plain):
            continue
        if (has_address_below(pieces, ruled, at) or _ends_with_url(piece)) and not is_kind(
            piece.unnumbered.plain.replace(":", "：").partition("：")[0], NameKind.FIELD
        ):
            title = _title_above(pieces, ruled, at)
            if not is_tags(pieces[title].plain) and not _is_dated_address(pieces[title]):
                yield title


def _is_dated_address(piece: PagePiece) -> bool:
    """Whether a line is only a date or a time before an address."""
    spans = link_spans(piece.text)
    return bool(spans) and is_date_label(piece.plain[: spans[0].start].strip())


def _ends_with_url(piece: PagePiece) -> bool:
    """Whether the piece is a title followed by its address, the only one, and perhaps its source in brackets."""
    spans = link_spans(piece.unnumbered)
    plain = piece.unnumbered.plain
    urls = [span for span in spans if is_url(plain[span.start : span.end])]
    if len(urls) != 1 or urls[0] is not spans[-1]:
        return False
    behind = plain[urls[0].end :].strip()
    enclosed = not behind or (
        behind[0] in "(（[【)）" and behind[-1] in ")）]】" and reading_length(behind) <= _MAX_SOURCE_LENGTH
    )
    return enclosed and reading_length(plain[: urls[0].start]) > 1


def _title_above(pieces: Sequence[PagePiece], ruled: Set[int], at: int) -> int:
    """Return the title above the lines or sentences that end at `at`; `at` itself if there is none.

    It is the first line of a paragraph of several.
    """
    for index in range(at, max(-1, at - _MAX_LINES_ABOVE_ADDRESS), -1):
        piece = pieces[index]
        above = pieces[index - 1] if index else None
        if above is not None and piece.block.continues_previous and not above.has_link and not above.rank:
            continue
        if piece.kind is not BlockKind.PARAGRAPH or piece.is_bare_url or (index < at and index + 1 in ruled):
            break
        if not piece.is_sentence:
            return index
    return at
