"""A file's bytes in; the digests in it out, one for each day. Never fails: what cannot be read is a problem.

bytes -> clean -> front matter | body -> markdown-it's tokens -> blocks -> (days) -> page -> form and heads
      -> layout -> items, introduction, commentary -> Digest
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, tzinfo
from functools import cache
from hashlib import sha256

from digest.model import Digest, Item, Problem
from digest.parsing import front_matter
from digest.parsing.blocks import Block, Kind, blocks_of
from digest.parsing.dates import Found, find_date, find_year
from digest.parsing.front_matter import FrontMatter, as_names
from digest.parsing.inline import Note
from digest.parsing.markdown import tokens_of
from digest.parsing.omissions import problems_of
from digest.parsing.source_text import clean
from digest.parsing.to_text import rows_of, text_of
from digest.problems import WHOLE, Code, quote, report
from digest.segmentation.block_assignment import Layout, lay_out
from digest.segmentation.categories import Classifier
from digest.segmentation.days import Day, split_days
from digest.segmentation.features import look_at
from digest.segmentation.flat_blocks import flatten
from digest.segmentation.items import Sorting, make_items
from digest.segmentation.selection import UNKNOWN, Choice, choose
from domain.chat.i18n import gettext_noop
from domain.chat.text import Text
from domain.names import fold_name

_ASIDES = {
    "contents": (Code.CONTENTS_LIST, gettext_noop("A contents list that repeats the headlines is left out: {text}.")),
    "empty": (Code.EMPTY_GROUP, gettext_noop("A group without items is left out: {text}.")),
    "trailing": (Code.TRAILING, gettext_noop("Text after the news is left out: {text}.")),
}

REFUSED = "refused"
"""The form of what could not be read at all."""


def parse(
    data: bytes, *, name: str = "", zone: tzinfo = UTC, classifier: Classifier | None = None
) -> tuple[Digest, ...]:
    """The digests of a file, in its order; never none.

    `name` is the file's name (a date is looked for in it), `zone` that of dates without one, `classifier` the words for
    categories (those shipped, unless given). A file that is refused (too large, binary) is one Digest of the form
    REFUSED with an error among its problems.
    """
    source = clean(data)
    if source.refused:
        return (_refused(source.problems),)
    front = front_matter.split(source.text)
    notes: list[Note] = []
    tokens, dense = tokens_of(front.body)
    blocks = blocks_of(tokens, front.body_line, front.body.split("\n"), notes)
    problems = [*source.problems, *front.problems]
    if dense is not None:
        words = gettext_noop(
            "From here on there are more marks (*, [ …) than can be read; the text is shown as it stands."
        )
        problems.append(report(Code.DENSE, words, dense + front.body_line))
    head = _Head(front, name, zone, classifier or _shipped())
    flat = flatten(blocks)
    days = split_days(flat, zone, head.year)
    if len(days) < 2:
        return (_digest(head, None, flat, notes, problems),)
    return tuple(_of_day(head, day, notes, problems, first=number == 0) for number, day in enumerate(days))


@cache
def _shipped() -> Classifier:
    return Classifier.shipped()


@dataclass(frozen=True, slots=True)
class _Head:
    """What the file says before its text begins."""

    front: FrontMatter
    name: str
    zone: tzinfo
    classifier: Classifier

    @property
    def year(self) -> int | None:
        """The year that dates without one are of."""
        found = self.written or find_date(self.name, self.zone)
        return found.day.year if found else find_year(self.name) or find_year(self.title)

    @property
    def written(self) -> Found | None:
        """The front matter's date."""
        value = self.value("date", "publishdate", "pubdate")
        if isinstance(value, datetime):
            value = value.isoformat(" ")
        return find_date(str(value), self.zone) if value not in (None, "") else None

    def value(self, *keys: str) -> object:
        return next((self.front.fields[key] for key in keys if self.front.fields.get(key) not in (None, "")), None)

    @property
    def title(self) -> str:
        value = self.value("title", "linktitle")
        return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""

    @property
    def categories(self) -> tuple[str, ...]:
        return as_names(self.value("categories", "category")) or as_names(self.value("tags"))

    @property
    def draft(self) -> bool:
        return str(self.value("draft")).strip().lower() in ("true", "yes", "1")


def _of_day(head: _Head, day: Day, notes: list[Note], problems: list[Problem], *, first: bool) -> Digest:
    start = 0 if first else day.line
    mine = [note for note in notes if start <= note.line < day.end_line]
    told = [problem for problem in problems if first or start <= problem.line < day.end_line]
    words = gettext_noop("The file holds several days; this is {day}.")
    told.append(report(Code.SEVERAL_DAYS, words, day.line, day=day.date))
    return _digest(head, day, day.blocks, mine, told)


def _digest(
    head: _Head, day: Day | None, blocks: tuple[Block, ...], notes: list[Note], problems: list[Problem]
) -> Digest:
    problems = list(problems)
    blocks = blocks[next((at for at, block in enumerate(blocks) if block.kind is not Kind.RULE), 0) :]
    title, heading, blocks = _title(head, day, blocks)
    page = look_at(blocks)
    choice = choose(page)
    layout = lay_out(page, choice)
    day_found, published = _when(head, day, title or heading, problems)
    if not title:
        title = heading or (day_found.isoformat() if day_found else "")
        if not heading:
            problems.append(report(Code.NO_TITLE, gettext_noop("There is no title: put title: in the front matter.")))
    if head.draft:
        words = gettext_noop("draft: true, so it is not published.")
        problems.append(report(Code.DRAFT, words, head.front.lines.get("draft", 1)))
    categories = _categories(head, problems)
    items = make_items(layout.items, Sorting(categories, head.classifier), problems)
    _tell_of_items(choice, layout, items, problems)
    trailing = _left_out(layout, problems)
    problems.extend(problems_of(notes))
    problems.extend(_tables(layout))
    problems.sort(key=lambda problem: (problem.line, problem.column))
    digest = Digest(
        day_found, published, title, categories, text_of(layout.intro), items, text_of(layout.commentary), trailing,
        choice.form, "", head.draft, tuple(problems), layout.commentary_title if text_of(layout.commentary) else "",
    )  # fmt: skip
    return replace(digest, content_hash=content_hash(digest))


