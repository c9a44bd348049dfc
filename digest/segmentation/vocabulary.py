"""Tell what a name says, by whole words: a region (commentary …), a section, a field of an item, a link to more.

The words are data: `vocabulary.toml` lists them by kind and language.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files


class NameKind(StrEnum):
    """What a name announces."""

    COMMENTARY = "commentary"
    OPINION = "opinion"
    FIGURES = "figures"
    SUMMARY = "summary"
    CONTENTS = "contents"
    TRAILING = "trailing"
    SECTION = "section"
    NOTHING = "nothing"
    FIELD = "field"
    MORE = "more"
    SECONDARY = "secondary"
    CLOSING = "closing"
    CLOSING_FIRST = "closing_first"
    ENDING = "ending"
    CALENDAR = "calendar"
    DATED = "dated"
    AUTHOR = "author"
    CHANNEL = "channel"
    ADVERTISEMENT = "advertisement"
    BRACKETED_ADVERTISEMENT = "bracketed_advertisement"
    SPONSOR_FIRST = "sponsor_first"


COMMENTARIES = (NameKind.COMMENTARY, NameKind.OPINION)
"""What names a commentary announce."""


REGION_KINDS = (
    NameKind.COMMENTARY,
    NameKind.CONTENTS,
    NameKind.OPINION,
    NameKind.FIGURES,
    NameKind.SUMMARY,
    NameKind.TRAILING,
)
"""The regions without items.

OPINION names a commentary if it stands at the end, else perhaps a section; FIGURES belong to the introduction above the
news, and to trailing matter below.
"""

_KINDS_BY_LAST_WORDS = (NameKind.OPINION, NameKind.FIGURES, NameKind.SUMMARY)
"""Regions that the last words of a name tell."""

MAX_NAME_CHARACTERS = 48
"""Longest name that is looked at."""

_WHOLE_KINDS = (
    *(NameKind.FIELD, NameKind.MORE, NameKind.SECONDARY, NameKind.CLOSING, NameKind.CLOSING_FIRST, NameKind.ENDING),
    *(NameKind.CALENDAR, NameKind.DATED, NameKind.AUTHOR, NameKind.SPONSOR_FIRST),
)
"""Kinds of which a name has no general words beside."""

_GENERAL = "general"
_TOPIC = "topic"
_TOPICLESS = (*_WHOLE_KINDS, NameKind.TRAILING, NameKind.CONTENTS)
_DIGITS = re.compile(r" ?\d{1,2}$")
_NUMBER = re.compile(r"[0-9]+(?:st|nd|rd|th)?\b|[0-9]+")
_APOSTROPHES = re.compile("['’`]")
_NUMERIC_DATE = re.compile(r"(?:[0-9]{1,4}[-/.:：]){1,2}[0-9]{1,4}(?:\s[0-9]{1,2}:[0-9]{2})?")
_COUNT = re.compile(r"(?<![\w.])\d{1,2}(?![\d.])(?=\s?[^\W\d_])")
"""A number before what it counts: `3 takeaways`, `30秒看重点`."""

_IN_BRACKETS = re.compile(r"(?<=\S)\s*[(（][^()（）]*[)）]\W*$")
_NO_WORD = re.compile(r"[\W_]+")
_IDEOGRAPHS = re.compile("([\u2e80-\u9fff\uf900-\ufaff]+)")
_SENTENCE_ENDS = re.compile(r"[.!?;|·•—–()]+\s*|[。！？；，：、（）｜]+")
_ORDINAL = re.compile(r"^\s*(?:[一二三四五六七八九十]{1,3}、|\d{1,2}[.、)]\s*)")


def normalise(name: str) -> str:
    """Return a name's words in lower case between single spaces; ideographs stand apart from other scripts."""
    folded = unicodedata.normalize("NFKC", _APOSTROPHES.sub("", name)).casefold()
    return " ".join(_IDEOGRAPHS.sub(r" \1 ", _NO_WORD.sub(" ", folded)).split())


@lru_cache(maxsize=4096)
def kinds_of(name: str) -> frozenset[NameKind]:
    """Return the kinds of a name: it consists of words of the kind and of general words; numbers do not matter."""
    name = _ORDINAL.sub("", name[: MAX_NAME_CHARACTERS + 8])
    words = normalise(_COUNT.sub(" ", _IN_BRACKETS.sub("", name))) or normalise(name)
    if not words or len(words) > MAX_NAME_CHARACTERS:
        return frozenset()
    found = list(_terms_in(words))
    kinds = {kind for _, _, known in found for kind in known}
    return frozenset(kind for kind in NameKind if kind in kinds and _consists_of(found, len(words), kind))


