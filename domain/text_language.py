"""Languages of texts, by their tags: `en`, `zh-Hant`, `pt-BR`. Pure.

Those that readers can choose have the codes that are stored with readers: `zh` for zh-Hans, `zh-hant`, `en`.
"""

from __future__ import annotations

import re

from babel.core import get_global

from domain.chat.i18n import LANGUAGES, language_for

_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?", re.ASCII)
"""A language with script and region, as BCP 47 writes them."""


def looks_like_language(text: str) -> bool:
    """Return whether a word of a file's name can only be meant as a language: `en`, `zh-Hant`, `yue-HK`, `xx`."""
    tag = text.lower().replace("_", "-")
    return _TAG.fullmatch(tag) is not None and (len(tag) == 2 or "-" in tag)


def parse_text_language(tag: str) -> str | None:
    """Return the language that a tag names, without its region; None if there is no such language."""
    written = tag.strip().lower().replace("_", "-")
    primary = primary_language(written)
    if _TAG.fullmatch(written) is None or primary not in get_global("likely_subtags"):
        return None
    if primary not in map(primary_language, LANGUAGES):
        return primary
    return language_for(written)


def primary_language(language: str) -> str:
    """Return a language without its script: readers of both scripts of Chinese can read either."""
    return language.partition("-")[0]
