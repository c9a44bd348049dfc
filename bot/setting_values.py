"""Parse the values of settings as an operator types them; each error says what is wrong and what to write instead.

No message quotes a secret. The caller puts the name of the setting before the message.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from pydantic import BeforeValidator, SecretStr

from storage.postgresql.address import EXAMPLE, PostgresqlAddress, is_postgresql, parse_address

QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "「": "」", "`": "`"}
MAX_USER_ID = 2**52
LEAST_RATE, GREATEST_RATE = 1.0, 1000.0
"""Messages per second; slower than one per second, a morning would not end."""

NEW_SECRET = "make one with: openssl rand -hex 32"  # noqa: S105 - how to make one
TOKEN_FORM = "it looks like 123456789:ABC… and comes from @BotFather"  # noqa: S105 - no secret

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
                raise ValueError(f"is empty; set it to {example}")
            return when_empty
        if len(text) > 1 and QUOTES.get(text[0]) == text[-1]:
            raise ValueError("is in quotes; write it without them")
        if not full_width and _FULL_WIDTH.search(text):
            raise ValueError(
                "has full-width characters (全角); switch the input method to half-width and type it again"
            )
        return parse(text)

    return BeforeValidator(validate)


def parse_token(text: str) -> SecretStr:
    if _TOKEN.fullmatch(text):
        return SecretStr(text)
    if re.search(r"\s", text):
        raise ValueError(f"this is not a token: it has a blank in it; {TOKEN_FORM}")
    if re.search(r"bot[0-9]+:", text):
        raise ValueError(f"this is not a token: leave out everything before the number; {TOKEN_FORM}")
    if ":" not in text:
        raise ValueError(f"this is not a token: the number or the colon is missing; {TOKEN_FORM}")
    raise ValueError(f"this is not a token; {TOKEN_FORM}")


def parse_webhook_secret(text: str) -> SecretStr:
    if not re.fullmatch("[A-Za-z0-9_-]+", text):
        raise ValueError(f"must be 16 to 256 of A-Z a-z 0-9 _ -, and has another character; {NEW_SECRET}")
    if not 16 <= len(text) <= 256:
        raise ValueError(f"must be 16 to 256 of A-Z a-z 0-9 _ -, and has {len(text)} characters; {NEW_SECRET}")
    return SecretStr(text)


def parse_user_ids(text: str) -> frozenset[int]:
    """Parse ids between blanks, commas, semicolons and their full-width forms."""
    parts = [part for part in re.split(r"[\s,;，；、]+", text) if part]
    errors = [error for part in parts if (error := _user_id_error(part))]
    if errors:
        raise ValueError("; ".join(errors))
    return frozenset(int(part) for part in parts)


def _user_id_error(part: str) -> str | None:
    """Return why a part is no user id, or None if it is one."""
    half_width = unicodedata.normalize("NFKC", part)
    if half_width != part and half_width.isascii() and half_width.isdigit():
        return f"{part}: is typed in full-width digits; write {half_width}"
    if re.fullmatch(r"[-−–]\d+", half_width):
        return f"{part}: is the id of a group or channel; admins are people, ask @userinfobot for their ids"
    if not re.fullmatch("[0-9]+", part) or not 0 < int(part[:20]) < MAX_USER_ID:
        return f"{part}: an id is a number such as 4201; ask @userinfobot for yours"
    return None


def parse_folder(text: str) -> Path:
    return _parse_path(text, "digests")


def parse_file(text: str) -> Path:
    if text.startswith(":memory:"):
        raise ValueError("must be a file, or the bot forgets everybody when it stops; set it to data/digestbot.db")
    if text.endswith("/"):
        raise ValueError(f"{text} is a folder; set it to a file such as {text}digestbot.db")
    return _parse_path(text, "data/digestbot.db")


def parse_database(text: str) -> Path | PostgresqlAddress:
    if is_postgresql(text):
        return parse_address(text)
    if "://" in text:  # not quoted: it may hold a password
        raise ValueError(f"is an address, but not of PostgreSQL; write {EXAMPLE}, or a file such as data/digestbot.db")
    return parse_file(text)


def _parse_path(text: str, example: str) -> Path:
    if re.match(r"[a-zA-Z][\w+.-]+:", text):
        raise ValueError(f"{text} is an address; write a path such as {example}")
    if re.match(r"[a-zA-Z]:|\\\\", text):
        raise ValueError(f"{text} is a path of Windows; write one of this machine such as {example}")
    if re.match(r"\$|%\w+%", text):
        raise ValueError(f"{text} begins with a variable that nobody fills in; write the whole path")
    if "\0" in text:
        raise ValueError(f"has a NUL character in it; write a path such as {example}")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError(f"{text} begins with the home folder of nobody here; write the whole path") from None


def parse_zone(text: str) -> str:
    if text in available_timezones():
        return text
    zones = _similar_zones(text)
    advice = f"did you mean {' or '.join(zones)}?" if zones else "write one such as Asia/Shanghai or Europe/Berlin"
    raise ValueError(f"there is no time zone {text!r}; {advice}")


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
        raise ValueError(f"{text!r} is no time of day; write it as 08:00, from 00:00 to 23:59")
    return time(int(found[1]), int(found[2]))


def parse_choice(kind: str, names: Iterable[str], aliases: dict[str, str] | None = None) -> Parse:
    """Return a parser of one of a few names, in any case; `aliases` only helps to say which was meant."""
    names = tuple(names)

    def parse(text: str) -> str:
        if text.lower() in names:
            return text.lower()
        meant = (aliases or {}).get(text.lower())
        advice = f"did you mean {meant}?" if meant else f"choose {', '.join(names[:-1])} or {names[-1]}"
        raise ValueError(f"there is no {kind} {text!r}; {advice}")

    return parse


def parse_switch(text: str) -> bool:
    switch = {
        **dict.fromkeys(("yes", "on", "true", "1", "是"), True),
        **dict.fromkeys(("no", "off", "false", "0", "否"), False),
    }
    try:
        return switch[text.casefold()]
    except KeyError:
        raise ValueError(f"{text!r} is neither yes nor no; write yes or no") from None


def parse_rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not LEAST_RATE <= rate <= GREATEST_RATE:  # false for nan as well
        raise ValueError(f"{text!r} must be a number from {LEAST_RATE:g} to {GREATEST_RATE:g}, such as 30")
    return rate


def parse_quiet_seconds(text: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= MAX_QUIET_SECONDS:
        raise ValueError(f"{text!r} must be a whole number of seconds from 1 to {MAX_QUIET_SECONDS}, such as 30")
    return int(text)


def parse_remind_minutes(text: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or int(text) > MAX_REMIND_MINUTES:
        raise ValueError(f"{text!r} must be a whole number of minutes up to {MAX_REMIND_MINUTES}, such as 60; 0: never")
    return int(text)


def parse_days(text: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= MOST_DAYS:
        raise ValueError(f"{text!r} must be a whole number of days from 1 to {MOST_DAYS}, such as 30")
    return int(text)


def parse_port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ValueError(f"{text!r} is no port; write a number from 1 to 65535, such as 8080")
    return int(text)
