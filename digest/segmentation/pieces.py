"""Describe each block of a digest by itself: its number, its rank as a heading, its link, what its words announce."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from digest.parsing.blocks import Block, BlockKind
from digest.parsing.inline import TextLine
from digest.parsing.list_markers import (
    ListMarker,
    find_bullet,
    find_marker,
    find_trailing_number,
    starts_with_chinese_numeral,
)
from digest.segmentation.text_metrics import (
    TITLE_LABELS,
    bracketed_lead,
    first_span,
    is_covered_by,
    is_field_label,
    is_marked_url,
    is_prose,
    is_read_more_label,
    is_url,
    leading_span,
    link_spans,
    outer_signs,
    reading_length,
    sentence_end,
)
from digest.segmentation.vocabulary import (
    NameKind,
    begins_with_kind,
    ends_with_region,
    is_date_label,
    is_kind,
    region_of,
)
from domain.chat.text import Style, Text
from domain.names import fold_name

BOLD_LINE_RANK = 7
"""Rank of a bold line that serves as a heading: below every heading."""

MAX_SPONSOR_NAME_LENGTH = 6
"""Reading length up to which words above a title may name its sponsor."""

_IN_BRACKETS = re.compile(r"[(（][^()（）]*[)）]$")
_MARKER_KINDS = {"b": "brackets", "f": "circle", "l": "letter"}
_MAX_BOLD_HEADING_LENGTH = 30
_MAX_PLAIN_NAME_LENGTH = 6
_MAX_REGION_NAME_LENGTH = 16
_MAX_NAVIGATION_NAME_LENGTH = 4
_MAX_FIGURE_NAME_LENGTH = 10
_NUMBER = re.compile(r"(?<![A-Za-z\d])(?!(?:19|20)\d\d(?!\d))\d")
_ARROWS = ("→", "⇒", "➡")
_SENTENCE_ENDS = tuple("。；，.")
CLAUSE_ENDS = tuple("。！？，；.!?,;")
_WORDS = re.compile(r"[^\W_]")
_LEAD_ENDS = ("。", ".", "!", "！", "…")
_FULL_STOPS = ("。", "；", ".")
_DASH = re.compile(r"\s[—–-]\s")
_STOP = re.compile(r"[。；，.,;!?！？…]$|[。！？!?|｜]|[:：]\s*\S")
_HANDLE = re.compile(r"@?[\w.@/-]{0,40}", re.ASCII)
_FRAMED_NAME = re.compile(
    r"[^\w\s()（）\[\]【】《》〈〉「」『』“”‘’\"'#*@]{2,12}\s*\w[^\n]{0,40}?\s*[^\w\s()（）\[\]【】《》〈〉「」『』“”‘’\"'#*@。！？.!?…]{2,12}"
)
_DATED_FIELD = re.compile(r"[^：:\d]{1,24}[：:]\s*(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d")
"""A label with a date behind it (`更新时间：2026-11-24`), which names no section."""

_COUNTED_NAME = re.compile(
    r"[^\w\s]{0,4}\s{0,3}(?:\[\d{1,2}/\d{1,2}\]\s{0,3})?[^\s\d:：()（）][^:：()（）\n]{0,24}[:：(（]\s{0,3}\d{1,3}\s?"
    r"(?:条|條|则|則|篇|件|개|건|items?|stories|articles|posts)\s{0,3}[)）]?\s{0,3}[:：]?"
)
"""The name of a section with how many news it has: `📌 [1/3] Tools : 3 条`, `Security (2 items)`."""

_FIGURE = re.compile(r"[^：:\d]{1,24}[：:]\W{0,4}\d(?:[\W\d]*+[^\W\d]?){0,3}[\W\d]*+")


@dataclass(frozen=True, kw_only=True)
class PagePiece:
    """A top-level block with its features.

    `text` is its first line, with links to pages beside it that readers cannot follow, and `unnumbered` that line
    without its number; `has_link` tells whether any of it is a
    link. `rank` is a heading's level, BOLD_LINE_RANK for a line that serves as a heading, else 0. `region` is the
    region that its words announce, if they are all there is (or `inline_end` characters at its beginning).
    `is_top_heading`: it is a heading, and none of the page is of a higher level.
    `has_recurring_label`: it begins with a label that occurs as often as others do, as the fields of items do.
    """

    block: Block
    text: Text
    unnumbered: Text
    number: str
    marker: ListMarker | None
    has_link: bool
    is_bold: bool
    is_link: bool
    is_bare_url: bool
    is_multiline: bool
    rank: int
    region: NameKind | None
    inline_end: int
    is_top_heading: bool = False
    has_recurring_label: bool = False

    @cached_property
    def kind(self) -> BlockKind:
        return self.block.kind

    @property
    def written_number(self) -> str:
        """The number as written: `01`."""
        return self.block.number or (self.marker.number if self.marker else "")

    @cached_property
    def plain(self) -> str:
        return self.text.plain

    @cached_property
    def has_bold_lead(self) -> bool:
        """Whether it begins in bold, or with words in 【】 that a text follows."""
        return leading_span(self.unnumbered, Style.BOLD) is not None or bracketed_lead(self.unnumbered.plain) > 0

    @cached_property
    def is_only_link(self) -> bool:
        """Whether it is only an address, or a label with its link."""
        if self.is_bare_url or not self.has_link:
            return self.is_bare_url
        label, colon, address = self.plain.replace("：", ":").partition(":")
        is_labelled = bool(colon) and is_url(address.strip()) and (is_read_more_label(label) or is_field_label(label))
        return is_labelled or is_read_more_label(self.plain)

    @cached_property
    def has_number(self) -> bool:
        """Whether its first line has a number, other than of a version or a year: not `v2`, not `2026`."""
        return _NUMBER.search(self.plain) is not None

    @cached_property
    def is_prose(self) -> bool:
        """Whether one of its lines is prose: has the end of a sentence, or is longer than names and figures are."""
        return any(is_prose(line.text.plain) for line in all_lines(self.block))

    @cached_property
    def is_linked_aside(self) -> bool:
        """Whether it has links, but none as news have: amid sentences of a text, or to pages beside the file only."""
        if not self.has_link:
            return False
        lines = list(all_lines(self.block))
        is_text = not self.rank and self.kind in (BlockKind.PARAGRAPH, BlockKind.QUOTE)
        return not any(link_spans(line.text) for line in lines) or (is_text and all(map(_has_links_in_prose, lines)))

    @cached_property
    def is_field(self) -> bool:
        """Whether the words name a field of an item: `背景`, `Source`; those of the highest headings name sections."""
        return not self.is_top_heading and is_kind(self.plain, NameKind.FIELD)

    @cached_property
    def is_figure(self) -> bool:
        """Whether it is a name with a figure, as in a table, and no news: `BTC：98,120 美元（+1.2%）`."""
        plain = self.unnumbered.plain
        if self.has_link or self.is_multiline or _FIGURE.fullmatch(plain) is None:
            return False
        return reading_length(plain.replace("：", ":").partition(":")[0]) <= _MAX_FIGURE_NAME_LENGTH

    @cached_property
    def is_task(self) -> bool:
        """Whether it is an entry with a box to tick, and no link: something to do, and no news."""
        return self.block.is_task and not self.has_link

    @cached_property
    def is_labelled(self) -> bool:
        """Whether it begins with the name of a field in bold: `**背景**：…`, or with one of an address or a date.

        Bold words that go on behind the colon are a title: `**Opinion: leave the fog alone**`.
        """
        plain = self.unnumbered.plain
        name, colon, value = plain.replace("：", ":").partition(":")
        if self.has_recurring_label or not colon or not (self.has_bold_lead or self.kind is BlockKind.ENTRY):
            return self.has_recurring_label
        bold = leading_span(self.unnumbered, Style.BOLD)
        if bold is not None and len(plain[: bold.end].rstrip()) > len(name) + len(colon):
            return False
        is_field = is_kind(_DASH.split(name)[0], NameKind.FIELD) and fold_name(name) not in TITLE_LABELS
        is_label = bold is not None and len(plain[: bold.end].rstrip()) >= len(name.rstrip())
        return is_field or (is_label and (is_marked_url(value.strip()) or is_date_label(value.strip())))

    @cached_property
    def may_name_section(self) -> bool:
        """Whether it is a short line in plain letters, as some editors write above a section."""
        alone = self.kind is BlockKind.PARAGRAPH and not self.block.continues_previous and len(self.block.lines) == 1
        if self.rank or not alone or self.number or self.has_link or self.is_field or self.is_empty_notice:
            return False
        if self.is_figure:
            return False
        plain = self.unnumbered.plain
        return 0 < reading_length(plain) <= _MAX_PLAIN_NAME_LENGTH and not _STOP.search(plain)

    @cached_property
    def names_introduction(self) -> bool:
        """Whether a heading names a summary or figures; the words of a recap (`まとめ`) are opinion below the items."""
        return self.rank > 0 and any(is_kind(self.plain, kind) for kind in (NameKind.SUMMARY, NameKind.FIGURES))

    @cached_property
    def likely_region(self) -> NameKind | None:
        """The region that a heading announces, perhaps only by its last words, which headlines may have too."""
        is_short = self.rank > 0 and self.reading_length <= _MAX_REGION_NAME_LENGTH
        return self.region or (ends_with_region(self.plain) if is_short and not self.is_section_name else None)

    @cached_property
    def name_form(self) -> str:
        """How a heading or a short line is written: its level, or the signs around it; "" for other pieces.

        `▍Reading` and `▍Making` are written alike, `🔥 **News**` and `📚 **Books**` are, too.
        """
        if 0 < self.rank < BOLD_LINE_RANK:
            return f"{self.rank}{'.' * bool(self.number)}{'[]' * self.is_link}"
        if not self.rank and not self.may_name_section:
            return ""
        return f"{'**' * self.is_bold}{outer_signs(self.plain)}"

    @cached_property
    def is_section_name(self) -> bool:
        """Whether the words are general ones, as sections have: `行业动态`."""
        plain = self.unnumbered.plain
        return "#" not in plain and not plain.endswith(_SENTENCE_ENDS) and is_kind(plain, NameKind.SECTION)

    @cached_property
    def is_channel(self) -> bool:
        """Whether it only names a platform, or a channel of the newsletter: `Telegram`, `公众号：digest`."""
        name, _, handle = self.unnumbered.plain.replace("：", ":").partition(":")
        is_handle = is_url(handle.strip()) or _HANDLE.fullmatch(handle.strip()) is not None
        return not self.rank and is_handle and is_kind(name, NameKind.CHANNEL)

    @cached_property
    def names_sponsor(self) -> bool:
        """Whether a heading is a short name that begins as that of a sponsor's block does: `Presented by … (open)`."""
        if not self.rank or reading_length(_IN_BRACKETS.sub("", self.plain)) > MAX_SPONSOR_NAME_LENGTH:
            return False
        return begins_with_kind(self.plain, NameKind.SPONSOR_FIRST)

    @cached_property
    def is_empty_notice(self) -> bool:
        """Whether it says that there is nothing: `暂无更新。`."""
        return not self.has_link and not self.is_multiline and is_kind(self.unnumbered.plain, NameKind.NOTHING)

    @cached_property
    def is_sentence(self) -> bool:
        """Whether it ends with a full stop, not counting an address behind it."""
        spans = link_spans(self.text)
        plain = self.plain
        title = plain[: spans[0].start] if spans and is_url(plain[spans[0].start :]) else plain
        return title.rstrip(" <").endswith(_FULL_STOPS)

    @cached_property
    def reading_length(self) -> int:
        """What there is to read in its first line."""
        return reading_length(self.plain)

    @cached_property
    def is_dated(self) -> bool:
        """Whether it dates the page, or an item: `Last updated: …`."""
        name, mark, _ = self.plain.replace("：", ":").partition(":")
        return bool(mark) and is_kind(name, NameKind.DATED)

    @cached_property
    def is_navigation(self) -> bool:
        """Whether it consists of short names of destinations: `[订阅](u) | [往期](u)`."""
        names = [self.plain[span.start : span.end] for span in link_spans(self.text)]
        return len(names) > 1 and self.is_link and _are_destinations(names)


