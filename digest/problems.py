"""The problems that an editor may be told of: their codes and severities, and how to make one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from itertools import accumulate, takewhile

from digest.model import Problem, Severity
from domain.chat.text import display_width

MAX_QUOTE_CHARACTERS = 160
"""Longest quotation of text that is shown as well; what is left out is quoted whole."""

MAX_EXCERPT_COLUMNS = 72
"""Longest part of a line that a problem quotes: it fits a terminal, and two lines of a phone."""

_FENCE = "---"
_LEAD_CHARACTERS = 12
"""How much of a long line is quoted before the column of its problem."""


class ProblemCode(Enum):
    """Stable code and severity of each problem.

    `Dnnn-name`: 0xx encoding, 1xx front matter, 2xx items, 3xx links, 4xx omissions,
    5xx leftovers of tools.
    """

    TOO_LARGE = ("D001-too-large", Severity.ERROR)
    BINARY = ("D002-not-text", Severity.ERROR)
    ENCODING = ("D003-encoding", Severity.WARNING)
    BYTE_ORDER_MARKS = ("D004-byte-order-marks", Severity.INFO)
    CONTROLS = ("D005-control-characters", Severity.WARNING)
    INVISIBLE = ("D006-invisible-characters", Severity.INFO)
    RADICALS = ("D007-kangxi-radicals", Severity.INFO)
    REPLACEMENT = ("D008-replacement-character", Severity.WARNING)
    DENSE = ("D009-too-dense", Severity.WARNING)
    DEEP = ("D010-too-deep", Severity.WARNING)

    NO_FRONT_MATTER = ("D101-no-front-matter", Severity.INFO)
    BROKEN_FRONT_MATTER = ("D102-broken-front-matter", Severity.WARNING)
    OPEN_FRONT_MATTER = ("D103-unclosed-front-matter", Severity.WARNING)
    HEADER_LINES = ("D104-header-lines", Severity.INFO)
    NO_DATE = ("D110-no-date", Severity.ERROR)
    GUESSED_DATE = ("D111-date-guessed", Severity.INFO)
    BAD_DATE = ("D112-bad-date", Severity.WARNING)
    BAD_TIME = ("D113-bad-time", Severity.WARNING)
    AMBIGUOUS_DATE = ("D114-ambiguous-date", Severity.WARNING)
    OTHER_DATE = ("D115-other-date-in-name", Severity.WARNING)
    NO_TITLE = ("D120-no-title", Severity.WARNING)
    DRAFT = ("D121-draft", Severity.INFO)
    ODD_CATEGORIES = ("D122-odd-categories", Severity.WARNING)
    ODD_PICTURES = ("D123-odd-pictures", Severity.WARNING)
    BAD_SLOT = ("D124-bad-slot", Severity.ERROR)
    BAD_LANGUAGE = ("D125-bad-language", Severity.ERROR)
    LANGUAGE_CONFLICT = ("D126-language-conflict", Severity.ERROR)
    UNSPOKEN_LANGUAGE = ("D127-unspoken-language", Severity.WARNING)
    BAD_DRAFT = ("D128-bad-draft", Severity.ERROR)
    REPEATED_FIELD = ("D129-repeated-field", Severity.WARNING)
    CONTRADICTORY_FIELD = ("D130-contradictory-field", Severity.ERROR)

    NO_ITEMS = ("D201-no-items", Severity.ERROR)
    UNCERTAIN = ("D202-uncertain-form", Severity.WARNING)
    EMPTY_GROUP = ("D203-empty-group", Severity.INFO)
    NUMBERS = ("D204-numbers", Severity.INFO)
    NO_LINK = ("D205-no-link", Severity.INFO)
    LONG_HEADLINE = ("D206-long-headline", Severity.INFO)
    CONTENTS_LIST = ("D207-contents-list", Severity.INFO)
    UNKNOWN_MARK = ("D208-unknown-category", Severity.INFO)
    SEVERAL_DAYS = ("D209-several-days", Severity.INFO)
    TWO_READINGS = ("D210-two-readings", Severity.INFO)
    ADVERTISEMENT = ("D211-advertisement", Severity.INFO)

    DANGEROUS_LINK = ("D301-dangerous-link", Severity.WARNING)
    RELATIVE_LINK = ("D302-relative-link", Severity.WARNING)
    TEMPLATE_LINK = ("D303-template-link", Severity.WARNING)
    EMPTY_LINK = ("D304-link-without-text", Severity.INFO)
    BROKEN_LINK = ("D305-broken-link", Severity.WARNING)
    REFUSED_LINK = ("D306-refused-link", Severity.WARNING)
    UNUSED_ADDRESS = ("D307-unused-address", Severity.INFO)
    ADDRESS_IN_WORDS = ("D308-address-in-words", Severity.INFO)

    IMAGE = ("D401-image-left-out", Severity.INFO)
    MEDIA = ("D403-media-left-out", Severity.INFO)
    SHORTCODE = ("D404-shortcode-left-out", Severity.INFO)
    COMMENT = ("D405-comment-left-out", Severity.INFO)
    TRAILING = ("D406-trailing-left-out", Severity.INFO)
    TABLE_AS_LINES = ("D407-table-as-lines", Severity.INFO)
    PICTURE_SHOWN = ("D408-picture-shown", Severity.INFO)
    TABLE_AS_ITEMS = ("D409-table-as-items", Severity.INFO)
    MARKUP = ("D410-markup-left-out", Severity.INFO)

    REASONING = ("D501-model-reasoning", Severity.WARNING)
    MODEL_SENTENCE = ("D502-model-sentence", Severity.WARNING)
    FENCED = ("D503-fenced-text", Severity.WARNING)
    ESCAPED_NUMBERS = ("D504-escaped-numbers", Severity.WARNING)
    FOOTNOTES = ("D505-footnotes", Severity.INFO)
    NOTE_MARKS = ("D506-note-marks", Severity.INFO)
    MESSAGE_HEADS = ("D507-message-heads", Severity.INFO)

    def __init__(self, code: str, level: Severity) -> None:
        self.code = code
        self.level = level


def make_problem(code: ProblemCode, message: str, line: int = 1, column: int = 1, **values: object) -> Problem:
    """Make a problem; `line` and `column` are 1-based in the file, `values` fill the names in its message."""
    parameters = tuple((name, str(value)) for name, value in values.items())
    return Problem(
        line=max(1, line),
        column=max(1, column),
        severity=code.level,
        code=code.code,
        template=message,
        parameters=parameters,
    )


def with_excerpt(problem: Problem, lines: Sequence[str]) -> Problem:
    """Return a problem that quotes its line, of a long one from shortly before the column."""
    line = lines[problem.line - 1].strip() if problem.line <= len(lines) else ""
    if line == _FENCE:
        return problem
    start = max(0, problem.column - 1 - _LEAD_CHARACTERS) if _fitting(line, MAX_EXCERPT_COLUMNS) < len(line) else 0
    return replace(problem, excerpt=shorten("…" + line[start:] if start else line, MAX_EXCERPT_COLUMNS))


def shorten(text: str, width: int) -> str:
    """Return as much of a text as has room in a number of columns, with an ellipsis for the rest."""
    return text if _fitting(text, width) == len(text) else text[: _fitting(text, width - 1)].rstrip() + "…"


def _fitting(text: str, width: int) -> int:
    """Return how many of the first characters have room in a number of columns."""
    columns = accumulate(map(display_width, text))
    return sum(1 for _ in takewhile(lambda column: column <= width, columns))


def quote_whole(text: str) -> str:
    """Put all of a text that readers do not get in quotation marks, on one line."""
    return quote(text, len(text))


def quote(text: str, limit: int = MAX_QUOTE_CHARACTERS) -> str:
    """Put the text in quotation marks on one line; a cut text says how many of its characters are shown."""
    flat = " ".join(text.split())
    return f"“{flat}”" if len(flat) <= limit else f"“{flat[:limit]}…” ({limit}/{len(flat)})"
