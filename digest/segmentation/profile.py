"""Remember which reading of a newsletter an editor chose: a prior in the score of its later days.

chosen reading - other reading -> features to prefer and to avoid -> costs added to each reading of a page
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.segmentation.page_features import Page
from digest.segmentation.selection import Segmentation
from digest.segmentation.states import Label
from domain.names import fold_name

PRIOR = 12.0
"""What each feature of a profile is worth, in nats: more than the margin between readings that leave doubt."""

MAX_FEATURES = 100
"""Most features of a profile; the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The features of readings that an editor of a newsletter chose, and of those that were not chosen."""

    prefer: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.prefer or self.avoid)

    def rank(self, page: Page, readings: Sequence[Segmentation]) -> list[Segmentation]:
        """Return the readings of a page, the most probable first, with the prior in their costs."""
        costs = (reading.cost + self._prior(features(page, reading)) for reading in readings)
        priced = (replace(reading, cost=cost) for reading, cost in zip(readings, costs, strict=True))
        return sorted(priced, key=lambda reading: reading.cost)

    def learn(self, chosen: frozenset[str], other: frozenset[str]) -> Profile:
        """Return the profile after a choice between two readings; the latest choice decides."""
        return Profile(
            _latest([*self.prefer, *sorted(chosen - other)], other - chosen),
            _latest([*self.avoid, *sorted(other - chosen)], chosen - other),
        )

    def _prior(self, found: frozenset[str]) -> float:
        return PRIOR * (len(found.intersection(self.avoid)) - len(found.intersection(self.prefer)))


def features(page: Page, reading: Segmentation) -> frozenset[str]:
    """Return what a reading is likely to have in common with the right readings of the newsletter's other days.

    These are the looks of the headlines, what each name announces, and what a text without a name after a rule is.
    """
    found = set()
    for at, (piece, label) in enumerate(zip(page.pieces, reading.labels, strict=True)):
        if label is Label.HEAD:
            found.add(f"{label}: {page.shapes[at]} {piece.block.level}".removesuffix(" 0"))
        elif piece.rank:
            found.add(f"{label}: {fold_name(piece.plain)}")
        elif at in page.ruled:
            found.add(f"{label} after a rule")
    return frozenset(found)


def _latest(known: Sequence[str], retracted: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(known) if name not in retracted)[-MAX_FEATURES:]
