"""Read settings from a `.env` file and the environment; find what is misspelt, given twice, or in a wrong encoding."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from bot.telegram_route import VARIABLES
from domain.chat.i18n import lazy_text
from domain.known_reasons import reason_text
from domain.names import nearest_name

MIN_SIMILARITY_IN_FILE = 0.75
"""Least similarity to a setting's name at which a name in `.env`, or with the bot's prefix, counts as misspelt."""

MIN_SIMILARITY_IN_ENVIRONMENT = 0.85
"""The same for other names in the environment, which is full of other programs' variables."""

COMMON_NAMES = frozenset({"LOG_LEVEL", "LOG_FORMAT"})
"""Settings whose near misses (LOGLEVEL) other programs use."""

TOKEN_VARIABLE_PREFIX = "BOT_TOKEN_"  # noqa: S105 - of names
"""What the names of variables with the tokens of further bots begin with."""

OWN_PREFIX = re.compile("DIGEST_?BOT_", re.IGNORECASE)

_NAME = re.compile(r"\s*(?:export\s+)?([A-Za-z_]*)")
_BEFORE_QUOTED_VALUE = re.compile(r"\s*(?:export[^\S\r\n]+)?(\w+)[^\S\r\n]*=[^\S\r\n]*([\"'])")
_BEFORE_VALUE = re.compile(r"\s*(?:export[^\S\r\n]+)?(\w+)[^\S\r\n]*=")
_UP_TO_QUOTE = {'"': re.compile(r'\A(?:\\.|[^"\\])*"'), "'": re.compile(r"\A(?:\\.|[^'\\])*'")}
_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvFile:
    """The values of a file by upper-case name, the line of each, and what is wrong with the file.

    `unreadable` holds the settings that have a line from which no value can be read, `doubtful` all that one of the
    errors may be about.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    unreadable: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Statement:
    """What the parser has made of one or more lines, the number of the first one, and what is wrong with its quotes."""

    line: int
    binding: Binding
    quote_problem: str | None = None

    @property
    def name(self) -> str:
        """The name that the line begins with, also where it has no value; empty if there is none."""
        found = _NAME.match(self.binding.original.string)
        return found[1] if found else ""

    @property
    def is_unreadable(self) -> bool:
        """Whether the line has no value, or a broken one."""
        has_no_value = self.binding.key is not None and self.binding.value is None
        return self.quote_problem is not None or self.binding.error or has_no_value


def read_env_file(path: Path, settings: Iterable[str]) -> EnvFile:
    """Read a file of NAME=value lines; one that does not exist has no values.

    A file in a wrong encoding is an error, and still read as far as it can be guessed, so that all errors are found.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return EnvFile()
    except IsADirectoryError:
        problem = lazy_text("is a folder; remove it, and make a file of NAME=value lines")
        return EnvFile(errors=(_at(path, problem),), doubtful=frozenset(settings))
    except OSError as error:
        reason = reason_text(error.strerror or type(error).__name__)
        problem = lazy_text("cannot be read ({reason}); run this as the user that owns it", reason=reason)
        return EnvFile(errors=(_at(path, problem),), doubtful=frozenset(settings))
    text, encoding_error = _decode(path, data)
    settings = tuple(settings)
    statements = list(_read_statements(text, settings))
    lines: dict[str, int] = {}
    errors: list[str] = [encoding_error] if encoding_error else []
    doubtful = set(settings) if encoding_error else set()
    for statement in statements:
        name = (statement.binding.key or "").upper()
        if wrong := _statement_error(statement, lines, settings):
            errors.append(_at(path, wrong, statement.line))
            doubtful |= _meant_settings(statement, settings)
        elif name:
            lines[name] = statement.line
    readable = "".join(one.binding.original.string for one in statements if not one.is_unreadable)
    values = dotenv_values(stream=io.StringIO(readable))
    return EnvFile(
        values={name.upper(): value for name, value in values.items() if value is not None and name.upper() in lines},
        lines=lines,
        errors=tuple(errors),
        unreadable=frozenset(one.name.upper() for one in statements if one.is_unreadable).intersection(settings),
        doubtful=frozenset(doubtful),
    )


def _meant_settings(statement: _Statement, settings: Collection[str]) -> set[str]:
    """Return the settings that a line with an error may be about: all if it begins with no name."""
    name = (statement.binding.key or statement.name).upper()
    if not name:
        return set(settings)
    meant = nearest_name(OWN_PREFIX.sub("", name), settings, min_similarity=MIN_SIMILARITY_IN_FILE)
    return {meant} if meant else set()


def _at(path: Path, problem: str, line: int | None = None) -> str:
    """Return what is wrong with a file, or with a line of it."""
    place = lazy_text("{path}, line {n}", path=path.absolute(), n=line) if line else str(path.absolute())
    return lazy_text("{name}: {problem}", name=place, problem=problem)


