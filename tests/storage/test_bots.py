"""The bots of a database, and each one's own row."""

from __future__ import annotations

from datetime import date

from domain.delivery.states import BotState
from storage import bots
from storage.bots import StoredBot
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
    await tx.exec_driver_sql("INSERT INTO bots (id, name, token, claim_count) VALUES (2, 'second', '', 4)")
    await bots.raise_claim_count(tx, 9)
    await bots.set_restored_on(tx, DAY)
    await bots.set_checked_morning(tx, DAY)
    rows = await tx.exec_driver_sql("SELECT claim_count, restored_on, checked_morning FROM bots ORDER BY id")
    assert [tuple(row) for row in rows] == [(9, DAY.isoformat(), DAY.isoformat()), (4, None, None)]
    assert await bots.claim_count(tx) == 9
    assert (await bots.restored_on(tx), await bots.checked_morning(tx)) == (DAY, DAY)


async def test_first_bot_is_there_and_others_are_added_once(tx: Tx) -> None:
    (first,) = await bots.get_all(tx)
    assert first == StoredBot(id=1, name="main", token="env:BOT_TOKEN", state=BotState.RUNNING, settings={})
    assert first.is_first
    own = {"digests": "/srv/技术", "rate": "5"}
    assert await bots.add(tx, "tech", "file:/run/tech", own)
    assert not await bots.add(tx, "tech", "env:OTHER", {})
    stored = await bots.get_all(tx)
    second = StoredBot(id=2, name="tech", token="file:/run/tech", state=BotState.RUNNING, settings=own)
    assert stored == [first, second]
    assert not second.is_first


async def test_state_of_one_bot_is_set_by_its_name(tx: Tx) -> None:
    await bots.add(tx, "tech", "env:X", {})
    assert await bots.set_state(tx, "tech", BotState.PAUSED)
    assert not await bots.set_state(tx, "tech", BotState.PAUSED), "it has it already"
    assert not await bots.set_state(tx, "news", BotState.DRAINING)
    assert [bot.state for bot in await bots.get_all(tx)] == [BotState.RUNNING, BotState.PAUSED]
