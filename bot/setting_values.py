"""Parse the values of settings as an operator types them; each error says what is wrong and what to write instead.

No message quotes a secret. The caller puts the name of the setting before the message.
"""

from __future__ import annotations

import math
import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from pydantic import BeforeValidator, SecretStr

from domain.chat.i18n import joined, lazy_text
from storage.postgresql.address import EXAMPLE, PostgresqlAddress, is_postgresql, parse_address

QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "「": "」", "`": "`"}
MAX_USER_ID = 2**52
LEAST_RATE, GREATEST_RATE = 1.0, 1000.0
"""Messages per second; slower than one per second, a morning would not end."""

NEW_SECRET = lazy_text("make one with: openssl rand -hex 32")
TOKEN_FORM = lazy_text("it looks like 123456789:ABC… and comes from @BotFather")

MOST_DAYS = 3650

MAX_QUIET_SECONDS = 3600
MAX_REMIND_MINUTES = 720

_FULL_WIDTH = re.compile("[\u3000\uff01-\uff5e]")
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")

Parse = Callable[[str], Any]


def typed(parse: Parse, *, example: str = "", when_empty: Any = ..., full_width: bool = False) -> BeforeValidator:
    """Return a validator that parses text; other values, of a program, pass as they are.

    Args:
        parse: Returns the value of a stripped text without quotes; raises ValueError.
        example: What to write, for a setting that must not be empty.
        when_empty: The value of an empty text; without it, an empty text is an error.
        full_width: Whether the text may hold full-width letters, digits and marks.
    """

    def validate(value: Any) -> Any:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(text, str):
            return value
        text = text.strip()
        if not text:
            if when_empty is ...:
                raise ValueError(lazy_text("is empty; set it to {example}", example=lazy_text(example)))
            return when_empty
        if len(text) > 1 and QUOTES.get(text[0]) == text[-1]:
            raise ValueError(lazy_text("is in quotes; write it without them"))
        if not full_width and _FULL_WIDTH.search(text):
            raise ValueError(
                lazy_text("has full-width characters (全角); switch the input method to half-width and type it again")
            )
        return parse(text)

    return BeforeValidator(validate)


def parse_token(text: str) -> SecretStr:
    if _TOKEN.fullmatch(text):
        return SecretStr(text)
    if re.search(r"\s", text):
        raise ValueError(lazy_text("this is not a token: it has a blank in it; {form}", form=TOKEN_FORM))
    if re.search(r"bot[0-9]+:", text):
        raise ValueError(
            lazy_text("this is not a token: leave out everything before the number; {form}", form=TOKEN_FORM)
        )
    if ":" not in text:
        raise ValueError(lazy_text("this is not a token: the number or the colon is missing; {form}", form=TOKEN_FORM))
    raise ValueError(lazy_text("this is not a token; {form}", form=TOKEN_FORM))


def parse_webhook_secret(text: str) -> SecretStr:
    if not re.fullmatch("[A-Za-z0-9_-]+", text):
        raise ValueError(
            lazy_text("must be 16 to 256 of A-Z a-z 0-9 _ -, and has another character; {advice}", advice=NEW_SECRET)
        )
    if not 16 <= len(text) <= 256:
        raise ValueError(
            lazy_text(
                "must be 16 to 256 of A-Z a-z 0-9 _ -, and has {n} characters; {advice}", n=len(text), advice=NEW_SECRET
            )
        )
    return SecretStr(text)


def parse_user_ids(text: str) -> frozenset[int]:
    """Parse ids between blanks, commas, semicolons and their full-width forms."""
    parts = [part for part in re.split(r"[\s,;，；、]+", text) if part]
    errors = [error for part in parts if (error := _user_id_error(part))]
    if errors:
        raise ValueError(joined(errors))
    return frozenset(int(part) for part in parts)


def _user_id_error(part: str) -> str | None:
    """Return why a part is no user id, or None if it is one."""
    half_width = unicodedata.normalize("NFKC", part)
    if half_width != part and half_width.isascii() and half_width.isdigit():
        return lazy_text("{part}: is typed in full-width digits; write {digits}", part=part, digits=half_width)
    if re.fullmatch(r"[-−–]\d+", half_width):
        return lazy_text(
            "{part}: is the id of a group or channel; admins are people, ask @userinfobot for their ids", part=part
        )
    if not re.fullmatch("[0-9]+", part) or not 0 < int(part[:20]) < MAX_USER_ID:
        return lazy_text("{part}: an id is a number such as 4201; ask @userinfobot for yours", part=part)
    return None


def parse_folder(text: str) -> Path:
    return _parse_path(text, "digests")


def parse_file(text: str) -> Path:
    if text.startswith(":memory:"):
        raise ValueError(
            lazy_text("must be a file, or the bot forgets everybody when it stops; set it to data/digestbot.db")
        )
    if text.endswith("/"):
        raise ValueError(_is_a_folder(text))
    path = _parse_path(text, "data/digestbot.db")
    if os.path.isdir(path):  # noqa: PTH112 - a pathlib path raises if it cannot be looked at; opening it says why
        raise ValueError(_is_a_folder(text))
    return path


