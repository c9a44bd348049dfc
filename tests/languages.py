"""Words of another language in what people read: a text that is not translated, or in the wrong language."""

from __future__ import annotations

import re

_OTHER_SCRIPT = {"en": re.compile(r"[\u4e00-\u9fff]+"), "zh": re.compile(r"[A-Za-z]{2,}")}

_NAMES = re.compile(
    r"/[a-z]+( (\d+:\d+|\+\d+:\d+|[A-Z][a-z]+/[A-Z][a-z]+))?"
    r"|语言 · Language|語言 · Language|English|简体中文|繁體中文|中文|语言|語言|UTC|Telegram|UTF-8"
    r"|digestbot [a-z]+( --[a-z-]+)?"
)
"""Commands and names, which are the same in both languages."""


def foreign_words(text: str, language: str, *, quoted: re.Pattern[str] | None = None) -> list[str]:
    """Return the words of a text that are not its language's, apart from what it quotes."""
    shown = text if quoted is None else quoted.sub(" ", text)
    return _OTHER_SCRIPT[language].findall(_NAMES.sub(" ", shown))
