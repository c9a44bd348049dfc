"""Describe a digest for segmentation: the shape of each block, and what stands around it.

`blocks -> pieces -> page`
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import cached_property
from itertools import accumulate, pairwise

from digest.parsing.blocks import Block, BlockKind
from digest.parsing.dates import find_date
from digest.segmentation.advertisements import find_advertisements
from digest.segmentation.closing_lines import find_closing_lines
from digest.segmentation.contents_lists import find_contents_lists
from digest.segmentation.footers import find_footers, is_destination
from digest.segmentation.list_names import find_list_names, find_named_entries
from digest.segmentation.page_marks import with_marks_of_page
from digest.segmentation.pieces import BOLD_LINE_RANK, PagePiece, all_lines, build_piece, is_sentence_with_label
from digest.segmentation.section_classifier import MAX_TEXT_CHARACTERS, Section, SectionKind, find_kinds
from digest.segmentation.shapes import Shape, find_shapes, has_address_below
from digest.segmentation.text_metrics import (
    TITLE_LABELS,
    bracketed_lead,
    is_url,
    leading_span,
    reading_length,
)
from digest.segmentation.vocabulary import COMMENTARIES, NameKind, region_of
from domain.chat.text import Style
from domain.names import fold_name

MAX_SECTION_NAME_LENGTH = 8
"""Reading length up to which a name is short for a section."""

_MIN_TITLE_LENGTH = 6
"""Reading length from which words in brackets above a text are a title, and no label."""


@dataclass(frozen=True)
class Page:
    """All pieces of a digest, and what stands around each; rules are no pieces but marks before the next one."""

    pieces: tuple[PagePiece, ...]
    ruled: frozenset[int]

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """The shape of each piece."""
        return find_shapes(self.pieces, self.ruled)

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
        return frozenset(first if is_above else first[:1] if self._is_only_date(top) else ())

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
            elif piece.rank and piece.region not in COMMENTARIES:
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
    def prose_before(self) -> tuple[int, ...]:
        """How many pieces with a sentence stand before each piece, and before the end."""
        return tuple(accumulate((piece.is_prose for piece in self.pieces), initial=0))

    @cached_property
    def figures_before(self) -> tuple[int, ...]:
        """How many pieces with a number, and no sentence, stand before each piece, and before the end."""
        return tuple(accumulate((piece.has_number and not piece.is_prose for piece in self.pieces), initial=0))

    def is_data(self, start: int, stop: int) -> bool:
        """Whether the pieces hold data rather than what somebody thinks: no sentence, or figures in half of them."""
        are_figures = 2 * (self.figures_before[stop] - self.figures_before[start]) >= stop - start
        return are_figures or self.prose_before[stop] == self.prose_before[start]

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
        """The lines that say goodbye, name the authors, or say that this is the end."""
        return find_closing_lines(self.pieces)

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
        is_field = piece.has_recurring_label  # `- Code: https://…` of each item
        return is_entry and is_link and not is_field and not piece.is_multiline and not is_url(piece.plain)

    @cached_property
    def requests(self) -> frozenset[int]:
        """The linked lines that ask readers to subscribe, share, vote or write, or name a destination, wherever."""
        prose = (at for at, shape in enumerate(self.shapes) if shape in (Shape.LINKED_PARAGRAPH, Shape.LINKED_LINE))
        return frozenset(at for at in prose if is_destination(self.pieces[at]))

    def likely_kinds(self, at: int) -> Mapping[SectionKind, float]:
        """Return how likely each kind is, by its words, for the section that begins at the piece."""
        if at not in self._likely_kinds:
            self._likely_kinds[at] = find_kinds(self.section(at))
        return self._likely_kinds[at]

    @cached_property
    def _likely_kinds(self) -> dict[int, dict[SectionKind, float]]:
        return {}

    def section(self, at: int) -> Section:
        """Return what the section that begins at a piece says: its name, if it has one, and the text below.

        It ends at a rule, and at the next name of no lower rank; without a name, at any.
        """
        piece = self.pieces[at]
        lead = leading_span(piece.text, Style.BOLD) if not piece.rank else None
        start = at + (piece.rank > 0)
        texts: list[str] = [piece.plain[lead.end :]] if lead else []
        stop, length = start, sum(map(len, texts))
        while stop < len(self.pieces) and length < MAX_TEXT_CHARACTERS:
            other = self.pieces[stop]
            is_next = 0 < other.rank <= (piece.rank or BOLD_LINE_RANK) or stop in self.ruled
            if stop > at and is_next:
                break
            lines = [line.text.plain for line in all_lines(other.block)]
            if stop > at or not lead:
                texts.extend(lines)
                length += sum(map(len, lines))
            stop += 1
        return Section(
            name=piece.plain if piece.rank else piece.plain[: lead.end] if lead else "",
            text="\n".join(texts),
            pieces=stop - start,
            entries=sum(self.entries[start:stop]),
            links=sum(other.has_link for other in self.pieces[start:stop]),
        )

    def is_linked(self, at: int) -> bool:
        """Whether the piece has a link in it or its address on the next line."""
        return self.pieces[at].has_link or self.has_address_below(at)

    def is_marked(self, at: int) -> bool:
        """Whether the piece has a number or begins in bold, or is a heading."""
        piece = self.pieces[at]
        return piece.rank > 0 or bool(piece.number) or piece.has_bold_lead

    def has_address_below(self, at: int) -> bool:
        """Whether the next piece is a bare address, and no rule stands above it."""
        return has_address_below(self.pieces, self.ruled, at)

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
