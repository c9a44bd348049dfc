"""Build the items from their blocks: headline and body, main link, all links, categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from digest.model import Item, Link, Problem
from digest.parsing.blocks import Block, BlockKind
from digest.parsing.inline import TextLine
from digest.parsing.to_text import blocks_to_text
from digest.problems import ProblemCode, make_problem, quote
from digest.segmentation.block_assignment import ItemBlocks
from digest.segmentation.categories import Classifier, section_category, split_tags, tag_category
from digest.segmentation.headline import choose_item_url, split_headline
from digest.segmentation.text_metrics import is_read_more_label, leading_span, link_spans, reading_length
from domain.chat.i18n import gettext_noop
from domain.chat.text import Style, Text, concat, link
from domain.names import fold_name, nearest_name

_OPENING_BRACKETS = ("[", "(", "<", "（")

MAX_HEADLINE_LENGTH_UNREPORTED = 100
"""Reading length above which the editor is told that a headline is too long."""


@dataclass(frozen=True, slots=True)
class CategoryRules:
    """What decides on categories: the front matter's names, and the classifier."""

    allowed: tuple[str, ...]
    classifier: Classifier

    def is_category_tag(self, mark: str) -> bool:
        """Whether the tag names one of the front matter's categories."""
        return bool(self.allowed and tag_category(mark, self.allowed, self.classifier))


def build_items(raw: Sequence[ItemBlocks], sorting: CategoryRules, problems: list[Problem]) -> tuple[Item, ...]:
    """Build the items, numbered by position."""
    leads = [_bold_lead(each) for each in raw]
    names = Counter(leads)
    told = (
        replace(each, has_repeated_label=bool(lead) and names[lead] > 1) for each, lead in zip(raw, leads, strict=True)
    )
    return tuple(_build_item(each, position, sorting, problems) for position, each in enumerate(told, 1))


def _bold_lead(raw: ItemBlocks) -> str:
    """Return the folded bold words that the item begins with."""
    span = leading_span(raw.head.unnumbered, Style.BOLD)
    return fold_name(raw.head.unnumbered.plain[: span.end]) if span is not None else ""


def _build_item(raw: ItemBlocks, position: int, sorting: CategoryRules, problems: list[Problem]) -> Item:
    headline, blocks = _split_item(raw)
    headline, body, marks = _take_tags(headline, blocks_to_text((*raw.preface, *blocks)), sorting)
    url = choose_item_url(headline, body)
    body = _without_own_url(body, url)
    plain = " ".join(headline.plain.split()) or url or body.plain[:40]
    found = [
        Link(text.plain[span.start : span.end], span.value) for text in (headline, body) for span in link_spans(text)
    ]
    if url and all(each.url != url for each in found):
        found.insert(0, Link(plain, url))  # the headline carries that link now
    item = Item(position, raw.head.written_number, plain, url, body, raw.section, (), tuple(found))
    problems.extend(_item_problems(item, raw.head.block.line))
    return _categorise(item, marks, sorting, (raw.head.block.line, problems))


def _item_problems(item: Item, line: int) -> Iterator[Problem]:
    """Yield problems with an item's headline and link."""
    name = quote(item.headline, 60)
    if not item.url:
        yield make_problem(
            ProblemCode.NO_LINK, gettext_noop("Item {n} has no link: {name}."), line, n=item.position, name=name
        )
    if reading_length(item.headline) > MAX_HEADLINE_LENGTH_UNREPORTED:
        words = gettext_noop(
            "Item {n} has no short headline; its first sentence was taken: {name}. Put a short one in bold before it."
        )
        yield make_problem(ProblemCode.LONG_HEADLINE, words, line, n=item.position, name=name)


def _split_item(raw: ItemBlocks) -> tuple[Text, list[Block]]:
    """Return the headline and the blocks of the body."""
    block = raw.head.block
    if block.kind in (BlockKind.ENTRY, BlockKind.QUOTE):
        first, inner = _first_paragraph(block)
        return _split_first_lines(raw, first, [*inner, *raw.body])
    if block.kind is BlockKind.HEADING:
        lines = block.lines
        return _split_first_lines(raw, lines, raw.body, whole=len(lines) < 2)
    glued: list[TextLine] = list(block.lines)
    rest = list(raw.body)
    while rest and rest[0].continues_previous and rest[0].kind is BlockKind.PARAGRAPH:
        glued.extend(rest.pop(0).lines)
    return _split_first_lines(raw, tuple(glued), rest)


