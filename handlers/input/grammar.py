"""Match a text with phrases, which are data (`phrases.toml`).

phrase -> pieces (once) ... text -> positions that the pieces reach, piece by piece -> the values of the placeholders

All ways through a phrase are followed at once, so no text takes longer than its length times that of the phrase.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

Captures = tuple[tuple[str, int, int], ...]
"""Placeholders with the beginning and end of their texts."""

States = dict[int, Captures]
"""Positions that are reached, each with what was captured on the first way there."""

ReadPlaceholder = Callable[[str, str], object | None]
"""Return the value of a placeholder, by its name, for a text; None if it cannot be one."""


@dataclass(slots=True)
class Scan:
    """A text to be matched. What a placeholder makes of a part of it is read once, and so is where words may begin."""

    text: str
    read_placeholder: ReadPlaceholder
    _values: dict[tuple[str, int, int], object | None] = field(default_factory=dict)
    boundaries: list[bool] = field(init=False)
    """Whether a word may begin or end there: not amid Latin letters, or a number such as 8:30."""

    def __post_init__(self) -> None:
        self.boundaries = [_is_boundary(self.text, at) for at in range(len(self.text) + 1)]

    def value(self, placeholder: str, start: int, end: int) -> object | None:
        """Return the value of a placeholder for a part of the text."""
        key = placeholder, start, end
        if key not in self._values:
            self._values[key] = self.read_placeholder(placeholder, self.text[start:end])
        return self._values[key]

    def is_boundary(self, at: int) -> bool:
        """Return whether a word may begin or end at a position."""
        return self.boundaries[at]


class Piece(Protocol):
    """A part of a phrase."""

    def follow(self, scan: Scan, states: States) -> States:
        """Return where the piece leads from the positions."""
        ...

    def required(self) -> frozenset[str] | None:
        """Return words of which one must be in the text; None if the piece may match without."""
        ...


@dataclass(frozen=True, slots=True)
class WordChoice:
    """One of several words; Latin ones only as whole words."""

    by_first: Mapping[str, tuple[str, ...]]
    all: frozenset[str]

    @classmethod
    def of(cls, words: Iterable[str]) -> WordChoice:
        by_first: dict[str, tuple[str, ...]] = {}
        known = frozenset(words)
        for word in sorted(known, key=len, reverse=True):
            by_first[word[0]] = (*by_first.get(word[0], ()), word)
        return cls(by_first, known)

    def follow(self, scan: Scan, states: States) -> States:
        reached: States = {}
        text, boundaries = scan.text, scan.boundaries
        for at, captures in states.items():
            if at < len(text) and boundaries[at] and text[at] in self.by_first:
                for word in self.by_first[text[at]]:
                    if text.startswith(word, at) and boundaries[at + len(word)]:
                        reached.setdefault(at + len(word), captures)
        return reached

    def required(self) -> frozenset[str] | None:
        return self.all


@dataclass(frozen=True, slots=True)
class Blank:
    """A blank, or none."""

    def follow(self, scan: Scan, states: States) -> States:
        reached = dict(states)
        for at, captures in states.items():
            end = at
            while end < len(scan.text) and scan.text[end] == " ":
                end += 1
            reached.setdefault(end, captures)
        return reached

    def required(self) -> frozenset[str] | None:
        return None


@dataclass(frozen=True, slots=True)
class Sequence:
    """Pieces one after the other."""

    pieces: tuple[Piece, ...]

    def follow(self, scan: Scan, states: States) -> States:
        for piece in self.pieces:
            if not states:
                return states
            states = piece.follow(scan, states)
        return states

    def required(self) -> frozenset[str] | None:
        found = [words for piece in self.pieces if (words := piece.required()) is not None]
        return min(found, key=len) if found else None


@dataclass(frozen=True, slots=True)
class Alternatives:
    """One of several pieces; `least` to `most` times, with blanks between them, rather more than fewer."""

    choices: tuple[Sequence, ...]
    least: int = 1
    most: int = 1

    def follow(self, scan: Scan, states: States) -> States:
        rounds: list[States] = [] if self.least else [states]
        seen: set[int] = set()
        for _ in range(self.most):
            once: States = {}
            for choice in self.choices:
                for at, captures in choice.follow(scan, states).items():
                    once.setdefault(at, captures)
            if self.most > 1:
                once = Blank().follow(scan, once)
            states = {at: captures for at, captures in once.items() if at not in seen}
            if not states:
                break
            seen |= states.keys()
            rounds.append(states)
        reached: States = {}
        for states in reversed(rounds):
            for at, captures in states.items():
                reached.setdefault(at, captures)
        return reached

    def required(self) -> frozenset[str] | None:
        if not self.least:
            return None
        found = [choice.required() for choice in self.choices]
        known = [words for words in found if words is not None]
        return frozenset().union(*known) if len(known) == len(found) else None


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A part of the text that its reader takes, the shortest first, after as many of the words before it as match."""

    name: str
    most: int

    def follow(self, scan: Scan, states: States) -> States:
        reached: States = {}
        for at, captures in sorted(states.items(), reverse=True):
            if not scan.is_boundary(at) or at >= len(scan.text) or scan.text[at] == " ":
                continue
            for end in range(at + 1, min(len(scan.text), at + self.most) + 1):
                if end in reached or not scan.is_boundary(end) or scan.text[end - 1] == " ":
                    continue
                if scan.value(self.name, at, end) is not None:
                    reached[end] = (*captures, (self.name, at, end))
        return reached

    def required(self) -> frozenset[str] | None:
        return None


