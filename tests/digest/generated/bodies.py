"""Bodies of items: paragraphs, lists, quotes, code, footnotes and what else stands below headlines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.digest.generated.stock import Piece, Writer


class BodyKind(StrEnum):
    """What a body is made of."""

    NONE = "none"
    ONE = "one paragraph"
    SEVERAL = "several paragraphs"
    POINTS = "bullets"
    ROUND_POINTS = "points in brackets"
    NUMBERS = "numbers"
    BOLD_NUMBERS = "numbers with bold leads"
    TWO_LISTS = "numbers, text, bullets"
    NESTED = "nested bullets"
    QUOTE = "quote"
    CODE = "code"
    FIELDS = "bold fields"
    FIELD_HEADINGS = "headings of fields"
    FOOTNOTE = "footnote"
    IMAGE = "image"
    TABLE = "table"
    RELATED = "related links"
    ADDRESS = "bare address"
    TAGS = "HTML named in the text"
    BREAKS = "line breaks and small print"
    SHORTCODE = "shortcode and comment"
    COMMENTED = "commentary in each item"
    BYLINE = "byline"


LISTS = frozenset({BodyKind.POINTS, BodyKind.NUMBERS, BodyKind.BOLD_NUMBERS, BodyKind.TWO_LISTS, BodyKind.NESTED})
NUMBERED = frozenset({BodyKind.ROUND_POINTS, BodyKind.NUMBERS, BodyKind.BOLD_NUMBERS, BodyKind.TWO_LISTS})
BOLD = frozenset({BodyKind.FIELDS, BodyKind.BOLD_NUMBERS, BodyKind.COMMENTED})
IN_EACH = frozenset({BodyKind.COMMENTED})
"""Bodies that only make sense in all items of a digest."""
LINKS = frozenset({BodyKind.RELATED, BodyKind.ADDRESS})


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a body stands: the level of a heading within it, and the item's number."""

    level: int
    number: int


Blocks = tuple[Piece, ...]


def write_body(kind: BodyKind, writer: Writer, place: Spot) -> Blocks:
    """Write a body's blocks."""
    return _KINDS[kind](writer, place)


def _lead(writer: Writer) -> Piece:
    return writer.paragraph(writer.random.choice((1, 1, 2)))


def _list(writer: Writer, marks: list[str], *, bold: bool = False) -> Piece:
    words = [writer.draw("sentences") for _ in marks]
    names = [f"**{writer.draw('names')}**{writer.colon}" if bold else "" for _ in marks]
    lines = [f"{mark} {name}{text}{writer.stop}" for mark, name, text in zip(marks, names, words, strict=True)]
    return Piece("\n".join(lines), tuple(words))


def _points(writer: Writer, _: Spot) -> Blocks:
    mark = writer.random.choice(("-", "-", "*"))
    return _lead(writer), _list(writer, [mark] * writer.random.randint(2, 3))


def _round_points(writer: Writer, _: Spot) -> Blocks:
    form = "（{}）{}" if writer.spaceless else "({}) {}"
    count = writer.random.randint(2, 3)
    words = [writer.draw("sentences") for _ in range(count)]
    points = (Piece(form.format(n, text) + writer.stop, (text,)) for n, text in enumerate(words, 1))
    return _lead(writer), *points


def _numbers(writer: Writer, _: Spot) -> Blocks:
    return _lead(writer), _list(writer, [f"{n}." for n in range(1, writer.random.randint(3, 4))])


def _bold_numbers(writer: Writer, _: Spot) -> Blocks:
    numbers = _list(writer, [f"{n}." for n in range(1, writer.random.randint(3, 4))], bold=True)
    return (numbers,) if writer.chance(0.4) else (_lead(writer), numbers)


def _two_lists(writer: Writer, _: Spot) -> Blocks:
    return (
        _list(writer, ["1.", "2."], bold=True),
        writer.paragraph(1),
        _list(writer, ["-", "-"], bold=True),
    )


def _nested(writer: Writer, _: Spot) -> Blocks:
    first, second, third = (writer.draw("sentences") for _ in range(3))
    source = f"- {first}{writer.stop}\n  - {second}{writer.stop}\n  - {third}{writer.stop}"
    return _lead(writer), Piece(source, (first, second, third))


def _quote(writer: Writer, _: Spot) -> Blocks:
    quoted = writer.paragraph(1)
    quote = Piece(f"> {quoted.source}", quoted.words)
    return (quote, _lead(writer)) if writer.chance(0.5) else (_lead(writer), quote)


def _code(writer: Writer, place: Spot) -> Blocks:
    name = f"heron_{place.number}"
    return _lead(writer), Piece(f"```sh\npip install {name}\n```", (f"pip install {name}",))