def content_hash(digest: Digest) -> str:
    """A hash of all that subscribers see of the digest: texts with their styles, links, categories, the date."""
    seen = (
        digest.date, digest.title, digest.categories, digest.intro, digest.commentary_title, digest.commentary,
        tuple((item.headline, item.url, item.body, item.section, item.categories) for item in digest.items),
    )  # fmt: skip
    return sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()


def _refused(problems: tuple[Problem, ...]) -> Digest:
    digest = Digest(None, None, "", (), Text(), (), Text(), Text(), REFUSED, "", problems=problems)
    return replace(digest, content_hash=content_hash(digest))


def _title(head: _Head, day: Day | None, blocks: tuple[Block, ...]) -> tuple[str, str, tuple[Block, ...]]:
    """The title, the heading that may stand for one, and the blocks without the heading that only repeats it."""
    if day is not None:
        return day.title, "", blocks
    title = head.title
    first = blocks[0] if blocks else None
    if first is None or first.kind is not Kind.HEADING or not _is_above_all(blocks):
        return title, "", blocks
    heading = " ".join(" ".join(line.text.plain for line in first.lines).split())
    if not title:
        return "", heading, blocks[1:]
    if fold_name(heading) in fold_name(title) or not heading:
        return title, heading, blocks[1:]
    return title, heading, blocks


def _is_above_all(blocks: tuple[Block, ...]) -> bool:
    levels = [block.level for block in blocks[1:] if block.kind is Kind.HEADING]
    first = blocks[0]
    linked = any(line.text.spans and line.text.spans[0].value for line in first.lines)
    return not linked and all(level > first.level for level in levels) and (first.level == 1 or bool(levels))


def _when(head: _Head, day: Day | None, title: str, problems: list[Problem]) -> tuple[date | None, datetime | None]:
    written = head.written
    if day is not None:
        same = written is not None and written.day == day.date
        return day.date, written.instant if same and written else None
    line = head.front.lines.get("date", 1)
    if written is not None:
        return written.day, written.instant or datetime.combine(written.day, time(), head.zone)
    if head.value("date") is not None:
        words = gettext_noop("The date {date} cannot be read: write 2025-09-12T08:00:00+08:00.")
        problems.append(report(Code.BAD_DATE, words, line, date=quote(str(head.value("date")), 60)))
    of_name = gettext_noop("The front matter has no date; {day} was taken from the file's name.")
    of_title = gettext_noop("The front matter has no date; {day} was taken from the title.")
    for words, text in ((of_name, head.name), (of_title, title), (of_title, str(head.value("linktitle") or ""))):
        found = find_date(text, head.zone)
        if found is not None:
            problems.append(report(Code.GUESSED_DATE, words, line, day=found.day))
            return found.day, None
    words = gettext_noop("There is no date, so it cannot be published: put date: 2025-09-12 in the front matter.")
    problems.append(report(Code.NO_DATE, words, line))
    return None, None


def _categories(head: _Head, problems: list[Problem]) -> tuple[str, ...]:
    value = head.value("categories", "category")
    if value is not None and not isinstance(value, list | str):
        problems.append(front_matter.odd_categories(value, head.front.lines.get("categories", 1)))
    return head.categories


def _tell_of_items(choice: Choice, layout: Layout, items: Sequence[Item], problems: list[Problem]) -> None:
    if choice.form == UNKNOWN:
        words = gettext_noop(
            "No items were found: number the headlines (1. [headline](address)), the text indented below."
        )
        problems.append(report(Code.NO_ITEMS, words))
        return
    line = layout.items[0].head.block.line
    if not choice.certain:
        words = gettext_noop("The items have no clear marks; they were read as {form}. Number them to be sure.")
        problems.append(report(Code.UNCERTAIN, words, line, form=choice.form))
    numbers = [int(item.written_number) for item in items if item.written_number]
    if numbers and numbers != list(range(1, len(items) + 1)):
        words = gettext_noop("The numbers do not run from 1 to {n}; readers see {n} items numbered in order.")
        problems.append(report(Code.NUMBERS, words, line, n=len(items)))


def _left_out(layout: Layout, problems: list[Problem]) -> Text:
    trailing: list[Block] = []
    for aside in layout.asides:
        text = text_of(aside.blocks)
        if not text:
            continue
        code, words = _ASIDES[aside.why]
        problems.append(report(code, words, aside.blocks[0].line, text=quote(text.plain, WHOLE)))
        if code is not Code.CONTENTS_LIST:
            trailing.extend(aside.blocks)
    return text_of(trailing)


def _tables(layout: Layout) -> list[Problem]:
    words = gettext_noop("A table is shown as lines of text: {text}.")
    shown = [
        *layout.intro,
        *layout.commentary,
        *(block for raw in layout.items for block in (*raw.preface, raw.head.block, *raw.body)),
    ]
    return [
        report(Code.TABLE_AS_LINES, words, table.line, text=quote(rows_of(table).plain))
        for block in shown
        for table in _tables_in(block)
    ]


def _tables_in(block: Block) -> list[Block]:
    if block.kind is Kind.TABLE:
        return [block]
    return [table for child in block.children for table in _tables_in(child)]
