"""Muted words: plain words, bounded in number and length, and where a text has one. Pure.

A word beside other letters is not the word: `AI` is not in `said`.
Chinese has no blanks, so there it is found anywhere.
"""

from __future__ import annotations

import unicodedata

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


def has_word(text: str, word: str) -> bool:
    """Return whether a folded text has a word."""
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
