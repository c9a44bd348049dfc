"""Build the items from their blocks: headline and body, main link, all links, categories."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from digest.model import Item, Link, Problem
from digest.parsing.blocks import Block, BlockKind
from digest.parsing.inline import TextLine, without_relative_links
from digest.parsing.to_text import blocks_to_text
from digest.problems import ProblemCode, make_problem, quote
from digest.segmentation.block_assignment import ItemBlocks
from digest.segmentation.categories import CategoryRules, categorise, split_tags, unknown_tag_problems
from digest.segmentation.headline import split_headline
from digest.segmentation.item_links import choose_item_url
from digest.segmentation.pieces import PagePiece
from digest.segmentation.text_metrics import (
    TIME,
    TITLE_LABELS,
    is_covered_by,
    is_read_more_label,
    is_tags,
    is_url,
    is_wrapped,
    leading_span,
    link_spans,
    reading_length,
)
from domain.chat.i18n import gettext_noop
from domain.chat.text import Style, Text, concat, link
from domain.names import fold_name

_SIGNS = re.compile(r"^[^\w#]+")
_OPENING_BRACKETS = ("[", "(", "<", "（")
_LABEL_BEHIND_SENTENCE = re.compile(
    r"(?:^|[.!?…。！？][\"”»」)）]?)\s*(?P<label>[^\W\d_][^.!?…。！？:：\n]{0,24}\s?[:：])$"
)
"""A short label at the end of a line, which an address without words follows: `A sentence. Source:`."""

_MAX_MARK_LENGTH = 12
"""Reading length up to which a first line is no headline beside one behind a label: `Top 3`, `[AI] [2026-11-24]`."""

_MAX_FIELDS_ABOVE = 3
_MIN_STAMPED = 3
_MOST_STAMPED = 0.8
"""Share of items that begin with a stamp from which all that do are read so."""

_MAX_SENDER_LENGTH = 8
_DIGITS = re.compile(r"[\d:./-]+")
_MAX_HEADLINE_LENGTH = 100  # reading length above which the editor is told that a headline is too long


def build_items(item_blocks: Sequence[ItemBlocks], rules: CategoryRules, problems: list[Problem]) -> tuple[Item, ...]:
    """Build the items, numbered by position."""
    stamped = list(map(_is_stamped, item_blocks))
    are_stamped = sum(stamped) >= max(_MIN_STAMPED, _MOST_STAMPED * len(item_blocks))
    leads = [_bold_lead(blocks) for blocks in item_blocks]
    counts = Counter(leads)
    marked = (
        replace(blocks, has_repeated_label=bool(lead) and counts[lead] > 1, is_stamped=are_stamped and has_stamp)
        for blocks, lead, has_stamp in zip(item_blocks, leads, stamped, strict=True)
    )
    return tuple(_build_item(blocks, position, rules, problems) for position, blocks in enumerate(marked, 1))


def _bold_lead(item_blocks: ItemBlocks) -> str:
    """Return the folded bold words that the item begins with."""
    span = leading_span(item_blocks.head.unnumbered, Style.BOLD)
    return fold_name(item_blocks.head.unnumbered.plain[: span.end]) if span is not None else ""


def _build_item(item_blocks: ItemBlocks, position: int, rules: CategoryRules, problems: list[Problem]) -> Item:
    split = _below_stamp(item_blocks) if item_blocks.is_stamped else _split_item(item_blocks)
    split = _with_title_below(split, item_blocks.head.number)
    tagged = _split_allowed_tags(split.headline, blocks_to_text((*item_blocks.preface, *split.blocks)), rules)
    own_text = blocks_to_text(split.blocks)
    url = _number_url(item_blocks.head, tagged.headline)
    url = url or choose_item_url(tagged.headline, own_text) or choose_item_url(tagged.headline, tagged.body)
    body = _without_own_url(tagged.body, url)
    headline = " ".join(tagged.headline.plain.split()) or url or body.plain[:40]
    item = Item(
        position=position,
        written_number=item_blocks.head.written_number,
        headline=headline,
        url=url,
        body=body,
        section=item_blocks.section,
        links=_collect_links(tagged.headline, body, Link(headline, url)),
    )
    line = item_blocks.head.block.line
    problems.extend(_item_problems(item, line))
    problems.extend(unknown_tag_problems(tagged.tags, rules, line))
    return categorise(item, tagged.tags, rules)


def _number_url(head: PagePiece, headline: Text) -> str:
    """Return the link that the headline's number alone has, before any in the text: `[#01](u) T`."""
    number = head.text[: head.marker.offset] if head.marker and not head.marker.at_end else Text()
    spans = link_spans(number)
    return spans[0].value if spans and not link_spans(headline) else ""