def build_piece(block: Block) -> PagePiece:
    """Build the piece of a flattened block."""
    line = first_line(block)
    text = line.with_all_links() if line else Text()
    marker = _find_marker(block, line) if line else None
    number = block.number or (marker.number if marker else "")
    rest = text
    if marker is not None:
        rest = text[: marker.offset] if marker.at_end else text[marker.offset :]
    bold, link = is_covered_by(text, Style.BOLD), is_covered_by(rest, Style.LINK) and not is_read_more_label(rest.plain)
    level = block.level if any(map(str.isalnum, text.plain)) else 0  # a heading of an emoji names nothing
    rank = level or (BOLD_LINE_RANK if not link and _is_like_heading(block, text.plain, bold=bold) else 0)
    region, end = _find_region(block, text, is_name=rank > 0)
    lines = all_lines(block)
    return PagePiece(
        block=block,
        text=text,
        unnumbered=rest,
        number=str(int(number)) if number else "",
        marker=marker,
        has_link=any(line.relative_links or link_spans(line.text) for line in lines),
        is_bold=bold,
        is_link=link,
        is_bare_url=is_marked_url(rest.plain),
        is_multiline=len(list(islice(all_lines(block), 2))) > 1,
        rank=rank,
        region=region,
        inline_end=end,
    )


