"""Items of editions, found by their words: the index, and searches in it.

An edition's items are indexed in the transaction that stores it. Each database keeps an index of its own kind from the
same tokens, and ranks by what both can tell from it alone: items with all words in the headline, then those with some,
then the others; the newest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import TextClause, bindparam, delete, select, text, update

from digest.model import Digest, FoundItem, Item
from domain.chat.i18n import LANGUAGES
from domain.chat.text import Text
from domain.edition_day import EditionDay, slot_of
from domain.search_tokens import SearchPhrase, text_tokens
from domain.subscription.preferences import category_id, category_key
from storage import id_sequences
from storage.column_types import UTCDateTime
from storage.database import Tx
from storage.item_match import POSTGRESQL, SQLITE, item_tokens, recent_since, tiers, times
from storage.parsed_digest import decode_digest
from storage.schema import digests, indexed_items
from storage.upsert import insert

MAX_RESULTS = 50
"""Items that one search finds at most, the best ones."""

EDITIONS_PER_STEP = 3
"""Editions that are indexed in one transaction, which takes some ten milliseconds."""

_MAX_BODY_CHARACTERS = 2000
_DAY_SHIFT = 40
"""An id is the number of its day, followed by so many bits that are counted: ids rise with the days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSearch:
    """What items are searched for: all of the phrases, in editions of some days, in a category by its id.

    `language` is the reader's: of an edition with variants they find what they get of it; '' finds all texts.
    """

    phrases: tuple[SearchPhrase, ...]
    since: date | None = None
    until: date | None = None
    category: str = ""
    language: str = ""


async def replace_edition(tx: Tx, digest: Digest, *, published: datetime) -> None:
    """Index the items of an edition in place of those of its former version, of each text for those who get it."""
    if digest.date is None:
        raise ValueError("a digest without a date cannot be indexed")
    day = digest.date
    await remove_edition(tx, day)
    texts = [("", digest), *((variant.language, variant) for variant in digest.variants)]
    items = [(language, item) for language, text in texts for item in text.items]
    if items:
        hidden = {text: [other for other in LANGUAGES if digest.variant_for(other) != text] for text, _digest in texts}
        first = await id_sequences.reserve(tx, indexed_items.name, len(items))
        ids = range(first, first + len(items))
        # The first item of a text has its highest id, so that it comes first among the newest.
        rows = [
            _row(tx, day, item, published, language, hidden[language]) | {"id": day.toordinal() << _DAY_SHIFT | number}
            for (language, item), number in zip(reversed(items), ids, strict=True)
        ]
        await tx.execute(insert(tx, indexed_items), rows)


async def remove_edition(tx: Tx, day: date) -> None:
    """Let the items of an edition be found no more."""
    await tx.execute(
        delete(indexed_items).where(
            indexed_items.c.bot_id == tx.bot_id,
            indexed_items.c.date == day.isoformat(),
            indexed_items.c.slot == slot_of(day),
        )
    )


async def set_published(tx: Tx, day: date, published: datetime) -> None:
    """Let the items of an edition be found from an instant on."""
    of_day = indexed_items.c.bot_id == tx.bot_id, indexed_items.c.date == day.isoformat()
    of_edition = *of_day, indexed_items.c.slot == slot_of(day)
    await tx.execute(update(indexed_items).where(*of_edition).values(published_at=published))


