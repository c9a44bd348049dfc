"""Simplified and traditional Chinese characters, for comparing what is written in either script. Pure.

A text has one simplified form, of the same length; a simplified character may stand for several traditional ones.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from itertools import islice, product

MAX_SPELLINGS = 4
"""Spellings of one text that are looked for at most; each costs a search some 4 %."""


def _read_characters() -> dict[str, str]:
    table = tomllib.loads((files("domain") / "traditional_characters.toml").read_text(encoding="utf-8"))
    pairs = "".join(table["characters"])
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


SIMPLIFIED = _read_characters()
"""Traditional characters with their simplified ones; some are the same."""

_TABLE = str.maketrans(SIMPLIFIED)

_TRADITIONAL: dict[str, str] = {}
for _traditional, _simplified in SIMPLIFIED.items():
    _TRADITIONAL[_simplified] = _TRADITIONAL.get(_simplified, "") + _traditional


def simplified(text: str) -> str:
    """Return a text in simplified characters; its length stays."""
    return text if text.isascii() else text.translate(_TABLE)


def spellings(text: str) -> tuple[str, ...]:
    """Return a text as it is, in simplified, and in traditional characters: the likeliest spellings, each once."""
    plain = simplified(text)
    forms = [_traditional_forms(typed, sign) for typed, sign in zip(text, plain, strict=True)]
    traditional = map("".join, islice(product(*forms), MAX_SPELLINGS))
    return tuple(dict.fromkeys((text, plain, *traditional)))[:MAX_SPELLINGS]


def _traditional_forms(typed: str, plain: str) -> str:
    """Return what a character may be in a traditional text, the likeliest first: what was typed, if that is one."""
    forms = _TRADITIONAL.get(plain, plain)
    return forms if typed == plain else typed + forms.replace(typed, "")
