"""Forms of items: how a headline, its address and its body are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tests.digest.generated.bodies import BOLD, LINKS, LISTS, NUMBERED, Blocks, BodyKind
from tests.digest.generated.stock import Piece, Writer

_CJK = frozenset({"zh-Hans", "zh-Hant", "ja"})
_CHINESE = frozenset({"zh-Hans", "zh-Hant"})
_CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_SIGNS = ("•", "🔹", "▶", "■", "→", "🔸")
_BLOCKS = frozenset(BodyKind)


class Family(StrEnum):
    """What carries the headlines; sections are chosen to fit it."""

    LIST = "list"
    LINE = "line"
    HEADING = "heading"
    BOLD = "bold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Decisions that hold for a whole digest, and the number that an item shows."""

    level: int = 3
    width: int = 3
    mark: str = "-"
    rules: bool = False
    number: int = 1
    ordinal: int = 1
    is_odd: bool = False

    @property
    def hashes(self) -> str:
        return "#" * self.level


@dataclass(frozen=True, slots=True)
class Story:
    """What an item tells."""

    headline: str
    url: str
    body: Blocks

    @property
    def link(self) -> str:
        return f"[{self.headline}]({self.url})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A written item and what a person reads in it; `also` are other headlines that are right."""

    source: str
    headline: str
    url: str = ""
    footer: str = ""
    also: tuple[str, ...] = ()


