"""Laid-out pieces in; items out: headline told from body, own link, all links, categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from digest.model import Item, Link, Problem
from digest.parsing.blocks import Block, Kind
from digest.parsing.inline import Line
from digest.parsing.to_text import text_of
from digest.problems import Code, quote, report
from digest.segmentation.block_assignment import RawItem
from digest.segmentation.categories import Classifier, mark_category, section_category, split_marks
from digest.segmentation.headline import lead_of, own_link
from digest.segmentation.text_metrics import is_more, leading, links, weight
from domain.chat.i18n import gettext_noop
from domain.chat.text import Style, Text, concat, link
from domain.names import fold_name, nearest_name

_OPENERS = ("[", "(", "<", "（")

LONG = 100
"""Weight above which a headline is longer than headlines should be."""


@dataclass(frozen=True, slots=True)
class Sorting:
    """What categories are given by: the front matter's names, and the words."""

    allowed: tuple[str, ...]
    classifier: Classifier

    def names(self, mark: str) -> bool:
        """Whether the mark names one of the front matter's categories."""
        return bool(self.allowed and mark_category(mark, self.allowed, self.classifier))


def make_items(raw: Sequence[RawItem], sorting: Sorting, problems: list[Problem]) -> tuple[Item, ...]:
    """The items, numbered by position."""
    leads = [_bold_lead(each) for each in raw]
    names = Counter(leads)
    told = (replace(each, labelled=bool(lead) and names[lead] > 1) for each, lead in zip(raw, leads, strict=True))
    return tuple(_make(each, position, sorting, problems) for position, each in enumerate(told, 1))


def _bold_lead(raw: RawItem) -> str:
    """The bold words that the item begins with."""
    span = leading(raw.head.rest, Style.BOLD)
    return fold_name(raw.head.rest.plain[: span.end]) if span is not None else ""


def _make(raw: RawItem, position: int, sorting: Sorting, problems: list[Problem]) -> Item:
    headline, blocks = _divide(raw)
    headline, body, marks = _take_marks(headline, text_of((*raw.preface, *blocks)), sorting)
    url = own_link(headline, body)
    body = _without_own_address(body, url)
    plain = " ".join(headline.plain.split()) or url or body.plain[:40]
    found = [Link(text.plain[span.start : span.end], span.value) for text in (headline, body) for span in links(text)]
    if url and all(each.url != url for each in found):
        found.insert(0, Link(plain, url))  # the headline carries that link now
    item = Item(position, raw.head.written, plain, url, body, raw.section, (), tuple(found))
    problems.extend(_odd(item, raw.head.block.line))
    return _sorted(item, marks, sorting, (raw.head.block.line, problems))


def _odd(item: Item, line: int) -> Iterator[Problem]:
    """What an editor should know of an item's headline and link."""
    name = quote(item.headline, 60)
    if not item.url:
        yield report(Code.NO_LINK, gettext_noop("Item {n} has no link: {name}."), line, n=item.position, name=name)
    if weight(item.headline) > LONG:
        words = gettext_noop(
            "Item {n} has no short headline; its first sentence was taken: {name}. Put a short one in bold before it."
        )
        yield report(Code.LONG_HEADLINE, words, line, n=item.position, name=name)


def _divide(raw: RawItem) -> tuple[Text, list[Block]]:
    """The headline, and the blocks of the body."""
    block = raw.head.block
    if block.kind in (Kind.ENTRY, Kind.QUOTE):
        first, inner = _first_paragraph(block)
        return _headline(raw, first, [*inner, *raw.body])
    if block.kind is Kind.HEADING:
        lines = block.lines
        return _headline(raw, lines, raw.body, whole=len(lines) < 2)
    glued: list[Line] = list(block.lines)
    rest = list(raw.body)
    while rest and rest[0].glued and rest[0].kind is Kind.PARAGRAPH:
        glued.extend(rest.pop(0).lines)
    return _headline(raw, tuple(glued), rest)


