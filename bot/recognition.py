"""Texts that another process has said in English, in the language of whoever reads them here.

A process answers and stores what is wrong in English, for readers of any language. Its texts are templates of the
catalogue with their places filled in, so they are found again by what stands between the places.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from string import Formatter

from domain.chat.i18n import LazyText, Translator, gettext_noop

MIN_LETTERS = 8
"""A template with fewer letters of its own may be found in any text."""

JOINTS = (
    gettext_noop("{problem}; check {source}"),
    gettext_noop("{first}; {second}"),
    gettext_noop("{name}: {problem}"),
    gettext_noop("{reason} ({code})"),
)
"""Templates that only join texts; the first one that fits is taken."""

_LETTER = re.compile("[A-Za-z]")


def recognized(text: str, translate: Translator) -> str:
    """Return a text in the translator's language as far as its templates are known, the rest as it is."""
    if isinstance(text, LazyText):
        return _filled(text.template, text.values, translate)
    if " " not in text:  # a name
        return text
    if text in translate.texts:
        return translate(text)
    found = _find(text, translate)
    return text if found is None else _filled(*found, translate)


def _filled(template: str, values: Mapping[str, object], translate: Translator) -> str:
    shown = {name: recognized(value, translate) if isinstance(value, str) else value for name, value in values.items()}
    return translate(template).format(**shown)


def _find(text: str, translate: Translator) -> tuple[str, Mapping[str, str]] | None:
    """Return the template with the most letters that a text is made of, and what stands in its places."""
    fitting = []
    for template in translate.texts:
        own = _own_texts(template)
        letters = len(_LETTER.findall("".join(own)))
        if letters >= MIN_LETTERS and all(part in text for part in own):
            fitting.append((letters, template))
    for template in (*(template for _, template in sorted(fitting, reverse=True)), *JOINTS):
        match = re.fullmatch(_pattern(template), text, re.DOTALL)
        if match is not None:
            return template, match.groupdict()
    return None


@cache
def _own_texts(template: str) -> tuple[str, ...]:
    """Return what a template says between its places; nothing if a place is not filled as it is written."""
    parts = list(Formatter().parse(template))
    if any(spec or conversion for _, _, spec, conversion in parts):
        return ()
    return tuple(words for words, _, _, _ in parts if words)


def _pattern(template: str) -> str:
    seen: set[str] = set()
    pattern = ""
    for words, name, _, _ in Formatter().parse(template):
        pattern += re.escape(words)
        if name:
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
            seen.add(name)
    return pattern
