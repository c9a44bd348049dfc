"""Two transactions within one another: which connections they need, and what stands if one of them fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from storage import kv
from storage.database import Tx
from storage.errors import OwnershipLost
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import WRITERS, PostgresqlDatabase, connect
from storage.schema import bots
from tests.storage.postgresql.waiting import until_somebody_waits


@asynccontextmanager
async def _observer(address: PostgresqlAddress) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(address)
    try:
        yield connection
    finally:
        await connection.close()


async def _pid(tx: Tx) -> int:
    pid: int = (await tx.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one()
    return pid


async def _values(database: PostgresqlDatabase) -> list[str | None]:
    async with database.read() as tx:
        return [await kv.get(tx, name) for name in ("first", "second")]


async def test_both_write_at_once_and_nobody_beside_them(
    database: PostgresqlDatabase, address: PostgresqlAddress
) -> None:
    async def write() -> list[str | None]:
        async with database.write() as tx:
            return [await kv.get(tx, name) for name in ("first", "second")]

    async with database.write_in_parallel() as (first, second):
        other = asyncio.create_task(write())
        await until_somebody_waits(address)
        await asyncio.gather(kv.put(first, "first", "1"), kv.put(second, "second", "2"))
        assert await _pid(first) != await _pid(second)
    assert await other == ["1", "2"]


async def test_one_at_a_time_has_two(database: PostgresqlDatabase) -> None:
    async with database.write() as tx:
        await tx.execute(insert(bots).values(id=2, name="second", token="env:SECOND"))
    other_bot = database.for_bot(2)
    async with database.write_in_parallel() as txs:
        assert len(txs) == 2
        async with other_bot.write_in_parallel() as other_txs:
            assert len(other_txs) == 1
    async with other_bot.write_in_parallel() as txs:
        assert [tx.bot_id for tx in txs] == [2, 2]


async def test_those_who_wait_for_its_lock_do_not_have_the_connections_it_waits_for(
    database: PostgresqlDatabase, address: PostgresqlAddress
) -> None:
    async def write_in_parallel() -> int:
        async with database.write_in_parallel() as txs:
            return len(txs)

    async def write() -> None:
        async with database.write():
            pass

    async with database.write():
        alone = asyncio.create_task(write_in_parallel())
        await until_somebody_waits(address)
        others = [asyncio.create_task(write()) for _ in range(2 * WRITERS)]
        await until_somebody_waits(address, count=WRITERS - 2)
    async with asyncio.timeout(60):
        assert await alone == 2
        await asyncio.gather(*others)


async def test_nothing_stands_if_what_is_done_within_fails(database: PostgresqlDatabase) -> None:
    async def write() -> None:
        async with database.write_in_parallel() as (first, second):
            await kv.put(first, "first", "1")
            await kv.put(second, "second", "2")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write()
    assert await _values(database) == [None, None]
    async with database.write_in_parallel() as txs:
        assert len(txs) == 2


@pytest.mark.parametrize(("broken", "left"), [(0, [None, "2"]), (1, [None, None])])
async def test_second_one_commits_first(
    database: PostgresqlDatabase, address: PostgresqlAddress, broken: int, left: list[str | None]
) -> None:
    """So what the first one writes about both stands only if both do."""

    async def write() -> None:
        async with _observer(address) as observer, database.write_in_parallel() as txs:
            await kv.put(txs[0], "first", "1")
            await kv.put(txs[1], "second", "2")
            assert await observer.fetchval("SELECT pg_terminate_backend($1, 60000)", await _pid(txs[broken]))

    with pytest.raises(DBAPIError, match="connection"):
        await write()
    assert await _values(database) == left


async def test_bot_cannot_be_taken_while_only_the_second_one_is_left(
    database: PostgresqlDatabase, address: PostgresqlAddress
) -> None:
    """Or the next owner would plan for whom the second one is planning."""

    async def take() -> None:
        async with _observer(address) as other:
            await other.execute("UPDATE leases SET epoch = epoch + 1")

    async def write() -> None:
        async with _observer(address) as observer, database.write_in_parallel() as (first, _):
            assert await observer.fetchval("SELECT pg_terminate_backend($1, 60000)", await _pid(first))
            taking.append(asyncio.create_task(take()))
            await until_somebody_waits(address)
            waits.append(not taking[0].done())

    taking: list[asyncio.Task[None]] = []
    waits: list[bool] = []
    with pytest.raises(DBAPIError, match="connection"):
        await write()
    assert waits == [True]
    await asyncio.wait_for(taking[0], 60)
    with pytest.raises(OwnershipLost):
        async with database.write_in_parallel():
            pass
