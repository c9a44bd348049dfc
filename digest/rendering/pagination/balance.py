"""Distribute atoms over the fewest messages within a limit, as evenly as possible. Works on sizes only.

An atom is kept whole. A part is a run of atoms; it costs its atoms, the gaps between them and the repeated headline of
its first atom (`continuation_size`). Parts keep the order.

`atoms -> fewest parts from each atom on -> lowest cap that needs no more -> even boundaries under it`
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from digest.rendering.pagination.message_size import MessageSize
from digest.rendering.pagination.rich_size import RichSize

Size = MessageSize | RichSize
"""Sizes of one kind of message; all atoms and the limit are of one kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """A unit that is kept whole.

    `gap` is its distance from the atom before it in the same part; `continuation_size` what it costs more as the first
    of a part. `opens_passage` marks the first atom of a passage, which has no continuation size.
    """

    size: Size
    gap: Size = field(default_factory=MessageSize)
    continuation_size: Size = field(default_factory=MessageSize)
    opens_passage: bool = True


def balance(atoms: Sequence[Atom], limit: Size) -> list[range] | None:
    """Return the parts as ranges of atoms; None if some atom fits into no part."""
    if not atoms:
        return []
    sums = _PrefixSums(atoms, limit)
    count = sums.needs(limit.utf16_units)[0]
    if count > len(atoms):
        return None
    if count == 1:
        return [range(len(atoms))]
    return _even_parts(sums, _lowest_cap(sums, limit.utf16_units, count))


def fewest_parts(atoms: Sequence[Atom], limit: Size) -> int:
    """Return the number of parts that `balance` makes; more than there are atoms if it makes none."""
    return _PrefixSums(atoms, limit).needs(limit.utf16_units)[0]


class _PrefixSums:
    """Prefix sums over atoms, so that the size of a part is a subtraction.

    Only the UTF-16 units have a variable cap; how far the other limits let a part reach is computed once.
    """

    def __init__(self, atoms: Sequence[Atom], limit: Size) -> None:
        sums = [
            list(accumulate((atom.gap[way] + atom.size[way] for atom in atoms), initial=0)) for way in range(len(limit))
        ]
        self.units = sums[0]
        self.heaviest = max((atom.size.utf16_units for atom in atoms), default=0)
        self._firsts = _firsts(atoms)
        self._saved = [atom.gap.utf16_units - atom.continuation_size.utf16_units for atom in atoms]
        self._most = [
            min(
                bisect_right(
                    sums[way], limit[way] + sums[way][start] + atom.gap[way] - atom.continuation_size[way], start
                )
                - 1
                for way in range(1, len(limit))
            )
            for start, atom in enumerate(atoms)
        ]

    def reach(self, start: int, cap: int) -> int:
        """Return the end of the longest part that begins at `start`; at most `start` if even one atom does not fit."""
        most = bisect_right(self.units, cap + self.units[start] + self._saved[start], start) - 1
        return min(most, self._most[start])

    def needs(self, cap: int) -> list[int]:
        """Return the fewest parts for the atoms from each index on; more than there are atoms where none fit."""
        end = len(self._most)
        needs = [0] * (end + 1)
        for start in range(end - 1, -1, -1):
            reach = self.reach(start, cap)
            needs[start] = 1 + needs[self.stop(start, reach, needs)] if reach > start else end + 1
        return needs

    def stop(self, start: int, reach: int, needs: Sequence[int]) -> int:
        """Return the best end of a part that may reach so far.

        A longer part never needs more parts afterwards, with one exception: a part that begins within a passage
        repeats a headline, so the beginning of that passage may be the better end. No index in between can be.
        """
        first = self._firsts[reach]
        return first if start < first and needs[first] < needs[reach] else reach


def _firsts(atoms: Sequence[Atom]) -> list[int]:
    """Return for each index the first atom of its passage; the end is its own."""
    firsts: list[int] = []
    for index, atom in enumerate(atoms):
        firsts.append(index if atom.opens_passage else firsts[-1])
    return [*firsts, len(atoms)]


def _lowest_cap(sums: _PrefixSums, limit: int, parts: int) -> int:
    """Return the lowest cap on UTF-16 units that needs no more parts: the longest part is then the shortest."""
    return bisect_left(range(limit), True, sums.heaviest, key=lambda cap: sums.needs(cap)[0] <= parts)


def _even_parts(sums: _PrefixSums, cap: int) -> list[range]:
    needs = sums.needs(cap)
    parts: list[range] = []
    start = 0
    for parts_left in range(needs[0], 0, -1):
        stop = _even_stop(sums, (start, sums.reach(start, cap)), needs, parts_left)
        parts.append(range(start, stop))
        start = stop
    return parts


def _even_stop(sums: _PrefixSums, span: tuple[int, int], needs: Sequence[int], parts_left: int) -> int:
    """Return the end nearest to an even share of the rest, from which no more parts are needed than are left."""
    start, reach = span
    units = sums.units
    share = units[start] + (units[-1] - units[start]) / parts_left
    near = min(max(bisect_left(units, share), start + 1), reach)
    candidates = [index for index in (near - 1, near) if index > start and needs[index] < parts_left]
    if candidates:
        return min(candidates, key=lambda index: abs(units[index] - share))
    return next(
        (index for index in range(near + 1, reach + 1) if needs[index] < parts_left), sums.stop(start, reach, needs)
    )
