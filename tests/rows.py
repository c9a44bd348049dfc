"""All rows of one bot in a database that several bots share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from storage.database import Database
from storage.schema import bots, metadata, runs

SHARED_TABLES = frozenset({"schedules", "content_preferences", "id_sequences", "supported_programs"})
"""Tables whose rows belong to no bot."""


async def rows_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of the database's bot by table; a table that belongs to bots in no known way is an error."""
    rows = {}
    async with database.read() as tx:
        of_bot = select(runs.c.id).where(runs.c.bot_id == database.bot_id)
        for table in metadata.sorted_tables:
            if table.name in SHARED_TABLES:
                continue
            if table is bots:
                condition = bots.c.id == database.bot_id
            elif "bot_id" in table.c:
                condition = table.c.bot_id == database.bot_id
            else:
                condition = table.c.run_id.in_(of_bot)
            found = await tx.execute(select(table).where(condition).order_by(*table.primary_key))
            rows[table.name] = [tuple(row) for row in found]
    return rows
