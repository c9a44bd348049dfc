"""Transactions that write at the same time: whoever decides by what it reads finds nothing half-done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError

from domain.delivery.states import WaveState
from domain.subscription.calendar import Schedule
from storage import kv, planning, runs, schedules, waves
from storage.database import Tx
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import PostgresqlDatabase
from storage.schema import bots, deliveries
from tests.storage.postgresql.waiting import until_somebody_waits

NOW = datetime(2025, 9, 12, 0, 0, tzinfo=UTC)
MORNING, NOON = Schedule("UTC", 480), Schedule("UTC", 720)


async def test_many_write_at_once_and_one_alone(database: PostgresqlDatabase, address: PostgresqlAddress) -> None:
    async def write_alone() -> list[str | None]:
        async with database.write(alone=True) as tx:
            return [await kv.get(tx, name) for name in ("first", "second")]

    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(database.write())
        second = await stack.enter_async_context(database.write())
        await kv.put(first, "first", "1")
        await kv.put(second, "second", "2")
        alone = asyncio.create_task(write_alone())
        await until_somebody_waits(address)
        assert not alone.done()
    assert await alone == ["1", "2"]


async def test_who_comes_after_one_alone_does_not_overtake_it(
    database: PostgresqlDatabase, address: PostgresqlAddress
) -> None:
    """Or the planner would wait for as long as people press buttons."""
    order: list[str] = []

    async def write(name: str, *, alone: bool) -> None:
        async with database.write(alone=alone):
            order.append(name)

    async with database.write():
        tasks = [asyncio.create_task(write("alone", alone=True))]
        await until_somebody_waits(address)
        tasks.append(asyncio.create_task(write("later", alone=False)))
        await until_somebody_waits(address, count=2)
    await asyncio.gather(*tasks)
    assert order == ["alone", "later"]


async def test_other_bots_do_not_wait(database: PostgresqlDatabase) -> None:
    async with database.write() as tx:
        await tx.execute(insert(bots).values(id=2, name="second", token="env:SECOND"))
    async with asyncio.timeout(60), database.write(alone=True), database.for_bot(2).write(alone=True) as tx:
        assert await kv.get(tx, "a") is None


async def test_read_is_one_snapshot_and_writes_nothing(database: PostgresqlDatabase) -> None:
    async with database.read() as reader:
        assert await kv.get(reader, "a") is None
        async with database.write() as tx:
            await kv.put(tx, "a", "1")
        assert await kv.get(reader, "a") is None
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with database.read() as reader:
            await kv.put(reader, "a", "2")


async def _finish(tx: Tx, run_id: int) -> bool:
    return await runs.finish(tx, run_id, now=NOW)


async def _close(tx: Tx, run_id: int) -> bool:
    """Plan the wave to its end, as the planner does."""
    for wave in await waves.waiting(tx, until=NOW):
        (one,) = planning.planning_passes([wave])
        await planning.plan(tx, one, 1, upto=None)
        await waves.close(tx, one.waves, one.cursor, WaveState.PLANNED)
    return await _finish(tx, run_id)


@pytest.mark.parametrize("end", [_finish, _close])
async def test_run_is_not_finished_over_one_who_joins(
    end: Callable[[Tx, int], Coroutine[None, None, bool]],
    database: PostgresqlDatabase,
    address: PostgresqlAddress,
) -> None:
    async with database.write() as tx:
        run_id = await runs.add_digest(tx, date(2025, 9, 12), published=NOW, upto=0)
        morning, noon = [await schedules.get_or_create(tx, schedule) for schedule in (MORNING, NOON)]
        await waves.set_waiting(tx, run_id, morning, NOW)
        await waves.close(tx, [1], 0, WaveState.PLANNED)

    async def end_run() -> bool:
        async with database.write(alone=True) as tx:
            return await end(tx, run_id)

    async with database.write() as joiner:
        await runs.reopen(joiner, run_id)
        await waves.set_waiting(joiner, run_id, noon, NOW.replace(hour=12))
        ending = asyncio.create_task(end_run())
        await until_somebody_waits(address)
    assert await ending is False
    async with database.read() as tx:
        assert [wave.schedule_id for wave in await waves.waiting(tx, until=NOW.replace(hour=12))] == [noon]


async def test_ids_of_shared_values_appear_in_their_order(
    database: PostgresqlDatabase, address: PostgresqlAddress
) -> None:
    """Whoever has seen a schedule takes all with lower ids as seen."""

    async def store(schedule: Schedule) -> int:
        async with database.write() as tx:
            return await schedules.get_or_create(tx, schedule)

    async with database.write() as tx:
        first = await schedules.get_or_create(tx, MORNING)
        second = asyncio.create_task(store(NOON))
        await until_somebody_waits(address)
        same = asyncio.create_task(store(MORNING))
        await until_somebody_waits(address, count=2)
    assert (await second, await same) == (first + 1, first)
    async with database.read() as tx:
        assert list(await schedules.all_after(tx, first)) == [first + 1]


async def test_statistics_are_counted_on_demand(database: PostgresqlDatabase) -> None:
    async with database.write() as tx:
        columns = [column.name for column in deliveries.columns][:6]
        row = select(func.generate_series(1, 500), 1, 1, 1, 1, text("'pending'"))
        await tx.execute(insert(deliveries).from_select(columns, row))
    await database.update_statistics()
    async with database.read() as tx:
        counted = await tx.scalar(text("SELECT reltuples FROM pg_class WHERE relname = 'deliveries'"))
    assert counted == 500
