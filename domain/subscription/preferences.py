"""What a subscriber wants to see of a digest: its form, the language around it, and of which categories."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from domain.names import fold_name


class Layout(StrEnum):
    """How much of a digest is open when it arrives."""

    HEADLINES = "headlines"
    """Linked headlines; what lies beneath them, and the commentary, is folded."""
    FULL = "full"
    """Everything open."""


@dataclass(frozen=True, slots=True)
class ContentPreferences:
    """Subscribers of one taste get one and the same body: a digest is rendered once for each.

    `language` is "zh" or "en", that of the words around the digest. `categories` None means all of them; a set means
    items of those only (compared by `category_key`), so an empty set matches nothing.
    """

    layout: Layout = Layout.HEADLINES
    language: str = "zh"
    categories: frozenset[str] | None = None


def category_key(name: str) -> str:
    """A category's name as it is compared: without case, width, punctuation, symbols or space.

    A name made only of those (`#`) stays as it is, so that it still differs from nothing.
    """
    return fold_name(name) or unicodedata.normalize("NFKC", name).casefold().strip()


def category_id(key: str) -> str:
    """A short name (10 ASCII characters) of a category's key, for buttons: it stays whatever becomes of the others."""
    return blake2b(key.encode(), digest_size=5).hexdigest()