def _fields(writer: Writer, _: Spot) -> Blocks:
    fields = []
    for _count in range(2):
        text = writer.paragraph(1)
        fields.append(Piece(f"**{writer.draw('fields')}**{writer.colon}{text.source}", text.words))
    return (_lead(writer), *fields) if writer.chance(0.6) else tuple(fields)


def _field_headings(writer: Writer, place: Spot) -> Blocks:
    blocks = []
    for _count in range(2):
        name = writer.draw("fields")
        blocks += [Piece(f"{'#' * place.level} {name}", (name,)), writer.paragraph(1)]
    return tuple(blocks)


def _footnote(writer: Writer, place: Spot) -> Blocks:
    lead, note = _lead(writer), writer.draw("sentences")
    label = f"[^{place.number}]"
    return (Piece(lead.source + label, lead.words, footer=f"{label}: {note}{writer.stop}", notes=(note,)),)


def _image(writer: Writer, place: Spot) -> Blocks:
    picture = f"![](https://img.example.org/{place.number}.png)"
    linked = Piece(f"[{picture}](https://img.example.org/{place.number}.png)" if writer.chance(0.3) else picture)
    return (linked, _lead(writer)) if writer.chance(0.4) else (_lead(writer), linked)


def _table(writer: Writer, _: Spot) -> Blocks:
    first, second = writer.draw("names"), writer.draw("names")
    return _lead(writer), Piece(f"| {first} | {second} |\n| --- | --- |\n| 12 | 34 |", (first, second))


def _related(writer: Writer, _: Spot) -> Blocks:
    links = [(writer.draw("headlines"), writer.url()) for _ in range(writer.random.randint(1, 3))]
    name = writer.draw("related")
    rows = "\n".join(f"- [{text.replace('`', '')}]({url})" for text, url in links)
    return _lead(writer), Piece(f"{name}{writer.colon.strip()}\n\n{rows}", (name,), tuple(url for _, url in links))


def _address(writer: Writer, _: Spot) -> Blocks:
    url = writer.url()
    return _lead(writer), Piece(url, links=(url,))


def _tags(writer: Writer, _: Spot) -> Blocks:
    lead = writer.draw("sentences")
    named, other = writer.random.sample(("dl", "svg", "dialog", "script", "table", "canvas"), 2)
    return (Piece(f"{lead} (<{named}>, <{other}>){writer.stop}", (f"{lead} {named} {other}",)), writer.paragraph(1))


def _breaks(writer: Writer, _: Spot) -> Blocks:
    first, second = writer.paragraph(1), writer.paragraph(1)
    small = f'{first.source}<br/>\n<small style="color:gray">{second.source}</small>'
    return (Piece(small, (*first.words, *second.words)),)


def _shortcode(writer: Writer, place: Spot) -> Blocks:
    code = writer.random.choice(("{{< youtube a1b2c3 >}}", "{% youtube a1b2c3 %}", "<!-- checked by ida -->"))
    return writer.paragraph(1), Piece(code), writer.paragraph(1)


def _commented(writer: Writer, _: Spot) -> Blocks:
    """End with the editor's remark on this item, under a name that commentaries have."""
    remark = writer.paragraph(1, "comments")
    name = writer.same("remark_names")
    source = f"**{name}**{writer.colon}{remark.source}"
    return _lead(writer), Piece(f"> {source}" if len(name) % 2 else source, remark.words)


def _byline(writer: Writer, _: Spot) -> Blocks:
    author = writer.draw("names")
    return Piece(f"*{author} · 2026-11-26*", (author,)), _lead(writer)


_KINDS: dict[BodyKind, Callable[[Writer, Spot], Blocks]] = {
    BodyKind.NONE: lambda _writer, _place: (),
    BodyKind.ONE: lambda writer, _place: (writer.paragraph(writer.random.choice((1, 2, 2, 3))),),
    BodyKind.SEVERAL: lambda writer, _place: (writer.paragraph(2), writer.paragraph(1)),
    BodyKind.POINTS: _points,
    BodyKind.ROUND_POINTS: _round_points,
    BodyKind.NUMBERS: _numbers,
    BodyKind.BOLD_NUMBERS: _bold_numbers,
    BodyKind.TWO_LISTS: _two_lists,
    BodyKind.NESTED: _nested,
    BodyKind.QUOTE: _quote,
    BodyKind.CODE: _code,
    BodyKind.FIELDS: _fields,
    BodyKind.FIELD_HEADINGS: _field_headings,
    BodyKind.FOOTNOTE: _footnote,
    BodyKind.IMAGE: _image,
    BodyKind.TABLE: _table,
    BodyKind.RELATED: _related,
    BodyKind.ADDRESS: _address,
    BodyKind.TAGS: _tags,
    BodyKind.BREAKS: _breaks,
    BodyKind.SHORTCODE: _shortcode,
    BodyKind.COMMENTED: _commented,
    BodyKind.BYLINE: _byline,
}
