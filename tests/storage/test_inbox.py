"""Updates that wait for the owner of their bot, as they are stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage import bots, inbox, updates
from storage.database import Database, Tx

NOW = datetime(2025, 9, 12, 6, 5, tzinfo=UTC)


async def _put(tx: Tx, *update_ids: int, chat_id: int = 1, raw: bytes = b"{}") -> None:
    for update_id in update_ids:
        await inbox.put(tx, update_id, chat_id, raw, now=NOW)


async def test_oldest_come_first_whenever_they_were_stored(tx: Tx) -> None:
    await _put(tx, 7, 5, 6, 4)
    assert await inbox.get_oldest(tx, 3) == [(4, b"{}"), (5, b"{}"), (6, b"{}")]


async def test_update_that_is_stored_stays_as_it_is(tx: Tx) -> None:
    await _put(tx, 7, raw=b"first")
    await _put(tx, 7, raw=b"second")
    assert await inbox.get_oldest(tx, 9) == [(7, b"first")]


async def test_removed_updates_are_gone(tx: Tx) -> None:
    await _put(tx, 1, 2, 3)
    await inbox.remove(tx, [1, 3, 4])
    assert await inbox.get_oldest(tx, 9) == [(2, b"{}")]


async def test_counts_end_at_their_limits(tx: Tx) -> None:
    await _put(tx, 1, 2, 3, chat_id=1)
    await _put(tx, 4, 5, chat_id=2)
    counts = await inbox.count(tx, 2, bot_limit=9, chat_limit=9)
    assert (counts.of_bot, counts.of_chat) == (5, 2)
    counts = await inbox.count(tx, 1, bot_limit=4, chat_limit=2)
    assert (counts.of_bot, counts.of_chat) == (4, 2)


async def test_bots_see_their_own_updates_only(database: Database) -> None:
    other = database.for_bot(2)
    async with database.write() as tx:
        await bots.add(tx, "tech", "env:BOT_TOKEN_TECH", {})
        await _put(tx, 1, 2)
    async with other.write() as tx:
        await _put(tx, 1, raw=b"other")
        await inbox.remove(tx, [2])
        assert await inbox.get_oldest(tx, 9) == [(1, b"other")]
        assert (await inbox.count(tx, 1, bot_limit=9, chat_limit=9)) == inbox.InboxCounts(1, 1)
    async with database.read() as tx:
        assert await inbox.get_oldest(tx, 9) == [(1, b"{}"), (2, b"{}")]


async def test_mark_of_an_update_that_waits_is_kept(tx: Tx) -> None:
    """An owner died between effect and removal, and days pass until the next one: no second effect."""
    old = NOW - timedelta(days=3)
    for update_id in (1, 2):
        await updates.mark_processed(tx, update_id, now=old)
    await _put(tx, 2)
    await updates.delete_before(tx, before=NOW - timedelta(days=2))
    assert [await updates.mark_processed(tx, number, now=NOW) for number in (1, 2)] == [True, False]
