"""Classify texts by the words that speak for each category of `categories.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

from domain.chat.i18n import lazy_text
from domain.names import fold_name

MIN_SCORE = 3.0
"""Least score that makes a category: one strong word."""


REPEAT_FACTOR = 0.8
"""Weight of each further word of a category, relative to the one before: five names prove little more than one."""


HEADLINE_FACTOR = 2.0
"""How much more a word counts in the headline."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category with all its folded names and aliases, and its lower-case words with their weights."""

    name: str
    keys: frozenset[str]
    words: tuple[tuple[str, float], ...]

    def is_named(self, name: str) -> bool:
        """Whether the name is one of its names."""
        return fold_name(name) in self.keys


@dataclass(frozen=True, slots=True)
class Classifier:
    """Classifier that scores texts by the words of each category."""

    categories: tuple[Category, ...] = ()

    @staticmethod
    def from_toml(toml: str) -> Classifier:
        """Load a classifier from the text of a `categories.toml`; ValueError says what is wrong with it."""
        try:
            tables = tomllib.loads(toml).get("category", [])
        except tomllib.TOMLDecodeError as error:
            raise ValueError(lazy_text("the categories are not valid TOML: {reason}", reason=str(error))) from error
        if not isinstance(tables, list):
            raise ValueError(lazy_text("each category stands under a [[category]] of its own"))
        return Classifier(tuple(_parse_category(table) for table in tables))

    @staticmethod
    def load_default() -> Classifier:
        """Load the classifier of the `categories.toml` in this package."""
        return Classifier.from_toml(files("digest").joinpath("categories.toml").read_text(encoding="utf-8"))

    def find(self, name: str) -> Category | None:
        """Return the category of that name or alias."""
        return next((category for category in self.categories if category.is_named(name)), None)

    def classify(self, headline: str, body: str, allowed: Sequence[str] = ()) -> str:
        """Return the name of the best-scored category, as written in `allowed` if given; "" if none is likely.

        Addresses in the body count too: `arxiv.org`, `github.com`.
        """
        headline, body = headline.lower(), body.lower()
        text = f"{headline}\n{body}"
        characters = set(text)
        best, score = "", 0.0
        for name, category in self._candidates(allowed):
            present = [(word, weight) for word, weight in category.words if word[0] in characters and word in text]
            counts = sorted((_word_score(word, weight, headline, body) for word, weight in present), reverse=True)
            total = sum(count * REPEAT_FACTOR**rank for rank, count in enumerate(counts))
            if total > score:
                best, score = name, total
        return best if score >= MIN_SCORE else ""

    def _candidates(self, allowed: Sequence[str]) -> Iterable[tuple[str, Category]]:
        if not allowed:
            return ((category.name, category) for category in self.categories)
        known = ((name, self.find(name)) for name in allowed)
        return ((name, category) for name, category in known if category is not None)


def _parse_category(table: object) -> Category:
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        raise ValueError(lazy_text("every [[category]] needs a name"))
    aliases, words = table.get("aliases", []), table.get("words", {})
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise ValueError(lazy_text("the aliases of {name} should be a list of names", name=table["name"]))
    if not isinstance(words, dict) or not all(isinstance(weight, int | float) for weight in words.values()):
        raise ValueError(lazy_text("the words of {name} should each have a number as weight", name=table["name"]))
    weighted = tuple((word.lower(), float(weight)) for word, weight in words.items())
    return Category(table["name"], frozenset(map(fold_name, (table["name"], *aliases))), weighted)


def _word_score(word: str, weight: float, headline: str, body: str) -> float:
    if word in headline and _stands_alone(word, headline):
        return weight * HEADLINE_FACTOR
    return weight if word in body and _stands_alone(word, body) else 0.0


def _stands_alone(word: str, text: str) -> bool:
    """Whether the word occurs as a word: Latin letters must not continue at its ends (`arm` is not in `farm`)."""
    if not (word[0].isascii() and word[0].isalnum()) and not (word[-1].isascii() and word[-1].isalnum()):
        return True
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not _is_latin_pair(text[max(0, start - 1) : start + 1]) and not _is_latin_pair(text[end - 1 : end + 1]):
            return True
        start = text.find(word, start + 1)
    return False


def _is_latin_pair(pair: str) -> bool:
    return any(
        left.isascii() and left.isalpha() and right.isascii() and right.isalpha() for left, right in pairwise(pair)
    )
