"""Deadlines of 429s: one for each chat and one for all of them, the last one in place of the former."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage import retry_after
from storage.database import Tx
from storage.retry_after import RetryAfter

NOW = datetime(2025, 9, 12, tzinfo=UTC)
ALL, GROUP, OTHER = RetryAfter(None, NOW, 1.5), RetryAfter(-7, NOW, 30), RetryAfter(-8, NOW, 3)


async def _stored(tx: Tx) -> dict[int | None, RetryAfter]:
    deadlines = await retry_after.get_all(tx)
    assert len({deadline.chat_id for deadline in deadlines}) == len(deadlines)
    return {deadline.chat_id: deadline for deadline in deadlines}


async def test_deadline_takes_the_place_of_the_former_one(tx: Tx) -> None:
    assert await _stored(tx) == {}
    for deadline in (ALL, GROUP, OTHER):
        await retry_after.put(tx, deadline)
    assert await _stored(tx) == {None: ALL, -7: GROUP, -8: OTHER}
    later = [RetryAfter(chat_id, NOW + timedelta(minutes=1), 60) for chat_id in (None, -7)]
    for deadline in later:
        await retry_after.put(tx, deadline)
    assert await _stored(tx) == {None: later[0], -7: later[1], -8: OTHER}


async def test_removed_deadline_leaves_those_of_others(tx: Tx) -> None:
    for deadline in (ALL, GROUP, OTHER):
        await retry_after.put(tx, deadline)
    await retry_after.remove(tx, GROUP)
    assert await _stored(tx) == {None: ALL, -8: OTHER}
    await retry_after.remove(tx, ALL)
    assert await _stored(tx) == {-8: OTHER}
