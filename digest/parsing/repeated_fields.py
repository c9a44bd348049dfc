"""Tell of fields that front matter has more than once: parsers take the last one and say nothing.

`front matter -> every field with its line -> problems`
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo

from digest.model import Problem
from digest.parsing.dates import find_date, find_unread_time
from digest.problems import ProblemCode, make_problem
from domain.chat.i18n import gettext_noop
from domain.text_language import parse_text_language

DATE_FIELDS = (
    *("date", "publishdate", "publish_date", "pubdate", "pub_date", "published", "published_at", "date_published"),
    *("fecha", "дата", "日期", "日付", "날짜"),
)
"""Fields that tell the day, the first that is there; `created` does not: a note may be older than its edition."""

YES = ("true", "yes", "y", "on", "1")
NO = ("", "false", "no", "n", "off", "0")
"""What `draft:` may be, in lower case."""

_DECISIVE_FIELDS = ("draft", "slot", "lang")
"""Fields that decide, as the date does, whether, when and to whom an edition goes out."""


@dataclass(frozen=True, slots=True)
class WrittenField:
    """A field as the front matter has it: its name in lower case, its line in the file, and its value as text."""

    name: str
    line: int
    value: str


def find_repeated_fields(fields: Iterable[WrittenField]) -> Iterator[Problem]:
    """Yield a problem for each field that is there more than once.

    It is an error if the values differ in a field that decides who gets the edition when: nobody knows which is meant.
    """
    by_name: defaultdict[str, list[WrittenField]] = defaultdict(list)
    for field in fields:
        by_name[field.name].append(field)
    dates = [name for name in DATE_FIELDS if name in by_name]
    for name, written in by_name.items():
        if len(written) == 1:
            continue
        lines = ", ".join(str(field.line) for field in written)
        values = {_read_value(name, field.value) for field in written}
        if len(values) > 1 and name in (*_DECISIVE_FIELDS, *dates[:1]):
            message = gettext_noop("{field}: lines {lines} contradict each other: keep the right one.")
            yield make_problem(ProblemCode.CONTRADICTORY_FIELD, message, written[-1].line, field=name, lines=lines)
        else:
            message = gettext_noop("{field}: is in lines {lines}, and the last one counts: remove the others.")
            yield make_problem(ProblemCode.REPEATED_FIELD, message, written[-1].line, field=name, lines=lines)


def _read_value(name: str, value: str) -> object:
    """Return what a field's value is read as: equal for all spellings of it."""
    text = value.strip().lower()
    if name == "draft" and text in (*YES, *NO):
        return text in YES
    if name == "lang":
        return parse_text_language(text) or text
    if name in DATE_FIELDS:
        # the editor's zone is not known here: a time without a zone equals one with a zone in one of these at most
        return tuple(_read_date(value.strip(), zone) for zone in (UTC, timezone(timedelta(hours=1))))
    return text


def _read_date(text: str, zone: tzinfo) -> object:
    """Return the day, the instant and what cannot be read of a date; the text in lower case if it is none."""
    found = find_date(text, zone)
    if found is None:
        return text.lower()
    instant = found.instant or datetime.combine(found.day, time(), zone)
    return found.day, instant, find_unread_time(text, found)
