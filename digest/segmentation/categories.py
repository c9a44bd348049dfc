"""Words that speak for categories, and an item's text, in; the item's category out.

An item's categories are the section it stands under, else its editor's marks, else what the words say.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

from domain.chat.text import Text
from domain.names import find_name, fold_name

THRESHOLD = 3.0
"""Least sum of weights that makes a category: one strong word."""

FADING = 0.8
"""What each further word of a category counts, as a share of the one before: five names prove no more than one."""

HEADLINE = 2.0
"""How much more a word counts in the headline."""

_MARKS = re.compile(r"(?:(?:^|\s|(?<=[。！？.!?”」）)]))#[^\s#\d][^\s#]*)+\s*$")
_FARTHEST = 200  # characters from the end in which marks are looked for
_WRAPPER_NAMES = """
今日要闻 要闻 新闻 今日新闻 正文 资讯 今日资讯 ai资讯 ai新闻 今日ai新闻 头条 今日头条 快讯 今日内容
内容 详情 详细内容 新闻列表 新闻详情 今日速览 热点 今日热点 热点新闻 今日动态 news headlines
todaysnews topstories stories items digest dailydigest today thenews
"""
_WRAPPERS = frozenset(_WRAPPER_NAMES.split())


@dataclass(frozen=True, slots=True)
class Category:
    """A category: its name, all its names folded, and its words with their weights (all in lower case)."""

    name: str
    keys: frozenset[str]
    words: tuple[tuple[str, float], ...]

    def is_named(self, name: str) -> bool:
        """Whether the name is one of its names."""
        return fold_name(name) in self.keys


@dataclass(frozen=True, slots=True)
class Classifier:
    """All categories that words are known for. Made once; `classify` is pure."""

    categories: tuple[Category, ...] = ()

    @staticmethod
    def load(toml: str) -> Classifier:
        """A classifier from the text of `categories.toml`; ValueError says what is wrong with it."""
        try:
            tables = tomllib.loads(toml).get("category", [])
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"the categories are not valid TOML: {error}") from error
        if not isinstance(tables, list):
            raise ValueError("each category stands under a [[category]] of its own")
        return Classifier(tuple(_category(table) for table in tables))

    @staticmethod
    def shipped() -> Classifier:
        """The classifier of the `categories.toml` that comes with this package."""
        return Classifier.load(files("digest").joinpath("categories.toml").read_text(encoding="utf-8"))

    def known(self, name: str) -> Category | None:
        """The category of that name or alias."""
        return next((category for category in self.categories if category.is_named(name)), None)

    def classify(self, headline: str, body: str, allowed: Sequence[str] = ()) -> str:
        """The category that the words speak for, by its name (as it stands in `allowed`, if that is given); or "".

        Addresses in the body speak too: `arxiv.org`, `github.com`."""
        headline, body = headline.lower(), body.lower()
        whole = f"{headline}\n{body}"
        begin = set(whole)
        best, score = "", 0.0
        for name, category in self._candidates(allowed):
            spoken = [(word, weight) for word, weight in category.words if word[0] in begin and word in whole]
            counts = sorted((_speaks(word, weight, headline, body) for word, weight in spoken), reverse=True)
            found = sum(count * FADING**place for place, count in enumerate(counts))
            if found > score:
                best, score = name, found
        return best if score >= THRESHOLD else ""

    def _candidates(self, allowed: Sequence[str]) -> Iterable[tuple[str, Category]]:
        if not allowed:
            return ((category.name, category) for category in self.categories)
        known = ((name, self.known(name)) for name in allowed)
        return ((name, category) for name, category in known if category is not None)


def section_category(section: str, allowed: Sequence[str], classifier: Classifier) -> str:
    """The category that a section's heading names: as the front matter writes it where it is one of those, else the
    heading itself; nothing for a heading that only says "news"."""
    if not section or fold_name(section) in _WRAPPERS:
        return ""
    return _as_allowed(section, allowed, classifier) or section


def split_marks(text: Text) -> tuple[Text, tuple[str, ...]]:
    """A text without the `#marks` at its end, and the marks."""
    if "#" not in text.plain:
        return text, ()
    match = _MARKS.search(text.plain, max(0, len(text) - _FARTHEST))
    if match is None:
        return text, ()
    marks = tuple(part.strip() for part in match.group().split("#") if part.strip())
    return text[: match.start()].strip(), marks


def mark_category(mark: str, allowed: Sequence[str], classifier: Classifier) -> str:
    """The category that an editor's mark names, or "" where the front matter knows no such category."""
    known = _as_allowed(mark, allowed, classifier)
    if known or allowed:
        return known
    category = classifier.known(mark)
    return category.name if category else mark


def _as_allowed(name: str, allowed: Sequence[str], classifier: Classifier) -> str:
    same = find_name(name, allowed)
    if same is not None:
        return same
    category = classifier.known(name)
    return next((each for each in allowed if category.is_named(each)), "") if category else ""


def _category(table: object) -> Category:
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        raise ValueError("every [[category]] needs a name")
    aliases, words = table.get("aliases", []), table.get("words", {})
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise ValueError(f"the aliases of {table['name']} should be a list of names")
    if not isinstance(words, dict) or not all(isinstance(weight, int | float) for weight in words.values()):
        raise ValueError(f"the words of {table['name']} should each have a number as weight")
    weighted = tuple((word.lower(), float(weight)) for word, weight in words.items())
    return Category(table["name"], frozenset(map(fold_name, (table["name"], *aliases))), weighted)


def _speaks(word: str, weight: float, headline: str, body: str) -> float:
    if word in headline and _stands_alone(word, headline):
        return weight * HEADLINE
    return weight if word in body and _stands_alone(word, body) else 0.0


def _stands_alone(word: str, text: str) -> bool:
    """Whether the word occurs as a word: Latin letters must not go on at its ends (`arm` is not in `farm`)."""
    if not (word[0].isascii() and word[0].isalnum()) and not (word[-1].isascii() and word[-1].isalnum()):
        return True
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not _joined(text[max(0, start - 1) : start + 1]) and not _joined(text[end - 1 : end + 1]):
            return True
        start = text.find(word, start + 1)
    return False


def _joined(two: str) -> bool:
    return any(
        left.isascii() and left.isalpha() and right.isascii() and right.isalpha() for left, right in pairwise(two)
    )