def _are_destinations(names: Sequence[str]) -> bool:
    """Whether all names of links are short, shorter still if none of them announces trailing matter."""
    announced = any(region_of(name) is NameKind.TRAILING for name in names)
    most = _MAX_NAVIGATION_NAME_LENGTH * (2 if announced else 1)
    return all(reading_length(name) <= most and not any(map(str.isdigit, name)) for name in names)


def _find_region(block: Block, text: Text, *, is_name: bool) -> tuple[NameKind | None, int]:
    """Return the region that a heading, or the first words of a paragraph, announce, and where those words end."""
    plain = text.plain
    if is_name:
        short = reading_length(plain) <= _MAX_REGION_NAME_LENGTH
        return (region_of(plain), 0) if short else (None, 0)
    if block.kind is BlockKind.ENTRY and first_span(text, Style.LINK):
        return None, 0  # one of several: `- **Opinion: T** ([source](u))`
    name, mark, _ = plain.lstrip("【*_ ").replace("】", "：").replace(":", "：").partition("：")
    lead = leading_span(text, Style.BOLD)
    if lead is not None and plain[: lead.end].endswith(_LEAD_ENDS) and (region := region_of(plain[: lead.end])):
        return region, lead.end
    if not mark or reading_length(name) > _MAX_REGION_NAME_LENGTH:
        return None, 0
    return region_of(name), plain.index(name) + len(name) + len(plain[plain.index(name) + len(name) :][:1])


