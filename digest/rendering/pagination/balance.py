"""Atoms in, runs of atoms out: the fewest parts within a limit, and of those the most even. Numbers only.

An atom is what is kept whole. A part is a run of atoms; it costs its atoms, the gaps between them, and what its first
atom needs at a part's beginning (`again`: a headline repeated). Parts keep the order.

    atoms -> needs (fewest parts from each atom on) -> the lowest cap that needs no more -> even boundaries under it
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from digest.rendering.pagination.message_size import Weight

_WAYS = len(Weight._fields)


@dataclass(frozen=True, slots=True)
class Atom:
    """What is kept whole: `gap` is its distance from the atom before it in the same part, `again` what it costs more
    as a part's first. `opens` tells the first atom of a passage (whose `again` is nothing) from those that continue it.
    """

    size: Weight
    gap: Weight = field(default_factory=Weight)
    again: Weight = field(default_factory=Weight)
    opens: bool = True


def pack(atoms: Sequence[Atom], limit: Weight) -> list[range] | None:
    """The parts, as ranges of atoms; None when some atom fits into no part."""
    if not atoms:
        return []
    scale = _Scale(atoms, limit)
    count = scale.needs(limit.units)[0]
    if count > len(atoms):
        return None
    if count == 1:
        return [range(len(atoms))]
    return _even_parts(scale, _lowest_cap(scale, limit.units, count))


def fewest(atoms: Sequence[Atom], limit: Weight) -> int:
    """The number of parts that `pack` makes; more than there are atoms where it makes none."""
    return _Scale(atoms, limit).needs(limit.units)[0]


class _Scale:
    """Sums over atoms from the first on, so that a part's weight is a subtraction.

    Of the ways to count only units have a cap to play with: how far the other limits let a part reach is found once.
    """

    def __init__(self, atoms: Sequence[Atom], limit: Weight) -> None:
        sums = [list(accumulate((atom.gap[way] + atom.size[way] for atom in atoms), initial=0)) for way in range(_WAYS)]
        self.units = sums[0]
        self.heaviest = max((atom.size.units for atom in atoms), default=0)
        self._firsts = _firsts(atoms)
        self._saved = [atom.gap.units - atom.again.units for atom in atoms]
        self._most = [
            min(
                bisect_right(sums[way], limit[way] + sums[way][start] + atom.gap[way] - atom.again[way], start) - 1
                for way in range(1, _WAYS)
            )
            for start, atom in enumerate(atoms)
        ]

    def reach(self, start: int, cap: int) -> int:
        """The end of the longest part that begins with the atom `start`; not above `start` when not even that fits."""
        most = bisect_right(self.units, cap + self.units[start] + self._saved[start], start) - 1
        return min(most, self._most[start])

    def needs(self, cap: int) -> list[int]:
        """The fewest parts for the atoms from each index on; more than there are atoms where no part can begin."""
        end = len(self._most)
        needs = [0] * (end + 1)
        for start in range(end - 1, -1, -1):
            reach = self.reach(start, cap)
            needs[start] = 1 + needs[self.stop(start, reach, needs)] if reach > start else end + 1
        return needs

    def stop(self, start: int, reach: int, needs: Sequence[int]) -> int:
        """The best end of a part that may reach so far.

        Going on later never needs more parts, with one exception: beginning amid a passage costs a repeated headline,
        so that its very beginning may be the better end. Nothing in between can be.
        """
        first = self._firsts[reach]
        return first if start < first and needs[first] < needs[reach] else reach


def _firsts(atoms: Sequence[Atom]) -> list[int]:
    """For each index the first atom of its passage; the end is its own."""
    firsts: list[int] = []
    for index, atom in enumerate(atoms):
        firsts.append(index if atom.opens else firsts[-1])
    return [*firsts, len(atoms)]


def _lowest_cap(scale: _Scale, limit: int, parts: int) -> int:
    """The fewest units that a part may be held to without making more parts: the longest part is then the shortest."""
    return bisect_left(range(limit), True, scale.heaviest, key=lambda cap: scale.needs(cap)[0] <= parts)


def _even_parts(scale: _Scale, cap: int) -> list[range]:
    needs = scale.needs(cap)
    parts: list[range] = []
    start = 0
    for left in range(needs[0], 0, -1):
        stop = _even_stop(scale, (start, scale.reach(start, cap)), needs, left)
        parts.append(range(start, stop))
        start = stop
    return parts


def _even_stop(scale: _Scale, span: tuple[int, int], needs: Sequence[int], left: int) -> int:
    """The end nearest to an even share of what is left, from which the rest needs no more than the parts left."""
    start, reach = span
    units = scale.units
    share = units[start] + (units[-1] - units[start]) / left
    near = min(max(bisect_left(units, share), start + 1), reach)
    candidates = [index for index in (near - 1, near) if index > start and needs[index] < left]
    if candidates:
        return min(candidates, key=lambda index: abs(units[index] - share))
    return next((index for index in range(near + 1, reach + 1) if needs[index] < left), scale.stop(start, reach, needs))
