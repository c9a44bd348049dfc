"""Balanced parts, compared with a brute-force search."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.rendering.pagination.balance import Atom, balance
from digest.rendering.pagination.message_size import MessageSize

LIMIT = MessageSize(20, 40, 6, 3)


def of(units: int, *, gap: int = 0, again: int = 0, opens: bool = True) -> Atom:
    return Atom(
        size=MessageSize(units), gap=MessageSize(gap), continuation_size=MessageSize(again), opens_passage=opens
    )


def weight(atoms: list[Atom], part: range) -> MessageSize:
    total = MessageSize(*atoms[part.start].continuation_size)
    for index in part:
        total = total.plus(MessageSize(*atoms[index].size))
        if index > part.start:
            total = total.plus(MessageSize(*atoms[index].gap))
    return total


def every_packing(atoms: list[Atom], limit: MessageSize) -> Iterator[list[range]]:
    """Yield all divisions, the fewest parts first."""
    for cuts in range(len(atoms)):
        for edges in combinations(range(1, len(atoms)), cuts):
            starts, stops = (0, *edges), (*edges, len(atoms))
            parts = [range(start, stop) for start, stop in zip(starts, stops, strict=True)]
            if all(weight(atoms, part).fits(limit) for part in parts):
                yield parts


def longest(atoms: list[Atom], parts: list[range]) -> int:
    return max(weight(atoms, part).utf16_units for part in parts)


weights = st.builds(MessageSize, st.integers(1, 20), st.integers(1, 30), st.integers(0, 4), st.integers(0, 1))
small = st.builds(MessageSize, st.integers(0, 3), st.integers(0, 3), st.just(0), st.just(0))


@st.composite
def passages(draw: st.DrawFn) -> list[Atom]:
    """Passages of one or more atoms, as `paginate` makes them; all continuations of a passage cost the same."""
    atoms: list[Atom] = []
    for _ in range(draw(st.integers(1, 3))):
        again = draw(st.builds(MessageSize, st.integers(0, 9), st.integers(0, 9), st.integers(0, 1), st.just(0)))
        count = draw(st.integers(1, 3))
        atoms += [
            Atom(
                size=draw(weights),
                gap=draw(small),
                continuation_size=again if number else MessageSize(),
                opens_passage=not number,
            )
            for number in range(count)
        ]
    return atoms


@settings(max_examples=300)
@given(passages())
def test_parts_are_fewest_and_longest_part_is_shortest(atoms: list[Atom]) -> None:
    best = next(every_packing(atoms, LIMIT), None)
    parts = balance(atoms, LIMIT)
    if best is None or parts is None:
        assert best is parts
        return
    assert [index for part in parts for index in part] == list(range(len(atoms)))
    assert all(weight(atoms, part).fits(LIMIT) for part in parts)
    assert len(parts) == len(best)
    assert longest(atoms, parts) == min(
        longest(atoms, other) for other in every_packing(atoms, LIMIT) if len(other) == len(best)
    )


def test_no_atoms_make_no_part() -> None:
    assert balance([], LIMIT) == []


def test_an_atom_above_the_limit_fits_nowhere() -> None:
    assert balance([of(5), of(21), of(5)], LIMIT) is None


def test_parts_are_even_when_that_costs_none() -> None:
    assert balance([of(6)] * 4, LIMIT) == [range(2), range(2, 4)]
    thirteen = balance([of(3)] * 13, LIMIT)
    assert thirteen is not None
    assert sorted(map(len, thirteen)) == [4, 4, 5]


def test_a_gap_at_a_parts_edge_costs_nothing() -> None:
    assert balance([of(10, gap=2), of(10, gap=2)], LIMIT) == [range(1), range(1, 2)]
    assert balance([of(9, gap=2), of(9, gap=2)], LIMIT) == [range(2)]


def test_costly_start_within_a_passage_is_avoided() -> None:
    """Adding the first atom would leave a second that repeats its headline and needs another part."""
    atoms = [of(10), of(2), of(18, again=3, opens=False)]
    assert balance(atoms, LIMIT) == [range(1), range(1, 3)]


@pytest.mark.parametrize(
    ("size", "parts"),
    [(MessageSize(1, 25), 2), (MessageSize(1, 1, 4), 2), (MessageSize(1, 1, 0, 2), 2), (MessageSize(1, 1, 3, 1), 1)],
)
def test_every_unit_limits_a_part(size: MessageSize, parts: int) -> None:
    packed = balance([Atom(size=size), Atom(size=size)], LIMIT)
    assert packed is not None
    assert len(packed) == parts
