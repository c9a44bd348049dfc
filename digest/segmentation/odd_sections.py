"""Make items of sections that are built unlike the others, so that no news between other news is left out.

`## Package of the week` above a paragraph, amid sections with lists, has no headline of the styles that the page has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.parsing.blocks import BlockKind
from digest.segmentation.page_features import Page
from digest.segmentation.states import Label


def with_odd_sections(page: Page, labels: tuple[Label, ...]) -> tuple[Label, ...]:
    """Return the labels with the text of each section without headlines, above or between items, as one or several.

    Each entry of a list is one; other text is one item. What stands above deeper sections stays as it is: it leads
    to them. A section above the first item is read so, too, if its text has a link.
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
    for name in (at for at in range(heads[-1]) if labels[at] is Label.SECTION):
        stop = next(at for at in range(name + 1, len(labels)) if labels[at] is not Label.PREFACE)
        leads_on = page.pieces[stop].rank > page.pieces[name].rank
        is_odd = stop > name + 1 and labels[stop] is Label.SECTION and not leads_on
        if is_odd and (name > heads[0] or _holds_news(page, range(name, stop))):
            yield name + 1, stop


def _holds_news(page: Page, section: range) -> bool:
    """Whether a section above all items holds one: its text has a link, and its name announces no region.

    A table there is an overview.
    """
    name, *below = (page.pieces[at] for at in section)
    is_text = bool(below[0].plain) and all(piece.kind is not BlockKind.TABLE for piece in below)
    return name.region is None and is_text and any(piece.has_link for piece in below)
