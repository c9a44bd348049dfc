"""Build the passages of a digest: their order, headings and dates, open or folded.

`header with introduction -> (section's heading) items -> commentary`

Headings are in the reader's language; the digest's own texts stay as the editor wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from unicodedata import category

from digest.model import Digest, Item
from digest.rendering.links import drop_unlinkable, is_linkable
from digest.rendering.pagination.graphemes import boundary_before
from digest.rendering.pagination.passage import Passage
from domain.chat.i18n import Translator
from domain.chat.text import Style, Text, bold, concat, display_width, format_text, join, link
from domain.subscription.preferences import Layout, category_key
from views.dates import format_full_day, format_weekday

UNFOLDED_INTRO_WIDTH = 120
"""Widest introduction that is not folded, in columns (a Chinese character takes two): three lines on a phone."""

_CONTINUED_HEADLINE_CHARACTERS = 80
"""Longest part of a headline that is repeated where its body continues in the next message."""


def digest_passages(
    digest: Digest,
    *,
    layout: Layout,
    translate: Translator,
    categories: frozenset[str] | None = None,
    shown: tuple[Item, ...] | None = None,
    start: int = 0,
) -> tuple[Passage, ...]:
    """Return the digest's passages for `paginate`; none if no item has one of the categories.

    With categories, other items are left out; introduction and commentary stay. Items keep their positions, so that
    "3" is the same item for everybody. `shown` are the items themselves, in place of categories.
    What stands before the item at position `start` is left out.
    """
    shown = filter_items(digest.items, categories) if shown is None else shown
    if categories is not None and not shown:
        return ()
    header = header_passage(digest, translate, count=len(shown), folded=layout is Layout.HEADLINES)
    passages = [
        *([] if start else [header]),
        *_items((item for item in shown if item.position >= start), layout=layout, translate=translate),
        commentary_passage(digest, translate, folded=layout is Layout.HEADLINES),
    ]
    return tuple(passage for passage in passages if passage.lead or passage.body)


def filter_items(items: Iterable[Item], categories: frozenset[str] | None) -> tuple[Item, ...]:
    """Return the items of any of the categories (compared by `category_key`); all of them for None."""
    if categories is None:
        return tuple(items)
    keys = {category_key(name) for name in categories}
    return tuple(item for item in items if not keys.isdisjoint(map(category_key, item.categories)))


def header_passage(digest: Digest, translate: Translator, *, count: int, folded: bool) -> Passage:
    """Return title, day and number of items, with the introduction below."""
    title = Text(digest.title).sanitized().plain
    intro = body_text(digest.intro)
    folded = folded and display_width(intro.plain) > UNFOLDED_INTRO_WIDTH
    lead = join("\n", filter(None, (bold(title), Text(format_dateline(digest, title, count, translate)))))
    continued = partial(continued_heading, title, translate) if title else Text
    return Passage(
        lead=lead, body=intro, continuation_heading=continued, separator="\n" if folded else "\n\n", folded=folded
    )


def item_passage(item: Item, translate: Translator, *, strong: bool, folded: bool) -> Passage:
    """Return one item: position and linked headline (bold without a link, or if `strong`), and its body."""
    number = f"{item.position}. "
    plain = Text(item.headline).sanitized().plain
    lead = concat((number, _headline(plain, item.url, strong=strong)))

    def continued() -> Text:
        name = concat((number, _headline(shortened(plain), item.url, strong=strong)))
        return format_text(translate("{name} (continued)"), {"name": name})

    return Passage(lead=lead, body=body_text(item.body), continuation_heading=continued, folded=folded)


def commentary_passage(digest: Digest, translate: Translator, *, folded: bool) -> Passage:
    """Return the commentary under the editor's own heading; empty without a commentary."""
    body = body_text(digest.commentary)
    if not body:
        return Passage()
    name = commentary_name(digest, translate)
    return Passage(
        lead=bold(name), body=body, continuation_heading=partial(continued_heading, name, translate), folded=folded
    )


def commentary_name(digest: Digest, translate: Translator) -> str:
    """Return the editor's own heading of the commentary, with a sign before it."""
    return f"💬 {digest.commentary_title or translate('Commentary')}"


def continued_heading(name: str, translate: Translator) -> Text:
    """Return a shortened name marked as continued from the message before."""
    return bold(translate("{name} (continued)").format(name=shortened(name)))


def format_item_count(count: int, translate: Translator) -> str:
    """Format a number of items: "11 items"."""
    return translate.ngettext("{n} item", "{n} items", count).format(n=count)


def _items(items: Iterable[Item], *, layout: Layout, translate: Translator) -> Iterator[Passage]:
    """Yield the items' passages; the first of each section has its heading. A list without bodies is dense."""
    items = tuple(items)
    is_dense = not any(item.body.plain.strip() for item in items)
    section, is_first = "", True
    for item in items:
        passage = item_passage(item, translate, strong=layout is Layout.FULL, folded=layout is Layout.HEADLINES)
        if item.section:
            passage = replace(passage, section_continuation=partial(_continued_section, item.section, translate))
        if item.section != section and item.section:
            passage = replace(passage, heading=_section(item.section))
        elif is_dense and not is_first:
            passage = replace(passage, gap="\n")
        section, is_first = item.section, False
        yield passage


def _section(name: str) -> Text:
    """Return a section's heading, with a sign unless the editor gave it one."""
    return bold(_with_symbol(Text(name).sanitized().plain))


def _continued_section(name: str, translate: Translator) -> Text:
    return continued_heading(_with_symbol(Text(name).sanitized().plain), translate)


def _with_symbol(plain: str) -> str:
    return plain if plain and category(plain[0])[0] == "S" else f"◆ {plain}"


def _headline(plain: str, url: str, *, strong: bool) -> Text:
    if not is_linkable(url):
        return bold(plain)
    linked = link(plain, url)
    return linked.styled(Style.BOLD) if strong else linked


def body_text(text: Text) -> Text:
    """Return a text of the digest as it is shown."""
    return drop_unlinkable(text.sanitized())


def format_dateline(digest: Digest, title: str, count: int, translate: Translator) -> str:
    """Return the day and the number of items; only the weekday if the title already contains the date."""
    when = []
    if digest.date is not None:
        when = [
            format_weekday(digest.date, translate)
            if _contains_date(title, digest.date)
            else format_full_day(digest.date, translate)
        ]
    total = len(digest.items)
    selection = translate("{shown} of {n} items").format(shown=count, n=total)
    return " · ".join(
        [*when, *([format_item_count(total, translate) if count == total else selection] if total else [])]
    )


def _contains_date(title: str, when: date) -> bool:
    numbers = [int(number) for number in re.findall(r"\d{1,4}", title)]
    return [when.year, when.month, when.day] in [numbers[at : at + 3] for at in range(len(numbers))]


def shortened(plain: str, most: int = _CONTINUED_HEADLINE_CHARACTERS) -> str:
    """Cut a name at a grapheme to at most `most` characters."""
    if len(plain) <= most:
        return plain
    return plain[: boundary_before(plain, most, 0)].rstrip() + "…"