def _is_like_heading(block: Block, plain: str, *, bold: bool) -> bool:
    """Whether a paragraph is one short line that serves as a heading: bold, in 【】, or a section's name."""
    if block.kind is not BlockKind.PARAGRAPH or not plain or plain.endswith(_SENTENCE_ENDS):
        return False
    if _DATED_FIELD.match(plain):
        return False
    alone = not block.continues_previous and "#" not in plain
    bare = starts_with_chinese_numeral(plain) or (alone and len(plain) < 30 and is_kind(plain, NameKind.SECTION))
    named = len(plain) < 40 and not block.continues_previous and _is_name(block, region_of(plain))
    framed = alone and len(block.lines) == 1 and _FRAMED_NAME.fullmatch(plain) and not is_kind(plain, NameKind.ENDING)
    counted = alone and len(block.lines) == 1 and _COUNTED_NAME.fullmatch(plain) and not block.has_link
    marked = bold or bare or named or framed or counted or (plain.startswith("【") and plain.endswith("】"))
    return marked and 0 < reading_length(plain) <= _MAX_BOLD_HEADING_LENGTH


def _is_name(block: Block, region: NameKind | None) -> bool:
    """Whether a line in plain or italic letters, or behind a sign (`■ 見どころ`, `💡 Outlook`), names a region."""
    text = block.lines[0].text
    if any(span.style is Style.LINK for span in text.spans):
        return False
    italic = is_covered_by(text, Style.ITALIC)
    signed = unicodedata.category(text.plain[0]) == "So"
    return region in (NameKind.COMMENTARY, NameKind.TRAILING) or ((italic or signed) and region is not None)


