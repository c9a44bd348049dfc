"""Searches in the syntax of each database's index: FTS5 of SQLite, tsquery of PostgreSQL.

A token of an item of bot 1 stands in its row as `t1x…` (anywhere in the text), once more as `h1x…` if it is in the
headline; `c1x…` is a category, `y1x…` and `m1x…` are year and month. Whatever is looked for, another bot's items have
none of these. An item of a text that readers of a language do not get, because they have another one of the edition,
has `n1x…` for that language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.search_tokens import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """How a database writes a search, and how it selects the items of one: `{most}` of the tier `{tier}`."""

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
        "SELECT i.id, {tier} AS tier"
        " FROM indexed_items_fts AS f CROSS JOIN indexed_items AS i ON i.id = f.rowid"
        " WHERE f.indexed_items_fts MATCH :match_{tier} AND i.published_at <= :now{days}"
        " ORDER BY f.rowid DESC LIMIT {most}"
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
    # This index knows no order, so the times are gone through from the newest on until there are enough items. The sum
    # keeps the server from reading all items in their order instead of the index.
    select=(
        "SELECT id, {tier} AS tier"
        " FROM (VALUES (:time_0), (:time_1), (:time_2)) AS times (match) CROSS JOIN LATERAL ("
        "SELECT id FROM indexed_items"
        " WHERE vector @@ (CAST(:match_{tier} AS tsquery) && CAST(times.match AS tsquery))"
        " AND published_at <= :now{days}"
        " ORDER BY id + 0 DESC LIMIT {most}) AS of_time LIMIT {most}"
    ),
    days=" AND id BETWEEN :first AND :last",
)


def tiers(syntax: Syntax, bot_id: int, phrases: Sequence[Phrase], category: str, language: str = "") -> list[str]:
    """Return what items match, the best first: all phrases in the headline, some of them, none of them.

    Each of these tiers has the items of those before it, too: leaving them out would cost the index more.
    `language` is the reader's; '' for all texts.
    """
    hidden = syntax.phrase("", Phrase((hidden_token(bot_id, language),))) if language else ""
    return [syntax.without(tier, hidden) if hidden else tier for tier in _tiers(syntax, bot_id, phrases, category)]


def _tiers(syntax: Syntax, bot_id: int, phrases: Sequence[Phrase], category: str) -> list[str]:
    anywhere, headline = ([syntax.phrase(_prefix(field, bot_id), phrase) for phrase in phrases] for field in "th")
    only = [syntax.phrase("", Phrase((category_token(bot_id, category),)))] if category else []
    found, best = syntax.every([*anywhere, *only]), syntax.every([*headline, *only])
    if len(phrases) == 1:
        return [best, found]
    # Headlines have few words, so what is in one comes first: the index then skips most of the others.
    some = syntax.some(
        syntax.every([in_headline, *(other for place, other in enumerate(anywhere) if place != number), *only])
        for number, in_headline in enumerate(headline)
    )
    return [best, some, found]


def times(bot_id: int, today: date) -> list[str]:
    """Return searches for the items of times from the newest to the oldest, for PostgreSQL: months, years, the rest."""
    month = today.year * 12 + today.month - 1
    months = [_month_token(bot_id, number // 12, number % 12 + 1) for number in range(month - 2, month + 2)]
    years = [_year_token(bot_id, year) for year in range(today.year - 1, today.year + 2)]
    newest, recent = (POSTGRESQL.some(f"'{token}'" for token in part) for part in (months, years))
    return [newest, POSTGRESQL.without(recent, newest), f"!{recent}"]


def item_tokens(
    bot_id: int,
    day: date,
    headline: Sequence[str],
    body: Sequence[str],
    categories: Iterable[str],
    hidden_from: Iterable[str] = (),
) -> str:
    """Return the tokens of an item as they are stored; `categories` are ids, `hidden_from` languages of readers."""
    parts = [hidden_token(bot_id, language) for language in hidden_from]
    parts += [_year_token(bot_id, day.year), _month_token(bot_id, day.year, day.month)]
    parts += [category_token(bot_id, category) for category in categories]
    # What is written once more stands between headline and body, so that no phrase goes from the one to the other.
    anywhere, in_headline = _prefix("t", bot_id), _prefix("h", bot_id)
    parts += [anywhere + token for token in headline]
    parts += [in_headline + token for token in headline]
    parts += [anywhere + token for token in body]
    return " ".join(parts)


def category_token(bot_id: int, category: str) -> str:
    return _prefix("c", bot_id) + category


def hidden_token(bot_id: int, language: str) -> str:
    return _prefix("n", bot_id) + language.replace("-", "")


def _year_token(bot_id: int, year: int) -> str:
    return f"{_prefix('y', bot_id)}{year}"


def _month_token(bot_id: int, year: int, month: int) -> str:
    return f"{_prefix('m', bot_id)}{year}{month:02}"


def _prefix(field: str, bot_id: int) -> str:
    """Return what every token of a field begins with: of one bot, so that no other one's items match."""
    return f"{field}{bot_id}x"
