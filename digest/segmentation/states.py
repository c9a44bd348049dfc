"""The values that labelling passes on: labels, terms of the cost, the state after a piece, and the place of a piece."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from digest.segmentation.detectors import HeadlineStyle
from digest.segmentation.page_features import Page
from digest.segmentation.pieces import PagePiece
from digest.segmentation.style_sets import StyleSet
from digest.segmentation.vocabulary import NameKind, is_kind

NAMED_TRAILING, ADVERTISEMENT = 9, 10
"""Stand in place of a rank if the name above announces trailing matter, or labels an advertisement."""


class Label(StrEnum):
    """What a piece is."""

    INTRO = "introduction"
    CONTENTS = "contents"
    SECTION = "section"
    PREFACE = "text below a section"
    NOTICE = "empty section"
    HEAD = "headline"
    BODY = "text of an item"
    COMMENTARY_NAME = "name of the commentary"
    COMMENTARY = "commentary"
    TRAILING = "trailing matter"


Term = tuple[str, float]
"""The name of a weight, and its amount."""


class State(NamedTuple):
    """The cheapest way to label the pieces up to one, ending with `label`, and what later pieces need to know of it.

    `number` is that of the last headline, `inner_number` that of the last piece if it is none. `section_rank` is the
    rank of the last section's name, `section_kind` the region that it announces, and `heads_above` counts the headlines
    above it; `name_rank` is the rank of the last region's name, `is_name_known` tells whether it, or what it names, is
    known by its words. `style` and `is_linked` are those of the last headline; `body_count` counts the pieces that are
    text of items. `paragraphs` counts those below the last headline, `usual_paragraphs` those below each before it, -1
    if they differ. `section_at` is the piece that names the last section, `section_form` how it is written;
    `other_forms` are those of short lines that name no section.
    """

    cost: float
    label: Label | None = None
    previous: State | None = None
    terms: tuple[Term, ...] = ()
    heads: int = 0
    number: int = 0
    inner_number: int = 0
    section_rank: int = 0
    section_kind: NameKind | None = None
    heads_above: int = 0
    name_rank: int = 0
    is_name_known: bool = False
    style: HeadlineStyle | None = None
    is_linked: bool | None = None
    body_count: int = 0
    paragraphs: int = 0
    usual_paragraphs: int = -1
    section_at: int = -1
    section_form: str = ""
    other_forms: tuple[str, ...] = ()


class Position(NamedTuple):
    """A piece, the style set under which it is labelled, and the state before it.

    `is_ruled`: a rule stands above the piece. `style` is the piece's if it may be a headline under the style set.
    """

    style_set: StyleSet
    state: State
    at: int
    page: Page
    piece: PagePiece
    is_ruled: bool
    style: HeadlineStyle | None

    @property
    def above(self) -> PagePiece:
        """The piece above."""
        return self.page.pieces[self.at - 1]

    @property
    def is_outside(self) -> bool:
        """Whether the piece stands above or below all news with links, in a section without, and is no news itself.

        It may be news if it is written as their headlines are, and no name above announces another region.
        """
        if self.at not in self.style_set.outside.pieces:
            return False
        named = self.piece.likely_region is not None or self.state.section_kind is not None or self.state.name_rank > 0
        return named or self.style is None or not self.style_set.looks_like_news(self.at, self.style)

    @property
    def number(self) -> int:
        """The piece's number, 0 without one."""
        return int(self.piece.number or 0)

    @property
    def recurs(self) -> bool:
        """Whether the words are a name that occurs again, so that it names a part of each item."""
        piece, page = self.piece, self.style_set.page
        name = "" if piece.rank else piece.plain[: piece.inline_end]
        inline = page.inline_regions[name] > 1 or (
            not self.is_ruled and page.has_labels and is_kind(name, NameKind.FIELD)
        )
        return piece.plain in page.recurring or inline


def is_below_advertisement(state: State) -> bool:
    """Whether the piece above belongs to an advertisement."""
    return state.label is Label.TRAILING and state.name_rank == ADVERTISEMENT


def names_field(position: Position) -> bool:
    """Whether the piece names a field of an item, and does not look like the section's name."""
    return position.piece.is_field and position.piece.rank != position.state.section_rank
