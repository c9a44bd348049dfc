"""Normalizing of typed text: full-width characters and Chinese numerals."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE = re.compile(r"[零〇一二两三四五六七八九十]+")


def normalize(words: str) -> str:
    """Return a text in half-width and lower case, without white space at its ends."""
    return unicodedata.normalize("NFKC", words).strip().lower()


def chinese_numerals_to_digits(words: str) -> str:
    """Return a text with Chinese numerals up to 99 (`二十三`) as digits (`23`)."""
    return _CHINESE.sub(lambda match: _value(match[0]), words)


def _value(chinese: str) -> str:
    tens, ten, ones = chinese.partition("十")
    if not ten:
        return "".join(str(_DIGITS[digit]) for digit in chinese)
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return chinese
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))
