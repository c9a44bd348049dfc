"""The headlines layout: an edition on one phone screen; a number button shows the text of an item.

`title and day, folded introduction -> (section) headlines -> folded commentary`
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from digest.model import Digest, Item
from digest.rendering.pagination.passage import Passage
from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button
from domain.chat.text import Text, bold, concat, display_width, join
from views.digest_passages import (
    commentary_name,
    continued_heading,
    continued_section,
    day_unless_in_title,
    linked_headline,
    section_heading,
    substitute_line,
)
from views.pictures import picture_previews
from views.selection import Selection
from views.shortening import count_lines, cut_to_width

LINE_WIDTH = 34
"""Columns (a Chinese character takes two) that fit a line of a message on a phone, with room for a word's wrapping."""

MAX_HEADLINE_LINES = 2

_SCREEN_LINES = 21
"""Lines of text on a phone's screen of 390 by 844 points, beside two quotes' margins and two rows of buttons."""

_FOLDED_LINES = 3
"""Lines of a folded quote that Telegram's apps show."""


def headlines_passages(digest: Digest, shown: tuple[Item, ...], translate: Translator) -> tuple[Passage, ...]:
    """Return the passages of some items' headlines, with introduction and commentary folded."""
    selection = Selection.of(digest, shown)
    header = _header(digest, selection, translate)
    commentary = _commentary(digest, selection, translate)
    room = _SCREEN_LINES - _screen_lines(header) - _screen_lines(commentary)
    items = _items(digest, shown, room, is_below_quote=bool(header.body), translate=translate)
    return tuple(passage for passage in (header, *items, commentary) if passage.lead or passage.body)


def item_button(digest: Digest, item: Item) -> Button | None:
    """Return the button that shows an item; an undated digest has none."""
    if digest.date is None:
        return None
    return button(str(item.position), CommandName.ITEM, digest.date, item.position)


def item_headline(item: Item) -> str:
    """Return an item's headline on one line; of an item without one, the beginning of its text."""
    plain = Text(item.headline).sanitized().plain or item.body.sanitized().plain
    return " ".join(plain.split("\n"))


def _header(digest: Digest, selection: Selection, translate: Translator) -> Passage:
    """Return title and day, on one line if they fit, what was left out, and the folded introduction."""
    title = Text(digest.title).sanitized().plain
    day = day_unless_in_title(digest, title, translate)
    is_one_line = display_width(f"{title} · {day}") <= LINE_WIDTH
    name = join(" · " if is_one_line else "\n", filter(None, (bold(title), Text(day))))
    lead = join(
        "\n", filter(None, (name, Text(selection.omitted_line(translate)), Text(substitute_line(digest, translate))))
    )
    continued = partial(continued_heading, title, translate) if title else Text
    return Passage(
        lead=lead,
        body=selection.intro,
        continuation_heading=continued,
        folded=True,
        picture=picture_previews(digest).get(0),
    )


def _commentary(digest: Digest, selection: Selection, translate: Translator) -> Passage:
    """Return the commentary, whose name begins the quote; empty without a commentary."""
    if not selection.commentary:
        return Passage()
    name = commentary_name(digest, translate)
    return Passage(
        body=join(" ", (bold(name), selection.commentary)),
        continuation_heading=partial(continued_heading, name, translate),
        gap="\n",
        folded=True,
        picture=picture_previews(digest).get(len(digest.items) + 1),
    )


def _items(
    digest: Digest, items: Iterable[Item], room: int, *, is_below_quote: bool, translate: Translator
) -> Iterator[Passage]:
    """Yield the headlines, close together; the first of each section has its heading."""
    items, pictures = tuple(items), picture_previews(digest)
    sections = [item.section if item.section != before else "" for before, item in _with_section_before(items)]
    plain = [f"{item.position}. {item_headline(item)}" for item in items]
    widths = _widths(plain, room - sum(map(bool, sections)))
    for item, section, line, width in zip(items, sections, plain, widths, strict=True):
        number = f"{item.position}. "
        headline = cut_to_width(line, width).removeprefix(number)
        passage = Passage(
            lead=concat((number, linked_headline(headline, item.url, strong=False))),
            heading=section_heading(section) if section else Text(),
            heading_gap="\n",
            gap="\n" if is_below_quote or item is not items[0] else "\n\n",
            button=item_button(digest, item),
            picture=pictures.get(item.position),
        )
        again = partial(continued_section, item.section, translate) if item.section else Text
        yield replace(passage, section_continuation=again)


def _with_section_before(items: Sequence[Item]) -> Iterator[tuple[str, Item]]:
    return zip(["", *(item.section for item in items)], items, strict=False)


def _widths(lines: Sequence[str], room: int) -> list[int]:
    """Return how wide each line may be: two lines on a phone, or one for those that lose least if the room is short."""
    taken = [min(MAX_HEADLINE_LINES, count_lines(line, LINE_WIDTH)) for line in lines]
    shortest_first = sorted(range(len(lines)), key=lambda index: display_width(lines[index]))
    for index in shortest_first:
        if sum(taken) <= room:
            break
        taken[index] = 1
    return [LINE_WIDTH * count for count in taken]


def _screen_lines(passage: Passage) -> int:
    """Return how many lines of the screen a passage takes while it is folded."""
    lead = count_lines(passage.lead.plain, LINE_WIDTH) if passage.lead else 0
    return lead + (min(_FOLDED_LINES, count_lines(passage.body.plain, LINE_WIDTH)) if passage.body else 0)
