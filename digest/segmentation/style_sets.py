"""A style set: the headline styles under which a page may be read, and what those headlines have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log
from statistics import fmean
from typing import NamedTuple

from digest.parsing.blocks import BlockKind
from digest.segmentation.detectors import HeadlineStyle
from digest.segmentation.outside import Outside, find_outside
from digest.segmentation.page_features import Page
from digest.segmentation.pieces import BOLD_LINE_RANK, marker_kind
from digest.segmentation.text_metrics import display_width, leading_span
from domain.chat.text import Style

_SHORT_HEADING = 0.6
"""Share of the headlines' mean width up to which a heading is rather a name than one of them."""

_MIN_NEWS_TO_ASIDE = 3
"""Headlines with links of their own for each piece around them with links aside from which these tell no news."""


class Shares(NamedTuple):
    """Shares of a style's headlines with a trait.

    `sourced` have a link in their text, `ruled` a rule above.
    """

    linked: float
    numbered: float
    first: float
    sentence: float
    inside: float
    without_text: float
    sourced: float
    ruled: float


@dataclass(frozen=True)
class StyleSet:
    """A set of headline styles, with the pieces of each."""

    page: Page
    styles: Mapping[HeadlineStyle, tuple[int, ...]]

    @cached_property
    def style_at(self) -> dict[int, HeadlineStyle]:
        """The style of each piece that may begin an item."""
        return {at: style for style, members in self.styles.items() for at in members}

    @cached_property
    def shares(self) -> dict[HeadlineStyle, Shares]:
        """How many headlines of each style have each trait."""
        return {style: self._shares(members) for style, members in self.styles.items()}

    @cached_property
    def linked(self) -> float:
        """The share of all headlines that are linked or have a source below."""
        return _share(self.page.is_linked(at) or self.has_source(at) for at in self.style_at)

    @cached_property
    def outside(self) -> Outside:
        """What stands above or below all headlines with links."""
        linked = {at: self.page.is_linked(at) or self.has_source(at) for at in sorted(self.style_at)}
        apart = {at: has_link and self._has_source_apart(at) for at, has_link in linked.items()}
        news = [at for at, has_link in apart.items() if has_link]
        if not news:
            return find_outside(self.page, linked)
        around = (*self.page.pieces[: news[0]], *self.page.pieces[self._stops[news[-1]] :])
        aside = max(sum(piece.is_linked_aside for piece in around), sum(linked.values()) - len(news))
        only_apart = len(news) >= _MIN_NEWS_TO_ASIDE * aside
        return find_outside(self.page, apart if only_apart else linked, only_apart=only_apart)

    def _has_source_apart(self, at: int) -> bool:
        """Whether the piece, or the text below it, has a link as news have."""
        return any(piece.has_link and not piece.is_linked_aside for piece in self.page.pieces[at : self._stops[at]])

    def looks_like_news(self, at: int, style: HeadlineStyle) -> bool:
        """Whether a piece begins as most linked headlines of its style do: in bold, with a number, with the link.

        Headings of one level look alike unless they are much shorter.
        """
        if style.level > 0:
            return display_width(self.page.pieces[at].unnumbered.plain) > _SHORT_HEADING * self.widths[style]
        return self._appearance(at) == self._appearances[style]

    @cached_property
    def _appearances(self) -> dict[HeadlineStyle, tuple[bool, bool, bool]]:
        """How most headlines of each style begin, of those with links or a source."""
        sourced = {style: [at for at in members if self.has_source(at)] for style, members in self.styles.items()}
        return {
            style: Counter(map(self._appearance, sourced[style] or members)).most_common(1)[0][0]
            for style, members in self.styles.items()
        }

    def _appearance(self, at: int) -> tuple[bool, bool, bool]:
        piece = self.page.pieces[at]
        linked = leading_span(piece.unnumbered, Style.LINK) is not None
        return piece.has_bold_lead, bool(piece.number), linked

    @cached_property
    def parts(self) -> dict[HeadlineStyle, float]:
        """The part that each style has of all headlines."""
        return {style: len(members) / len(self.style_at) for style, members in self.styles.items()}

    @cached_property
    def topics(self) -> dict[HeadlineStyle, float]:
        """How many headlines of each style consist of words that name sections."""
        return {
            style: _share(self.page.pieces[at].is_section_name for at in members if at not in self.page.contents)
            for style, members in self.styles.items()
        }

    @cached_property
    def widths(self) -> dict[HeadlineStyle, float]:
        """The mean width of the headlines of each style, in columns."""
        return {
            style: fmean(display_width(self.page.pieces[at].unnumbered.plain) for at in members)
            for style, members in self.styles.items()
        }

    @cached_property
    def markers(self) -> dict[HeadlineStyle, str]:
        """The most common kind of number of each style."""
        return {
            style: Counter(marker_kind(self.page.pieces[at]) for at in members).most_common(1)[0][0]
            for style, members in self.styles.items()
        }

    def _shares(self, members: tuple[int, ...]) -> Shares:
        members = tuple(at for at in members if at not in self.page.contents) or members
        pieces = [self.page.pieces[at] for at in members]
        return Shares(
            linked=_share(map(self.page.is_linked, members)),
            numbered=_share(piece.number != "" for piece in pieces),
            first=_share(piece.number == "1" for piece in pieces),
            sentence=_share(piece.is_sentence for piece in pieces),
            inside=_share(piece.block.continues_previous for piece in pieces),
            without_text=_share(map(self.is_without_text, members)),
            sourced=_share(map(self.has_source, members)),
            ruled=_share(at in self.page.ruled for at in members[1:]),
        )

    def has_source(self, at: int) -> bool:
        """Whether the piece, or the text below it, has a link."""
        stop = self._stops[at]
        return self.page.links_before[stop] > self.page.links_before[at]

    @cached_property
    def _stops(self) -> list[int]:
        """Of each piece, where its text ends at the latest: at a rule, a heading, or what may be a headline."""
        pieces, ruled, heads = self.page.pieces, self.page.ruled, self.style_at
        stops = [len(pieces)] * len(pieces)
        for at in range(len(pieces) - 2, -1, -1):
            below = pieces[at + 1]
            ends = at + 1 in ruled or at + 1 in heads or (0 < below.rank < BOLD_LINE_RANK and not below.is_field)
            stops[at] = at + 1 if ends else stops[at + 1]
        return stops

    def is_below_source(self, at: int) -> bool:
        """Whether the piece above is a line that is only a link and ends the text of most items."""
        return (
            at > 0 and self.page.pieces[at - 1].is_only_link and at - 1 not in self.style_at and at not in self.style_at
        )

    @cached_property
    def surprise_below_source(self) -> float:
        """How surprising text below a source is: most where all sources end their items."""
        sources = [at for at, piece in enumerate(self.page.pieces) if piece.is_only_link and at not in self.style_at]
        return -log(_share(self._stops[at] > at + 1 for at in sources))

    def is_without_text(self, at: int) -> bool:
        """Whether no text stands below or within the piece."""
        if self.page.pieces[at].is_multiline:
            return False
        if at + 1 >= len(self.page.pieces) or at + 1 in self.page.ruled or at + 1 in self.style_at:
            return True
        below = self.page.pieces[at + 1]
        if below.kind is BlockKind.TABLE:
            return at + 2 >= len(self.page.pieces) or at + 2 in self.page.ruled or at + 2 in self.style_at
        least = BOLD_LINE_RANK + 1 if self.page.pieces[at].kind is BlockKind.ENTRY else BOLD_LINE_RANK
        return 0 < below.rank < least and not below.is_field


def _share(traits: Iterable[bool]) -> float:
    """Return the share of those that have the trait, never quite none or all."""
    found = list(traits)
    return (sum(found) + 1) / (len(found) + 2)
