"""Muted words: plain words, bounded in number and length, and where a text has one. Pure.

A word beside other letters is not the word: `AI` is not in `said`.
Chinese has no blanks, so there it is found anywhere, and in either script. A word is kept as it was typed.
"""

from __future__ import annotations

import unicodedata

from domain.chinese_scripts import simplified

MAX_MUTES = 20
"""Words and categories that one subscriber can mute."""

MAX_WORD_CHARACTERS = 24

MAX_WORD_BYTES = 40
"""A button carries the word in its 64 bytes, with the command."""


def fold_text(text: str) -> str:
    """Return a text without case and width, with single blanks, as muted words are looked for in it."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def muted_word(typed: str) -> str | None:
    """Return a word as it is muted, or None if it is too short or too long to be one."""
    word = fold_text(typed).strip(" .,;:!?。，！？|")
    is_fit = 2 <= len(word) <= MAX_WORD_CHARACTERS and len(word.encode()) <= MAX_WORD_BYTES
    return word if is_fit and any(sign.isalnum() for sign in word) else None


def comparable_text(text: str) -> str:
    """Return a folded text in simplified characters: what a text and a word are compared in."""
    return simplified(fold_text(text))


def with_muted(muted: frozenset[str], added: frozenset[str]) -> frozenset[str]:
    """Return what is muted with further words, none of them in both Chinese scripts."""
    words = {simplified(word): word for word in (*sorted(added, reverse=True), *muted)}
    return frozenset(words.values())


def without_muted(muted: frozenset[str], taken_back: frozenset[str]) -> frozenset[str]:
    """Return what stays muted, whichever Chinese script it and what is taken back are written in."""
    spelled = set(map(simplified, taken_back))
    return frozenset(word for word in muted if simplified(word) not in spelled)


def has_word(text: str, word: str) -> bool:
    """Return whether a text has a word, both as `comparable_text` returns them."""
    at = text.find(word)
    while at >= 0:
        if not _joins(text[at - 1 : at], word[0]) and not _joins(word[-1], text[at + len(word) : at + len(word) + 1]):
            return True
        at = text.find(word, at + 1)
    return False


def _joins(before: str, after: str) -> bool:
    """Return whether two signs are within one word."""
    return _is_letter(before) and _is_letter(after)


def _is_letter(sign: str) -> bool:
    """Return whether a sign is part of a word that blanks end: no Chinese or Japanese one."""
    return sign.isalnum() and not "\u2e80" <= sign <= "\uffff"
