"""Wait until sessions wait for locks of other sessions."""

from __future__ import annotations

import asyncio

from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import connect

WAITING = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""
WAITING_FOR_STANDBY = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


async def until_somebody_waits(address: PostgresqlAddress, *, count: int = 1, waiting: str = WAITING) -> None:
    """Return as soon as so many sessions of a database wait."""
    connection = await connect(address)
    try:
        async with asyncio.timeout(60):
            while await connection.fetchval(waiting) < count:  # noqa: ASYNC110 - the server notifies nobody
                await asyncio.sleep(0.01)
    finally:
        await connection.close()
