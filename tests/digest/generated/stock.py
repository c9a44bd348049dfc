"""Draw headlines, sentences and addresses from a language's stock of texts, none twice before all are used."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

STOCK = Path(__file__).parent / "stock"
LANGUAGES = ("zh-Hans", "zh-Hant", "en", "ja", "ko", "ru", "es")
_SPACELESS = ("zh-Hans", "zh-Hant", "ja")
_WORD = re.compile(r"\b[^\W\d_]{4,}\b")
_FIGURE = re.compile(r"\b\d+\b")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: its Markdown, the words in it that can be placed, and its addresses.

    `footer` goes to the end of the file: definitions of reference links, and footnotes with the words `notes`.
    """

    source: str
    words: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    footer: str = ""
    notes: tuple[str, ...] = ()


@cache
def load_stock(language: str) -> dict[str, list[str] | str]:
    """Load the texts of a language."""
    return tomllib.loads((STOCK / f"{language}.toml").read_text(encoding="utf-8"))


class Writer:
    """A source of texts in one language; the seed of `random` decides all."""

    def __init__(self, random: Random, language: str) -> None:
        self.random = random
        self.language = language
        self.spaceless = language in _SPACELESS
        self._stock = load_stock(language)
        self._waiting: dict[str, list[str]] = {}
        self._kept: dict[str, str] = {}
        self._addresses = 0

    @property
    def is_chinese(self) -> bool:
        return self.language.startswith("zh")

    @property
    def colon(self) -> str:
        return self.fixed("colon")

    @property
    def stop(self) -> str:
        return "。" if self.spaceless else "."

    def fixed(self, key: str) -> str:
        """Return the one text of a key."""
        text = self._stock[key]
        assert isinstance(text, str)
        return text

    def draw(self, key: str) -> str:
        """Draw a text of a key, filled in; each once before any is drawn again."""
        if not self._waiting.get(key):
            texts = self._stock[key]
            assert isinstance(texts, list)
            self._waiting[key] = self.random.sample(texts, len(texts))
        return self.fill(self._waiting[key].pop())

    def same(self, key: str) -> str:
        """Return the text that the whole digest uses for a key."""
        if key not in self._kept:
            self._kept[key] = self.draw(key)
        return self._kept[key]

    def fill(self, text: str) -> str:
        """Fill in names and a number."""
        names = self._stock["names"]
        assert isinstance(names, list)
        first, second = self.random.sample(names, 2)
        return text.format(a=first, b=second, n=self.random.randint(3, 97))

    def chance(self, probability: float) -> bool:
        """Return whether something of this probability happens."""
        return self.random.random() < probability

    def url(self) -> str:
        """Make a new address."""
        self._addresses += 1
        n, number = self._addresses, self.random.randint(100, 999)
        host = self.random.choice(("example.org", "news.example.com", "blog.example.net", "example.org/p"))
        ending = self.random.choice(("", "", ".html", "?ref=mail", "/", "#more", "?id=7&f=rss", "_(software)"))
        return f"https://{host}/{number}/{n}{ending}"

    def sentence(self) -> str:
        """Draw a sentence with its full stop."""
        return self.draw("sentences") + self.stop

    def paragraph(self, count: int, key: str = "sentences") -> Piece:
        """Write a paragraph of sentences, some with a bold or emphasised word."""
        words = tuple(self.draw(key) for _ in range(count))
        joined = ("" if self.spaceless else " ").join(self._styled(text) + self.stop for text in words)
        return Piece(joined, words)

    def _styled(self, text: str) -> str:
        """Mark one word of a text, sometimes: names and figures where words are not parted by spaces."""
        if not self.chance(0.3):
            return text
        names = self._stock["names"]
        marked = [name for name in names if name in text] if self.spaceless else _WORD.findall(text)
        marked += _FIGURE.findall(text)
        if not marked:
            return text
        word = self.random.choice(marked)
        mark = "**" if self.spaceless else self.random.choice(("**", "**", "*"))
        return text.replace(word, f"{mark}{word}{mark}", 1)
