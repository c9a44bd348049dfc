"""Searches in the syntax of each database's index: FTS5 of SQLite, tsquery of PostgreSQL.

A token of an item of bot 1 stands in its row as `t1x…` (anywhere in the text), once more as `h1x…` if it is in the
headline, and `c1x…` is a category: whatever is looked for, another bot's items have none of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.search_tokens import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """How a database writes a search, and how it selects the items of one; `{tier}` is the tier's number."""

    quote: str
    between_tokens: str
    prefix: str
    conjunction: str
    exclusion: str
    disjunction: str
    select: str
    days: str

    def phrase(self, field: str, phrase: Phrase) -> str:
        """Return a phrase of tokens of a field."""
        tokens = self.between_tokens.join(f"{field}{token}" for token in phrase.tokens)
        return f"({self.quote}{tokens}{self.quote}{self.prefix if phrase.is_prefix else ''})"

    def every(self, parts: Iterable[str]) -> str:
        return f"({self.conjunction.join(parts)})"

    def some(self, parts: Iterable[str]) -> str:
        return f"({self.disjunction.join(parts)})"

    def without(self, parts: str, excluded: str) -> str:
        return f"({parts}{self.exclusion}{excluded})"


SQLITE = Syntax(
    quote='"',
    between_tokens=" ",
    prefix="*",
    conjunction=" AND ",
    disjunction=" OR ",
    exclusion=" NOT ",
    # A cross join keeps its order: the index is read from its end, and no further than the limit.
    select=(
        "SELECT * FROM (SELECT i.id, {tier} AS tier"
        " FROM indexed_items_fts AS f CROSS JOIN indexed_items AS i ON i.id = f.rowid"
        " WHERE f.indexed_items_fts MATCH :match_{tier} AND i.published_at <= :now{days}"
        " ORDER BY f.rowid DESC LIMIT :most) AS of_tier"
    ),
    days=" AND f.rowid BETWEEN :first AND :last",
)

POSTGRESQL = Syntax(
    quote="'",
    between_tokens="' <-> '",
    prefix=":*",
    conjunction=" & ",
    disjunction=" | ",
    exclusion=" & !",
    # The sum keeps the server from reading all items from the newest on instead of the index.
    select=(
        "SELECT * FROM (SELECT id, {tier} AS tier FROM indexed_items"
        " WHERE vector @@ CAST(:match_{tier} AS tsquery) AND published_at <= :now{days}"
        " ORDER BY id + 0 DESC LIMIT :most) AS of_tier"
    ),
    days=" AND id BETWEEN :first AND :last",
)


def tiers(syntax: Syntax, bot_id: int, phrases: Sequence[Phrase], category: str) -> list[str]:
    """Return what items match, the best first: all phrases in the headline, some of them, none of them."""
    anywhere, headline = ([syntax.phrase(_prefix(field, bot_id), phrase) for phrase in phrases] for field in "th")
    only = [syntax.phrase("", Phrase((category_token(bot_id, category),)))] if category else []
    found = syntax.every([*anywhere, *only])
    best, good = syntax.every([*headline, *only]), syntax.some(headline)
    middle = [syntax.without(syntax.every([found, good]), syntax.every(headline))] if len(phrases) > 1 else []
    return [best, *middle, syntax.without(found, good)]


def item_tokens(bot_id: int, headline: Sequence[str], body: Sequence[str], categories: Iterable[str]) -> str:
    """Return the tokens of an item as they are stored; `categories` are ids."""
    parts = [category_token(bot_id, category) for category in categories]
    # What is written once more stands between headline and body, so that no phrase goes from the one to the other.
    anywhere, in_headline = _prefix("t", bot_id), _prefix("h", bot_id)
    parts += [anywhere + token for token in headline]
    parts += [in_headline + token for token in headline]
    parts += [anywhere + token for token in body]
    return " ".join(parts)


def category_token(bot_id: int, category: str) -> str:
    return _prefix("c", bot_id) + category


def _prefix(field: str, bot_id: int) -> str:
    """Return what every token of a field begins with: of one bot, so that no other one's items match."""
    return f"{field}{bot_id}x"
