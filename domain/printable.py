"""Show foreign text on a terminal or in a log: what would steer the screen or reorder the line appears as escapes."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ud800-\udfff]"
)
"""Control characters but tab and line feed, line separators, direction marks, and what cannot be encoded."""

_LINE_UNPRINTABLE = re.compile(rf"{_UNPRINTABLE.pattern}|[\t\n]")


def printable(text: str) -> str:
    """Return a text of any number of lines with its control and direction characters as escapes."""
    return _UNPRINTABLE.sub(_escape, text)


def printable_line(text: str) -> str:
    """Return a text as one line, with its line breaks and tabs as escapes, too."""
    return _LINE_UNPRINTABLE.sub(_escape, text)


def plain_name(name: str) -> str:
    """Return the name of a person or chat without what would steer the line that quotes it."""
    return _LINE_UNPRINTABLE.sub("", name)


def json_printable(encoded: str) -> str:
    """Return JSON without line breaks between its values, in which such characters are JSON's own escapes."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", encoded)


def _escape(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape").decode()
