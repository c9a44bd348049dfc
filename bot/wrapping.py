"""Wrap text for the terminal: words stay whole, Chinese may break between characters, each of which has two columns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

MAX_TEXT_COLUMNS = 80
"""Longer lines are hard to read, however wide the terminal is."""

NO_BREAK_SPACE = "\u00a0"
"""Keeps words on one line; `wrap` shows it as a space."""

_LETTERS = r"!-~\u00c0-\u024f\u0370-\u052f"  # Latin, Greek and Cyrillic words are not broken
_UNIT = rf"(?:[{_LETTERS}]+|[^\n {NO_BREAK_SPACE}{_LETTERS}])"
_UNITS = rf"(?:{_UNIT}|{NO_BREAK_SPACE})(?:{NO_BREAK_SPACE}{_UNIT})*"
_WORD = re.compile(rf"\n| +|[“‘「『（【《〈]*{_UNITS}[，。、；：？！”’」』）】》〉…％]* *")
"""A line break, spaces, a word, or one character of a script without spaces.

The marks that may not end a line stay before it; those that may not start one, and spaces, stay after it."""


def line_starts(plain: str, width: int, *, breaks_words: bool = True) -> Iterator[int]:
    """Yield the indices where new lines start: after line breaks, and where the next word does not fit.

    A word that is longer than a line is broken, or sticks out: a path or an address can then still be copied.
    """
    column = 0
    for word in _WORD.finditer(plain):
        length = cell_len(word.group().rstrip())  # spaces may hang over, they are not seen
        if word.group() == "\n":
            column = 0
            yield word.end()
        elif column + length <= width:
            column += cell_len(word.group())
        elif length <= width or not breaks_words:
            if column:
                yield word.start()
            column = cell_len(word.group())
        else:
            for at, character in enumerate(word.group(), word.start()):
                column += cell_len(character)
                if column > width:
                    column = cell_len(character)
                    yield at


def wrap(text: Text, width: int, *, indent: str = "") -> list[Text]:
    """Return the lines of a text, those after the first indented; a longer word sticks out."""
    breaks = line_starts(text.plain, width - cell_len(indent), breaks_words=False)
    first, *others = (_finished(line) for line in text.divide(list(breaks)))
    return [first, *(Text(indent) + line for line in others)]


def _finished(line: Text) -> Text:
    line.plain = line.plain.replace(NO_BREAK_SPACE, " ")
    line.rstrip()
    return line
