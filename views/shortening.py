"""Shorten texts where a whole one would take too much of a screen: names, headlines, the beginning of a text.

Widths are in columns (a Chinese character takes two), as a phone breaks lines.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from digest.rendering.pagination.graphemes import boundary_before
from digest.rendering.pagination.text_cutter import CLAUSE, SENTENCE, WORD
from domain.chat.text import Text, display_width

QUOTED_CHARACTERS = 40
"""Longest part of a person's own words that an answer repeats."""

_ELLIPSIS_WIDTH = 2
_NO_END = " ,;:-–—，、：；·“「『（(《〈【"
"""Characters that do not stand before an ellipsis."""

_WIDE_ENDS = "。！？；”」』）"
"""Characters with room of their own behind them: no space follows."""

_WORTHY_CUT = 0.85
"""Share of the room that a cut at a clause or a word must fill; a cut between two characters fills it all."""


def count_lines(plain: str, line_width: int) -> int:
    """Return how many lines a text takes; words may need one more."""
    return sum(max(1, -(-display_width(line) // line_width)) for line in plain.split("\n"))


def cut_to_width(plain: str, most: int) -> str:
    """Cut a line to a width, after a clause or a word if that leaves enough of it."""
    if display_width(plain) <= most:
        return plain
    room = _fitting(plain, most - _ELLIPSIS_WIDTH)
    worthy = int(room * _WORTHY_CUT)
    ends = ([match.end() for match in pattern.finditer(plain, 0, room + 1)] for pattern in (CLAUSE, WORD))
    end = next((fitting[-1] for each in ends if (fitting := [end for end in each if worthy <= end <= room])), room)
    return ellipsed(plain[:end])


def ellipsed(beginning: str) -> str:
    """Return the beginning of a text with an ellipsis that says that there is more."""
    return beginning.rstrip(_NO_END) + "…"


def quoted_words(words: str) -> str:
    """Return a person's words, cleaned and shortened, to be repeated in an answer."""
    plain = Text(words).sanitized().plain
    return plain if len(plain) <= QUOTED_CHARACTERS else plain[:QUOTED_CHARACTERS] + "…"


def leading_sentences(text: Text, most: int) -> Text:
    """Return the sentences at the beginning of a text that fit a width; an ellipsis says that there is more."""
    if display_width(text.plain) <= most:
        return text
    room = _fitting(text.plain, most - _ELLIPSIS_WIDTH)
    ends = [match.end() for match in SENTENCE.finditer(text.plain, 0, room + 1) if match.end() <= room]
    if ends:
        leading = text[: ends[-1]].strip()
        return leading + ("…" if leading.plain[-1:] in _WIDE_ENDS else " …")
    return text[: len(cut_to_width(text.plain, most)) - 1] + "…"


def _fitting(plain: str, most: int) -> int:
    """Return the end of the longest beginning within a width, between two graphemes."""
    widths = list(accumulate(map(display_width, plain)))
    return boundary_before(plain, bisect_right(widths, most), 0)