def _collect_links(headline: Text, body: Text, own_link: Link) -> tuple[Link, ...]:
    """Return all links in headline and body; the item's own comes first if its address was removed from them."""
    links = [
        Link(text.plain[span.start : span.end], span.value) for text in (headline, body) for span in link_spans(text)
    ]
    if own_link.url and all(link.url != own_link.url for link in links):
        links.insert(0, own_link)
    return tuple(links)


@dataclass(frozen=True, slots=True)
class _TaggedText:
    """Headline and body, without the tags that name categories of the front matter, and all tags."""

    headline: Text
    body: Text
    tags: tuple[str, ...]


def _split_allowed_tags(headline: Text, body: Text, rules: CategoryRules) -> _TaggedText:
    """Split off the tags at the item's end; unless each names a category of the front matter, all stay in the text."""
    text, tags = split_tags(body or headline)
    if not tags or not all(map(rules.is_allowed_tag, tags)):
        return _TaggedText(headline, body, tags)
    return _TaggedText(headline, text, tags) if body else _TaggedText(text, body, tags)


def _item_problems(item: Item, line: int) -> Iterator[Problem]:
    """Yield problems with an item's headline and link."""
    name = quote(item.headline, 60)
    if not item.url:
        yield make_problem(
            ProblemCode.NO_LINK, gettext_noop("Item {n} has no link: {name}."), line, n=item.position, name=name
        )
    if reading_length(item.headline) > _MAX_HEADLINE_LENGTH:
        message = gettext_noop(
            "Item {n} has no short headline; its first sentence was taken: {name}. Put a short one in bold before it."
        )
        yield make_problem(ProblemCode.LONG_HEADLINE, message, line, n=item.position, name=name)


@dataclass(frozen=True, slots=True)
class _ItemSplit:
    """The headline, and the blocks of the body."""

    headline: Text
    blocks: tuple[Block, ...]


def _is_stamped(item_blocks: ItemBlocks) -> bool:
    """Whether an item begins with when and where it was posted, or with counters, and a line that stands out follows.

    `**2026-11-24 08:15 — Channel**` above `**T**`, as exports of chats have it.
    """
    plain = item_blocks.head.unnumbered.plain
    words = _DIGITS.sub(" ", plain)
    is_stamp = TIME.search(plain) is not None and reading_length(words) <= _MAX_SENDER_LENGTH
    line = _own_line(item_blocks.body[0]) if item_blocks.body else None
    if line is None or not (is_stamp or not any(map(str.isalnum, words))):
        return False
    stands_out = is_covered_by(line.text, Style.BOLD) or leading_span(line.text, Style.LINK) is not None
    return stands_out or line.text.plain.startswith("【")


def _below_stamp(item_blocks: ItemBlocks) -> _ItemSplit:
    """Take the headline from the line below the stamp, which becomes the first line of the text."""
    head = item_blocks.head.block
    stamp = Block(kind=BlockKind.PARAGRAPH, line=head.line, lines=head.lines[:1])
    below = tuple(item_blocks.body)
    line = _own_line(below[0])
    split = _from_text(line, _without_own_line(below)) if line else _ItemSplit(Text(), below)
    return _ItemSplit(split.headline, (stamp, *split.blocks))


