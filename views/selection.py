"""Some items of a digest: what is said about those that were left out, and the shortened texts around them."""

from __future__ import annotations

from dataclasses import dataclass

from digest.model import Digest, Item
from digest.rendering.links import drop_unlinkable
from domain.chat.i18n import Translator
from domain.chat.text import Text
from domain.subscription.preferences import category_key
from views.shortening import cut_to_width, leading_sentences

_BRIEF_WIDTH = 120
"""Widest introduction and commentary of a digest without all its items, in columns: three to four lines on a phone."""

_NAMED_CATEGORIES = 3
_CATEGORY_WIDTH = 16


@dataclass(frozen=True, slots=True)
class Selection:
    """What a reader gets of a digest: introduction and commentary as they are shown, and the items left out."""

    intro: Text
    commentary: Text
    shown_count: int
    omitted: tuple[Item, ...]
    is_dated: bool

    @classmethod
    def of(cls, digest: Digest, shown: tuple[Item, ...]) -> Selection:
        """Return the selection of these items. Without all of them, introduction and commentary are brief."""
        kept = {item.position for item in shown}
        omitted = tuple(item for item in digest.items if item.position not in kept)
        intro, commentary = body_text(digest.intro), body_text(digest.commentary)
        if omitted:
            intro, commentary = leading_sentences(intro, _BRIEF_WIDTH), leading_sentences(commentary, _BRIEF_WIDTH)
        return cls(intro, commentary, len(shown), omitted, digest.date is not None)

    def omitted_line(self, translate: Translator) -> str:
        """Return how many items of which categories were left out, and how to see them; empty if none were."""
        if not self.omitted:
            return ""
        categories = self._omitted_categories(translate)
        template = (
            translate("{shown} of {n} items. Left out: {categories}. 📑 shows all.")
            if self.is_dated
            else translate("{shown} of {n} items. Left out: {categories}.")
        )
        total = self.shown_count + len(self.omitted)
        return template.format(shown=self.shown_count, n=total, categories=categories)

    def _omitted_categories(self, translate: Translator) -> str:
        """Return the largest categories left out, each with its number of items, and how many more there are."""
        names, counts = dict[str, str](), dict[str, int]()
        for item in self.omitted:
            name = Text(item.categories[0]).sanitized().plain if item.categories else translate("other")
            key = category_key(name)
            names.setdefault(key, name)
            counts[key] = counts.get(key, 0) + 1
        largest = sorted(counts, key=lambda key: -counts[key])
        parts = [f"{cut_to_width(names[key], _CATEGORY_WIDTH)} {counts[key]}" for key in largest[:_NAMED_CATEGORIES]]
        named, unnamed = translate(", ").join(parts), len(largest) - len(parts)
        if not unnamed:
            return named
        more = translate.ngettext("{categories} and {n} more category", "{categories} and {n} more categories", unnamed)
        return more.format(categories=named, n=unnamed)


def body_text(text: Text) -> Text:
    """Return a text of the digest as it is shown."""
    return drop_unlinkable(text.sanitized())
