"""Index the editions that were stored before there was an index, or by a program that knows none."""

from __future__ import annotations

import asyncio

import structlog

from storage import item_index
from storage.database import Database

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 0.02
"""Wait between two steps, so that everything else that writes has its turn."""


async def index_editions(database: Database) -> None:
    """Index all that is not indexed, in short transactions. A failure costs the search older editions, not the bot."""
    steps = 0
    try:
        while await _step(database):
            steps += 1
            await asyncio.sleep(PAUSE_SECONDS)
    except Exception as error:  # noqa: BLE001 - an outermost loop: the bot goes on without
        log.error("item_index_incomplete", error=type(error).__name__)
    if steps:
        log.info("item_index_filled")


async def _step(database: Database) -> bool:
    async with database.write() as tx:
        return await item_index.fill_some(tx)
