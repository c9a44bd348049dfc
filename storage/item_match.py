"""Searches in the syntax of each database's index: FTS5 of SQLite, tsquery of PostgreSQL.

A token of an item of bot 1 stands in its row as `t1x…` (anywhere in the text), once more as `h1x…` if it is in the
headline; `c1x…` is a category, `y1x…` and `m1x…` are year and month. Whatever is looked for, another bot's items have
none of these. An item of a text that readers of a language do not get, because they have another one of the edition,
has `n1x…` for that language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.search_tokens import SearchPhrase

_MAX_NEWER_YEARS = 50
"""Years after the days looked for whose items the index itself leaves out; those of later ones go by their ids."""


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

    def phrase(self, field: str, phrase: SearchPhrase) -> str:
        """Return a phrase of tokens of a field, in any of its spellings."""
        spelled = (phrase.tokens, *phrase.other_spellings)
        rows = (self.between_tokens.join(f"{field}{token}" for token in tokens) for tokens in spelled)
        return self.some(f"{self.quote}{row}{self.quote}{self.prefix if phrase.is_prefix else ''}" for row in rows)

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
        " WHERE f.indexed_items_fts MATCH :match_{tier} AND i.published_at <= :now"
        " AND f.rowid BETWEEN :first_{tier} AND :last"
        " ORDER BY f.rowid DESC LIMIT {most}"
    ),
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
        " FROM unnest(CAST(:times_{tier} AS text[])) AS times (match) CROSS JOIN LATERAL ("
        "SELECT id FROM indexed_items"
        " WHERE vector @@ (CAST(:match_{tier} AS tsquery) && CAST(times.match AS tsquery))"
        " AND published_at <= :now AND id + 0 BETWEEN :first_{tier} AND :last"
        " ORDER BY id + 0 DESC LIMIT {most}) AS of_time LIMIT {most}"
    ),
)


@dataclass(frozen=True, slots=True)
class Tier:
    """Items that match a search in one way. `only_recent`: none from before `recent_since`."""

    match: str
    only_recent: bool = False


def tiers(
    syntax: Syntax, bot_id: int, phrases: Sequence[SearchPhrase], category: str, language: str = ""
) -> list[Tier]:
    """Return what items match, the best first: all phrases in the headline, some of them, none of them.

    Each of these tiers has the items of those before it, too: leaving them out would cost the index more. Some phrases
    in the headline count in recent items only, since the index has to go through all that has them.
    `language` is the reader's; '' for all texts.
    """
    hidden = syntax.phrase("", SearchPhrase((hidden_token(bot_id, language),))) if language else ""
    all_tiers = _tiers(syntax, bot_id, phrases, category)
    return [replace(tier, match=syntax.without(tier.match, hidden)) for tier in all_tiers] if hidden else all_tiers


def _tiers(syntax: Syntax, bot_id: int, phrases: Sequence[SearchPhrase], category: str) -> list[Tier]:
    anywhere, headline = ([syntax.phrase(_prefix(field, bot_id), phrase) for phrase in phrases] for field in "th")
    only = [syntax.phrase("", SearchPhrase((category_token(bot_id, category),)))] if category else []
    best, found = Tier(syntax.every([*headline, *only])), Tier(syntax.every([*anywhere, *only]))
    if len(phrases) == 1:
        return [best, found]
    some = syntax.every([*anywhere, syntax.some(headline), *only])
    return [best, Tier(some, only_recent=True), found]


def recent_since(newest: date) -> date:
    """Return the first day of the items that are recent: of the newest one's year and of the year before."""
    return date(max(newest.year - 1, date.min.year), 1, 1)


def times(bot_id: int, today: date, since: date, until: date, *, by_months: bool) -> list[str]:
    """Return searches for the items of days, the newest first, for PostgreSQL: of some years and of the rest.

    `by_months` looks in the newest months before the years, which is faster for a word that many items have. Together
    the searches have all items of these days (but for those dated more than a year ahead, if the days begin recently),
    and hardly others, which would be read in vain.
    """
    if since > until:
        return []
    anchor = min(until, max(today, since))
    first_month, years = max(_month(since), _month(anchor) - 2), (anchor.year - 1, anchor.year + 1)
    months = range(first_month, min(_month(until), _month(anchor) + 1) + 1)
    newest = POSTGRESQL.some(f"'{_month_token(bot_id, month)}'" for month in months)
    recent = _of_years(bot_id, max(since.year, years[0]), min(until.year, years[1]))
    if _month(since) == first_month:
        return [newest]
    found = [newest, POSTGRESQL.without(recent, newest)] if by_months else [recent]
    if since.year < years[0]:
        newer = min(max(today.year, anchor.year) + 1, anchor.year + _MAX_NEWER_YEARS)
        found.append(f"!{_of_years(bot_id, years[0], newer)}")
    return found


def _of_years(bot_id: int, first: int, last: int) -> str:
    return POSTGRESQL.some(f"'{_year_token(bot_id, year)}'" for year in range(first, last + 1))


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


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
    parts += [_year_token(bot_id, day.year), _month_token(bot_id, _month(day))]
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


def _month_token(bot_id: int, month: int) -> str:
    return f"{_prefix('m', bot_id)}{month // 12}{month % 12 + 1:02}"


def _prefix(field: str, bot_id: int) -> str:
    """Return what every token of a field begins with: of one bot, so that no other one's items match."""
    return f"{field}{bot_id}x"