def _first_paragraph(entry: Block) -> tuple[tuple[TextLine, ...], list[Block]]:
    if not entry.children:
        return (), []
    first = entry.children[0]
    if first.lines:
        return first.lines, list(entry.children[1:])
    if first.kind in (BlockKind.QUOTE, BlockKind.LIST, BlockKind.ENTRY):
        lines, inner = _first_paragraph(first)
        return lines, [*inner, *entry.children[1:]]
    return (), list(entry.children)


def _split_first_lines(
    raw: ItemBlocks, lines: tuple[TextLine, ...], rest: list[Block], *, whole: bool = False
) -> tuple[Text, list[Block]]:
    if not lines:
        return Text(), rest
    text = raw.head.unnumbered if lines[0].text is raw.head.text else lines[0].text
    followed = len(lines) > 1 or bool(rest)
    if whole:
        lead = split_headline(text, followed=True) if link_spans(text) else None
        headline, tail = (lead.headline, lead.rest) if lead else (text, Text())
    else:
        lead = split_headline(text, followed=followed, has_repeated_label=raw.has_repeated_label)
        headline, tail = lead.headline, lead.rest
    remaining = lines[1:]
    if not headline.plain and remaining:
        headline, remaining = remaining[0].text, remaining[1:]
    if tail:
        remaining = (replace(lines[0], text=tail), *remaining)
    if remaining:
        rest = [Block(BlockKind.PARAGRAPH, remaining[0].line, lines=remaining), *rest]
    return headline, rest


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
        if is_read_more_label(label):
            named = label.rstrip("：: ")
            return concat((body[: len(before) - len(label)], link(named, url), body[len(body) - len(after) :])).strip()
        if not before.strip() or not after.strip():
            if not any(map(str.isalnum, label)):  # `🔗 https://…`
                before = before[: len(before) - len(label)]
            return concat((body[: len(before)].strip(), body[len(body) - len(after) :])).strip()
    return body


def _take_tags(headline: Text, body: Text, sorting: CategoryRules) -> tuple[Text, Text, tuple[str, ...]]:
    """Split off the tags at the item's end; unless each names a category of the front matter, all stay in the text."""
    text, marks = split_tags(body or headline)
    if not marks or not all(sorting.is_category_tag(mark) for mark in marks):
        return headline, body, marks
    return (headline, text, marks) if body else (text, body, marks)


def _categorise(item: Item, marks: Sequence[str], sorting: CategoryRules, told: tuple[int, list[Problem]]) -> Item:
    """The item with its categories; a mark that none of the front matter's is meant by is told."""
    named = [(mark, tag_category(mark, sorting.allowed, sorting.classifier)) for mark in marks]
    told[1].extend(_unknown_tag_problem(mark, sorting.allowed, told[0]) for mark, category in named if not category)
    section = section_category(item.section, sorting.allowed, sorting.classifier)
    marked = tuple(dict.fromkeys(category for _, category in named if category))
    if section or marked:
        return replace(item, categories=(section,) if section else marked)
    evidence = f"{item.body.plain}\n{item.url}"
    spoken = sorting.classifier.classify(item.headline, evidence, sorting.allowed)
    return replace(item, categories=(spoken,)) if spoken else item


def _unknown_tag_problem(mark: str, allowed: Sequence[str], line: int) -> Problem:
    meant = nearest_name(mark, allowed)
    words = gettext_noop("#{mark} names none of the front matter's categories and stays in the text.")
    if meant:
        words = gettext_noop(
            "#{mark} names none of the front matter's categories and stays in the text. Did you mean #{meant}?"
        )
    return make_problem(ProblemCode.UNKNOWN_MARK, words, line, mark=mark, meant=meant or "")