def _find_marker(block: Block, line: TextLine) -> ListMarker | None:
    if line.starts_escaped or (block.kind is BlockKind.ENTRY and block.ordered) or block.kind is BlockKind.QUOTE:
        return None
    plain = line.text.plain
    if block.kind is BlockKind.PARAGRAPH and _FRAMED_NAME.fullmatch(plain):
        return None
    if block.kind is BlockKind.HEADING and starts_with_chinese_numeral(plain):
        return None  # `## 一、`: a section as a rule, and a headline like any other if not
    if block.kind is BlockKind.HEADING:
        return find_marker(plain) or find_trailing_number(plain)
    if block.continues_previous and plain.startswith(_ARROWS) and leading_span(line.text, Style.LINK) is None:
        return None  # `→ text` below a title
    return find_marker(plain) or (find_bullet(plain) if block.kind is BlockKind.PARAGRAPH else None)


def _has_links_in_prose(line: TextLine) -> bool:
    """Whether words stand before each link of the line and behind it, or a full stop; also without links."""
    plain = line.text.plain
    return all(
        _WORDS.search(plain, 0, span.start) is not None and _goes_on(plain[span.end :].lstrip())
        for span in link_spans(line.text)
    )


def _goes_on(behind: str) -> bool:
    return _WORDS.search(behind) is not None or behind.startswith(CLAUSE_ENDS)


def first_line(block: Block) -> TextLine | None:
    """Return the block's first line of text."""
    return next(all_lines(block), None)


def all_lines(block: Block) -> Iterator[TextLine]:
    """Return every line of text in the block."""
    yield from block.lines
    for row in block.rows:
        for cell in row:
            yield from cell
    for child in block.children:
        yield from all_lines(child)


def is_sentence_with_label(piece: PagePiece) -> bool:
    """Whether the piece is a sentence, with a label before its address: `It rains. More here: https://…`."""
    plain = piece.unnumbered.plain
    title = plain[: spans[0].start].rstrip() if (spans := link_spans(piece.unnumbered)) else plain
    return title.endswith((":", "：")) and title[: sentence_end(title)].endswith(("。", "."))


def marker_kind(piece: PagePiece) -> str:
    """Return how a number is written: in brackets, in a circle, as a letter: as points of a text often are; or not."""
    return _MARKER_KINDS.get(piece.marker.kind, "") if piece.marker else ""


def marker_sign(piece: PagePiece) -> str:
    """Return the sign that the line begins with instead of a number."""
    return piece.marker.kind if piece.marker and not piece.number else ""


def is_marked_like(piece: PagePiece, kind: str) -> bool:
    """Whether the number is written in this way, or is two digits in a circle, which go on after other signs."""
    own = marker_kind(piece)
    return own == kind or (own == "circle" and len(piece.number) > 1)
