"""Read settings from a `.env` file and the environment; find what is misspelt, given twice, or in a wrong encoding."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class EnvFile:
    """The values of a file by upper-case name, the line of each, and what is wrong with the file."""

    values: Mapping[str, str]
    lines: Mapping[str, int]
    errors: tuple[str, ...]


def read_env_file(path: Path, settings: Iterable[str]) -> EnvFile:
    """Read a file of NAME=value lines; one that does not exist has no values.

    A file in a wrong encoding is an error, and still read as far as it can be guessed, so that all errors are found.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return EnvFile({}, {}, ())
    except IsADirectoryError:
        return EnvFile({}, {}, (_at(path, lazy_text("is a folder; remove it, and make a file of NAME=value lines")),))
    except OSError as error:
        reason = reason_text(error.strerror or type(error).__name__)
        problem = lazy_text("cannot be read ({reason}); run this as the user that owns it", reason=reason)
        return EnvFile({}, {}, (_at(path, problem),))
    text, encoding_error = _decode(path, data)
    bindings = _with_lines(parse_stream(io.StringIO(text)))
    lines: dict[str, int] = {}
    errors: list[str] = [encoding_error] if encoding_error else []
    for line, binding in bindings:
        name = (binding.key or "").upper()
        if wrong := _binding_error(binding, lines, settings):
            errors.append(_at(path, wrong, line))
        elif name:
            lines[name] = line
    values = dotenv_values(stream=io.StringIO(text))
    kept = {name.upper(): value for name, value in values.items() if value is not None and name.upper() in lines}
    return EnvFile(kept, lines, tuple(errors))


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


def _with_lines(bindings: Iterable[Binding]) -> list[tuple[int, Binding]]:
    """Return each binding with the line of its name; the parser counts blank lines before it to it."""
    numbered = []
    for binding in bindings:
        blank = len(binding.original.string) - len(binding.original.string.lstrip())
        numbered.append((binding.original.line + binding.original.string.count("\n", 0, blank), binding))
    return numbered


def _binding_error(binding: Binding, lines: Mapping[str, int], settings: Iterable[str]) -> str | None:
    """Return what is wrong with a line, or None. The value may be a secret, and is not quoted."""
    if binding.error or (binding.key is not None and binding.value is None):
        name = re.match(r"\s*(?:export\s+)?([A-Za-z_]*)", binding.original.string)
        if name and name[1]:
            return lazy_text("has no half-width = after {name}; write NAME=value, one per line", name=name[1])
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
    if name_of_setting in settings or name_of_setting.lower() in VARIABLES:
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
