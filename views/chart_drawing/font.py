"""The font of the pictures, and what is drawn in place of characters that it does not have."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from PIL import ImageFont

SUBSTITUTE = "〓"
"""Typesetters' own mark for a character that is not at hand."""

_PATH = Path(__file__).parent / "NotoSansCJKsc-subset.otf"
_MISSING = "\uffff"
"""A code point that no font has; its picture is the font's empty box."""

_DROPPED_CATEGORIES = ("Cc", "Cf", "Mn", "Me", "Cs", "Sk")
"""Control and joining characters and accents that stand alone: invisible without the character before them."""


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font at a size in pixels."""
    return ImageFont.truetype(_PATH, size, layout_engine=ImageFont.Layout.BASIC)


@cache
def has_glyph(character: str) -> bool:
    """Return whether the font has a picture of a character other than its empty box."""
    return character.isspace() or _picture(character) != _picture(_MISSING)


def _picture(character: str) -> bytes:
    mask = font(32).getmask(character)
    return bytes(mask) + repr(mask.size).encode()


def drawable(text: str) -> str:
    """Return the text in characters of the font.

    A missing character becomes its plain form or its letter without accents; a run of others becomes one `SUBSTITUTE`.
    """
    drawn: list[str] = []
    for character in unicodedata.normalize("NFC", " ".join(text.split())):
        replaced = _replaced(character)
        if replaced and (replaced != SUBSTITUTE or drawn[-1:] != [SUBSTITUTE]):
            drawn.append(replaced)
    return "".join(drawn)


@cache
def _replaced(character: str) -> str:
    if unicodedata.category(character) in _DROPPED_CATEGORIES:
        return ""
    if has_glyph(character):
        return character
    plain = "".join(c for c in unicodedata.normalize("NFKD", character) if unicodedata.category(c) != "Mn")
    return plain if plain and all(map(has_glyph, plain)) else SUBSTITUTE
