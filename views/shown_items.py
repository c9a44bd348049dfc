"""Which items of a digest a subscriber sees: those of the chosen categories, without what is muted."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from digest.model import Item
from domain.subscription.mutes import comparable_text, has_word
from domain.subscription.preferences import ContentPreferences, category_key
from views.digest_passages import filter_items


class ItemSelector:
    """Selects items of one digest for many preferences. Each word is looked for once."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = tuple(items)
        self._with_word: dict[str, frozenset[int]] = {}

    def shown(self, preferences: ContentPreferences) -> tuple[Item, ...]:
        """Return the items that the preferences let through, in order."""
        items = filter_items(self._items, preferences.categories)
        if not preferences.muted_words and not preferences.muted_categories:
            return items
        muted = frozenset[int]().union(*map(self._positions_with, preferences.muted_words))
        return tuple(
            item
            for item in items
            if item.position not in muted
            and preferences.muted_categories.isdisjoint(map(category_key, item.categories))
        )

    @cached_property
    def _texts(self) -> dict[int, str]:
        return {item.position: comparable_text(f"{item.headline}\n{item.body.plain}") for item in self._items}

    @cached_property
    def _whole(self) -> str:
        return "\n".join(self._texts.values())

    def _positions_with(self, muted: str) -> frozenset[int]:
        if muted not in self._with_word:
            word = comparable_text(muted)
            found = (at for at, text in self._texts.items() if has_word(text, word)) if word in self._whole else ()
            self._with_word[muted] = frozenset(found)
        return self._with_word[muted]


def shown_items(items: Iterable[Item], preferences: ContentPreferences) -> tuple[Item, ...]:
    """Return the items of one digest that preferences let through."""
    return ItemSelector(items).shown(preferences)
