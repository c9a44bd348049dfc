"""Rows that stand once. INSERT … ON CONFLICT is spelt alike by SQLite and PostgreSQL, in a construct for each."""

from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Tx


def insert(tx: Tx, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)


async def get_or_create(tx: Tx, table: Table, values: dict[str, Any]) -> int:
    """The id of the one row with these values, stored if there is none. It is looked for first: as a rule it is there,
    and a sequence of PostgreSQL's would lose a number at each attempt to store it."""
    same = select(table.c.id).filter_by(**values)
    found: int | None = await tx.scalar(same)
    if found is None:
        await tx.execute(insert(tx, table).values(values).on_conflict_do_nothing())
        found = (await tx.execute(same)).scalar_one()
    return found
