"""Read the chats of another bot from a CSV or JSON file, for `digestbot import`. Pure.

bytes -> records with their places -> checked chats, and an error for each record that is wrong
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, reduce
from typing import Any

from bot.setting_values import parse_choice, parse_time, parse_zone
from domain.chat.event import Chat, ChatKind
from domain.chat.i18n import gettext_noop, joined, language_for, lazy_text
from domain.known_reasons import reason_text
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, ReaderButtons
from handlers.input.time_zones import TimeZoneLookup, guess_zone

ALIASES = {
    "chat_id": ("chat", "id", "user_id", "user", "telegram_id", "tg_id", "uid"),
    "language": ("lang", "language_code", "locale"),
    "zone": ("timezone", "time_zone", "tz"),
    "time": ("delivery_time", "send_time", "morning"),
    "kind": ("type", "chat_type"),
    "title": ("chat_title",),
    "active": ("subscribed", "is_active", "enabled"),
}
"""Columns, and the other names that bots give them."""

_LARGE_KINDS = lazy_text("supergroup or channel")
_MOST_DIGITS_OF_ID = 15
_LEAST_SUPERGROUP_ID = 1_000_000_000_000
_TRUE, _FALSE = ("1", "true", "yes", "y", "t", "on", "是"), ("0", "false", "no", "n", "f", "off", "否")


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What a chat gets whose record does not tell: the bot's own settings."""

    schedule: Schedule
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedChat:
    """A chat of the file, with the settings that it would have. `language_chosen`: the file names its language."""

    place: str
    chat: Chat
    schedule: Schedule
    preferences: ContentPreferences
    language_chosen: bool


@dataclass(slots=True, kw_only=True)
class ImportFile:
    """What was read of a file: each record is in one of the lists."""

    chats: list[ImportedChat] = field(default_factory=list)
    inactive: list[str] = field(default_factory=list)
    """Places of chats that the other bot kept as not subscribed."""
    repeated: list[str] = field(default_factory=list)
    """Places of chats that came before in the file; the first one counts."""
    errors: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    """Columns that nothing is taken from."""

    @property
    def records(self) -> int:
        """Number of records."""
        return len(self.chats) + len(self.inactive) + len(self.repeated) + len(self.errors)


def read_import_file(data: bytes, defaults: Defaults, *, now: datetime) -> ImportFile:
    """Read a file of chats. Raises `UnreadableFile`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(lazy_text("it is not UTF-8; save it as CSV UTF-8 (in a spreadsheet: Save as)")) from None
    records = list(_json_records(text) if text.lstrip()[:1] in ("[", "{") else _csv_records(text))
    if not records:
        raise UnreadableFile(lazy_text("there are no chats in it"))
    names = list(dict.fromkeys(name for _place, record in records for name in record))
    columns = {name: column for name in names if (column := _column_of(name)) is not None}
    if "chat_id" not in columns.values():
        raise UnreadableFile(
            lazy_text(
                "no column is called chat_id (there are {names}); "
                "name the columns in the first line, such as {example}",
                names=", ".join(names),
                example="chat_id,language,zone,time",
            )
        )
    if twice := [name for name in columns if list(columns.values()).count(columns[name]) > 1]:
        raise UnreadableFile(_same_columns(twice))
    read = _Reader(defaults, now)
    result = ImportFile(unused=[name for name in names if name not in columns])
    seen: set[int] = set()
    for place, record in records:
        values = {columns[name]: _text(value) for name, value in record.items() if name in columns}
        try:
            found = read.chat(place, values)
        except ValueError as error:
            result.errors.append(lazy_text("{name}: {problem}", name=place, problem=str(error)))
            continue
        if found.chat.id in seen:
            result.repeated.append(place)
        elif not _is_active(values.get("active", "")):
            result.inactive.append(place)
        else:
            result.chats.append(found)
        seen.add(found.chat.id)
    return result


class _Reader:
    """Reads records; equal texts are looked up once, as a zone's many names take a while."""

    def __init__(self, defaults: Defaults, now: datetime) -> None:
        self._defaults = defaults
        self._now = now
        self._zone = cache(self._look_up_zone)

    def chat(self, place: str, values: Mapping[str, str]) -> ImportedChat:
        """Return the chat of a record. Raises ValueError that names each wrong column."""
        errors: list[str] = []

        def read(column: str, parse: Callable[[str], Any], default: Any) -> Any:
            try:
                return parse(values[column]) if values.get(column) else default
            except ValueError as error:
                errors.append(lazy_text("{name}: {problem}", name=column, problem=str(error)))
                return default

        chat_id = read("chat_id", _parse_id, None)
        if not values.get("chat_id"):
            errors.append(lazy_text("chat_id is empty; write the chat's number, or remove the line"))
        kind = read("kind", parse_choice(gettext_noop("kind of chat"), ChatKind), None)
        if chat_id is not None:
            try:
                kind = _kind(chat_id, kind)
            except ValueError as error:
                errors.append(str(error))
        tag = values.get("language", "")
        zone = read("zone", self._zone, guess_zone(tag, self._defaults.schedule.zone))
        at = read("time", _parse_time, self._defaults.schedule.at)
        read("active", _is_active, True)
        if errors:
            raise ValueError(joined(errors))
        language = language_for(tag) if tag else self._defaults.language
        buttons = ReaderButtons.LINK if kind is ChatKind.CHANNEL else ReaderButtons.ANSWER
        return ImportedChat(
            place=place,
            chat=Chat(chat_id, kind, title=values.get("title", "")),
            schedule=Schedule(zone, at.hour * 60 + at.minute, self._defaults.schedule.weekdays),
            preferences=ContentPreferences(language=language, buttons=buttons),
            language_chosen=bool(tag),
        )

    def _look_up_zone(self, text: str) -> str:
        return _time_zones().named(text, self._now).zone or parse_zone(text)