def _decode(path: Path, data: bytes) -> tuple[str, str | None]:
    """Return the text of a file, and what is wrong with its encoding. A UTF-8 byte order mark is nothing wrong."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), _at(path, lazy_text("is in UTF-16 (Unicode); save it as UTF-8"))
    if b"\0" in data:
        problem = lazy_text("has NUL bytes, as UTF-16 has; save it as UTF-8")
        return data.replace(b"\0", b"").decode("utf-8", "replace"), _at(path, problem)
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = lazy_text("is not UTF-8 (GBK or ANSI?); save the file as UTF-8")
        return data.decode("gb18030", "replace"), _at(path, problem, line)


def _read_statements(text: str, settings: Collection[str]) -> Iterator[_Statement]:
    """Yield the statements of a file; after a quote that is not closed, read on behind its value."""
    rest, first_line = text, 1
    while rest:
        read = 0
        for binding in parse_stream(io.StringIO(rest)):
            string = binding.original.string
            blank = len(string) - len(string.lstrip())  # the parser counts blank lines before a name to it
            line = first_line + binding.original.line - 1 + string.count("\n", 0, blank)
            problem = _quote_problem(binding, settings)
            yield _Statement(line, binding, problem)
            if problem is not None:
                line_end = _LINE_END.search(string, blank)
                read += line_end.end() if line_end else len(string)
                value_rest = _rest_of_open_value(string, rest[read:], settings)
                read += len(value_rest)
                first_line = line + 1 + len(_LINE_END.findall(value_rest))
                break
            read += len(string)
        rest = rest[max(read, 1) :]


def _quote_problem(binding: Binding, settings: Collection[str]) -> str | None:
    """Return what is wrong with the quotes of a value; only variables of other programs may have several lines."""
    found = _BEFORE_QUOTED_VALUE.match(binding.original.string)
    if found is None:
        return None
    name, quote = found.groups()
    line = _LINE_END.split(binding.original.string[found.end() :], 1)[0]
    if _UP_TO_QUOTE[quote].match(line):
        if not binding.error:
            return None
        return lazy_text("there is more behind the closing quote of {name}=; remove it, or quote all of it", name=name)
    if binding.error or _is_known(name.upper(), settings):
        return lazy_text("the quote after {name}= is not closed; close it, or leave the quotes out", name=name)
    return None


def _rest_of_open_value(statement: str, following: str, settings: Collection[str]) -> str:
    """Return the lines that may belong to a value of the bot's whose quote is not closed in its own line.

    They end behind the closing quote, or before the next variable that the bot reads: they may be parts of a secret.
    """
    found = _BEFORE_QUOTED_VALUE.match(statement)
    if found is None or not _is_known(found[1].upper(), settings):
        return ""
    up_to_quote = _UP_TO_QUOTE[found[2]]
    if up_to_quote.match(_LINE_END.split(statement[found.end() :], 1)[0]):
        return ""
    end = 0
    for line in following.splitlines(keepends=True):
        name = _BEFORE_VALUE.match(line)
        if name is not None and _is_known(name[1].upper(), settings):
            break
        end += len(line)
        if up_to_quote.match(line):
            break
    return following[:end]


def _is_known(name: str, settings: Collection[str]) -> bool:
    """Return whether a variable is one that the bot reads."""
    return name in settings or name.startswith(TOKEN_VARIABLE_PREFIX) or name.lower() in VARIABLES


def _statement_error(statement: _Statement, lines: Mapping[str, int], settings: Collection[str]) -> str | None:
    """Return what is wrong with a line, or None. The value may be a secret, and is not quoted."""
    binding = statement.binding
    if statement.quote_problem is not None:
        return statement.quote_problem
    if statement.is_unreadable:
        if _is_known(statement.name.upper(), settings):  # another name may be a part of a value
            return lazy_text("has no half-width = after {name}; write NAME=value, one per line", name=statement.name)
        return lazy_text("has no half-width =; write NAME=value, one per line")
    if binding.key is None:
        return None
    name_of_setting = binding.key.upper()
    if name_of_setting.startswith(TOKEN_VARIABLE_PREFIX):
        return None
    if name_of_setting in lines:
        return lazy_text(
            "{name} is already set in line {n}; remove one of them", name=name_of_setting, n=lines[name_of_setting]
        )
    if _is_known(name_of_setting, settings):
        return None
    meant = nearest_name(OWN_PREFIX.sub("", binding.key), settings, min_similarity=MIN_SIMILARITY_IN_FILE)
    return (
        lazy_text("there is no setting {name}; did you mean {meant}?", name=binding.key, meant=meant) if meant else None
    )


def misspelt_variables(environment: Iterable[str], settings: Iterable[str], given: Iterable[str]) -> tuple[str, ...]:
    """Return an error for each environment variable that is certainly a misspelt setting of this bot.

    That is a name with the bot's own prefix, or one a letter or two from a setting that is not given otherwise.
    """
    settings, given = tuple(settings), set(given)
    errors = []
    for name in sorted(set(environment) - set(settings)):
        if name.startswith(TOKEN_VARIABLE_PREFIX):
            continue
        if prefix := OWN_PREFIX.match(name):
            meant = nearest_name(name[prefix.end() :], settings, min_similarity=MIN_SIMILARITY_IN_FILE)
        else:
            distinctive = [setting for setting in settings if "_" in setting and setting not in given | COMMON_NAMES]
            meant = next(iter(get_close_matches(name.upper(), distinctive, 1, MIN_SIMILARITY_IN_ENVIRONMENT)), None)
        if meant and name.upper() not in settings:
            errors.append(
                lazy_text(
                    "{name}: there is no such setting (in the environment); did you mean {meant}?",
                    name=name,
                    meant=meant,
                )
            )
    return tuple(errors)
