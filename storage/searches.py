"""Searches of people, kept because a button has no room for their words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, delete, select

from storage.column_types import read_day
from storage.database import Tx
from storage.schema import searches
from storage.upsert import insert

KEPT = 20
"""Searches of one person in one chat that are kept: the newest ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searcher:
    """Who searches, and in which chat: nobody else can turn the pages."""

    chat_id: int
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was searched for: words, and the days of the editions as they were written."""

    words: str
    since: date | None = None
    until: date | None = None


async def add(tx: Tx, searcher: Searcher, search: Search) -> int:
    """Store a search and return its id; delete this person's oldest one if there are too many."""
    of_person = _of(tx, searcher)
    values = {
        "bot_id": tx.bot_id,
        "chat_id": searcher.chat_id,
        "user_id": searcher.user_id,
        "words": search.words,
        "since": search.since and search.since.isoformat(),
        "until": search.until and search.until.isoformat(),
    }
    search_id: int = (await tx.execute(insert(tx, searches).values(values).returning(searches.c.id))).scalar_one()
    newest = select(searches.c.id).where(*of_person).order_by(searches.c.id.desc())
    oldest_kept: int | None = await tx.scalar(newest.offset(KEPT - 1).limit(1))
    if oldest_kept is not None:
        await tx.execute(delete(searches).where(*of_person, searches.c.id < oldest_kept))
    return search_id


async def get(tx: Tx, searcher: Searcher, search_id: int) -> Search | None:
    """Return a search of this person in this chat, or None: it is another's, or no longer kept."""
    row = (await tx.execute(select(searches).where(*_of(tx, searcher), searches.c.id == search_id))).one_or_none()
    return None if row is None else Search(words=row.words, since=read_day(row.since), until=read_day(row.until))


def _of(tx: Tx, searcher: Searcher) -> tuple[ColumnElement[bool], ...]:
    return (
        searches.c.bot_id == tx.bot_id,
        searches.c.chat_id == searcher.chat_id,
        searches.c.user_id == searcher.user_id,
    )
