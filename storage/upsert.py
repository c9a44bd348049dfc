"""INSERT … ON CONFLICT, which SQLite and PostgreSQL spell alike and SQLAlchemy offers for each dialect."""

from typing import Any

from sqlalchemy import Table, select, text
from sqlalchemy.dialects import postgresql, sqlite

from storage.advisory_locks import LockSpace
from storage.database import Tx

_LOCK_SHARED_VALUES = text(f"SELECT pg_advisory_xact_lock({LockSpace.SHARED_VALUES:d}, 0)")


def insert(tx: Tx, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an insert that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)


async def get_or_create(tx: Tx, table: Table, values: dict[str, Any]) -> int:
    """Return the id of the row with these values, stored if there is none.

    The row is looked for first: usually it exists, and each attempt to insert would use up a number of PostgreSQL's
    sequence. Ids appear in their order, since whoever has seen one takes all lower ones as seen.
    """
    same = select(table.c.id).filter_by(**values)
    row_id: int | None = await tx.scalar(same)
    if row_id is None:
        if tx.dialect.name == "postgresql":
            await tx.execute(_LOCK_SHARED_VALUES)
        await tx.execute(insert(tx, table).values(values).on_conflict_do_nothing())
        row_id = (await tx.execute(same)).scalar_one()
    return row_id
