"""The bot's own row."""

from __future__ import annotations

from datetime import date

from storage import bots
from storage.database import Tx

DAY, NEXT_DAY = date(2025, 9, 12), date(2025, 9, 13)


async def test_claim_count_is_raised_and_never_lowered(tx: Tx) -> None:
    assert await bots.claim_count(tx) == 0
    for at_least, count in ((5, 5), (3, 5), (6, 6)):
        await bots.raise_claim_count(tx, at_least)
        assert await bots.claim_count(tx) == count


async def test_days_are_kept_apart(tx: Tx) -> None:
    assert (await bots.restored_on(tx), await bots.checked_morning(tx)) == (None, None)
    await bots.set_restored_on(tx, DAY)
    assert (await bots.restored_on(tx), await bots.checked_morning(tx)) == (DAY, None)
    await bots.set_checked_morning(tx, NEXT_DAY)
    assert (await bots.restored_on(tx), await bots.checked_morning(tx)) == (DAY, NEXT_DAY)


async def test_another_bots_row_stays_as_it_is(tx: Tx) -> None:
    await tx.exec_driver_sql("INSERT INTO bots (id, claim_count) VALUES (2, 4)")
    await bots.raise_claim_count(tx, 9)
    await bots.set_restored_on(tx, DAY)
    await bots.set_checked_morning(tx, DAY)
    rows = await tx.exec_driver_sql("SELECT claim_count, restored_on, checked_morning FROM bots ORDER BY id")
    assert [tuple(row) for row in rows] == [(9, DAY.isoformat(), DAY.isoformat()), (4, None, None)]
    assert await bots.claim_count(tx) == 9
    assert (await bots.restored_on(tx), await bots.checked_morning(tx)) == (DAY, DAY)
