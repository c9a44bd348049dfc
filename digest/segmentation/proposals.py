"""A proposal: a set of headline styles under which a page may be read, and what those headlines have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from digest.segmentation.detectors import Style
from digest.segmentation.page_features import Page
from digest.segmentation.pieces import BOLD_LINE_RANK, PagePiece, is_sentence

_MARKER_KINDS = {"b": "brackets", "f": "circle"}


class Shares(NamedTuple):
    """Shares of a style's headlines that are linked, numbered, numbered 1, sentences, amid a paragraph, textless."""

    linked: float
    numbered: float
    first: float
    sentence: float
    inside: float
    without_text: float


@dataclass(frozen=True)
class Proposal:
    """A set of headline styles, with the pieces of each."""

    page: Page
    styles: Mapping[Style, tuple[int, ...]]

    @cached_property
    def style_at(self) -> dict[int, Style]:
        """The style of each piece that may begin an item."""
        return {at: style for style, members in self.styles.items() for at in members}

    @cached_property
    def shares(self) -> dict[Style, Shares]:
        """How many headlines of each style have each trait."""
        return {style: self._shares(members) for style, members in self.styles.items()}

    @cached_property
    def markers(self) -> dict[Style, str]:
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
            sentence=_share(map(is_sentence, pieces)),
            inside=_share(piece.block.continues_previous for piece in pieces),
            without_text=_share(map(self.is_without_text, members)),
        )

    def is_without_text(self, at: int) -> bool:
        """Whether no text stands below or within the piece."""
        if self.page.pieces[at].is_multiline:
            return False
        if at + 1 >= len(self.page.pieces) or at + 1 in self.page.ruled or at + 1 in self.style_at:
            return True
        below = self.page.pieces[at + 1]
        return 0 < below.rank < BOLD_LINE_RANK and not below.is_field


def _share(traits: Iterable[bool]) -> float:
    """Return the share of those that have the trait, never quite none or all."""
    found = list(traits)
    return (sum(found) + 1) / (len(found) + 2)


def marker_kind(piece: PagePiece) -> str:
    """Return how a number is written: in brackets or in a circle, which often number the points of a text, or not."""
    kind = _MARKER_KINDS.get(piece.marker.kind, "") if piece.marker else ""
    return "" if kind == "circle" and len(piece.number) > 1 else kind  # ⑩ goes on after other signs
