"""Single facts that must survive a restart, by name."""

from __future__ import annotations

from sqlalchemy import delete, select

from storage.database import Tx
from storage.schema import kv
from storage.upsert import insert


async def get(tx: Tx, name: str) -> str | None:
    """The fact, if it was ever noted."""
    value: str | None = await tx.scalar(select(kv.c.value).where(kv.c.name == name))
    return value


async def get_by_prefix(tx: Tx, start: str) -> dict[str, str]:
    """All facts whose names begin so."""
    rows = await tx.execute(select(kv.c.name, kv.c.value).where(kv.c.name.startswith(start, autoescape=True)))
    return {row.name: row.value for row in rows}


async def put(tx: Tx, name: str, value: str) -> None:
    """Note a fact in place of what was noted before."""
    row = insert(tx, kv).values(name=name, value=value)
    await tx.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


async def remove(tx: Tx, name: str) -> None:
    await tx.execute(delete(kv).where(kv.c.name == name))
