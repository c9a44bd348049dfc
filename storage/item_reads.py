"""Reads: how often the items of editions were opened by a button. Nobody's chat, name or time is stored with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import delete, select

from digest.model import Digest, Item
from domain.edition_day import EditionDay, slot_of
from domain.item_reads import ItemReads
from storage.database import Tx
from storage.saved_items import item_key
from storage.schema import item_reads
from storage.upsert import insert


async def add(tx: Tx, day: date, items: Collection[Item]) -> None:
    """Count one more press for each of the items of an edition."""
    for key in sorted({item_key(item) for item in items}):  # in one order, so that two transactions cannot deadlock
        row = {"bot_id": tx.bot_id, "date": day.isoformat(), "slot": slot_of(day), "key": key}
        insertion = insert(tx, item_reads).values(row | {"reads": 1})
        counted = {"reads": item_reads.c.reads + 1}
        await tx.execute(insertion.on_conflict_do_update(index_elements=list(row), set_=counted))


async def delete_before(tx: Tx, *, before: date) -> None:
    """Delete the counts of editions before a day."""
    is_old = item_reads.c.bot_id == tx.bot_id, item_reads.c.date < before.isoformat()
    await tx.execute(delete(item_reads).where(*is_old))


async def of_edition(tx: Tx, edition: Digest) -> ItemReads | None:
    """Return the presses of an edition's items; None if nobody has pressed."""
    if edition.date is None:
        return None
    of_day = item_reads.c.bot_id == tx.bot_id, item_reads.c.date == edition.date.isoformat()
    counted = select(item_reads.c.key, item_reads.c.reads).where(*of_day, item_reads.c.slot == slot_of(edition.date))
    by_key = {row.key: row.reads for row in await tx.execute(counted)}
    if not by_key:
        return None
    positions = _positions(edition, by_key)
    items = tuple(sorted(positions.items(), key=lambda counted: (-counted[1], counted[0])))
    return ItemReads(EditionDay.of(edition.date, slot_of(edition.date)), sum(by_key.values()), items)


def _positions(edition: Digest, by_key: Mapping[str, int]) -> dict[int, int]:
    """Return the presses by position: items at one position of the original and its variants are the same."""
    first: dict[str, int] = {}
    for text in (edition, *edition.variants):
        for item in text.items:
            first.setdefault(item_key(item), item.position)
    positions: dict[int, int] = {}
    for key, position in first.items():
        if key in by_key:
            positions[position] = positions.get(position, 0) + by_key[key]
    return positions
