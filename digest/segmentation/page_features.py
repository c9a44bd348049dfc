"""Describe a digest for segmentation: the shape of each block, and what stands around it.

`blocks -> pieces -> page`
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from functools import cached_property
from itertools import accumulate, pairwise

from digest.parsing.blocks import Block, BlockKind
from digest.parsing.dates import find_date
from digest.parsing.list_markers import starts_with_chinese_numeral
from digest.segmentation.advertisements import find_advertisements
from digest.segmentation.contents_lists import find_contents_lists
from digest.segmentation.footers import find_footers, is_destination
from digest.segmentation.list_names import find_list_names, find_named_entries
from digest.segmentation.page_marks import with_marks_of_page
from digest.segmentation.pieces import PagePiece, build_piece, is_sentence_with_label
from digest.segmentation.text_metrics import (
    TITLE_LABELS,
    bracketed_lead,
    is_read_more_label,
    is_tags,
    is_url,
    is_wrapped,
    leading_span,
    link_spans,
    reading_length,
    sentence_end,
)
from digest.segmentation.vocabulary import NameKind, is_kind, region_of, says_goodbye
from domain.chat.text import Style
from domain.names import fold_name

MAX_SECTION_NAME_LENGTH = 8
"""Reading length up to which a name is short for a section."""

_MIN_TITLE_LENGTH = 6
"""Reading length from which words in brackets above a text are a title, and no label."""

_MIN_LEAD_LENGTH = 4
_MIN_LEADS = 2
_MAX_LINES_ABOVE_ADDRESS = 12
_MAX_SOURCE_LENGTH = 12
_MAX_LINES_TO_SOURCE = 4
_PAIR = 2  # lines with one address: a headline and its source
_MAX_CLOSING_LINES = 4
_MAX_CLOSING_LENGTH = 40
_MAX_GOODBYE_LENGTH = 12  # of the first sentence of a longer farewell
_MAX_ENDING_CHARACTERS = 24
_CLAUSE_ENDS = tuple("。！？，；.!?,;")
_LINE_ENDS = tuple("。，；.,;")
_NOTE_SIGN = "※"
_BODY_LEADS = "：:–—-|｜"
_DASHES = "—–-"  # before a source, not before a headline
_STOP_BEHIND = re.compile(r"[\"”»]?[.!?]\s+[A-ZÀ-ÞА-Я¿¡\"“«]")
_MIN_TITLE_WORDS = 3
_COMMENTARIES = (NameKind.COMMENTARY, NameKind.OPINION)
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


@dataclass(frozen=True)
class Page:
    """All pieces of a digest, and what stands around each; rules are no pieces but marks before the next one."""

    pieces: tuple[PagePiece, ...]
    ruled: frozenset[int]

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """The shape of each piece."""
        titles = frozenset(_titles_with_addresses(self))
        shapes = [_shape(piece, at in titles) for at, piece in enumerate(self.pieces)]
        lines = [at for at, shape in enumerate(shapes) if shape is Shape.LINKED_LINE]
        counts = Counter(fold_name(self.pieces[at].plain) for at in lines)
        sources = frozenset(
            at for at in lines if counts[fold_name(self.pieces[at].plain)] > 1 or self._repeats_link(at)
        )
        shapes = [Shape.TEXT if at in sources else shape for at, shape in enumerate(shapes)]
        leads = shapes.count(Shape.BOLD_LEAD) >= _MIN_LEADS
        shapes = [Shape.BOLD_LEAD if leads and self._leads_text(at, shapes) else s for at, s in enumerate(shapes)]
        first = [at for at in range(len(shapes)) if self._is_first_line(at, shapes)]
        if len(first) < 2:
            return tuple(shapes)
        for at in first:
            shapes[at : at + 2] = Shape.FIRST_LINE, Shape.TEXT
        return tuple(shapes)

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

    def _is_first_line(self, at: int, shapes: Sequence[Shape]) -> bool:
        """Whether a plain line begins a paragraph of several lines, and may be their title."""
        text = (Shape.TEXT, Shape.LINKED_PARAGRAPH)
        if shapes[at] is not Shape.TEXT or at + 1 >= len(shapes) or shapes[at + 1] not in text:
            return False
        piece, below = self.pieces[at], self.pieces[at + 1]
        is_line = piece.kind is BlockKind.PARAGRAPH and not piece.rank and not piece.is_only_link
        begins = not piece.block.continues_previous and below.block.continues_previous
        is_title = not piece.plain.endswith(_LINE_ENDS) and not is_wrapped(piece.plain, below.plain)
        return is_line and begins and is_title

    @cached_property
    def advertisements(self) -> frozenset[int]:
        """The pieces that are labelled as advertisements."""
        return find_advertisements(self.pieces)

    @cached_property
    def contents(self) -> frozenset[int]:
        """The pieces of lists that repeat headlines further below."""
        return find_contents_lists(self.pieces, self.ruled)

    @cached_property
    def list_names(self) -> dict[int, float]:
        """How much each name that recurs in no item looks like that of a list."""
        found = find_list_names(self.pieces, self.entries, self.ruled)
        return {at: strength for at, strength in found.items() if self.pieces[at].plain not in self.recurring}

    @cached_property
    def named_entries(self) -> frozenset[int]:
        """The entries of lists whose names leave hardly a doubt that they are headlines."""
        return frozenset(find_named_entries(self.pieces, self.entries, self.list_names, self.ruled))

    @cached_property
    def entries(self) -> tuple[bool, ...]:
        """Whether each piece is one of a list."""
        return tuple(
            piece.kind is BlockKind.ENTRY or shape in (Shape.NUMBERED_LINE, Shape.SIGNED_LINE)
            for piece, shape in zip(self.pieces, self.shapes, strict=True)
        )

    @cached_property
    def recurring(self) -> frozenset[str]:
        """The names of headings and bold lines that occur more than once."""
        named = [
            piece for at, piece in enumerate(self.pieces) if (piece.rank or piece.is_bold) and at not in self.contents
        ]
        letter = bool(named) and named[0].region is NameKind.COMMENTARY  # of the editor, above the items
        names = Counter(piece.plain for piece in (named[1:] if letter else named))
        fields = (piece.plain for piece in named if piece.is_field and piece.block.level in self.field_levels)
        return frozenset((*(name for name, count in names.items() if count > 1), *fields))

    @cached_property
    def field_levels(self) -> frozenset[int]:
        """The levels of headings that name the parts of several items: fields right below higher headings."""
        headings = [piece for piece in self.pieces if piece.block.level]
        below = Counter(
            piece.block.level
            for above, piece in pairwise(headings)
            if piece.is_field and above.block.level < piece.block.level and not above.is_field
        )
        return frozenset(level for level, count in below.items() if count > 1)

    @cached_property
    def titles(self) -> frozenset[int]:
        """The headings at the start that stand above all others: titles beside the front matter's."""
        levels = Counter(piece.block.level for piece in self.pieces if piece.block.level)
        if not levels or not self.pieces[0].block.level:
            return frozenset()
        top = self.pieces[0].block.level
        first = range(next((at for at, piece in enumerate(self.pieces) if piece.block.level != top), len(self.pieces)))
        dated = find_date(self.pieces[0].plain, UTC) is not None
        is_alone = len(levels) == 1 == levels[top]
        is_above = (
            min(levels) == top and levels[top] == len(first) and (top == 1 or (dated and (is_alone or len(levels) > 1)))
        )
        return frozenset(first if is_above or self._is_only_date(top) else ())

    def _is_only_date(self, top: int) -> bool:
        """Whether of the headings of the highest level only the first, at the start, has the date of a day."""
        highest = [piece for piece in self.pieces if piece.block.level == top == 1]
        dated = [find_date(piece.plain, UTC) is not None for piece in highest]
        return len(dated) > 1 and dated[0] and not any(dated[1:])

    @cached_property
    def repeated_titles(self) -> frozenset[int]:
        """The lines that repeat the heading above them behind the label of a title: `**标题**：…`."""
        return frozenset(at for at, (above, piece) in enumerate(pairwise(self.pieces), 1) if _repeats(piece, above))

    @cached_property
    def closing_names(self) -> frozenset[int]:
        """The names of trailing matter, and of nothing else, below which no other names but those of regions stand."""
        found: set[int] = set()
        for at in range(len(self.pieces) - 1, -1, -1):
            piece = self.pieces[at]
            if piece.region is NameKind.TRAILING and piece.rank and not piece.is_section_name:
                found.add(at)
            elif piece.rank and piece.region not in _COMMENTARIES:
                break
        return frozenset(found)

    @cached_property
    def inline_regions(self) -> Counter[str]:
        """How often each name of a region begins a paragraph."""
        return Counter(piece.plain[: piece.inline_end] for piece in self.pieces if piece.inline_end)

    @cached_property
    def has_labels(self) -> bool:
        """Whether several paragraphs begin with the name of a field in bold."""
        return sum(piece.is_labelled for piece in self.pieces) > 1

    @cached_property
    def leftovers(self) -> tuple[str, ...]:
        """Of each piece, the weight for its looks where it is no headline; "" for plain text and headings."""
        return tuple(self._leftover(at) for at in range(len(self.pieces)))

    def _leftover(self, at: int) -> str:
        shape, piece = self.shapes[at], self.pieces[at]
        if shape is Shape.HEADING:
            return "left_linked" if piece.is_link else "left_plain" if piece.number else ""
        if (
            shape in (Shape.TEXT, Shape.ORDINAL_LINE, Shape.FIRST_LINE)
            or piece.rank
            or piece.is_labelled
            or piece.is_figure
            or piece.is_task
        ):
            return ""
        sentence = shape is Shape.ADDRESS_TITLE and (piece.is_sentence or is_sentence_with_label(piece))
        if reading_length(piece.unnumbered.plain[: bracketed_lead(piece.unnumbered.plain)]) >= _MIN_TITLE_LENGTH:
            return "left_title"
        if shape is Shape.BOLD_LEAD and piece.has_link:
            return "left_linked_lead"
        if sentence or shape in (Shape.BOLD_LINE, Shape.BOLD_LEAD, Shape.LINKED_PARAGRAPH, Shape.QUOTE):
            return "left_lead"
        if self.is_linked(at):
            return "left_linked"
        return "left_marked" if piece.has_bold_lead or shape is Shape.ADDRESS_TITLE else "left_plain"

    @cached_property
    def links_before(self) -> tuple[int, ...]:
        """How many pieces with links stand before each piece, and before the end."""
        return tuple(accumulate((piece.has_link for piece in self.pieces), initial=0))

    @cached_property
    def next_names(self) -> tuple[int, ...]:
        """Where the next heading, bold name or rule is below each piece, the number of pieces if there is none."""
        following = [len(self.pieces)] * len(self.pieces)
        for at in range(len(self.pieces) - 2, -1, -1):
            is_end = at + 1 in self.ruled or self.pieces[at + 1].rank > 0
            following[at] = at + 1 if is_end else following[at + 1]
        return tuple(following)

    @cached_property
    def closing(self) -> frozenset[int]:
        """The last lines that say goodbye, ask for a subscription, name the authors or begin as a note does.

        A line that says that this is the end (`— END —`) closes wherever it stands; the last heading may say goodbye.
        """
        last = range(max(0, len(self.pieces) - _MAX_CLOSING_LINES), len(self.pieces))
        ends = (at for at, piece in enumerate(self.pieces) if at and _says_end(piece.plain))
        named = [at for at, piece in enumerate(self.pieces) if piece.block.level > 0][-1:]
        goodbye = (at for at in named if at and self._says_goodbye(self.pieces[at]))
        return frozenset((*(at for at in last if self._is_closing(at)), *ends, *goodbye))

    def _says_goodbye(self, piece: PagePiece) -> bool:
        """Whether a heading says goodbye: `That's all for this week!`."""
        return not piece.has_link and not piece.number and says_goodbye(piece.plain)

    @cached_property
    def footers(self) -> frozenset[int]:
        """The entries of linked lists at the end that are no news."""
        linked = filter(self._is_linked_entry, range(len(self.pieces)))
        closing = [at for at in self.closing_names if self.pieces[at].plain not in self.recurring]
        return find_footers(self.pieces, linked, self.ruled, closing)

    def _is_linked_entry(self, at: int) -> bool:
        """Whether the piece is an entry or a line that is a link and nothing else."""
        piece = self.pieces[at]
        is_entry = self.entries[at] or self.shapes[at] is Shape.LINKED_LINE
        is_link = piece.is_link or (self.entries[at] and piece.is_only_link)
        return is_entry and is_link and not piece.is_multiline and not is_url(piece.plain)

    @cached_property
    def requests(self) -> frozenset[int]:
        """The linked lines that ask readers to subscribe, share, vote or write, or name a destination, wherever."""
        prose = (at for at, shape in enumerate(self.shapes) if shape in (Shape.LINKED_PARAGRAPH, Shape.LINKED_LINE))
        return frozenset(at for at in prose if is_destination(self.pieces[at]))

    def _is_closing(self, at: int) -> bool:
        piece = self.pieces[at]
        is_line = piece.kind in (BlockKind.PARAGRAPH, BlockKind.QUOTE) and not piece.rank and not piece.number
        is_short = piece.reading_length <= _MAX_CLOSING_LENGTH
        words = piece.plain if is_short else piece.plain[: sentence_end(piece.plain)]
        if not is_line or reading_length(words) > (_MAX_CLOSING_LENGTH if is_short else _MAX_GOODBYE_LENGTH):
            return False
        return (is_short and words.startswith(_NOTE_SIGN)) or says_goodbye(words)

    def is_linked(self, at: int) -> bool:
        """Whether the piece has a link in it or its address on the next line."""
        return self.pieces[at].has_link or self.has_address_below(at)

    def is_marked(self, at: int) -> bool:
        """Whether the piece has a number or begins in bold, or is a heading."""
        piece = self.pieces[at]
        return piece.rank > 0 or bool(piece.number) or piece.has_bold_lead

    def has_address_below(self, at: int) -> bool:
        """Whether the next piece is a bare address."""
        return at + 1 < len(self.pieces) and self.pieces[at + 1].is_bare_url

    def names_destination(self, at: int) -> bool:
        """Whether a line names a destination with its address there or below: `往期回顾：https://…`."""
        return at in self.destinations

    @cached_property
    def destinations(self) -> frozenset[int]:
        """The lines that name a destination."""
        return frozenset(at for at in range(len(self.pieces)) if self._names_destination(at))

    def _names_destination(self, at: int) -> bool:
        piece = self.pieces[at]
        if piece.kind is not BlockKind.PARAGRAPH or not self.is_linked(at) or piece.is_only_link:
            return False
        if self.inline_regions[piece.plain[: piece.inline_end]] > 1:
            return False  # `相关链接：` in each item
        if piece.plain in self.recurring or (piece.is_field and at not in self.ruled):
            return False
        name, _, address = piece.plain.replace("：", ":").partition(":")
        if address and not is_url(address.strip()):
            return False
        return region_of(name) is NameKind.TRAILING


