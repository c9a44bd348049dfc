"""The phrases, cues and keywords of `phrases.toml`, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from handlers.input.grammar import Phrase, WordChoice, parse_phrase
from handlers.input.meanings import MeaningKind
from handlers.input.placeholders import MOST_CHARACTERS


@dataclass(frozen=True, slots=True)
class PhraseGroup:
    """Phrases of one meaning, and its values beside those of the placeholders; it may read words as they were typed."""

    number: int
    kind: MeaningKind
    values: Mapping[str, object]
    reads_words: bool
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A meaning for a text with a word of each group and none that it `lacks`; its first placeholder must be read."""

    kind: MeaningKind
    values: Mapping[str, object]
    has: tuple[WordChoice, ...]
    lacks: WordChoice
    placeholders: tuple[str, ...]
    is_strong: bool
    """Whether it holds before the keywords."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """All that `phrases.toml` says: what is tried in its order, and the fillers that may stand around a phrase."""

    entries: tuple[PhraseGroup, ...]
    cues: tuple[Cue, ...]
    strong_cues: tuple[Cue, ...]
    before: WordChoice
    after: WordChoice
    vocabulary: frozenset[str]
    needing: Mapping[str, frozenset[tuple[int, int]]]
    """Phrases that need one of some words, by each of these: the numbers of the meaning and of the phrase in it."""
    always_possible: frozenset[tuple[int, int]]
    keywords: Mapping[MeaningKind, WordChoice]
    weak_keywords: Mapping[MeaningKind, WordChoice]

    def possible(self, words: Collection[str], *, reads_words: bool) -> Mapping[int, list[Phrase]]:
        """Return the phrases that a text with these words may match, in their order, by the number of their meaning."""
        found: dict[int, list[Phrase]] = {}
        for number, at in sorted(self.always_possible.union(*(self.needing[word] for word in words))):
            entry = self.entries[number]
            if entry.reads_words == reads_words and entry.phrases[at].may_match(words):
                found.setdefault(number, []).append(entry.phrases[at])
        return found


@lru_cache(maxsize=1)
def load_grammar() -> Grammar:
    """Read `phrases.toml`, once."""
    source = tomllib.loads((files("handlers.input") / "phrases.toml").read_text(encoding="utf-8"))
    classes = {name: WordChoice.of(words) for name, words in source["words"].items()}
    entries = tuple(_entries(source["meaning"], classes))
    vocabulary = frozenset(
        word for entry in entries for phrase in entry.phrases for words in phrase.required for word in words
    )
    needing: dict[str, set[tuple[int, int]]] = {word: set() for word in vocabulary}
    always_possible: set[tuple[int, int]] = set()
    for entry in entries:
        for at, phrase in enumerate(entry.phrases):
            if not phrase.required:
                always_possible.add((entry.number, at))
            for word in min(phrase.required, key=len, default=()):
                needing[word].add((entry.number, at))
    keywords, weak_keywords = (
        {MeaningKind(kind): WordChoice.of(words) for kind, words in source[name].items()}
        for name in ("keywords", "weak_keywords")
    )
    before, after = source["fillers"]["before"], source["fillers"]["after"]
    cues = tuple(_cues(source["cue"]))
    return Grammar(
        entries=entries,
        cues=cues,
        strong_cues=tuple(cue for cue in cues if cue.is_strong),
        before=WordChoice.of(before),
        after=WordChoice.of(word[::-1] for word in after),
        vocabulary=vocabulary,
        needing={word: frozenset(places) for word, places in needing.items()},
        always_possible=frozenset(always_possible),
        keywords=keywords,
        weak_keywords=weak_keywords,
    )


def _entries(source: list[dict[str, object]], classes: Mapping[str, WordChoice]) -> Iterator[PhraseGroup]:
    for number, entry in enumerate(source):
        phrases, values = entry["phrases"], entry.get("values", {})
        if not isinstance(phrases, list) or not isinstance(values, dict):
            raise TypeError("a meaning has a list of phrases, and perhaps values")
        parsed = tuple(parse_phrase(phrase, classes, MOST_CHARACTERS) for phrase in phrases)
        yield PhraseGroup(number, MeaningKind(str(entry["kind"])), values, bool(entry.get("words")), parsed)


def _cues(source: list[dict[str, object]]) -> Iterator[Cue]:
    for cue in source:
        has, lacks, values = cue["has"], cue.get("not", []), cue.get("values", {})
        if not isinstance(has, list) or not isinstance(lacks, list) or not isinstance(values, dict):
            raise TypeError("a cue has groups of words")
        placeholders = tuple(str(cue[name]) for name in ("placeholder", "placeholder_too") if name in cue)
        yield Cue(
            kind=MeaningKind(str(cue["kind"])),
            values=values,
            has=tuple(map(WordChoice.of, has)),
            lacks=WordChoice.of(lacks),
            placeholders=placeholders,
            is_strong=bool(cue.get("strong")),
        )
