"""The digest in the rich layout: a title, items that unfold, tables, pictures, buttons beside items.

`digest -> passages of blocks -> pagination -> rich messages`
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from urllib.parse import urlsplit

from digest.model import Digest, Item, Picture
from digest.rendering.links import is_linkable
from digest.rendering.pagination.paginate_rich import RichPart, paginate_rich
from digest.rendering.pagination.rich_passage import RichPassage
from domain.chat import limits
from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Keyboard
from domain.chat.rich_message import (
    AnchorLink,
    ButtonRow,
    Heading,
    Paragraph,
    Photo,
    Preformatted,
    Quote,
    RichBlock,
    TableBlock,
)
from domain.chat.text import Style, Text, bold, concat, display_width, link, slices
from views.digest_passages import (
    commentary_name,
    continued_heading,
    format_dateline,
    further_sources,
    shortened,
    substitute_line,
)
from views.selection import Selection, body_text

_UNFOLDED_INTRO_WIDTH = 120
"""Widest introduction that is not folded, in columns (a Chinese character takes two): three lines on a phone."""

_TITLE_LEVEL = 1
_SECTION_LEVEL = 3
_ENTRY_CHARACTERS = 60
"""Longest line of a contents list; on a phone it takes two rows at most."""

_CAPTION_CHARACTERS = 200
_PARAGRAPH_GAP = re.compile(r"\n[^\S\n]*\n\s*")
_QUOTES = (Style.BLOCKQUOTE, Style.EXPANDABLE_BLOCKQUOTE)


def rich_parts(
    digest: Digest, shown: tuple[Item, ...], translate: Translator, *, keyboard: Keyboard = (), signed: bool = False
) -> tuple[RichPart, ...]:
    """Return some items of the digest as parts in the rich layout, with introduction and commentary."""
    media, selection = _Media.of(digest), Selection.of(digest, shown)
    passages = [
        _title_passage(digest, selection, media, translate),
        *_item_passages(digest, shown, media, translate),
        _commentary_passage(digest, selection, media, translate),
    ]
    filled = [passage for passage in passages if passage.opening or passage.body]
    contents_name = Text(f"📑 {translate('Contents')}")
    return paginate_rich(filled, contents_name=contents_name, keyboard=keyboard, signed=signed)


@dataclass(frozen=True, slots=True)
class _Media:
    """Tables by the lines that stand for them, and pictures by position."""

    tables: Mapping[str, TableBlock]
    pictures: dict[int, list[Picture]]

    @classmethod
    def of(cls, digest: Digest) -> _Media:
        tables = {}
        for table in digest.tables:
            width = max((len(row) for row in table.rows), default=0)
            if width <= limits.RICH_TABLE_COLUMNS and width * len(table.rows) > 1:
                rows = tuple(
                    tuple(body_text(cell) for cell in (*row, *[Text()] * (width - len(row)))) for row in table.rows
                )
                tables[table.lines.sanitized().plain] = TableBlock(rows)
        pictures: dict[int, list[Picture]] = {}
        for picture in digest.pictures:
            if is_linkable(picture.url):
                pictures.setdefault(picture.position, []).append(picture)
        return cls(tables, pictures)

    def blocks(self, text: Text, position: int, translate: Translator) -> tuple[RichBlock, ...]:
        """Return a text of the digest as blocks, with the pictures of its position below."""
        photos = (_photo(picture, translate) for picture in self.pictures.get(position, ()))
        return (*_text_blocks(body_text(text), self.tables), *photos)


def _photo(picture: Picture, translate: Translator) -> Photo:
    name = shortened(Text(picture.text).sanitized().plain, _CAPTION_CHARACTERS) or translate("Picture")
    return Photo(picture.url, link(f"🖼 {name}", picture.url))


def _title_passage(digest: Digest, selection: Selection, media: _Media, translate: Translator) -> RichPassage:
    title = Text(digest.title).sanitized().plain
    dateline = format_dateline(digest, title, selection, translate)
    intro = media.blocks(selection.intro, 0, translate)
    is_folded = display_width(selection.intro.plain) > _UNFOLDED_INTRO_WIDTH
    name = translate("Introduction")
    return RichPassage(
        position=0,
        opening=(
            *([Heading(Text(title), _TITLE_LEVEL)] if title else []),
            *(Paragraph(Text(line)) for line in (dateline, substitute_line(digest, translate)) if line),
        ),
        summary=bold(name) if intro and is_folded else Text(),
        continuation_summary=partial(continued_heading, name, translate),
        body=intro,
    )


def _item_passages(
    digest: Digest, items: Iterable[Item], media: _Media, translate: Translator
) -> Iterator[RichPassage]:
    """Yield the items' passages; the first of each section has its heading."""
    section = ""
    for item in items:
        heading = Text(item.section).sanitized() if item.section != section else Text()
        section = item.section
        yield _item_passage(digest, item, heading, media, translate)


