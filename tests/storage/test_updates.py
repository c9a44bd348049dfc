"""Processed updates, as they are kept."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from storage import updates
from storage.database import Database, Tx

NOW = datetime(2025, 9, 12, 6, 5, tzinfo=UTC)


async def test_update_is_marked_processed_once(database: Database) -> None:
    async def mark() -> bool:
        async with database.write() as tx:
            return await updates.mark_processed(tx, 7, now=NOW)

    assert sorted(await asyncio.gather(*(mark() for _ in range(5)))) == [False] * 4 + [True]


async def test_old_processed_marks_are_deleted(tx: Tx) -> None:
    limit = NOW - timedelta(days=2)
    for update_id, processed in ((1, limit - timedelta(days=1)), (2, limit - timedelta(seconds=1)), (3, limit)):
        await updates.mark_processed(tx, update_id, now=processed)
    await updates.mark_processed(tx, 4, now=NOW)
    await updates.delete_before(tx, before=limit)
    assert [await updates.mark_processed(tx, number, now=NOW) for number in (1, 2, 3, 4)] == [True, True, False, False]
