"""How often the items of an edition were opened by buttons: counts alone, of nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ItemReads:
    """The presses that opened items of an edition.

    `items` are positions with their presses, the most pressed first. `total` also counts items that a correction has
    removed or renamed since.
    """

    day: date
    total: int
    items: tuple[tuple[int, int], ...] = ()