def _item_passage(digest: Digest, item: Item, section: Text, media: _Media, translate: Translator) -> RichPassage:
    """Return an item: its headline as the line that unfolds the text, its source, and a button; or a linked line."""
    number = f"{item.position}. "
    headline = Text(item.headline).sanitized().plain
    anchor, section_anchor = f"i{item.position}", f"s{item.position}"
    entry = AnchorLink(Text(number + shortened(headline, _ENTRY_CHARACTERS)), anchor)
    opening = (Heading(section, _SECTION_LEVEL, section_anchor),) if section else ()
    section_entry = AnchorLink(Text(shortened(section.plain, _ENTRY_CHARACTERS)), section_anchor) if section else None
    body = media.blocks(item.body, item.position, translate)
    closing: tuple[RichBlock, ...] = ()
    if not body:
        url = item.url if is_linkable(item.url) else ""
        line = (Text(number) + link(headline, url)).styled(Style.BOLD) + _categories(item, before=" · ")
        further = further_sources(item)
        body, summary = (Paragraph(line, anchor), *([Paragraph(further)] if further else [])), Text()
    else:
        source = _source(item)
        body, summary = (*body, *([Paragraph(source)] if source else [])), bold(number + headline)
        closing = _item_buttons(digest, item, translate)
    return RichPassage(
        position=item.position,
        opening=opening,
        summary=summary,
        continuation_summary=_continued(number, headline, translate),
        body=body,
        closing=closing,
        anchor=anchor,
        section=section_entry,
        entry=entry,
    )


def _continued(number: str, headline: str, translate: Translator) -> Callable[[], Text]:
    def summary() -> Text:
        return bold(translate("{name} (continued)").format(name=number + shortened(headline)))

    return summary


def _source(item: Item) -> Text:
    """Return links to the item's sources, the first under its host's name, and the categories."""
    further = further_sources(item)
    if not is_linkable(item.url):
        return concat((further, _categories(item, before=" · " if further else "")))
    host = (urlsplit(item.url).hostname or "").removeprefix("www.")
    own = link(f"🔗 {shortened(host, _ENTRY_CHARACTERS) or item.url}", item.url)
    return concat((own, " " if further else "", further, _categories(item, before=" · ")))


def _categories(item: Item, *, before: str = "") -> Text:
    names = [Text(name).sanitized().plain for name in item.categories]
    return Text(before + " · ".join(names)) if names else Text()


def _item_buttons(digest: Digest, item: Item, translate: Translator) -> tuple[ButtonRow, ...]:
    """Return the button to the item alone."""
    if digest.date is None:
        return ()
    label = translate("Item {n} alone").format(n=item.position)
    return (ButtonRow((button(label, CommandName.ITEM, digest.date, item.position),)),)


def _commentary_passage(digest: Digest, selection: Selection, media: _Media, translate: Translator) -> RichPassage:
    position = len(digest.items) + 1
    name, body = commentary_name(digest, translate), media.blocks(selection.commentary, position, translate)
    return RichPassage(
        position=position,
        summary=bold(name) if body else Text(),
        continuation_summary=partial(continued_heading, name, translate),
        body=body,
        anchor="c",
        entry=AnchorLink(Text(shortened(name, _ENTRY_CHARACTERS)), "c"),
    )


def _text_blocks(text: Text, tables: Mapping[str, TableBlock]) -> Iterator[RichBlock]:
    """Yield a text as blocks: quotations, code, paragraphs, and tables in place of the lines that stand for them."""
    outer = [span for span in text.spans if span.style in (*_QUOTES, Style.PRE)]
    edges = sorted({0, len(text), *(edge for span in outer for edge in (span.start, span.end))})
    for part in slices(text, pairwise(edges)):
        quotes = [span for span in part.spans if span.style in _QUOTES and span.end - span.start == len(part)]
        code = [span for span in part.spans if span.style is Style.PRE and span.end - span.start == len(part)]
        if not part.strip():
            continue
        if quotes:
            yield Quote(part.strip().without_styles(*_QUOTES))
        elif code:
            yield Preformatted(Text(part.plain.strip("\n")), code[0].value)
        else:
            yield from _paragraphs(part, tables)


def _paragraphs(text: Text, tables: Mapping[str, TableBlock]) -> Iterator[RichBlock]:
    """Yield the paragraphs of a text, or the tables for which they stand."""
    gaps = [(gap.start(), gap.end()) for gap in _PARAGRAPH_GAP.finditer(text.plain)]
    starts, ends = [0, *(end for _, end in gaps)], [*(start for start, _ in gaps), len(text)]
    for part in slices(text, zip(starts, ends, strict=True)):
        paragraph = part.strip()
        if paragraph:
            yield tables.get(paragraph.plain) or Paragraph(paragraph)
