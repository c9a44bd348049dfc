"""Determine a digest's date and categories from its front matter, file name and title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from digest.model import PictureMode, Problem
from digest.parsing.dates import DateMatch, find_date, find_unread_time, find_year
from digest.parsing.front_matter import (
    FrontMatter,
    find_odd_categories,
    odd_categories_problem,
    parse_category_names,
    show_value,
)
from digest.parsing.repeated_fields import DATE_FIELDS, NO, YES
from digest.problems import ProblemCode, make_problem, quote
from digest.segmentation.days import DigestDay
from domain.chat.i18n import LANGUAGES, gettext_noop
from domain.edition_day import DEFAULT_SLOT, SLOTS_IN_NAMES, is_slot
from domain.text_language import looks_like_language, parse_text_language


@dataclass(frozen=True, slots=True)
class FileMetadata:
    """What a file says about its digests outside their text; `zone` is that of dates without one."""

    front: FrontMatter
    file_name: str
    zone: tzinfo

    @property
    def year(self) -> int | None:
        """The year of dates without one."""
        match = self.written_date or find_date(self.file_name, self.zone)
        return match.day.year if match else find_year(self.file_name) or find_year(self.title)

    @property
    def written_date(self) -> DateMatch | None:
        """The front matter's date."""
        return find_date(self.date_text, self.zone)

    @property
    def date_text(self) -> str:
        """The front matter's date as it is written."""
        value = self.value(*DATE_FIELDS)
        return "" if value is None else value.isoformat(" ") if isinstance(value, datetime) else show_value(value)

    def value(self, *keys: str) -> object:
        """Return the first non-empty field with one of these names."""
        return next((self.front.fields[key] for key in keys if self.front.fields.get(key) not in (None, "")), None)

    @property
    def title(self) -> str:
        """The front matter's title on one line."""
        value = self.value("title", "linktitle", "subject")
        return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""

    @property
    def categories(self) -> tuple[str, ...]:
        """The front matter's categories, or else its tags."""
        return parse_category_names(self.value("categories", "category")) or parse_category_names(self.value("tags"))

    @property
    def is_draft(self) -> bool:
        """Whether the front matter marks a draft."""
        return self._draft in YES

    @property
    def _draft(self) -> str:
        return show_value(self.value("draft") or "").strip().lower()

    @property
    def is_draft_unclear(self) -> bool:
        """Whether the front matter does not say clearly whether the digest is a draft."""
        return self._draft not in (*YES, *NO)


@dataclass(frozen=True, slots=True)
class EditionDate:
    """The day of an edition, and the instant from which it may be sent if the front matter has one."""

    day: date | None
    published_at: datetime | None = None


def find_edition_date(
    metadata: FileMetadata, day: DigestDay | None, title: str, problems: list[Problem], *, dated_line: str = ""
) -> EditionDate:
    """Find the date in the day's heading, the front matter, the file's name, the title or a line that only dates it."""
    written = metadata.written_date
    if day is not None:
        is_same_day = written is not None and written.day == day.date
        return EditionDate(day.date, written.instant if is_same_day and written else None)
    line = metadata.front.field_lines.get("date", 1)
    if written is not None:
        problems.extend(_date_doubts(metadata, written, line))
        return EditionDate(written.day, written.instant or datetime.combine(written.day, time(), metadata.zone))
    unreadable = metadata.value("date")
    if unreadable is not None:
        message = gettext_noop("The date {date} cannot be read: write {today}T08:00:00+08:00.")
        problems.append(make_problem(ProblemCode.BAD_DATE, message, line, date=quote(show_value(unreadable), 60)))
    from_name = gettext_noop("The front matter has no date; {day} was taken from the file's name.")
    from_title = gettext_noop("The front matter has no date; {day} was taken from the title.")
    from_line = gettext_noop("The front matter has no date; {day} was taken from a line of the text.")
    link_title = str(metadata.value("linktitle") or "")
    elsewhere = (from_name, metadata.file_name), (from_title, title), (from_title, link_title), (from_line, dated_line)
    for message, text in elsewhere:
        match = find_date(text, metadata.zone)
        if match is not None:
            problems.append(make_problem(ProblemCode.GUESSED_DATE, message, line, day=match.day))
            return EditionDate(match.day)
    message = gettext_noop("There is no date, so it cannot be published: put date: {today} in the front matter.")
    problems.append(make_problem(ProblemCode.NO_DATE, message, line))
    return EditionDate(None)


def _date_doubts(metadata: FileMetadata, written: DateMatch, line: int) -> Iterator[Problem]:
    """Yield what may be wrong with a date that was read."""
    date_text = quote(metadata.date_text, 60)
    if unread := find_unread_time(metadata.date_text, written):
        message = gettext_noop("{time} in the date {date} cannot be read: write {today}T08:00:00+08:00.")
        yield make_problem(ProblemCode.BAD_TIME, message, line, time=quote(unread, 60), date=date_text)
    if written.is_ambiguous:
        message = gettext_noop("The date {date} was read as {day}, month first: write {day} to leave no doubt.")
        yield make_problem(ProblemCode.AMBIGUOUS_DATE, message, line, date=date_text, day=written.day)
    named = find_date(metadata.file_name, metadata.zone)
    if named is not None and named.day != written.day:
        message = gettext_noop("The file's name says {name}, and date says {day}: the edition is that of {day}.")
        yield make_problem(ProblemCode.OTHER_DATE, message, line, name=named.day, day=written.day)