def _with_title_below(split: _ItemSplit, number: str) -> _ItemSplit:
    """Take the headline from the text if the first line is none: a few words above `Title: T`, the item's number."""
    headline = split.headline
    if reading_length(headline.plain) > _MAX_MARK_LENGTH:
        return split
    for at, block in enumerate(split.blocks[:_MAX_FIELDS_ABOVE]):
        line = _own_line(block)
        if line is None or not _has_title_label(line.text.plain):
            continue
        if headline and fold_name(headline.plain) in fold_name(line.text.plain):
            return split
        mark = Block(kind=BlockKind.PARAGRAPH, line=block.line, lines=(TextLine(text=headline, line=line.line),))
        above = (mark,) if headline else ()
        return _from_text(line, (*above, *split.blocks[:at], *_without_own_line(split.blocks[at:])))
    line = _own_line(split.blocks[0]) if split.blocks and number and headline.plain == number else None
    return _from_text(line, _without_own_line(split.blocks)) if line else split


def _from_text(line: TextLine, rest: tuple[Block, ...]) -> _ItemSplit:
    """Take the headline from a line of the text, with `rest` below it."""
    split = split_headline(line.text, followed=bool(rest))
    return _with_remaining_lines(split.headline, split.rest, (line,), rest)


def _has_title_label(plain: str) -> bool:
    """Whether a line is a headline behind a label that says so: `Title: T`."""
    label, colon, title = plain.replace("：", ":").partition(":")
    return bool(colon) and fold_name(label) in TITLE_LABELS and reading_length(title) > 1


def _own_line(block: Block) -> TextLine | None:
    """Return the first line of a paragraph, or of an entry."""
    if block.kind in (BlockKind.ENTRY, BlockKind.LIST) and block.children:
        return _own_line(block.children[0])
    return block.lines[0] if block.kind is BlockKind.PARAGRAPH and block.lines else None


