"""Load YAML, TOML and JSON front matter into plain values, within limits that a hostile file cannot exceed.

Aliases are refused, because a few lines of them stand for billions of values, and so is what nests deeply or is longer
than any front matter needs to be. The result has only dicts, lists, dates and scalars that every database takes.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from digest.parsing.repeated_fields import WrittenField
from digest.parsing.source_text import without_invisible_characters

MAX_CHARACTERS = 64_000
"""Longer front matter is not parsed."""

MAX_DEPTH = 8
"""Of lists and maps within each other; site generators need three or four."""

MAX_INTEGER_BITS = 128
"""Longer numbers are refused: writing them out takes quadratic time, and from 4,300 digits Python refuses to."""

_MAX_JSON_BRACKETS = 2_000
"""A bound on the depth of JSON before it is parsed."""

_OPENING_BRACKET = re.compile(r"[\[{]")
_MANY_KEY_PARTS = re.compile(r"(?:\.[\w\"'-]{0,64}){32}")
"""A dotted TOML key so long that the parser would need memory with the square of its parts."""

_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""What can be written as an escape, but not be encoded, stored, or printed without steering a terminal."""

_JSON_SEPARATORS = re.compile(r"[ \t\r\n,:]*")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FrontMatterRefused(ValueError):
    """Front matter exceeds a limit; the text says which."""


class _PlainLoader(_Loader):  # type: ignore[misc] # whichever of the two the platform has
    """A safe loader that keeps dates as strings: `digest.parsing.dates` knows more notations."""

    yaml_implicit_resolvers = {  # noqa: RUF012 # PyYAML's own way to configure a loader
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _Loader.yaml_implicit_resolvers.items()
    }


class FrontMatterHandler(YAMLHandler):
    """YAML handler for python-frontmatter that checks the events before it builds any value."""

    def load(self, fm: str, **kwargs: object) -> Any:
        depth = 0
        for event in yaml.parse(fm, Loader=_PlainLoader):
            if isinstance(event, yaml.AliasEvent):
                raise FrontMatterRefused("it has an alias (*name): write the value itself")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            _check_depth(depth)
        return yaml.load(fm, Loader=_PlainLoader)  # noqa: S506 # a safe loader, see above


def load_yaml(text: str) -> Mapping[str, object]:
    """Parse YAML. Raises `yaml.YAMLError` and `ValueError`."""
    _check_length(text)
    fields, _ = frontmatter.parse(f"---\n{text}\n---\n", handler=FrontMatterHandler())
    return _plain_fields(fields)


def load_toml(text: str) -> Mapping[str, object]:
    """Parse TOML. Raises `ValueError` and `RecursionError`."""
    _check_length(text)
    if _MANY_KEY_PARTS.search(text.replace(" ", "").replace("\t", "")):
        raise FrontMatterRefused("a key has too many parts")
    return _plain_fields(tomllib.loads(text))


def load_json(text: str, start: int) -> tuple[Mapping[str, object], int]:
    """Parse the JSON object at a position, and return where it ends. Raises `ValueError` and `RecursionError`."""
    head = text[: start + MAX_CHARACTERS]
    if len(_OPENING_BRACKET.findall(head, start)) > _MAX_JSON_BRACKETS:
        raise FrontMatterRefused("it nests too deeply")
    fields, end = json.JSONDecoder().raw_decode(head, start)
    return _plain_fields(fields), end


def list_yaml_fields(text: str, line: int) -> Iterator[WrittenField]:
    """Yield the fields of YAML that `load_yaml` takes, also repeated ones; its first line is that of a number."""
    try:
        root = yaml.compose(text, Loader=_PlainLoader)
    except yaml.YAMLError:  # python-frontmatter reads no further than a line of dashes
        return
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        written = value.value if isinstance(value, yaml.ScalarNode) else value.tag
        yield WrittenField(_plain_text(str(key.value)).lower(), line + key.start_mark.line, written)


def list_json_fields(text: str, start: int) -> Iterator[WrittenField]:
    """Yield the fields of the JSON object that `load_json` takes at a position, also repeated ones."""
    decoder, at = json.JSONDecoder(), start + 1
    while text[at := _skip_separators(text, at)] != "}":
        line = text.count("\n", 0, at) + 1
        name, end = decoder.raw_decode(text, at)
        value, at = decoder.raw_decode(text, _skip_separators(text, end))
        yield WrittenField(_plain_text(name).lower(), line, str(value))


def _skip_separators(text: str, at: int) -> int:
    found = _JSON_SEPARATORS.match(text, at)
    return found.end() if found else at


def _plain_fields(fields: object) -> Mapping[str, object]:
    if not isinstance(fields, dict):
        raise FrontMatterRefused("it is no list of fields")
    return {_plain_text(str(key)): _plain_value(value, 1) for key, value in fields.items()}


def _plain_value(value: object, depth: int) -> object:
    """Return the value with texts that can be encoded. Raises `FrontMatterRefused` beyond the limits."""
    match value:
        case dict():
            _check_depth(depth + 1)
            return {_plain_text(str(key)): _plain_value(item, depth + 1) for key, item in value.items()}
        case list() | tuple() | set():
            _check_depth(depth + 1)
            return [_plain_value(item, depth + 1) for item in value]
        case str():
            return _plain_text(value)
        case int() if value.bit_length() > MAX_INTEGER_BITS:
            raise FrontMatterRefused("a number has too many digits")
        case _:
            return value


def _plain_text(text: str) -> str:
    """Replace control characters, and leave out invisible ones, as in the rest of a file."""
    return without_invisible_characters(_CONTROL_CHARACTERS.sub("\ufffd", text))


def _check_length(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise FrontMatterRefused(f"it is longer than {MAX_CHARACTERS:,} characters")


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise FrontMatterRefused("it nests too deeply")