def _repeats(piece: PagePiece, heading: PagePiece) -> bool:
    label, _, title = piece.plain.replace("：", ":").partition(":")
    is_title = heading.rank > 0 and fold_name(label) in TITLE_LABELS
    return is_title and fold_name(title) == fold_name(heading.unnumbered.plain)


def _says_end(plain: str) -> bool:
    """Whether a short line says that this is the end."""
    return len(plain) <= _MAX_ENDING_CHARACTERS and is_kind(plain, NameKind.ENDING)


def build_page(blocks: tuple[Block, ...]) -> Page:
    """Build the page of flattened blocks."""
    pieces: list[PagePiece] = []
    ruled: set[int] = set()
    for block in blocks:
        if block.kind is BlockKind.RULE:
            ruled.add(len(pieces))
        else:
            pieces.append(build_piece(block))
    return Page(tuple(with_marks_of_page(pieces)), frozenset(ruled))


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
    ends_sentence = piece.unnumbered.plain[link_spans(piece.unnumbered)[-1].end :].lstrip()[:1] in _CLAUSE_ENDS
    is_title = piece.is_bold or reading_length(piece.unnumbered.plain) > 1
    return piece.is_link and not ends_sentence and is_title


def _titles_with_addresses(page: Page) -> Iterator[int]:
    """Yield the titles of which the address follows: behind them, on the next line, or after sentences between."""
    for at, piece in enumerate(page.pieces):
        if piece.kind is not BlockKind.PARAGRAPH or piece.is_bare_url or is_read_more_label(piece.unnumbered.plain):
            continue
        if (page.has_address_below(at) or _ends_with_url(piece)) and not is_kind(
            piece.unnumbered.plain.replace(":", "：").partition("：")[0], NameKind.FIELD
        ):
            title = _title_above(page, at)
            if not is_tags(page.pieces[title].plain):
                yield title


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


def _title_above(page: Page, at: int) -> int:
    """Return the title above the lines or sentences that end at `at`; `at` itself if there is none.

    It is the first line of a paragraph of several.
    """
    for index in range(at, max(-1, at - _MAX_LINES_ABOVE_ADDRESS), -1):
        piece = page.pieces[index]
        above = page.pieces[index - 1] if index else None
        if above is not None and piece.block.continues_previous and not above.has_link and not above.rank:
            continue
        if piece.kind is not BlockKind.PARAGRAPH or piece.is_bare_url or (index < at and index + 1 in page.ruled):
            break
        if not piece.is_sentence:
            return index
    return at
