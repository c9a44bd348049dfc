"""Bare answers: `yes please`, 好的, 不用了, with no other word beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain

from handlers.input.word_lists import WORD_LISTS
from handlers.input.written_forms import whole_form

_LISTS = {name: frozenset(words) for name, words in WORD_LISTS["answers"].items()}
_WORDS = tuple(sorted(chain(*_LISTS.values()), key=len, reverse=True))
_MAX_CHARACTERS = 30
_BETWEEN = re.compile(r"[\s,.!~，。！、～…\ufe0f\U0001f3fb-\U0001f3ff]+")


@dataclass(frozen=True, slots=True)
class BareAnswer:
    """A yes or a no, perhaps with thanks."""

    is_yes: bool
    is_polite: bool


def read_answer(text: str) -> BareAnswer | None:
    """Return what a text answers, or None if it says anything else, or asks."""
    words = None if len(text) > _MAX_CHARACTERS else _words(whole_form(text).text)
    if words is None:
        return None
    says_yes, says_no = (any(word in _LISTS[name] for word in words) for name in ("yes", "no"))
    if says_yes == says_no:
        return None
    return BareAnswer(says_yes, any(word in _LISTS["courtesies"] for word in words))


def _words(text: str) -> list[str] | None:
    """Return the words of an answer, each the longest that stands there; None if another word is among them."""
    words: list[str] = []
    at = 0
    while at < len(text):
        if (between := _BETWEEN.match(text, at)) is not None:
            at = between.end()
            continue
        word = next((word for word in _WORDS if _stands_at(word, text, at)), None)
        if word is None or word in _LISTS["no_answers"]:
            return None
        words.append(word)
        at += len(word)
    return words


def _stands_at(word: str, text: str, at: int) -> bool:
    """Return whether a word stands there; a Latin one only as a whole word."""
    end = at + len(word)
    is_whole = not (word.isascii() and text[end : end + 1].isascii() and text[end : end + 1].isalnum())
    return is_whole and text.startswith(word, at)