async def fill_some(tx: Tx) -> bool:
    """Index some editions that were stored before there was an index; return whether there may be more."""
    waiting = (
        select(digests.c.date, digests.c.slot, digests.c.published_at, digests.c.content_hash, digests.c.parsed)
        .where(
            digests.c.bot_id == tx.bot_id,
            digests.c.indexed_hash != digests.c.content_hash,
            digests.c.withdrawn_at.is_(None),
            digests.c.language == "",
        )
        .order_by(digests.c.date.desc())
        .limit(EDITIONS_PER_STEP)
    )
    rows = (await tx.execute(waiting)).all()
    for row in rows:
        await replace_edition(tx, decode_digest(row.parsed), published=row.published_at)
        of_slot = digests.c.bot_id == tx.bot_id, digests.c.date == row.date, digests.c.slot == row.slot
        of_edition = *of_slot, digests.c.language == ""
        await tx.execute(update(digests).where(*of_edition).values(indexed_hash=row.content_hash))
    return bool(rows)


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the items that a search finds, the best first, and how many these are: `MAX_RESULTS` at most."""

    items: tuple[FoundItem, ...] = ()
    total: int = 0


async def find(tx: Tx, search: ItemSearch, *, now: datetime, start: int = 0, count: int = MAX_RESULTS) -> Found:
    """Return `count` of the items of published editions that a search finds, from one on."""
    if not search.phrases:
        return Found()
    is_sqlite = tx.dialect.name == "sqlite"
    matches = tiers(SQLITE if is_sqlite else POSTGRESQL, tx.bot_id, search.phrases, search.category, search.language)
    today, until = now.date(), search.until or date.max
    values: dict[str, object] = {"now": now, "last": (until.toordinal() + 1 << _DAY_SHIFT) - 1}
    values |= {"most": MAX_RESULTS, "start": start, "count": count}
    for number, tier in enumerate(matches):
        since = max(search.since or date.min, recent_since(min(today, until)) if tier.only_recent else date.min)
        values |= {f"match_{number}": tier.match, f"first_{number}": since.toordinal() << _DAY_SHIFT}
        if not is_sqlite:
            values[f"times_{number}"] = times(tx.bot_id, today, since, until, by_months=len(search.phrases) == 1)
    rows = (await tx.execute(_statement(len(matches), is_sqlite=is_sqlite), values)).all()
    return Found(tuple(map(_found_item, rows)), rows[0].total if rows else 0)


@lru_cache
def _statement(tier_count: int, *, is_sqlite: bool) -> TextClause:
    """Return the statement that finds items; the best ones are few, so what is shown is looked up afterwards."""
    syntax = SQLITE if is_sqlite else POSTGRESQL
    names = [f"tier_{tier}" for tier in range(tier_count)]
    tiers = [
        f"{name} AS MATERIALIZED ({syntax.select.format(tier=tier, most=_limit(names[:tier]))})"
        for tier, name in enumerate(names)
    ]
    union = " UNION ALL ".join(f"SELECT id, tier FROM {name}" for name in names)  # noqa: S608 - our names
    return text(_FIND.format(tiers=", ".join(tiers), union=union)).bindparams(bindparam("now", type_=UTCDateTime))


def _limit(former: Sequence[str]) -> str:
    """Return how many items of a tier are looked up: none, without asking the index, if one before it has enough."""
    counts = ", ".join(f"(SELECT count(*) FROM {name})" for name in former)  # noqa: S608 - our names
    return f"CASE WHEN :most IN ({counts}) THEN 0 ELSE :most END" if former else ":most"


_FIND = """
WITH {tiers},
    found AS MATERIALIZED (
        SELECT id, min(tier) AS tier FROM ({union}) AS all_tiers GROUP BY id ORDER BY tier, id DESC LIMIT :most
    ),
    shown AS MATERIALIZED (SELECT id, tier FROM found ORDER BY tier, id DESC LIMIT :count OFFSET :start)
SELECT date, slot, position, headline, url, body, categories, (SELECT count(*) FROM found) AS total
FROM shown JOIN indexed_items ON indexed_items.id = shown.id
ORDER BY tier, shown.id DESC
"""


def _found_item(row: Any) -> FoundItem:
    return FoundItem(
        day=EditionDay.read(row.date, row.slot),
        position=row.position,
        headline=row.headline,
        url=row.url,
        body=row.body,
        categories=tuple(row.categories.split("\n")) if row.categories else (),
    )


def _row(
    tx: Tx, day: date, item: Item, published: datetime, language: str, hidden_from: list[str]
) -> dict[str, object]:
    headline, body = Text(item.headline).sanitized().plain, item.body.sanitized().plain
    ids = dict.fromkeys(category_id(category_key(name)) for name in item.categories)
    return {
        "bot_id": tx.bot_id,
        "date": day.isoformat(),
        "slot": slot_of(day),
        "language": language,
        "position": item.position,
        "published_at": published,
        "headline": headline,
        "url": item.url,
        "body": body[:_MAX_BODY_CHARACTERS],
        "categories": "\n".join(item.categories),
        "tokens": item_tokens(tx.bot_id, day, text_tokens(headline), text_tokens(body), ids, hidden_from),
    }
