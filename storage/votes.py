"""Votes: what people want more or less of, one of each person for an item or an edition, counted for the editors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum

from sqlalchemy import delete, func, select

from digest.model import Item
from domain.delivery.progress import MAX_WISHED_ITEMS, Wishes
from domain.edition_day import slot_of
from storage.database import Tx
from storage.saved_items import item_key
from storage.schema import votes
from storage.upsert import insert


class Vote(Enum):
    """What somebody says of an item or an edition."""

    MORE = "more"
    LESS = "less"


async def toggle(
    tx: Tx, user_id: int, day: date, item: Item | None, vote: Vote, *, now: datetime, language: str = ""
) -> Vote | None:
    """Store a vote in place of an other one, or withdraw it if it stands; return the one that stands now.

    Without an item it is about the edition as a whole. `language` is that of the text in which the item stands.
    """
    identity = _identity(tx, user_id, day, item, language)
    if await get(tx, user_id, day, item, language=language) is vote:
        await tx.execute(delete(votes).where(*(votes.c[name] == value for name, value in identity.items())))
        return None
    changed = {"position": item.position if item else 0, "wants_more": vote is Vote.MORE, "voted_at": now}
    insertion = insert(tx, votes).values(identity | changed)
    await tx.execute(insertion.on_conflict_do_update(index_elements=list(identity), set_=changed))
    return vote


async def get(tx: Tx, user_id: int, day: date, item: Item | None, *, language: str = "") -> Vote | None:
    """Return somebody's vote on an item of a text, or on the edition as a whole."""
    identity = _identity(tx, user_id, day, item, language)
    wants_more: bool | None = await tx.scalar(select(votes.c.wants_more).filter_by(**identity))
    return None if wants_more is None else Vote.MORE if wants_more else Vote.LESS


async def wishes(tx: Tx, day: date) -> Wishes:
    """Return how many want more and less of an edition and its items, and the items of which most want more.

    Items that have one position in the texts of several languages are the same.
    """
    wanted = func.count().filter(votes.c.wants_more)
    counted = (
        select(
            votes.c.language,
            func.max(votes.c.position).label("position"),
            wanted.label("more"),
            func.count().label("all"),
        )
        .filter_by(**_edition(tx, day))
        .group_by(votes.c.language, votes.c.key)
        .order_by(votes.c.language)
    )
    rows = (await tx.execute(counted)).all()
    more = sum(row.more for row in rows)
    of_items = [row for row in rows if row.position and row.more]
    items = sorted((-count, position) for position, count in _merged([(*row,) for row in of_items]))
    return Wishes(
        more=more,
        less=sum(row.all for row in rows) - more,
        items=tuple((position, -count) for count, position in items[:MAX_WISHED_ITEMS]),
    )


def _merged(rows: Sequence[tuple[str, int, int, int]]) -> list[tuple[int, int]]:
    """Return positions with their votes: those of the first language, to which the others' are added."""
    first = rows[0][0] if rows else ""
    merged = [(position, more) for language, position, more, _all in rows if language == first]
    for language, position, more, _all in rows:
        if language == first:
            continue
        at = next((index for index, (known, _more) in enumerate(merged) if known == position), None)
        if at is None:
            merged.append((position, more))
        else:
            merged[at] = (position, merged[at][1] + more)
    return merged


def _key(item: Item | None) -> str:
    return item_key(item) if item else ""


def _identity(tx: Tx, user_id: int, day: date, item: Item | None, language: str) -> dict[str, object]:
    of_text = {"language": language if item else "", "key": _key(item)}
    return _edition(tx, day) | of_text | {"user_id": user_id}


def _edition(tx: Tx, day: date) -> dict[str, object]:
    return {"bot_id": tx.bot_id, "date": day.isoformat(), "slot": slot_of(day)}
