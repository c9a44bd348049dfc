"""Choice of a run's contents: what each subscriber wants, and within a limit that no number of mutes exceeds.

Up to the limit everybody gets exactly what they want. Beyond it, the rarest wishes share contents that leave out more,
never less: what one of them has muted is in none of these. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from storage.payloads import Content

MAX_CONTENTS = 400
"""Contents that a version of a run may have, but for a few at most for each look."""

_SHARED_PART = 0.75
"""Part of the contents that rare wishes share where there are too many; the others are exact."""

_Appearance = tuple[str, str, str, bool]


def choose_contents(
    wanted: Mapping[int, Content], stored: Collection[Content] = (), *, limit: int = MAX_CONTENTS
) -> dict[int, Content]:
    """Return the content for each id, given the one it wants and those that are stored already."""
    counts = Counter(wanted.values())
    new = sorted((content for content in counts if content not in stored), key=lambda one: _rank(one, counts))
    room = max(0, limit - len(stored))
    if len(new) <= room:
        return dict(wanted)
    shared_room = int(room * _SHARED_PART)
    exact, rare = new[: room - shared_room], new[room - shared_room :]
    available = {*stored, *exact, *_shared(rare, shared_room)}
    by_appearance: dict[_Appearance, list[tuple[int, Content]]] = {}
    for content in sorted(available, key=lambda one: -len(one.item_positions)):
        by_appearance.setdefault(_appearance(content), []).append((_mask(content.item_positions), content))
    instead = {content: _largest_part(content, by_appearance.get(_appearance(content), ())) for content in rare}
    return {key: instead.get(content, content) for key, content in wanted.items()}


def _rank(content: Content, counts: Counter[Content]) -> tuple[int, int, tuple[int, ...]]:
    """Return the order in which contents are kept exactly: what many want, then what shows much."""
    return -counts[content], -len(content.item_positions), content.item_positions


def _shared(rare: Sequence[Content], room: int) -> Iterable[Content]:
    """Yield contents that similar wishes have in common: what all of a group let through."""
    all_positions = frozenset[int]().union(*(one.item_positions for one in rare))
    ordered = sorted(rare, key=lambda one: (_appearance(one), sorted(all_positions.difference(one.item_positions))))
    if not room or not ordered:
        return
    size = -(-len(ordered) // room)
    for start in range(0, len(ordered), size):
        by_appearance: dict[_Appearance, list[Content]] = {}
        for content in ordered[start : start + size]:
            by_appearance.setdefault(_appearance(content), []).append(content)
        for group in by_appearance.values():
            common = frozenset(group[0].item_positions).intersection(*(one.item_positions for one in group[1:]))
            yield replace(group[0], item_positions=tuple(sorted(common)))


def _largest_part(content: Content, available: Iterable[tuple[int, Content]]) -> Content:
    """Return the largest content that shows nothing else than this one; without any, the one that shows no item."""
    mask = _mask(content.item_positions)
    part = next((other for other_mask, other in available if not other_mask & ~mask), None)
    return replace(content, item_positions=()) if part is None else part


def _appearance(content: Content) -> _Appearance:
    return content.layout, content.language, content.buttons, content.signed


def _mask(positions: Iterable[int]) -> int:
    return sum(1 << position for position in positions)