def region_of(name: str) -> NameKind | None:
    """Return the region that a name announces, or None."""
    kinds = kinds_of(name)
    return next((kind for kind in REGION_KINDS if kind in kinds), None)


def ends_with_region(name: str) -> NameKind | None:
    """Return the region that the last words of a name announce, whatever stands before: `Patch priorities`."""
    words = normalise(_IN_BRACKETS.sub("", name[:MAX_NAME_CHARACTERS]))
    last = next((kinds for _, end, kinds in _terms_in(words) if end >= len(words)), frozenset())
    return next((kind for kind in _KINDS_BY_LAST_WORDS if kind in last), None)


def is_kind(name: str, kind: NameKind) -> bool:
    """Whether a name consists of words of the kind and of general words."""
    return kind in kinds_of(name)


def is_date_label(plain: str) -> bool:
    """Whether the words are only a date or a time: `Fri 27 Nov`, `11月27日（五）`, `2 Dec, 19:00`."""
    words = _NUMBER.sub(" ", plain)
    if len(plain) > MAX_NAME_CHARACTERS or words == plain:
        return False
    named = normalise(words)
    return (
        is_kind(named, NameKind.CALENDAR)
        if named
        else _NUMERIC_DATE.fullmatch(plain.strip("([{【 )]}】：:")) is not None
    )


def says_goodbye(text: str) -> bool:
    """Whether a text has words of a farewell, or a sentence that begins as farewells and credits do."""
    found = {kind for _, _, kinds in _terms_in(normalise(text)) for kind in kinds}
    if NameKind.CLOSING in found or NameKind.CLOSING_FIRST not in found:
        return NameKind.CLOSING in found
    return any(begins_with_kind(sentence, NameKind.CLOSING_FIRST) for sentence in _SENTENCE_ENDS.split(text))


def begins_with_kind(text: str, kind: NameKind) -> bool:
    """Whether words of the kind stand at the beginning, or behind general words only."""
    words, reached = normalise(text), {0}
    for start, end, kinds in _terms_in(words):
        if start in reached:
            if kind in kinds:
                return True
            if _GENERAL in kinds:
                reached.add(end)
    return False


def leads_on(plain: str) -> bool:
    """Whether words that lead to more stand at the beginning or the end: `Read the full story`, `官方公告`."""
    words = normalise(plain)
    return any(NameKind.MORE in kinds and (start == 0 or end >= len(words)) for start, end, kinds in _terms_in(words))


def _terms_in(words: str) -> Iterator[tuple[int, int, frozenset[str]]]:
    """Yield where each known term begins and ends, and its kinds, general words and topics included."""
    terms, longest = _known_terms()
    for start in range(len(words)):
        if start and words[start - 1] != " " and not _IDEOGRAPHS.match(words[start]):
            continue
        for end in range(start + 1, min(len(words), start + longest) + 1):
            whole = end == len(words) or words[end] == " " or _IDEOGRAPHS.match(words[end - 1])
            if whole and (kinds := terms.get(words[start:end])):
                yield start, end + (words[end : end + 1] == " "), kinds


def _consists_of(found: Sequence[tuple[int, int, frozenset[str]]], length: int, kind: NameKind) -> bool:
    """Whether terms of the kind and general ones, at least one of the kind, cover all of the name."""
    reached = {(0, False)}
    for start, end, kinds in found:
        for named in (True, False):
            if (start, named) in reached:
                if kind in kinds:
                    reached.add((end, True))
                general = _GENERAL in kinds and kind not in _WHOLE_KINDS
                if general or (_TOPIC in kinds and kind not in _TOPICLESS):
                    reached.add((end, named))
    return (length, True) in reached


@cache
def load_words() -> dict[str, dict[str, list[str]]]:
    """Return the words of `vocabulary.toml` by kind and language, written as `normalise` writes them."""
    kinds = tomllib.loads(files("digest.segmentation").joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    return {
        kind: {language: [term.strip() for term in terms.split(",")] for language, terms in by_language.items()}
        for kind, by_language in kinds.items()
    }


@cache
def _known_terms() -> tuple[dict[str, frozenset[str]], int]:
    """Return the kinds of each term, and the length of the longest."""
    kinds: dict[str, frozenset[str]] = {}
    for kind, by_language in load_words().items():
        alone = frozenset((kind,))
        for term in (term for terms in by_language.values() for term in terms):
            kinds[term] = kinds[term] | alone if term in kinds else alone
    return kinds, max(map(len, kinds))