@dataclass(frozen=True, slots=True)
class Anything:
    """Any characters, so many."""

    least: int
    most: int

    def follow(self, scan: Scan, states: States) -> States:
        reached: States = {}
        for at, captures in states.items():
            for end in range(at + self.least, min(len(scan.text), at + self.most) + 1):
                reached.setdefault(end, captures)
        return reached

    def required(self) -> frozenset[str] | None:
        return None


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase in pieces. A text without one of its required words cannot match it."""

    body: Sequence
    required: tuple[frozenset[str], ...]

    def may_match(self, words: Collection[str]) -> bool:
        """Return whether a text with these words in it may match."""
        return all(not needed.isdisjoint(words) for needed in self.required)

    def match(self, scan: Scan, starts: Iterable[int], ends: Collection[int]) -> Captures | None:
        """Return the captures of the first way from one of the starts to one of the ends; None if there is none."""
        reached = self.body.follow(scan, dict.fromkeys(starts, ()))
        return next((captures for at, captures in reached.items() if at in ends), None)


def parse_phrase(source: str, classes: Mapping[str, WordChoice], placeholders: Mapping[str, int]) -> Phrase:
    """Return a phrase in pieces. `placeholders` are the known ones, with the length of their longest texts.

    Raises:
        ValueError: the phrase is not well formed.
    """
    parser = _PhraseParser(source, classes, placeholders)
    body = parser.sequences("")
    if len(body) != 1 or parser.at != len(source):
        raise ValueError(f"not a phrase: {source!r}")
    required = [words for piece in body[0].pieces if (words := piece.required()) is not None]
    return Phrase(body[0], tuple(required))


class _PhraseParser:
    """Reads one phrase from left to right."""

    def __init__(self, source: str, classes: Mapping[str, WordChoice], placeholders: Mapping[str, int]) -> None:
        self.at = 0
        self._source, self._classes, self._placeholders = source, classes, placeholders

    def sequences(self, closing: str) -> list[Sequence]:
        """Return the alternatives up to a closing bracket."""
        found, pieces = [], list[Piece]()
        while self.at < len(self._source):
            sign = self._source[self.at]
            if sign == closing:
                break
            if sign == "|":
                found.append(Sequence(tuple(pieces)))
                pieces = []
                self.at += 1
                continue
            pieces.append(self._piece(sign))
        return [*found, Sequence(tuple(pieces))]

    def _piece(self, sign: str) -> Piece:
        self.at += 1
        match sign:
            case " ":
                return Blank()
            case "(" | "[":
                return self._group(sign)
            case "<":
                return self._perhaps(self._classes[self._until(">")])
            case "{":
                name = self._until("}")
                return self._perhaps(Placeholder(name, self._placeholders[name]))
            case "." if self._source.startswith("{", self.at):
                self.at += 1
                least, _, most = self._until("}").partition(",")
                return Anything(int(least), int(most or least))
        return self._literal()

    def _group(self, opening: str) -> Piece:
        closing = {"(": ")", "[": "]"}[opening]
        choices = tuple(self.sequences(closing))
        if not self._source.startswith(closing, self.at):
            raise ValueError(f"no {closing} in the phrase {self._source!r}")
        self.at += 1
        many = self._source.startswith("*", self.at)
        optional = opening == "[" or self._source.startswith(("?", "*"), self.at)
        self.at += self._source.startswith(("?", "*"), self.at)
        if not optional and not many and all(_is_word(choice) for choice in choices):
            return WordChoice.of(word for choice in choices for word in choice.pieces[0].all)  # type: ignore[attr-defined]
        return Alternatives(choices, least=0 if optional else 1, most=_MOST_REPEATED if many else 1)

    def _literal(self) -> Piece:
        """Return a word; a question mark after it makes its last sign one that may be left out."""
        start = self.at - 1
        while self.at < len(self._source) and self._source[self.at] not in "|()[]<{ .?":
            self.at += 1
        word = self._source[start : self.at]
        if not self._source.startswith("?", self.at):
            return WordChoice.of((word,))
        self.at += 1
        last = Alternatives((Sequence((WordChoice.of((word[-1],)),)),), least=0)
        return Sequence((WordChoice.of((word[:-1],)), last)) if word[:-1] else last

    def _perhaps(self, piece: Piece) -> Piece:
        if not self._source.startswith("?", self.at):
            return piece
        self.at += 1
        return Alternatives((Sequence((piece,)),), least=0)

    def _until(self, closing: str) -> str:
        start, end = self.at, self._source.index(closing, self.at)
        self.at = end + 1
        return self._source[start:end]


_MOST_REPEATED = 5

_CLOCK = re.compile(r"\d[:.]\d")


def _is_word(sequence: Sequence) -> bool:
    return len(sequence.pieces) == 1 and isinstance(sequence.pieces[0], WordChoice)


def _is_boundary(text: str, at: int) -> bool:
    if not 0 < at < len(text):
        return True
    is_amid_word = _is_latin(text[at - 1]) and _is_latin(text[at])
    return not (is_amid_word or any(_CLOCK.match(text, start) for start in (at - 2, at - 1) if start >= 0))


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()
