"""Make items of sections that are built unlike the others, so that no news between other news is left out.

`## Package of the week` above a paragraph, amid sections with lists, has no headline of the styles that the page has.
The other way round, `## Three signals` with a text, above `## 1. T`, is no section that holds what stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.parsing.blocks import BlockKind
from digest.segmentation.page_features import MAX_SECTION_NAME_LENGTH, Page
from digest.segmentation.states import Label
from digest.segmentation.text_metrics import is_covered_by
from digest.segmentation.vocabulary import is_date_label
from domain.chat.text import Style

_COLONS = (":", "：")

_MAX_NAME_LENGTH = 12
"""Reading length of the longest name above a text that is no headline itself."""

_MIN_PARAGRAPHS = 3
"""Fewest paragraphs below a heading that is rather the headline of a story than the name of a section."""


def with_odd_sections(page: Page, labels: tuple[Label, ...]) -> tuple[Label, ...]:
    """Return the labels with the text of each section without headlines, above or between items, as one or several.

    Each entry of a list is one; other text is one item, with a long name as its headline. What stands above deeper
    sections stays as it is: it leads to them. A section above the first item is read so, too, if its text has a link.
    A section with a text that is written as the headlines beside it is an item, and what only leads to all items is
    introduction.
    """
    changed = list(labels)
    for start, stop in _odd_sections(page, labels):
        pieces = page.pieces[start:stop]
        are_entries = all(piece.kind is BlockKind.ENTRY for piece in pieces)
        start -= not are_entries and _is_headline(page, start - 1, stop)
        for at in range(start, stop):
            changed[at] = Label.HEAD if are_entries or at == start else Label.BODY
    for start, stop in _stories(page, changed):
        changed[start:stop] = Label.HEAD, *(Label.BODY,) * (stop - start - 1)
    for at in _opening_section(page, labels, changed):
        changed[at] = Label.INTRO
    for at in _leading_line(page, changed):
        changed[at] = Label.INTRO
    return tuple(changed)


def _stories(page: Page, labels: Sequence[Label]) -> Iterator[tuple[int, int]]:
    """Yield where each heading with a text begins and ends that stands beside headlines and has a section's name.

    `## Hardware` with a text, between `## T` with theirs, is one of them: its text belongs to no other headline.
    Where headlines have a number or a link and it has none, it names the section of those below.
    """
    for name in (at for at, label in enumerate(labels) if label is Label.SECTION):
        stop = next((at for at in range(name + 1, len(labels)) if labels[at] is not Label.PREFACE), len(labels))
        is_alike = stop < len(labels) and labels[stop] is Label.HEAD and _are_alike(page, name, stop)
        if stop > name + 1 and is_alike and page.pieces[name].is_section_name:
            yield name, stop


def _are_alike(page: Page, one: int, other: int) -> bool:
    """Whether two pieces are headings of one level, both or neither with a link, and with a number."""
    has_number = [bool(page.pieces[at].number) for at in (one, other)]
    return _are_beside(page, one, other) and page.is_linked(one) == page.is_linked(other) and len(set(has_number)) == 1


def _are_beside(page: Page, one: int, other: int) -> bool:
    """Whether two pieces are headings of one level."""
    return 0 < page.pieces[one].block.level == page.pieces[other].block.level


def _leading_line(page: Page, labels: Sequence[Label]) -> range:
    """Return the only section's name if it is a line right above the first headline that leads to all items.

    That is one with a colon (`Five links today:`), in italics or too long for a name, or a date.
    """
    names = [at for at, label in enumerate(labels) if label is Label.SECTION]
    if len(names) != 1 or labels[names[0] + 1 : names[0] + 2] != [Label.HEAD] or Label.HEAD in labels[: names[0]]:
        return range(0)
    piece = page.pieces[names[0]]
    is_name = piece.rank > 0 or piece.is_section_name
    is_sentence = piece.reading_length > MAX_SECTION_NAME_LENGTH or is_covered_by(piece.text, Style.ITALIC)
    leads = not is_name and (is_sentence or piece.plain.endswith(_COLONS))
    return range(names[0], names[0] + 1) if leads or is_date_label(piece.plain) else range(0)


def _is_headline(page: Page, name: int, stop: int) -> bool:
    """Whether the name above a text is its headline: a long one, or one above several paragraphs, a table or code."""
    piece, first = page.pieces[name], page.pieces[name + 1]
    is_long = piece.reading_length > _MAX_NAME_LENGTH or first.kind in (BlockKind.TABLE, BlockKind.CODE)
    begun = sum(not below.block.continues_previous for below in page.pieces[name + 1 : stop])
    return is_long or (begun >= _MIN_PARAGRAPHS and piece.block.level > 0 and not piece.is_section_name)


def _opening_section(page: Page, before: Sequence[Label], labels: Sequence[Label]) -> range:
    """Return the pieces of a section with text right above the first headline, if it is a heading beside that.

    Where other sections are such headings, too, this one is like them, unless the headline was a section's name in the
    labels `before` these. The only section is one, too, unless its name is that of sections:
    it tells nothing of the items, and its text belongs to none of them.
    """
    first = labels.index(Label.HEAD) if Label.HEAD in labels else 0
    if not first or labels[first - 1] is not Label.PREFACE:
        return range(0)
    names = [at for at, label in enumerate(labels) if label is Label.SECTION]
    name = max(at for at in names if at < first)
    is_beside = _are_beside(page, name, first)
    is_only_one = sum(page.pieces[at].rank == page.pieces[name].rank for at in names) == 1
    is_alone = before[first] is Label.SECTION or is_only_one
    leads = is_only_one and not page.pieces[name].is_section_name
    return range(name, first) if (is_beside and is_alone) or leads else range(0)


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
    return name.likely_region is None and is_text and any(piece.has_link for piece in below)
