"""Build the passages of a digest in full: their order, headings and dates.

`header with introduction -> (section's heading) items -> commentary`

Headings are in the reader's language; the digest's own texts stay as the editor wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from unicodedata import category

from digest.model import Digest, Item
from digest.rendering.links import address_in_words, is_linkable
from digest.rendering.pagination.graphemes import boundary_before
from digest.rendering.pagination.passage import Passage
from domain.chat.i18n import LANGUAGE_NAMES, Translator
from domain.chat.message import PicturePreview
from domain.chat.text import Style, Text, bold, concat, format_text, join, link
from domain.subscription.preferences import category_key
from views.dates import format_full_day, format_weekday
from views.pictures import picture_previews
from views.selection import Selection, body_text

_CONTINUED_HEADLINE_CHARACTERS = 80
"""Longest part of a headline that is repeated where its body continues in the next message."""


def digest_passages(
    digest: Digest, shown: tuple[Item, ...], translate: Translator, *, start: int = 0
) -> tuple[Passage, ...]:
    """Return the passages of some of the digest's items for `paginate`, with introduction and commentary.

    Items keep their positions, so that "3" is the same item for everybody. What stands before the item at position
    `start` is left out.
    """
    selection, pictures = Selection.of(digest, shown), picture_previews(digest)
    header = replace(_header(digest, selection, translate), picture=pictures.get(0))
    passages = [
        *([] if start else [header]),
        *_items((item for item in shown if item.position >= start), pictures, translate),
        commentary_passage(digest, selection.commentary, translate, picture=pictures.get(len(digest.items) + 1)),
    ]
    return tuple(passage for passage in passages if passage.lead or passage.body)


def filter_items(items: Iterable[Item], categories: frozenset[str] | None) -> tuple[Item, ...]:
    """Return the items of any of the categories (compared by `category_key`); all of them for None."""
    if categories is None:
        return tuple(items)
    keys = {category_key(name) for name in categories}
    return tuple(item for item in items if not keys.isdisjoint(map(category_key, item.categories)))


def _header(digest: Digest, selection: Selection, translate: Translator) -> Passage:
    """Return title, day and number of items, and what was left out, with the introduction below."""
    title = Text(digest.title).sanitized().plain
    lines = format_dateline(digest, title, selection, translate), substitute_line(digest, translate)
    lead = join("\n", filter(None, (bold(title), *map(Text, lines))))
    continued = partial(continued_heading, title, translate) if title else Text
    return Passage(lead=lead, body=selection.intro, continuation_heading=continued, separator="\n\n")


def substitute_line(digest: Digest, translate: Translator) -> str:
    """Return the line that says that there is no text for the reader's language; empty where there is one."""
    if not digest.is_substitute:
        return ""
    template = translate("There is no {language} text of this edition; this is the original.")
    return template.format(language=LANGUAGE_NAMES[translate.language])


def item_passage(item: Item, translate: Translator, *, strong: bool, folded: bool) -> Passage:
    """Return one item: position and linked headline (bold without a link, or if `strong`), and its body."""
    number = f"{item.position}. "
    plain = Text(item.headline).sanitized().plain
    lead = concat((number, linked_headline(plain, item.url, strong=strong)))

    def continued() -> Text:
        name = concat((number, linked_headline(shortened(plain), item.url, strong=strong)))
        return format_text(translate("{name} (continued)"), {"name": name})

    return Passage(lead=lead, body=body_text(item.body), continuation_heading=continued, folded=folded)


def further_sources(item: Item) -> Text:
    """Return the links of the headline that neither it nor the text can show, each with its own words.

    Addresses that Telegram does not link are written out.
    """
    shown = {item.url, *(span.value for span in item.body.spans if span.style is Style.LINK)}
    further = {each.url: each.text for each in item.links if each.url not in shown and is_linkable(each.url)}
    links = [link(shortened(Text(name).sanitized().plain) or url, url) for url, name in further.items()]
    texts = {span.value for span in item.body.spans if span.style is Style.LINK}
    unlinked = (address_in_words(each.url) for each in item.links if each.url not in texts)
    written = [Text(address) for address in dict.fromkeys(unlinked) if address and address not in item.headline]
    return concat(("🔗 ", join(" · ", [*links, *written]))) if links or written else Text()


def commentary_passage(
    digest: Digest, commentary: Text, translate: Translator, *, picture: PicturePreview | None = None
) -> Passage:
    """Return a commentary under the editor's own heading; empty without one."""
    if not commentary:
        return Passage()
    name = commentary_name(digest, translate)
    return Passage(
        lead=bold(name),
        body=commentary,
        continuation_heading=partial(continued_heading, name, translate),
        picture=picture,
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


def _items(items: Iterable[Item], pictures: Mapping[int, PicturePreview], translate: Translator) -> Iterator[Passage]:
    """Yield the items' passages; the first of each section has its heading. A list without bodies is dense."""
    items = tuple(items)
    is_dense = not any(item.body.plain.strip() for item in items)
    section, is_first = "", True
    for item in items:
        passage = item_passage(item, translate, strong=True, folded=False)
        passage = replace(passage, picture=pictures.get(item.position))
        if item.section:
            passage = replace(passage, section_continuation=partial(continued_section, item.section, translate))
        if item.section != section and item.section:
            passage = replace(passage, heading=section_heading(item.section))
        elif is_dense and not is_first:
            passage = replace(passage, gap="\n")
        section, is_first = item.section, False
        yield passage


def section_heading(name: str) -> Text:
    """Return a section's heading, with a sign unless the editor gave it one."""
    return bold(_with_symbol(Text(name).sanitized().plain))


def continued_section(name: str, translate: Translator) -> Text:
    """Return a section's heading marked as continued from the message before."""
    return continued_heading(_with_symbol(Text(name).sanitized().plain), translate)


def _with_symbol(plain: str) -> str:
    return plain if plain and category(plain[0])[0] == "S" else f"◆ {plain}"


def linked_headline(plain: str, url: str, *, strong: bool) -> Text:
    """Return a headline with its link; bold without a link, or if `strong`."""
    if not is_linkable(url):
        return bold(plain)
    linked = link(plain, url)
    return linked.styled(Style.BOLD) if strong else linked


def format_dateline(digest: Digest, title: str, selection: Selection, translate: Translator) -> str:
    """Return the day and the number of items, or of those left out."""
    day, total = day_unless_in_title(digest, title, translate), len(digest.items)
    if selection.omitted:
        return "\n".join(filter(None, (day, selection.omitted_line(translate))))
    return " · ".join(filter(None, (day, format_item_count(total, translate) if total else "")))


def day_unless_in_title(digest: Digest, title: str, translate: Translator) -> str:
    """Return the day; only the weekday if the title already contains the date. Empty without a date."""
    if digest.date is None:
        return ""
    is_in_title = _contains_date(title, digest.date)
    return format_weekday(digest.date, translate) if is_in_title else format_full_day(digest.date, translate)


def _contains_date(title: str, when: date) -> bool:
    numbers = [int(number) for number in re.findall(r"\d{1,4}", title)]
    return [when.year, when.month, when.day] in [numbers[at : at + 3] for at in range(len(numbers))]


def shortened(plain: str, most: int = _CONTINUED_HEADLINE_CHARACTERS) -> str:
    """Cut a name at a grapheme to at most `most` characters."""
    if len(plain) <= most:
        return plain
    return plain[: boundary_before(plain, most, 0)].rstrip() + "…"