def _first_paragraph(entry: Block) -> tuple[tuple[Line, ...], list[Block]]:
    if not entry.children:
        return (), []
    first = entry.children[0]
    if first.lines:
        return first.lines, list(entry.children[1:])
    if first.kind in (Kind.QUOTE, Kind.LIST, Kind.ENTRY):
        lines, inner = _first_paragraph(first)
        return lines, [*inner, *entry.children[1:]]
    return (), list(entry.children)


def _headline(
    raw: RawItem, lines: tuple[Line, ...], rest: list[Block], *, whole: bool = False
) -> tuple[Text, list[Block]]:
    if not lines:
        return Text(), rest
    text = raw.head.rest if lines[0].text is raw.head.text else lines[0].text
    followed = len(lines) > 1 or bool(rest)
    if whole:
        lead = lead_of(text, followed=True) if links(text) else None
        headline, tail = (lead.headline, lead.rest) if lead else (text, Text())
    else:
        lead = lead_of(text, followed=followed, labelled=raw.labelled)
        headline, tail = lead.headline, lead.rest
    remaining = lines[1:]
    if not headline.plain and remaining:
        headline, remaining = remaining[0].text, remaining[1:]
    if tail:
        remaining = (replace(lines[0], text=tail), *remaining)
    if remaining:
        rest = [Block(Kind.PARAGRAPH, remaining[0].line, lines=remaining), *rest]
    return headline, rest


def _without_own_address(body: Text, url: str) -> Text:
    """The body without the item's own address, written out at its start or end: the headline leads there, and so does
    the label that stood before it."""
    for span in links(body):
        if span.value != url or body.plain[span.start : span.end] != url:
            continue
        before, after = body.plain[: span.start].rstrip(), body.plain[span.end :].lstrip(" ")
        if before.endswith(_OPENERS):
            before, after = before.rstrip(" [(<（"), after.lstrip(" ])>）")
        label = before.rpartition("\n")[2].lstrip("•> ")
        if is_more(label):
            named = label.rstrip("：: ")
            return concat((body[: len(before) - len(label)], link(named, url), body[len(body) - len(after) :])).strip()
        if not before.strip() or not after.strip():
            if not any(map(str.isalnum, label)):  # `🔗 https://…`
                before = before[: len(before) - len(label)]
            return concat((body[: len(before)].strip(), body[len(body) - len(after) :])).strip()
    return body


def _take_marks(headline: Text, body: Text, sorting: Sorting) -> tuple[Text, Text, tuple[str, ...]]:
    """The marks at the item's end; all of them stay in the text unless each names a category of the front matter."""
    text, marks = split_marks(body or headline)
    if not marks or not all(sorting.names(mark) for mark in marks):
        return headline, body, marks
    return (headline, text, marks) if body else (text, body, marks)


def _sorted(item: Item, marks: Sequence[str], sorting: Sorting, told: tuple[int, list[Problem]]) -> Item:
    """The item with its categories; a mark that none of the front matter's is meant by is told."""
    named = [(mark, mark_category(mark, sorting.allowed, sorting.classifier)) for mark in marks]
    told[1].extend(_unknown_mark(mark, sorting.allowed, told[0]) for mark, category in named if not category)
    section = section_category(item.section, sorting.allowed, sorting.classifier)
    marked = tuple(dict.fromkeys(category for _, category in named if category))
    if section or marked:
        return replace(item, categories=(section,) if section else marked)
    evidence = f"{item.body.plain}\n{item.url}"
    spoken = sorting.classifier.classify(item.headline, evidence, sorting.allowed)
    return replace(item, categories=(spoken,)) if spoken else item


def _unknown_mark(mark: str, allowed: Sequence[str], line: int) -> Problem:
    meant = nearest_name(mark, allowed)
    words = gettext_noop("#{mark} names none of the front matter's categories and stays in the text.")
    if meant:
        words = gettext_noop(
            "#{mark} names none of the front matter's categories and stays in the text. Did you mean #{meant}?"
        )
    return report(Code.UNKNOWN_MARK, words, line, mark=mark, meant=meant or "")
