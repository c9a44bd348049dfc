"""What a person reads in a digest: its items, and which words belong to which region."""

from __future__ import annotations

from dataclasses import dataclass

INTRO, COMMENTARY, TRAILING, LEFT_OUT = "introduction", "commentary", "trailing", "left out"
"""Places of words besides the items; words that are left out are in none of what readers get."""


def item_place(position: int) -> str:
    """Name the place of an item's words."""
    return f"item {position}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueItem:
    """An item; where two readings are right, all are listed, the better one first."""

    headlines: tuple[str, ...]
    urls: tuple[str, ...]
    sections: tuple[str, ...]
    links: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """Words that stand together in a digest, and the places where a person may see them."""

    words: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The reading of a whole digest.

    `title` is empty if it does not matter; `other_titles` are as right. `possible` are headlines in which a person may
    see items or not, as in an advertisement that is written as the news are.
    """

    items: tuple[TrueItem, ...]
    placed: tuple[Placed, ...] = ()
    title: str = ""
    other_titles: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()

    def all_placed(self) -> tuple[Placed, ...]:
        """Return all words with their places, those of the items included."""
        of_items = (
            Placed(words, (item_place(position),))
            for position, item in enumerate(self.items, 1)
            for words in item.words
        )
        return (*of_items, *self.placed)

    def describe(self) -> str:
        """Describe the truth for people, a line for each fact."""
        lines = [f"title: {self.title}"] if self.title else []
        for position, item in enumerate(self.items, 1):
            section = f" [{' / '.join(item.sections)}]" if any(item.sections) else ""
            lines.append(f"{position}.{section} {' / '.join(item.headlines)} <{' / '.join(item.urls)}>")
            lines += [f"      {words}" for words in item.words]
        lines += [f"{' or '.join(placed.places)}: {placed.words}" for placed in self.placed]
        return "\n".join(lines)
