"""Tell what a section of a digest is by its words: news, introduction, commentary or trailing matter.

A section is a name, perhaps none, with the text below it. Its kind is told by multinomial logistic regression over the
words of the name, the first words of the text, and a few marks of its form: the kind's weights of all that the section
has are added up, and the softmax of the four sums is how likely each kind is. The weights are data, fitted on sections
of known kind by `python -m tests.digest.fit_sections`: `section_words.toml`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from math import exp, fsum
from operator import add

MAX_TEXT_CHARACTERS = 300
"""How much of the text below the name is looked at."""

_MAX_NAME_CHARACTERS = 60
_STEM_LETTERS = 6
"""Letters of a word that count, where words have endings."""

_UNCERTAIN_WORDS = 2
"""Known words of a section whose sums count half; of many words they count whole."""

_PAIRED = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30fa\u30fc-\u9fff\uf900-\ufaff\uac00-\ud7af"
"""Letters of scripts of which two characters in a row count as a word: ideographs, kana and syllables."""

_WORD = re.compile(f"[{_PAIRED}]+|[^\\W_{_PAIRED}]+")
_FIRST_PAIRED = "\u2e80"
_SENTENCE_ENDS = re.compile(r"[。！？]|[.!?](?=\s|$)")
_MAX_SENTENCES = 4


class SectionKind(StrEnum):
    """What a section is."""

    NEWS = "news"
    INTRODUCTION = "introduction"
    COMMENTARY = "commentary"
    TRAILING = "trailing"


KINDS = tuple(SectionKind)
_NAME, _MARK = "name:", "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The name, the text below it, and how many of its pieces there are, are entries of lists, and have links."""

    name: str
    text: str
    pieces: int
    entries: int
    links: int


def find_features(section: Section) -> frozenset[str]:
    """Return what counts of a section: words of its name (`name:…`) and of its text, and marks of its form (`#…`)."""
    text = section.text[:MAX_TEXT_CHARACTERS]
    marks = (
        f"#sentences {min(_MAX_SENTENCES, len(_SENTENCE_ENDS.findall(text)))}",
        f"#length {len(text).bit_length() // 2}",
        f"#links {_part(section.links, section.pieces)}",
        f"#entries {_part(section.entries, section.pieces)}",
        f"#named {bool(section.name)}",
    )
    named = (f"{_NAME}{word}" for word in _words(section.name[:_MAX_NAME_CHARACTERS]))
    return frozenset((*named, *_words(text), *marks))


def _part(count: int, of: int) -> str:
    return "none" if not count else "all" if count >= of else "some"


def _words(text: str) -> Iterator[str]:
    """Yield the beginnings of the words, and pairs of ideographs, syllables and kana."""
    for word in _WORD.findall(_fold(text)):
        if word[0] < _FIRST_PAIRED:
            yield word[:_STEM_LETTERS]
        elif len(word) == 1:
            yield word
        else:
            yield from map(add, word, word[1:])


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def find_kinds(section: Section) -> dict[SectionKind, float]:
    """Return how likely each kind is for a section."""
    return likely_kinds(find_features(section), load_weights())


def telling_words(section: Section, kind: SectionKind, count: int) -> list[str]:
    """Return the words, or pairs of characters, that speak most for a kind, the strongest first."""
    weights, at = load_weights(), KINDS.index(kind)
    read = f"{section.name[:_MAX_NAME_CHARACTERS]} {section.text[:MAX_TEXT_CHARACTERS]}"
    whole = {_fold(word)[:_STEM_LETTERS]: word for word in _WORD.findall(read)}
    speaking: dict[str, float] = defaultdict(float)
    for feature in sorted(find_features(section)):
        if feature[0] != _MARK and feature in weights:
            speaking[feature.removeprefix(_NAME)] += weights[feature][at]
    strongest = sorted((word for word in speaking if speaking[word] > 0), key=lambda word: -speaking[word])
    return [whole.get(word, word) for word in strongest[:count]]


def likely_kinds(features: Iterable[str], weights: Mapping[str, Sequence[float]]) -> dict[SectionKind, float]:
    """Return how likely each kind is for something with these features; the fewer known words, the more alike."""
    found = [feature for feature in features if feature in weights]
    words = sum(feature[0] != _MARK for feature in found)
    if not words:
        return dict.fromkeys(KINDS, 1 / len(KINDS))
    certainty = words / (words + _UNCERTAIN_WORDS)
    sums = [certainty * fsum(each) for each in zip(*(weights[feature] for feature in found), strict=True)]
    most = max(sums)
    odds = [exp(total - most) for total in sums]
    whole = sum(odds)
    return {kind: each / whole for kind, each in zip(KINDS, odds, strict=True)}


@cache
def load_weights() -> dict[str, tuple[float, ...]]:
    """Load the weights of `section_words.toml`: of each feature for each kind."""
    weights: dict[str, list[float]] = {}
    tables = tomllib.loads(files("digest.segmentation").joinpath("section_words.toml").read_text(encoding="utf-8"))
    for at, kind in enumerate(KINDS):
        for weight, features in tables[kind].items():
            for feature in features.split(","):
                weights.setdefault(feature.strip(), [0.0] * len(KINDS))[at] = float(weight)
    shared: dict[tuple[float, ...], tuple[float, ...]] = {}
    return {feature: shared.setdefault(tuple(each), tuple(each)) for feature, each in weights.items()}
