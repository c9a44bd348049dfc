"""Items that people have saved. They stay as they were if their edition is corrected, and say so if it is withdrawn."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select

from digest.model import Item, SavedItem
from domain.chat.text import Text
from domain.edition_day import EditionDay, slot_of
from domain.subscription.preferences import category_id
from storage.database import Tx
from storage.schema import digests, saved_items
from storage.upsert import insert

MAX_SAVED = 500
"""Items that one person can save."""

_MAX_BODY_CHARACTERS = 4000


def item_key(item: Item) -> str:
    """Return a short name of an item within its edition, which is its headline's."""
    return category_id(Text(item.headline).sanitized().plain)


async def is_saved(tx: Tx, chat_id: int, day: date, item: Item) -> bool:
    """Return whether somebody has saved an item."""
    return await tx.scalar(select(saved_items.c.key).where(*_is(tx, chat_id, day, item_key(item)))) is not None


async def toggle(tx: Tx, chat_id: int, day: date, item: Item, *, now: datetime) -> bool | None:
    """Save an item, or remove it if it is saved; return whether it is now, or None if there are too many to save it."""
    key = item_key(item)
    removed = await tx.execute(delete(saved_items).where(*_is(tx, chat_id, day, key)))
    if removed.rowcount:
        return False
    if await count(tx, chat_id) >= MAX_SAVED:
        return None
    values = {
        "bot_id": tx.bot_id,
        "chat_id": chat_id,
        "date": day.isoformat(),
        "slot": slot_of(day),
        "language": "",
        "key": key,
        "headline": Text(item.headline).sanitized().plain,
        "url": item.url,
        "body": item.body.sanitized().plain[:_MAX_BODY_CHARACTERS],
        "saved_at": now,
    }
    await tx.execute(insert(tx, saved_items).values(values).on_conflict_do_nothing())
    return True


async def count(tx: Tx, chat_id: int) -> int:
    """Return how many items somebody has saved."""
    saved: int = await tx.scalar(select(func.count()).select_from(saved_items).where(*_of(tx, chat_id)))
    return saved


async def newest(tx: Tx, chat_id: int, *, start: int = 0, limit: int = MAX_SAVED) -> list[SavedItem]:
    """Return what somebody has saved, the last first."""
    columns = saved_items.c
    rows = await tx.execute(
        select(saved_items, _IS_WITHDRAWN)
        .where(*_of(tx, chat_id))
        .order_by(columns.saved_at.desc(), columns.date.desc(), columns.key)
        .offset(start)
        .limit(limit)
    )
    return [_read(row) for row in rows]


async def get(tx: Tx, chat_id: int, day: date, key: str) -> SavedItem | None:
    """Return a saved item by its name, or None."""
    row = (await tx.execute(select(saved_items, _IS_WITHDRAWN).where(*_is(tx, chat_id, day, key)))).one_or_none()
    return None if row is None else _read(row)


def _read(row: Any) -> SavedItem:
    return SavedItem(
        day=EditionDay.read(row.date, row.slot),
        key=row.key,
        headline=row.headline,
        url=row.url,
        body=row.body,
        is_withdrawn=row.is_withdrawn,
    )


_IS_WITHDRAWN = (
    select(digests.c.date)
    .where(
        digests.c.bot_id == saved_items.c.bot_id,
        digests.c.date == saved_items.c.date,
        digests.c.slot == saved_items.c.slot,
        digests.c.language == saved_items.c.language,
        digests.c.withdrawn_at.is_not(None),
    )
    .exists()
    .label("is_withdrawn")
)


def _of(tx: Tx, chat_id: int) -> tuple[ColumnElement[bool], ...]:
    return saved_items.c.bot_id == tx.bot_id, saved_items.c.chat_id == chat_id


def _is(tx: Tx, chat_id: int, day: date, key: str) -> tuple[ColumnElement[bool], ...]:
    columns = saved_items.c
    of_edition = columns.date == day.isoformat(), columns.slot == slot_of(day), columns.language == ""
    return *_of(tx, chat_id), *of_edition, columns.key == key