def _is_a_folder(path: str) -> str:
    file = f"{path.rstrip('/')}/digestbot.db"
    return lazy_text("{path} is a folder; set it to a file such as {file}", path=path, file=file)


def parse_database(text: str) -> Path | PostgresqlAddress:
    if is_postgresql(text):
        return parse_address(text)
    if "://" in text:  # not quoted: it may hold a password
        raise ValueError(
            lazy_text(
                "is an address, but not of PostgreSQL; write {example}, or a file such as data/digestbot.db",
                example=EXAMPLE,
            )
        )
    return parse_file(text)


def _parse_path(text: str, example: str) -> Path:
    if re.match(r"[a-zA-Z][\w+.-]+:", text):
        raise ValueError(lazy_text("{path} is an address; write a path such as {example}", path=text, example=example))
    if re.match(r"[a-zA-Z]:|\\\\", text):
        raise ValueError(
            lazy_text(
                "{path} is a path of Windows; write one of this machine such as {example}", path=text, example=example
            )
        )
    if re.match(r"\$|%\w+%", text):
        raise ValueError(
            lazy_text("{path} begins with a variable that nobody fills in; write the whole path", path=text)
        )
    if "\0" in text:
        raise ValueError(lazy_text("has a NUL character in it; write a path such as {example}", example=example))
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError(
            lazy_text("{path} begins with the home folder of nobody here; write the whole path", path=text)
        ) from None


def parse_zone(text: str) -> str:
    if text in available_timezones():
        return text
    zones = _similar_zones(text)
    if zones:
        raise ValueError(
            lazy_text("there is no time zone {name!r}; did you mean {meant}?", name=text, meant=" / ".join(zones))
        )
    raise ValueError(
        lazy_text("there is no time zone {name!r}; write one such as Asia/Shanghai or Europe/Berlin", name=text)
    )


def _similar_zones(text: str) -> tuple[str, ...]:
    # Imported here: the names of all cities take a while to load, and only a mistake needs them.
    from datetime import UTC, datetime  # noqa: PLC0415

    from handlers.input.time_zones import TimeZoneLookup  # noqa: PLC0415

    lookup, now = TimeZoneLookup.load(), datetime.now(UTC)
    matches = [lookup.find(words, now) for words in (text, text.rpartition("/")[2])]
    certain = [match.zone for match in matches if match.zone]
    return tuple(certain[:1]) or matches[0].candidates


def parse_time(text: str) -> time:
    if not (found := re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text)):
        raise ValueError(lazy_text("{text!r} is no time of day; write it as 08:00, from 00:00 to 23:59", text=text))
    return time(int(found[1]), int(found[2]))


def parse_choice(kind: str, names: Iterable[str], find_meant: Callable[[str], str | None] | None = None) -> Parse:
    """Return a parser of one of a few names, in any case; `find_meant` only helps to say which was meant."""
    names = tuple(names)

    def parse(text: str) -> str:
        if text.lower() in names:
            return text.lower()
        meant = find_meant(text.lower()) if find_meant else None
        if meant:
            raise ValueError(
                lazy_text(
                    "there is no {kind} {name!r}; did you mean {meant}?", kind=lazy_text(kind), name=text, meant=meant
                )
            )
        choices = {"kind": lazy_text(kind), "name": text, "names": ", ".join(names[:-1]), "last": names[-1]}
        raise ValueError(lazy_text("there is no {kind} {name!r}; choose {names} or {last}", **choices))

    return parse


def parse_switch(text: str) -> bool:
    switch = {
        **dict.fromkeys(("yes", "on", "true", "1", "是"), True),
        **dict.fromkeys(("no", "off", "false", "0", "否"), False),
    }
    try:
        return switch[text.casefold()]
    except KeyError:
        raise ValueError(lazy_text("{text!r} is neither yes nor no; write yes or no", text=text)) from None


def parse_rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not LEAST_RATE <= rate <= GREATEST_RATE:  # false for nan as well
        raise ValueError(
            lazy_text(
                "{text!r} must be a number from {least:g} to {most:g}, such as 30",
                text=text,
                least=LEAST_RATE,
                most=GREATEST_RATE,
            )
        )
    return rate


def parse_quiet_seconds(text: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= MAX_QUIET_SECONDS:
        raise ValueError(
            lazy_text(
                "{text!r} must be a whole number of seconds from 1 to {most}, such as 30",
                text=text,
                most=MAX_QUIET_SECONDS,
            )
        )
    return int(text)


def parse_remind_minutes(text: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or int(text) > MAX_REMIND_MINUTES:
        raise ValueError(
            lazy_text(
                "{text!r} must be a whole number of minutes up to {most}, such as 60; 0: never",
                text=text,
                most=MAX_REMIND_MINUTES,
            )
        )
    return int(text)


def parse_days(text: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= MOST_DAYS:
        raise ValueError(
            lazy_text("{text!r} must be a whole number of days from 1 to {most}, such as 30", text=text, most=MOST_DAYS)
        )
    return int(text)


def parse_port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ValueError(lazy_text("{text!r} is no port; write a number from 1 to 65535, such as 8080", text=text))
    return int(text)
