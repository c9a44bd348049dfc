"""Words of another language in what people read: a text that is not translated, or in the wrong language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from domain.chat.i18n import LANGUAGE_NAMES

_OTHER_SCRIPT = {"en": re.compile(r"[\u4e00-\u9fff]+"), "zh": re.compile(r"[A-Za-z]{2,}")}

_NAMES = re.compile(
    r"/[a-z]+( (\d+:\d+|\+\d+:\d+|[A-Z][a-z]+/[A-Z][a-z]+))?"
    rf"|语言 · Language|語言 · Language|{'|'.join(map(re.escape, LANGUAGE_NAMES.values()))}"
    r"|中文|语言|語言|UTC|Telegram|UTF-8"
    r"|digestbot [a-z]+( --[a-z-]+)?"
)
"""Commands and names, which are the same in all languages."""


def foreign_words(text: str, language: str, *, quoted: re.Pattern[str] | None = None) -> list[str]:
    """Return the words of a text that are not its language's, apart from what it quotes."""
    shown = text if quoted is None else quoted.sub(" ", text)
    return _OTHER_SCRIPT[language].findall(_NAMES.sub(" ", shown))


@contextmanager
def offering_only(*languages: str) -> Iterator[None]:
    """Let the bot offer these languages alone, so that what was recorded stays as it is when one is added."""
    former = dict(LANGUAGE_NAMES)
    for language in former.keys() - set(languages):
        del LANGUAGE_NAMES[language]
    try:
        yield
    finally:
        LANGUAGE_NAMES.clear()
        LANGUAGE_NAMES.update(former)
