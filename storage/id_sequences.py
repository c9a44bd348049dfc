"""Ids that are given out by counting, because they are needed before their rows are stored."""

from __future__ import annotations

from storage.database import Tx
from storage.schema import id_sequences
from storage.upsert import insert


async def reserve(tx: Tx, name: str, count: int) -> int:
    """Return the first of `count` ids in a row, which are never given again."""
    first = insert(tx, id_sequences).values(name=name, highest=count)
    more = {"highest": id_sequences.c.highest + count}
    reserved = first.on_conflict_do_update(index_elements=["name"], set_=more).returning(id_sequences.c.highest)
    highest: int = (await tx.execute(reserved)).scalar_one()
    return highest - count + 1