def _without_own_line(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks without the first line of the first of them."""
    first, *below = blocks
    if first.kind in (BlockKind.ENTRY, BlockKind.LIST):
        children = _without_own_line(first.children)
        return (replace(first, children=children), *below) if children else tuple(below)
    return (replace(first, lines=first.lines[1:]), *below) if first.lines[1:] else tuple(below)


def _split_item(item_blocks: ItemBlocks) -> _ItemSplit:
    """Split an item into its headline and the blocks of its body."""
    block = item_blocks.head.block
    if block.kind in (BlockKind.ENTRY, BlockKind.QUOTE):
        lines, rest = _first_paragraph(block)
        return _split_first_lines(item_blocks, lines, (*rest, *item_blocks.body))
    if block.kind is BlockKind.HEADING:
        return _split_heading(item_blocks, block.lines)
    lines = block.lines
    body = item_blocks.body
    end = next((index for index, below in enumerate(body) if not _continues_paragraph(below)), len(body))
    lines = (*lines, *(line for below in body[:end] for line in below.lines))
    return _split_first_lines(item_blocks, lines, tuple(body[end:]))


def _continues_paragraph(block: Block) -> bool:
    return block.continues_previous and block.kind is BlockKind.PARAGRAPH


def _first_paragraph(entry: Block) -> tuple[tuple[TextLine, ...], tuple[Block, ...]]:
    """Return the lines of the first paragraph within an entry or a quote, and the blocks after it."""
    if not entry.children:
        return (), ()
    first = entry.children[0]
    if first.lines:
        return first.lines, entry.children[1:]
    if first.kind in (BlockKind.QUOTE, BlockKind.LIST, BlockKind.ENTRY):
        lines, rest = _first_paragraph(first)
        return lines, (*rest, *entry.children[1:])
    return (), entry.children


def _split_heading(item_blocks: ItemBlocks, lines: tuple[TextLine, ...]) -> _ItemSplit:
    """Take a heading of one line as the headline, unless it contains a link with text after it."""
    rest = tuple(item_blocks.body)
    if len(lines) > 1 or not lines:
        return _split_first_lines(item_blocks, lines, rest)
    text = _first_text(item_blocks, lines)
    if not link_spans(text):
        return _with_remaining_lines(text, Text(), lines, rest)
    split = split_headline(text, followed=True)
    return _with_remaining_lines(split.headline, split.rest, lines, rest)


def _split_first_lines(item_blocks: ItemBlocks, lines: tuple[TextLine, ...], rest: tuple[Block, ...]) -> _ItemSplit:
    if not lines:
        return _ItemSplit(Text(), rest)
    text, lines = _unwrapped(_first_text(item_blocks, lines := _title_first(lines)), lines)
    split = split_headline(
        text,
        followed=len(lines) > 1 or bool(rest),
        has_repeated_label=item_blocks.has_repeated_label,
    )
    return _with_remaining_lines(split.headline, split.rest, lines, rest)


def _unwrapped(text: Text, lines: tuple[TextLine, ...]) -> tuple[Text, tuple[TextLine, ...]]:
    """Join to the first line's text those in which its sentence goes on, and return it with the lines without them."""
    if is_covered_by(text, Style.LINK) or is_covered_by(text, Style.BOLD):
        return text, lines
    first, below = lines[0], lines[1:]
    while below and not below[0].hard_break_before and is_wrapped(text.plain, below[0].text.plain):
        text, below = concat((text, " ", below[0].text)), below[1:]
    return text, (first, *below)


def _title_first(lines: tuple[TextLine, ...]) -> tuple[TextLine, ...]:
    """Put a first line that is only an address, or tags, behind the one below it, which has words."""
    if len(lines) > 1 and _is_no_title(lines[0].text.plain) and not is_url(lines[1].text.plain.strip()):
        return (lines[1], lines[0], *lines[2:])
    return lines


def _is_no_title(plain: str) -> bool:
    """Whether a line is only an address, or tags with perhaps a sign before them: `🤖 #python`."""
    return is_url(plain.strip()) or is_tags(_SIGNS.sub("", plain))


def _first_text(item_blocks: ItemBlocks, lines: tuple[TextLine, ...]) -> Text:
    """Return the first line without the item's number."""
    head = item_blocks.head
    return head.unnumbered if lines[0].text.plain is head.text.plain else lines[0].text


def _with_remaining_lines(
    headline: Text, tail: Text, lines: tuple[TextLine, ...], rest: tuple[Block, ...]
) -> _ItemSplit:
    """Put the tail of the first line and the lines below it at the beginning of the body."""
    headline, tail = _without_bullet(without_relative_links(headline)), without_relative_links(tail)
    remaining = lines[1:]
    if not headline.plain and remaining:
        headline, remaining = remaining[0].text, remaining[1:]
    if tail:
        remaining = (replace(lines[0], text=tail), *remaining)
    if not remaining:
        return _ItemSplit(headline, rest)
    return _ItemSplit(headline, (Block(kind=BlockKind.PARAGRAPH, line=remaining[0].line, lines=remaining), *rest))


def _without_bullet(headline: Text) -> Text:
    """Return the headline without the dot that Japanese lists begin with."""
    return headline[1:].strip() if headline.plain.startswith(("・", "･")) else headline


def _without_own_url(body: Text, url: str) -> Text:
    """Remove the item's own address from the start or end of the body, because the headline links to it.

    A label before the address becomes the link.
    """
    for span in link_spans(body):
        if span.value != url or body.plain[span.start : span.end] != url:
            continue
        before, after = body.plain[: span.start].rstrip(), body.plain[span.end :].lstrip(" ")
        if before.endswith(_OPENING_BRACKETS):
            before, after = before.rstrip(" [(<（"), after.lstrip(" ])>）")
        label = before.rpartition("\n")[2].lstrip("•> ")
        if named := _LABEL_BEHIND_SENTENCE.search(label):
            label = named["label"]
        if named or is_read_more_label(label):
            name = label.rstrip("：: ")
            return concat((body[: len(before) - len(label)], link(name, url), body[len(body) - len(after) :])).strip()
        if not before.strip() or not after.strip():
            if not any(map(str.isalnum, label)):  # `🔗 https://…`
                before = before[: len(before) - len(label)]
            return concat((body[: len(before)].strip(), body[len(body) - len(after) :])).strip()
    return body