Write = Callable[[Writer, Story, Look], Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A way to write items, and what it can be combined with.

    `bodies` are the kinds of body it can carry. `odd` tells that one item of a digest is written without a link,
    `is_sentence` that a headline ends where its sentence does. `lower` is how many levels deeper its headings stand.
    `then` is the form of all sections but the first.
    """

    name: str
    family: Family
    write: Write
    bodies: frozenset[BodyKind] = _BLOCKS
    languages: frozenset[str] | None = None
    is_tight: bool = False
    is_linked: bool = True
    is_numbered: bool = False
    odd: bool = False
    is_sentence: bool = False
    lower: int = 0
    then: Form | None = field(default=None)


def _text(blocks: Blocks, width: int = 0) -> str:
    """Join a body's blocks, each line moved in."""
    text = "\n\n".join(block.source for block in blocks)
    return "\n".join(" " * width + line if line else "" for line in text.split("\n"))


def _below(head: str, story: Story, width: int = 0, *, gap: str = "\n\n") -> str:
    return head + (gap + _text(story.body, width) if story.body else "")


def _sourced(writer: Writer, story: Story) -> Story:
    """Put the item's own link at the end of its body, in a line of its own or behind the last paragraph."""
    source = f"[{writer.same('sources')}]({story.url})"
    last = story.body[-1] if story.body else None
    is_plain = last is not None and "\n" not in last.source and last.source[-1] in ".。"
    if last is None or not is_plain or last.source[0] in "#|>`（(" or writer.chance(0.4):
        shown = writer.random.choice((source, source, f"🔗 {source}", f"👉 {source}"))
        return replace(story, body=(*story.body, Piece(shown)))
    shown = writer.random.choice((f" {source}", f" ({source})", f"（{source}）" if writer.spaceless else f" {source}"))
    return replace(story, body=(*story.body[:-1], replace(last, source=last.source + shown)))


def _one_line(story: Story) -> str:
    return " ".join(block.source for block in story.body)


def _list_item(marker: Callable[[Look], str], *, linked: bool = True, lazy: bool = False) -> Write:
    """Write a list item, the body moved in below the headline or not."""

    def write(writer: Writer, story: Story, look: Look) -> Entry:
        mark = marker(look)
        if not linked:
            story = _sourced(writer, story)
        head = mark + (story.link if linked else f"**{story.headline}**")
        return Entry(source=_below(head, story, 0 if lazy else len(mark)), headline=story.headline, url=story.url)

    return write


def _flat(head: Callable[[Story, Look], str], *, linked: bool = True, gap: str = "\n\n") -> Write:
    """Write a headline and its body below, not moved in; without a link in the headline the body names the source."""

    def write(writer: Writer, story: Story, look: Look) -> Entry:
        if not linked:
            story = _sourced(writer, story)
        return Entry(source=_below(head(story, look), story, gap=gap), headline=story.headline, url=story.url)

    return write


def _heading(prefix: str = "", suffix: str = "", *, linked: bool = True, odd: bool = False) -> Write:
    """Write a heading with its body below; an odd item of linked ones has no link."""

    def write(writer: Writer, story: Story, look: Look) -> Entry:
        number = {"n": look.number, "k": f"{look.number:02}", "o": look.ordinal}
        unlinked = odd and look.is_odd
        headline = story.link if linked and not unlinked else story.headline
        head = f"{look.hashes} {prefix.format(**number)}{headline}{suffix.format(**number)}"
        told = story if linked else _sourced(writer, story)
        source = _below(head, told) + ("\n\n---" if look.rules else "")
        return Entry(source=source, headline=story.headline, url="" if unlinked else story.url)

    return write


def _html_heading(writer: Writer, story: Story, look: Look) -> Entry:
    head = f'<h{look.level}><a href="{story.url}">{story.headline}</a></h{look.level}>'
    return Entry(source=_below(head, story), headline=story.headline, url=story.url)


def _bold_lead(writer: Writer, story: Story, look: Look) -> Entry:
    return _flat(lambda told, _: f"**{told.headline}**", linked=False, gap="\n" if look.rules else "\n\n")(
        writer, story, look
    )


def _bold_sentence(writer: Writer, story: Story, look: Look) -> Entry:
    """A paragraph that begins with its headline in bold."""
    text = _one_line(_sourced_inline(writer, story))
    return Entry(source=f"**{story.headline}{writer.stop}** {text}", headline=story.headline, url=story.url)


def _sourced_inline(writer: Writer, story: Story) -> Story:
    source = f"[{writer.same('sources')}]({story.url})"
    shown = writer.random.choice((f"({source})", source))
    return replace(story, body=(*story.body, Piece(shown)))


def _bold_colon(marker: Callable[[Look], str]) -> Write:
    def write(writer: Writer, story: Story, look: Look) -> Entry:
        text = _one_line(_sourced_inline(writer, story))
        source = f"{marker(look)}**{story.headline}**{writer.colon}{text}"
        return Entry(source=source, headline=story.headline, url=story.url)

    return write


def _bold_text(marker: Callable[[Look], str]) -> Write:
    """A bold headline with its text behind it, and nothing between them."""

    def write(writer: Writer, story: Story, look: Look) -> Entry:
        text = _one_line(_sourced_inline(writer, story))
        return Entry(source=f"{marker(look)}**{story.headline}** {text}", headline=story.headline, url=story.url)

    return write


def _sentences(marker: Callable[[Look], str]) -> Write:
    """A paragraph whose first sentence is the headline."""

    def write(writer: Writer, story: Story, look: Look) -> Entry:
        gap = "" if writer.spaceless else " "
        source = f"{marker(look)}{story.headline}{writer.stop}{gap}{_one_line(_sourced_inline(writer, story))}"
        return Entry(source=source, headline=story.headline, url=story.url)

    return write


def _source_first(writer: Writer, story: Story, look: Look) -> Entry:
    """A heading, its source in the line below, then the body."""
    line = f"[{writer.same('sources')}]({story.url}) · 2026-11-26"
    return Entry(
        source=_below(f"{look.hashes} {story.headline}\n\n{line}", story), headline=story.headline, url=story.url
    )


def _scored(writer: Writer, story: Story, look: Look) -> Entry:
    """A linked heading with points and comments behind it."""
    score = f"⭐ {writer.random.randint(50, 900)} 💬 {writer.random.randint(5, 300)}"
    return Entry(
        source=_below(f"{look.hashes} {look.number}. {story.link} {score}", story),
        headline=story.headline,
        url=story.url,
        also=(f"{story.headline} {score}",),
    )


def _described(marker: Callable[[Look], str], dash: str = " - ") -> Write:
    """A linked headline with its text behind it."""

    def write(writer: Writer, story: Story, look: Look) -> Entry:
        head = f"{marker(look)}{story.link}"
        source = f"{head}{dash}{_one_line(story)}" if story.body else head
        return Entry(source=source, headline=story.headline, url=story.url)

    return write


def _plain_end(marker: Callable[[Look], str], end: str) -> Write:
    """A headline in plain text, its address or source behind it."""

    def write(writer: Writer, story: Story, look: Look) -> Entry:
        tail = end.format(u=story.url, s=f"[{writer.same('sources')}]({story.url})")
        return Entry(source=f"{marker(look)}{story.headline}{tail}", headline=story.headline, url=story.url)

    return write


def _counted(writer: Writer, story: Story, look: Look) -> Entry:
    """A link aggregator's line: headline, comments, points."""
    comments = f"[{writer.random.randint(5, 300)} comments](https://talk.example.org/{look.ordinal})"
    return Entry(source=f"{look.number}. {story.link} - {comments}", headline=story.headline, url=story.url)


def _referenced(writer: Writer, story: Story, look: Look) -> Entry:
    """A reference link, its address at the end of the file."""
    label = f"n{look.ordinal}"
    head = f"{look.mark} [{story.headline}][{label}]"
    source = _below(head, story, 2)
    return Entry(source=source, headline=story.headline, url=story.url, footer=f"[{label}]: {story.url}")


def _quoted(writer: Writer, story: Story, look: Look) -> Entry:
    told = _sourced(writer, story)
    lines = f"**{story.headline}**\n\n{_text(told.body)}".split("\n")
    source = "\n".join(f"> {line}" if line else ">" for line in lines)
    return Entry(source=source, headline=story.headline, url=story.url)


def _odd_bullet(writer: Writer, story: Story, look: Look) -> Entry:
    head = f"{look.mark} {f'**{story.headline}**' if look.is_odd else story.link}"
    url = "" if look.is_odd else story.url
    return Entry(source=_below(head, story, 2), headline=story.headline, url=url)


def _number_alone(writer: Writer, story: Story, look: Look) -> Entry:
    source = _below(f"{look.number:02}\n**{story.headline}**", _sourced(writer, story))
    return Entry(source=source, headline=story.headline, url=story.url)


def _pinned(writer: Writer, story: Story, look: Look) -> Entry:
    """Bold numbered lines, the first one with a pin before it."""
    pin = "📌 " if look.ordinal == 1 else ""
    told = _sourced(writer, story)
    return Entry(
        source=_below(f"{pin}**{look.number}. {story.headline}**", told), headline=story.headline, url=story.url
    )


def _dotted(look: Look) -> str:
    return f"{look.number}. ".ljust(look.width)


def _bullet(look: Look) -> str:
    return f"{look.mark} "


def _sign(look: Look) -> str:
    return f"{look.mark} "


_INLINE = frozenset({BodyKind.ONE})
_NONE = frozenset({BodyKind.NONE})
_LAZY = _BLOCKS - LISTS - NUMBERED - {BodyKind.CODE, BodyKind.FIELD_HEADINGS, BodyKind.NONE}
_INDENTED = _BLOCKS - {BodyKind.FIELD_HEADINGS, BodyKind.TABLE}
_UNDER_HEADING = _BLOCKS
_UNDER_BOLD = _BLOCKS - BOLD - {BodyKind.FIELD_HEADINGS, BodyKind.NONE, BodyKind.TWO_LISTS}
_SOURCED = _UNDER_HEADING - LINKS - {BodyKind.NONE}
_SIGNED = _LAZY - LINKS - BOLD

_LINKED_HEADING = Form(
    name="linked headings", family=Family.HEADING, write=_heading(), bodies=_UNDER_HEADING - {BodyKind.NONE}
)
_NUMBERED_HEADING = Form(
    name="numbered headings",
    family=Family.HEADING,
    write=_heading("{n}. ", linked=False),
    bodies=_SOURCED,
    is_linked=False,
    is_numbered=True,
)
_LIST = Form(name="list", family=Family.LIST, write=_list_item(_dotted), bodies=_INDENTED, is_numbered=True)
_BULLETS = Form(name="linked bullets", family=Family.LIST, write=_described(_bullet), bodies=_NONE, is_tight=True)
_BULLETS_TEXT = Form(
    name="linked bullets with text", family=Family.LIST, write=_described(_bullet), bodies=_INLINE, is_tight=True
)
_PLAIN_HEADING = Form(
    name="plain headings",
    family=Family.HEADING,
    write=_heading(linked=False),
    bodies=_SOURCED - {BodyKind.FIELD_HEADINGS},
    is_linked=False,
)
_BOLD_SENTENCE = Form(
    name="paragraphs with bold leads", family=Family.BOLD, write=_bold_sentence, bodies=_INLINE, is_linked=False
)


def _mixed(name: str, first: Form, then: Form) -> Form:
    return replace(first, name=name, then=then)


FORMS = (
    _LIST,
    Form(
        name="list, body not moved in",
        family=Family.LIST,
        write=_list_item(_dotted, lazy=True),
        bodies=_LAZY,
        is_numbered=True,
    ),
    Form(
        name="list, bold",
        family=Family.LIST,
        write=_list_item(_dotted, linked=False),
        bodies=_INDENTED - LINKS - {BodyKind.NONE},
        is_linked=False,
        is_numbered=True,
    ),
    Form(
        name="list, bold and colon",
        family=Family.LIST,
        write=_bold_colon(_dotted),
        bodies=_INLINE,
        is_linked=False,
        is_numbered=True,
    ),
    Form(
        name="list with round bracket",
        family=Family.LIST,
        write=_list_item(lambda look: f"{look.number}) "),
        bodies=_INDENTED,
        is_numbered=True,
    ),
    Form(
        name="list, address behind",
        family=Family.LIST,
        write=_plain_end(_dotted, " {u}"),
        bodies=_NONE,
        is_linked=False,
        is_tight=True,
        is_numbered=True,
    ),
    Form(
        name="list with comments",
        family=Family.LIST,
        write=_counted,
        bodies=_NONE,
        is_tight=True,
        is_numbered=True,
    ),
    Form(
        name="bullets with numbers",
        family=Family.LIST,
        write=_described(lambda look: f"- {look.number}. "),
        bodies=_NONE,
        is_tight=True,
        is_numbered=True,
    ),
    Form(
        name="N、 linked",
        family=Family.LINE,
        write=_flat(lambda story, look: f"{look.number}、{story.link}"),
        bodies=_UNDER_HEADING - {BodyKind.FIELD_HEADINGS, BodyKind.NONE},
        languages=_CJK,
        is_numbered=True,
    ),
    Form(
        name="N、 bold",
        family=Family.LINE,
        write=_flat(lambda story, look: f"**{look.number}、{story.headline}**", linked=False),
        bodies=_UNDER_BOLD - LINKS,
        languages=_CJK,
        is_linked=False,
        is_numbered=True,
    ),
    Form(
        name="N、 above an address",
        family=Family.LINE,
        write=_flat(lambda story, look: f"{look.number}、{story.headline}\n{story.url}"),
        bodies=_LAZY - LINKS,
        languages=_CJK,
        is_linked=False,
        is_numbered=True,
    ),
    Form(
        name="（N） linked",
        family=Family.LINE,
        write=_flat(lambda story, look: f"（{look.number}）{story.link}"),
        bodies=_LAZY,
        languages=_CJK,
        is_numbered=True,
    ),
    Form(
        name="circled numbers",
        family=Family.LINE,
        write=_flat(lambda story, look: f"{_CIRCLED[look.number % 21]} {story.link}", gap="\n"),
        bodies=_INLINE,
        is_numbered=True,
    ),
    Form(
        name="emoji numbers",
        family=Family.LINE,
        write=_flat(lambda story, look: f"{_keycap(look.number)} {story.link}"),
        bodies=_SIGNED,
        is_numbered=True,
    ),
    Form(
        name="emoji numbers, bold",
        family=Family.LINE,
        write=_flat(lambda story, look: f"{_keycap(look.number)} **{story.headline}**", linked=False, gap="\n"),
        bodies=_INLINE,
        is_linked=False,
        is_numbered=True,
    ),
    Form(
        name="numbers alone",
        family=Family.LINE,
        write=_number_alone,
        bodies=_SIGNED - {BodyKind.RELATED},
        is_linked=False,
        is_numbered=True,
    ),
    Form(
        name="pinned bold numbers",
        family=Family.LINE,
        write=_pinned,
        bodies=_UNDER_BOLD - LINKS,
        is_linked=False,
        is_numbered=True,
    ),
    _NUMBERED_HEADING,
    Form(
        name="numbered linked headings",
        family=Family.HEADING,
        write=_heading("{n}. "),
        bodies=_UNDER_HEADING,
        is_numbered=True,
    ),
    Form(
        name="zero-padded headings",
        family=Family.HEADING,
        write=_heading("{k} | ", linked=False),
        bodies=_SOURCED,
        is_linked=False,
        is_numbered=True,
    ),
    Form(
        name="tagged headings",
        family=Family.HEADING,
        write=_heading(suffix=" `#{o}`"),
        bodies=_UNDER_HEADING - {BodyKind.FIELD_HEADINGS},
    ),
    Form(
        name="tagged headings, one without link",
        family=Family.HEADING,
        write=_heading(suffix=" `#{o}`", odd=True),
        bodies=_UNDER_HEADING - LINKS - {BodyKind.FIELD_HEADINGS},
        odd=True,
    ),
    _LINKED_HEADING,
    Form(
        name="linked headings, one without link",
        family=Family.HEADING,
        write=_heading(odd=True),
        bodies=_UNDER_HEADING - LINKS - {BodyKind.NONE, BodyKind.FIELD_HEADINGS},
        odd=True,
    ),
    _PLAIN_HEADING,
    Form(
        name="headings with emoji",
        family=Family.HEADING,
        write=_heading("🚀 ", linked=False),
        bodies=_SOURCED,
        is_linked=False,
    ),
    Form(name="HTML headings", family=Family.HEADING, write=_html_heading, bodies=_UNDER_HEADING - {BodyKind.NONE}),
    Form(name="bold lines", family=Family.BOLD, write=_bold_lead, bodies=_UNDER_BOLD - LINKS, is_linked=False),
    Form(
        name="bold linked lines",
        family=Family.BOLD,
        write=_flat(lambda story, _: f"**{story.link}**"),
        bodies=_UNDER_BOLD | BOLD,
    ),
    _BOLD_SENTENCE,
    Form(name="linked lines", family=Family.BOLD, write=_flat(lambda story, _: story.link), bodies=_SIGNED),
    Form(
        name="lines above addresses",
        family=Family.BOLD,
        write=_flat(lambda story, _: f"{story.headline}\n{story.url}"),
        bodies=_INLINE | _NONE,
        is_linked=False,
    ),
    Form(
        name="lines with addresses behind",
        family=Family.BOLD,
        write=_plain_end(lambda _: "", "：{u}"),
        bodies=_NONE,
        languages=_CHINESE,
        is_linked=False,
    ),
    Form(
        name="lines with sources",
        family=Family.BOLD,
        write=_plain_end(lambda _: "", " | {s}"),
        bodies=_NONE,
        is_linked=False,
    ),
    _BULLETS,
    _BULLETS_TEXT,
    Form(
        name="linked bullets, dash",
        family=Family.LIST,
        write=_described(_bullet, " — "),
        bodies=_INLINE,
        is_tight=True,
    ),
    Form(name="bullets with bodies", family=Family.LIST, write=_list_item(_bullet), bodies=_INDENTED - {BodyKind.NONE}),
    Form(
        name="bullets, one without link",
        family=Family.LIST,
        write=_odd_bullet,
        bodies=_INDENTED - LINKS - {BodyKind.NONE},
        odd=True,
    ),
    Form(
        name="bold bullets",
        family=Family.LIST,
        write=_bold_colon(_bullet),
        bodies=_INLINE,
        is_linked=False,
        is_tight=True,
    ),
    Form(
        name="bullets with sources",
        family=Family.LIST,
        write=_plain_end(_bullet, " ({s})"),
        bodies=_NONE,
        is_linked=False,
        is_tight=True,
    ),
    Form(
        name="bullets, address behind",
        family=Family.LIST,
        write=_plain_end(_bullet, " {u}"),
        bodies=_NONE,
        is_linked=False,
        is_tight=True,
    ),
    Form(
        name="bold bullets with text",
        family=Family.LIST,
        write=_bold_text(_bullet),
        bodies=_INLINE,
        is_linked=False,
        is_tight=True,
    ),
    Form(
        name="list, bold with text",
        family=Family.LIST,
        write=_bold_text(_dotted),
        bodies=_INLINE,
        is_linked=False,
        is_numbered=True,
    ),
    Form(
        name="list of sentences",
        family=Family.LIST,
        write=_sentences(_dotted),
        bodies=_INLINE,
        is_linked=False,
        is_numbered=True,
        is_sentence=True,
    ),
    Form(
        name="bullets of sentences",
        family=Family.LIST,
        write=_sentences(_bullet),
        bodies=_INLINE,
        is_linked=False,
        is_tight=True,
        is_sentence=True,
    ),
    Form(
        name="lines with dashes",
        family=Family.LINE,
        write=_sentences(lambda _: "— "),
        bodies=_INLINE,
        languages=frozenset({"en", "ru", "es"}),
        is_linked=False,
        is_sentence=True,
    ),
    Form(
        name="headings, source below",
        family=Family.HEADING,
        write=_source_first,
        bodies=_SOURCED - {BodyKind.BYLINE, BodyKind.FIELD_HEADINGS},
        is_linked=False,
    ),
    Form(
        name="headings with scores",
        family=Family.HEADING,
        write=_scored,
        bodies=_UNDER_HEADING,
        is_numbered=True,
    ),
    Form(name="reference links", family=Family.LIST, write=_referenced, bodies=_INLINE | _NONE),
    Form(
        name="task boxes",
        family=Family.LIST,
        write=_described(lambda look: f"- [{'x' if look.ordinal % 2 else ' '}] "),
        bodies=_NONE | _INLINE,
        is_tight=True,
    ),
    Form(
        name="signs, linked",
        family=Family.LINE,
        write=_flat(lambda story, look: f"{_SIGNS[look.width % 6]} {story.link}", gap="\n"),
        bodies=_INLINE,
    ),
    Form(
        name="signs, plain",
        family=Family.LINE,
        write=_flat(lambda story, look: f"{_SIGNS[look.width % 6]} {story.headline}\n{story.url}", gap="\n"),
        bodies=_INLINE,
        is_linked=False,
    ),
    Form(name="quotes", family=Family.BOLD, write=_quoted, bodies=_INLINE, is_linked=False),
    _mixed(
        "numbered headings, deeper ones",
        _NUMBERED_HEADING,
        replace(_NUMBERED_HEADING, write=_heading("{n}. "), lower=1),
    ),
    _mixed("numbered headings, then bullets", _NUMBERED_HEADING, _BULLETS),
    _mixed("plain headings, then bullets", _PLAIN_HEADING, _BULLETS_TEXT),
    _mixed("linked headings, then list", _LINKED_HEADING, replace(_LIST, bodies=_INLINE)),
    _mixed("bold leads, then bullets", _BOLD_SENTENCE, _BULLETS_TEXT),
    _mixed("bullets, then list", _BULLETS_TEXT, replace(_LIST, bodies=_INLINE | _NONE)),
    _mixed("list, then bullets", replace(_LIST, bodies=_INLINE | {BodyKind.SEVERAL}), _BULLETS),
)
"""All forms; the mixed ones need sections."""


def _keycap(number: int) -> str:
    return "🔟" if number == 10 else "".join(f"{digit}\ufe0f\u20e3" for digit in str(number))
