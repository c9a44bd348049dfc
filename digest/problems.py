"""Every problem an editor may be told of: its code and how much it matters; `report` makes one a value."""

from __future__ import annotations

from enum import Enum

from digest.model import Level, Problem

QUOTE = 160
"""Longest quotation in a message, in characters, unless all of it has to be told."""

WHOLE = 4_000
"""Longest quotation of what was left out, in characters; the trailing matter is in the digest besides."""


class Code(Enum):
    """`Dnnn-name`: 0xx bytes, 1xx front matter, 2xx items, 3xx links, 4xx what is left out, 5xx refusals to format."""

    TOO_LARGE = ("D001-too-large", Level.ERROR)
    BINARY = ("D002-not-text", Level.ERROR)
    ENCODING = ("D003-encoding", Level.WARNING)
    BYTE_ORDER_MARKS = ("D004-byte-order-marks", Level.INFO)
    CONTROLS = ("D005-control-characters", Level.WARNING)
    INVISIBLE = ("D006-invisible-characters", Level.INFO)
    RADICALS = ("D007-kangxi-radicals", Level.INFO)
    REPLACEMENT = ("D008-replacement-character", Level.WARNING)
    DENSE = ("D009-too-dense", Level.WARNING)
    DEEP = ("D010-too-deep", Level.WARNING)

    NO_FRONT_MATTER = ("D101-no-front-matter", Level.INFO)
    BROKEN_FRONT_MATTER = ("D102-broken-front-matter", Level.WARNING)
    OPEN_FRONT_MATTER = ("D103-unclosed-front-matter", Level.WARNING)
    NO_DATE = ("D110-no-date", Level.ERROR)
    GUESSED_DATE = ("D111-date-guessed", Level.INFO)
    BAD_DATE = ("D112-bad-date", Level.WARNING)
    NO_TITLE = ("D120-no-title", Level.WARNING)
    DRAFT = ("D121-draft", Level.INFO)
    ODD_CATEGORIES = ("D122-odd-categories", Level.WARNING)

    NO_ITEMS = ("D201-no-items", Level.ERROR)
    UNCERTAIN = ("D202-uncertain-form", Level.WARNING)
    EMPTY_GROUP = ("D203-empty-group", Level.INFO)
    NUMBERS = ("D204-numbers", Level.INFO)
    NO_LINK = ("D205-no-link", Level.INFO)
    LONG_HEADLINE = ("D206-long-headline", Level.INFO)
    CONTENTS_LIST = ("D207-contents-list", Level.INFO)
    UNKNOWN_MARK = ("D208-unknown-category", Level.INFO)
    SEVERAL_DAYS = ("D209-several-days", Level.INFO)

    DANGEROUS_LINK = ("D301-dangerous-link", Level.WARNING)
    RELATIVE_LINK = ("D302-relative-link", Level.WARNING)
    TEMPLATE_LINK = ("D303-template-link", Level.WARNING)
    EMPTY_LINK = ("D304-link-without-text", Level.INFO)
    BROKEN_LINK = ("D305-broken-link", Level.WARNING)

    IMAGE = ("D401-image-left-out", Level.INFO)
    MEDIA = ("D403-media-left-out", Level.INFO)
    SHORTCODE = ("D404-shortcode-left-out", Level.INFO)
    COMMENT = ("D405-comment-left-out", Level.INFO)
    TRAILING = ("D406-trailing-left-out", Level.INFO)
    TABLE_AS_LINES = ("D407-table-as-lines", Level.INFO)

    def __init__(self, code: str, level: Level) -> None:
        self.code = code
        self.level = level


def report(code: Code, words: str, line: int = 1, column: int = 1, **values: object) -> Problem:
    """The problem as a value; `line` and `column` are 1-based and of the file, `values` what its words name."""
    filled = tuple((name, str(value)) for name, value in values.items())
    return Problem(max(1, line), max(1, column), code.level, code.code, words, filled)


def quote(text: str, limit: int = QUOTE) -> str:
    """The text between quotation marks on one line; cut to `limit` characters, it tells how many of how many."""
    flat = " ".join(text.split())
    return f"“{flat}”" if len(flat) <= limit else f"“{flat[:limit]}…” ({limit}/{len(flat)})"
