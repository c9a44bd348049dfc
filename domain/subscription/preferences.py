"""Content preferences: the layout, the language and the categories that a subscriber wants."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from domain.names import fold_name


class Layout(StrEnum):
    """How a digest looks when it arrives."""

    HEADLINES = "headlines"
    """Linked headlines on one phone screen, introduction and commentary folded; a number button shows an item."""
    FULL = "full"
    """Everything open."""
    RICH = "rich"
    """One message with headings, items that unfold, tables and pictures; not every app shows it."""


class ReaderButtons(StrEnum):
    """What the buttons under a digest do when a reader presses them."""

    ANSWER = "answer"
    """They answer in the chat."""
    LINK = "link"
    """They open the same in the reader's own chat with the bot."""
    NONE = "none"
    """There are none."""


@dataclass(frozen=True, slots=True)
class ContentPreferences:
    """What a subscriber wants of a digest, which is rendered once for all subscribers with equal preferences.

    `language` (its code) is for the words around the digest. `categories` None means all; a set means only items of
    those (compared by `category_key`), so the empty set means none. Items that have one of `muted_words` (folded), or
    are of one of `muted_categories` (keys), are left out. `signed`: its last message has room for a signature.
    """

    layout: Layout = Layout.HEADLINES
    language: str = "zh"
    categories: frozenset[str] | None = None
    buttons: ReaderButtons = ReaderButtons.ANSWER
    muted_words: frozenset[str] = frozenset()
    muted_categories: frozenset[str] = frozenset()
    signed: bool = False

    @property
    def is_selective(self) -> bool:
        """Whether items may be left out."""
        return self.categories is not None or bool(self.muted_words or self.muted_categories)

    @property
    def selects_nothing(self) -> bool:
        """Whether no item of any edition can be let through: every chosen category is muted."""
        return self.categories is not None and self.categories <= self.muted_categories


def category_key(name: str) -> str:
    """Return the key by which categories are compared: the name without case, width, punctuation, symbols and space.

    A name of nothing else (`#`) is kept, so that it is not taken for the empty one.
    """
    return fold_name(name) or unicodedata.normalize("NFKC", name).casefold().strip()


def category_id(key: str) -> str:
    """Return a short id (10 ASCII characters) of a category key for buttons, independent of other categories."""
    return blake2b(key.encode(), digest_size=5).hexdigest()
