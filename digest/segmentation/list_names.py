"""Measure which names are those of lists: short, unlinked lines right above entries that look like headlines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from digest.segmentation.pieces import PagePiece
from digest.segmentation.vocabulary import NameKind, is_date_label

_SURE_LENGTH = 4
"""Reading length up to which a name above a list is hardly a headline."""

_MAX_LENGTH = 12
"""Reading length from which it is rather a headline with points below."""

_OTHER_LISTS = (
    NameKind.SUMMARY,
    NameKind.CONTENTS,
    NameKind.COMMENTARY,
    NameKind.OPINION,
    NameKind.FIGURES,
    NameKind.TRAILING,
)
"""Regions whose lists hold no items."""


_CLEAR_STRENGTH = 0.5
"""Strength from which a name leaves hardly a doubt that the entries below it are headlines."""


def find_list_names(pieces: Sequence[PagePiece], entries: Sequence[bool], ruled: frozenset[int]) -> dict[int, float]:
    """Return how much each name looks like that of a list, from above 0 to 1; `entries` tells which pieces are some."""
    strengths = ((at, _strength(pieces, entries, at, ruled)) for at in range(len(pieces) - 1))
    return {at: strength for at, strength in strengths if strength > 0}


def find_named_entries(
    pieces: Sequence[PagePiece], entries: Sequence[bool], names: Mapping[int, float], ruled: frozenset[int]
) -> Iterator[int]:
    """Yield the entries below clear names of lists, of lists that are alike: all entries are linked, or none is."""
    for at, strength in names.items():
        below = tuple(_run(entries, at + 1, ruled))
        linked = sum(pieces[index].has_link for index in below)
        if strength >= _CLEAR_STRENGTH and linked in (0, len(below)):
            yield from below


def _strength(pieces: Sequence[PagePiece], entries: Sequence[bool], at: int, ruled: frozenset[int]) -> float:
    if entries[at] or not entries[at + 1] or not _may_name_list(pieces[at]):
        return 0.0
    below = [pieces[index] for index in _run(entries, at + 1, ruled)]
    alike = sum(_is_like_headline(piece) for piece in below) / len(below)
    brevity = (_MAX_LENGTH - pieces[at].reading_length) / (_MAX_LENGTH - _SURE_LENGTH)
    return min(1.0, max(0.0, brevity)) * alike


def _run(entries: Sequence[bool], start: int, ruled: frozenset[int]) -> Iterator[int]:
    """Yield the entries from one on that nothing separates."""
    at = start
    while at < len(entries) and entries[at] and (at == start or at not in ruled):
        yield at
        at += 1


def _may_name_list(piece: PagePiece) -> bool:
    is_name = piece.rank > 0 or piece.may_name_section
    return (
        is_name and not piece.has_link and not piece.number and not piece.is_field and piece.region not in _OTHER_LISTS
    )


def _is_like_headline(piece: PagePiece) -> bool:
    """Whether an entry reads like a headline: linked, or no sentence, field or figure; a date is none."""
    if is_date_label(piece.plain):
        return False
    return piece.has_link or not (piece.is_sentence or piece.is_labelled or piece.is_figure)