@cache
def _time_zones() -> TimeZoneLookup:
    return TimeZoneLookup.load()


def _csv_records(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    header = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    names: list[str] = []
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not names:
                names = cells
                continue
            place = lazy_text("line {n}", n=rows.line_num)
            if len(cells) != len(names):
                raise UnreadableFile(
                    lazy_text(
                        "{place}: there are {n} columns, but {expected} in the first line",
                        place=place,
                        n=len(cells),
                        expected=len(names),
                    )
                )
            yield place, dict(zip(names, cells, strict=True))
    except csv.Error as error:
        raise UnreadableFile(
            lazy_text("line {n}: {reason}; save it as CSV again", n=rows.line_num, reason=reason_text(error))
        ) from None


def _json_records(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for place, value in _json_values(text):
        record = {"chat_id": value} if isinstance(value, int | str) else value
        if not isinstance(record, dict):
            raise UnreadableFile(
                lazy_text("{place}: there must be a chat's id, or an object with chat_id", place=place)
            )
        yield place, record


def _json_values(text: str) -> Iterable[tuple[str, Any]]:
    """Return the values of a list, or of the lines of a file with an object in each."""
    try:
        whole = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        try:
            return [(lazy_text("line {n}", n=number), json.loads(line)) for number, line in lines]
        except (json.JSONDecodeError, RecursionError):
            raise UnreadableFile(lazy_text("it is not JSON: {reason}", reason=_json_reason(error))) from None
    if isinstance(whole, dict):
        return [(lazy_text("entry {n}", n=1), whole)]
    return [(lazy_text("entry {n}", n=number), value) for number, value in enumerate(whole, 1)]


def _json_reason(error: json.JSONDecodeError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return reason_text(error)
    return lazy_text(
        "{words}: line {line} column {column} (char {char})",
        words=reason_text(error.msg),
        line=error.lineno,
        column=error.colno,
        char=error.pos,
    )


def _same_columns(names: Iterable[str]) -> str:
    both = reduce(lambda first, second: lazy_text("{first} and {second}", first=first, second=second), names)
    return lazy_text("the columns {names} mean the same; remove all but one", names=both)


def _column_of(name: str) -> str | None:
    folded = re.sub(r"[\s-]+", "_", name.strip().lower())
    return next((column for column, others in ALIASES.items() if folded in (column, *others)), None)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _parse_id(text: str) -> int:
    if re.fullmatch(r"-?[\d.,]+[eE]\+?\d+", text):
        raise ValueError(lazy_text("{text!r} has lost digits in a spreadsheet; export the column as text", text=text))
    found = re.fullmatch(r"(-?[0-9]+)(\.0)?", text)  # a data frame writes numbers beside gaps as 4201.0
    if not found or int(found[1]) == 0 or len(found[1].lstrip("-")) > _MOST_DIGITS_OF_ID:
        raise ValueError(lazy_text("{text!r} is no number of a chat, such as 4201 or -1001234567890", text=text))
    return int(found[1])


def _parse_time(text: str) -> Any:
    return parse_time(re.sub(r"^(\d+:\d\d):00$", r"\1", text))


def _kind(chat_id: int, told: str | None) -> ChatKind:
    """Return the kind of a chat, as far as its number does not contradict it."""
    by_number = ChatKind.PRIVATE if chat_id > 0 else None if chat_id < -_LEAST_SUPERGROUP_ID else ChatKind.GROUP
    if told is None and by_number is None:
        raise ValueError(lazy_text("kind is needed for {id}; write {kinds}", id=chat_id, kinds=_LARGE_KINDS))
    kind = ChatKind(told) if told is not None else by_number
    large = ChatKind.SUPERGROUP, ChatKind.CHANNEL
    if kind is None or (kind is not by_number if by_number is not None else kind not in large):
        raise ValueError(
            lazy_text(
                "kind {told!r} contradicts {id}; write {kinds}", told=told, id=chat_id, kinds=by_number or _LARGE_KINDS
            )
        )
    return kind


def _is_active(text: str) -> bool:
    if text.lower() in _FALSE:
        return False
    if text and text.lower() not in _TRUE:
        raise ValueError(lazy_text("{text!r} is neither yes nor no", text=text))
    return True
