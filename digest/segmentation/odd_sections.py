"""Make items of sections that are built unlike the others, so that no news between other news is left out.

`## Package of the week` above a paragraph, amid sections with lists, has no headline of the styles that the page has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.parsing.blocks import BlockKind
from digest.segmentation.page_features import Page
from digest.segmentation.states import Label


def with_odd_sections(page: Page, labels: tuple[Label, ...]) -> tuple[Label, ...]:
    """Return the labels with the text of each section without headlines, between items, as an item, or several.

    Each entry of a list is one; other text is one item. What stands above deeper sections stays as it is: it leads
    to them.
    """
    changed = list(labels)
    for start, stop in _odd_sections(page, labels):
        pieces = page.pieces[start:stop]
        are_entries = all(piece.kind is BlockKind.ENTRY for piece in pieces)
        for at in range(start, stop):
            changed[at] = Label.HEAD if are_entries or at == start else Label.BODY
    return tuple(changed)


def _odd_sections(page: Page, labels: Sequence[Label]) -> Iterator[tuple[int, int]]:
    """Yield where the text of each such section begins and ends."""
    heads = [at for at, label in enumerate(labels) if label is Label.HEAD]
    if not heads:
        return
    names = [at for at in range(heads[0], heads[-1]) if labels[at] is Label.SECTION]
    for name in names:
        stop = next(at for at in range(name + 1, len(labels)) if labels[at] is not Label.PREFACE)
        leads_on = page.pieces[stop].rank > page.pieces[name].rank
        if stop > name + 1 and labels[stop] is Label.SECTION and not leads_on:
            yield name + 1, stop
