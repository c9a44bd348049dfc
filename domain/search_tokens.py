"""Words of a text as tokens for a search index: the same ones for what is stored and for what is looked for.

Chinese has no spaces, so a run of it becomes overlapping pairs of characters: 人工智能 has 人工, 工智, 智能, and its
last character alone. A phrase of such pairs stands in a text exactly where the characters do. Other scripts have
words. A token is made of `[a-z0-9]` only, so no database reads anything into it, whatever its locale.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain.chinese_scripts import spellings

MAX_TOKENS = 10_000
"""Tokens of one text; the rest of a longer one is not found."""

MAX_SEARCH_CHARACTERS = 100
MAX_PHRASES = 8
"""Longest search, in characters and in words; what follows is ignored."""

MIN_PREFIX_CHARACTERS = 4
"""Shortest word that also finds longer ones: `model` finds `models`, `ai` does not find `air`."""

_MAX_WORD_CHARACTERS = 64

_PAIRED = "\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts without spaces between words: Chinese characters, kana and bopomofo."""

_RUN = re.compile(rf"(?P<paired>[{_PAIRED}]+)|(?:(?![{_PAIRED}])[^\W_])+")
_ACCENT = re.compile("[\u0300-\u036f]")
_PLURAL = re.compile(r"(?P<stem>[a-z]{3,}[a-hj-rtv-z])s")
"""A word that may be a plural: not `chess`, `status` or `analysis`."""

_JOINED_WORDS = re.compile(rf"[{_PAIRED}]{{4,8}}")
"""A search that may be two words without a space between them."""

_BETWEEN_WORDS = re.compile(r"[\s,;!?:()\[\]{}<>\"“”„«»、。「」『』《》〈〉【】…·|]+")


@dataclass(frozen=True, slots=True)
class SearchPhrase:
    """Tokens that stand in a row. `is_prefix`: the last one may be the beginning of a longer token.

    `other_spellings` are the tokens of the same in the other Chinese script; a text has the phrase if it has one.
    """

    tokens: tuple[str, ...]
    is_prefix: bool = False
    other_spellings: tuple[tuple[str, ...], ...] = ()


def text_tokens(text: str) -> list[str]:
    """Return the tokens of a text that is to be found."""
    tokens: list[str] = []
    for run in _RUN.finditer(_folded(text)):
        tokens += _run_tokens(run)
        if len(tokens) >= MAX_TOKENS:
            break
    return tokens[:MAX_TOKENS]


def search_phrases(words: str) -> tuple[SearchPhrase, ...]:
    """Return the phrases that a text must have to be found by these words: one for each word between spaces."""
    folded = _folded(words[:MAX_SEARCH_CHARACTERS])
    found = map(_phrase, _BETWEEN_WORDS.split(folded))
    return tuple(dict.fromkeys(phrase for phrase in found if phrase.tokens))[:MAX_PHRASES]


def split_words(words: str) -> Iterator[str]:
    """Yield what a search without spaces may mean if no text has it as it stands: 苹果芯片 as 苹果 芯片."""
    word = words.strip()
    if _JOINED_WORDS.fullmatch(word):
        middle = len(word) / 2
        for at in sorted(range(2, len(word) - 1), key=lambda at: abs(at - middle)):
            yield f"{word[:at]} {word[at:]}"


def searched_characters(words: str) -> int:
    """Return how many characters of a text can be searched for: letters, digits and those of other scripts."""
    return sum(len(run[0]) for run in _RUN.finditer(_folded(words[:MAX_SEARCH_CHARACTERS])))


def _phrase(word: str) -> SearchPhrase:
    """Return the phrase of a word, to be found in either Chinese script: a text is stored as it is written."""
    first, *others = (_spelled_phrase(list(_RUN.finditer(spelling))) for spelling in spellings(word))
    return replace(first, other_spellings=tuple(other.tokens for other in others)) if others else first


def _spelled_phrase(runs: list[re.Match[str]]) -> SearchPhrase:
    if not runs:
        return SearchPhrase(())
    last = runs[-1]
    before = [token for run in runs[:-1] for token in _run_tokens(run)]
    if plural := _PLURAL.fullmatch(last[0]):
        return SearchPhrase((*before, plural["stem"].translate(_CODES)), is_prefix=True)
    if not last["paired"]:
        return SearchPhrase((*before, *_run_tokens(last)), is_prefix=len(last[0]) >= MIN_PREFIX_CHARACTERS)
    # What is looked for may go on in the text, where its last character is the first of another pair.
    pairs = _run_tokens(last)[:-1]
    return SearchPhrase((*before, *pairs)) if pairs else SearchPhrase((*before, *_run_tokens(last)), is_prefix=True)


def _run_tokens(run: re.Match[str]) -> list[str]:
    word = run[0]
    if not run["paired"]:
        return [word[:_MAX_WORD_CHARACTERS].translate(_CODES)]
    return [word[start : start + 2].translate(_CODES) for start in range(len(word))]


def _folded(text: str) -> str:
    """Return a text without case, width and accents."""
    return unicodedata.normalize("NFKC", _ACCENT.sub("", unicodedata.normalize("NFKD", text))).casefold()


class _Codes(dict[int, str]):
    """Characters by their code: ASCII letters and digits stay, all others are `z` and four digits of base 36."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        plain = character.isascii() and character.isalnum() and character != "z"
        self[code] = character if plain else "z" + _base36(code)
        return self[code]


def _base36(number: int) -> str:
    digits = ""
    for _ in range(4):
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


_CODES = _Codes()