def find_draft(metadata: FileMetadata, problems: list[Problem]) -> bool:
    """Return whether the front matter marks a draft; report it, and what says neither yes nor no.

    That is an error: read as no draft, the digest would go out.
    """
    line = metadata.front.field_lines.get("draft", 1)
    if metadata.is_draft:
        problems.append(make_problem(ProblemCode.DRAFT, gettext_noop("draft: true, so it is not published."), line))
    elif metadata.is_draft_unclear:
        message = gettext_noop("draft: {value} says neither yes nor no: write draft: true or draft: false")
        value = quote(show_value(metadata.value("draft")), 60)
        problems.append(make_problem(ProblemCode.BAD_DRAFT, message, line, value=value))
    return metadata.is_draft


def find_categories(metadata: FileMetadata, problems: list[Problem]) -> tuple[str, ...]:
    """Return the front matter's categories; report those that are no names."""
    lines = metadata.front.field_lines
    line = lines.get("categories", lines.get("category", 1))
    odd = find_odd_categories(metadata.value("categories", "category"))
    problems.extend(odd_categories_problem(value, line) for value in odd)
    return metadata.categories


def find_slot(metadata: FileMetadata, problems: list[Problem]) -> str:
    """Return the slot that the front matter names, else that of the file's name; report what is no name of one.

    That is an error: read as another slot, the digest would take the place of that one's edition.
    """
    value = metadata.front.fields.get("slot")
    if value in (None, ""):
        match = _SLOT_IN_NAME.search(metadata.file_name.lower())
        return match[1] if match else DEFAULT_SLOT
    written = show_value(value).strip().lower()
    if is_slot(written) and not isinstance(value, bool):
        return written
    message = gettext_noop(
        "{value} is no name of a slot: write 1 to 12 of the letters a-z and the digits 0-9, such as slot: evening"
    )
    line = metadata.front.field_lines.get("slot", 1)
    problems.append(make_problem(ProblemCode.BAD_SLOT, message, line, value=quote(show_value(value), 60)))
    return DEFAULT_SLOT


@dataclass(frozen=True, slots=True)
class WrittenLanguage:
    """The language that a file names for its text, '' for none; `is_in_name`: its name has it, not only its fields."""

    language: str = ""
    is_in_name: bool = False


def find_language(metadata: FileMetadata, problems: list[Problem]) -> WrittenLanguage:
    """Return the language of a text by the file's name or the front matter; report what is none, or contradicts.

    That is an error: read as the original, a translation would go to everybody.
    """
    line = metadata.front.field_lines.get("lang", 1)
    value, match = metadata.front.fields.get("lang"), _LANGUAGE_IN_NAME.search(metadata.file_name)
    tags = [show_value(value).strip()] if value not in (None, "") else []
    if value is False:  # YAML's reading of `lang: no`, which is Norwegian
        tags = ["no"]
    named = match["tag"] if match is not None and looks_like_language(match["tag"]) else ""
    message = gettext_noop("{value} is no language that I know: write its tag, such as lang: en, zh-Hans or zh-Hant")
    for tag in filter(None, (named, *tags)):
        if parse_text_language(tag) is None:
            problems.append(make_problem(ProblemCode.BAD_LANGUAGE, message, line, value=quote(tag, 60)))
            return WrittenLanguage()
    in_name, in_fields = parse_text_language(named) or "", parse_text_language(tags[0]) if tags else ""
    if in_name and in_fields and in_name != in_fields:
        message = gettext_noop("The file's name says {name}, and lang says {field}: keep one of them.")
        name, field = quote(named, 60), quote(tags[0], 60)
        problems.append(make_problem(ProblemCode.LANGUAGE_CONFLICT, message, line, name=name, field=field))
        return WrittenLanguage()
    if in_name and in_name not in LANGUAGES:
        message = gettext_noop("No reader can choose the language {value}, so nobody gets this text.")
        problems.append(make_problem(ProblemCode.UNSPOKEN_LANGUAGE, message, line, value=quote(named, 60)))
    return WrittenLanguage(in_name or in_fields or "", is_in_name=bool(in_name))


_LANGUAGE_IN_NAME = re.compile(
    r".\.(?P<tag>[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,4}){0,2})\.(?:md|markdown|txt)$", re.ASCII
)

_SLOT_IN_NAME = re.compile(
    rf"\d[-_. ]({'|'.join(SLOTS_IN_NAMES)})(?:\.[a-z_-]{{2,11}})?\.(?:md|markdown|txt)$", re.ASCII
)

_SWITCHES = {"true": PictureMode.PREVIEW, "yes": PictureMode.PREVIEW, "on": PictureMode.PREVIEW} | dict.fromkeys(
    ("false", "no", "off"), PictureMode.NONE
)
"""What YAML makes of a bare yes or no."""


def find_picture_mode(metadata: FileMetadata, default: PictureMode, problems: list[Problem]) -> PictureMode:
    """Return how the front matter wants pictures shown, or the default; report what is no way to show them."""
    value = metadata.value("pictures")
    if value is None:
        return default
    written = show_value(value).strip().lower().replace("-", "_").replace(" ", "_")
    if written in _SWITCHES:
        return _SWITCHES[written]
    if written in list(PictureMode):
        return PictureMode(written)
    message = gettext_noop("{value} is no way to show pictures: write pictures: {ways}.")
    ways = ", ".join(PictureMode)
    line = metadata.front.field_lines.get("pictures", 1)
    problems.append(
        make_problem(ProblemCode.ODD_PICTURES, message, line, value=quote(show_value(value), 60), ways=ways)
    )
    return default
