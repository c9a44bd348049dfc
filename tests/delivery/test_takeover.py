"""A bot on PostgreSQL whose process freezes or dies: the next one takes over, and the former one changes nothing."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
from collections import Counter
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import asyncpg
import pytest

from bot.exit_code import ExitCode
from domain.chat.event import Chat
from domain.subscription.preferences import ContentPreferences
from emulator.client import EmulatorClient
from storage import subscribers
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import PostgresqlDatabase
from tests.delivery import fleet_process
from tests.delivery.fleet_process import POINTS
from tests.delivery.harness import DEFAULT_SCHEDULE, EVE
from tests.postgresql import TEMPLATE, Cluster
from tests.waiting import PATIENCE

PEOPLE = 12
SEED = 7
PATIENCE_SECONDS = PATIENCE

FORK_SERVER = multiprocessing.get_context("forkserver")
FORK_SERVER.set_forkserver_preload(["tests.delivery.fleet_process"])


@pytest.fixture
def address(cluster: Cluster, tmp_path: Path) -> PostgresqlAddress:
    name = f"takeover_{abs(hash(tmp_path))}"
    cluster.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY WAL_LOG")
    return cluster.address(name)


async def enrol(address: PostgresqlAddress, chats: list[int]) -> None:
    database = await PostgresqlDatabase.open(address)
    async with database.write() as tx:
        for chat in chats:
            wishes = DEFAULT_SCHEDULE, ContentPreferences()
            subscriber = await subscribers.add(tx, Chat(chat), wishes, now=EVE)
            await subscribers.activate(tx, subscriber.id, now=EVE)
    await database.close()


def start(emulator: EmulatorClient, address: PostgresqlAddress, point: str = "", nth: int = 1) -> ForkServerProcess:
    arguments = emulator.api_url, emulator.token, address, point, nth
    process = FORK_SERVER.Process(target=fleet_process.main, args=arguments, daemon=True)
    process.start()
    return process


async def wait_until_frozen(process: ForkServerProcess) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "T":  # noqa: ASYNC110 - a process has no event
            await asyncio.sleep(0.02)


async def end_of(process: ForkServerProcess) -> int | None:
    await asyncio.to_thread(process.join, PATIENCE_SECONDS)
    return process.exitcode


async def dump(address: PostgresqlAddress) -> dict[str, list[tuple[object, ...]]]:
    """Return all that a process may have changed."""
    connection = await asyncpg.connect(address.url)
    tables = "deliveries", "runs", "waves", "bots", "leases", "subscribers", "digests"
    rows = {name: sorted((tuple(row) for row in await connection.fetch(f"TABLE {name}")), key=repr) for name in tables}
    await connection.close()
    return rows


async def states(address: PostgresqlAddress) -> Counter[str]:
    connection = await asyncpg.connect(address.url)
    rows = await connection.fetch("SELECT state, count(*) FROM deliveries GROUP BY state")
    await connection.close()
    return Counter({row[0]: row[1] for row in rows})


async def received(emulator: EmulatorClient) -> Counter[int]:
    entries = await emulator.log(kind="bot_message")
    return Counter(entry.chat_id for entry in entries if entry.chat_id is not None)


@pytest.mark.parametrize("point", sorted(POINTS))
async def test_frozen_process_changes_nothing_when_it_wakes(
    emulator: EmulatorClient, address: PostgresqlAddress, point: str
) -> None:
    generator = random.Random(f"{SEED} {point}")
    once = "planning" in point or "edition" in point
    nth = (
        1
        if once
        else generator.randrange(2, 4)
        if "ledger" in point or "session" in point
        else generator.randrange(1, PEOPLE)
    )
    await enrol(address, await emulator.create_users(PEOPLE))
    frozen = start(emulator, address, point, nth)
    try:
        await wait_until_frozen(frozen)
        assert await end_of(start(emulator, address)) == 0
        before, had = await dump(address), await received(emulator)
        assert [row[1] for row in before["leases"]] == [2]
        os.kill(frozen.pid or 0, signal.SIGCONT)
        assert await end_of(frozen) == ExitCode.TEMPORARY_FAILURE
    finally:
        frozen.kill()
        frozen.join()
    assert await dump(address) == before
    assert await received(emulator) == had
    assert set(had.values()) == {1}, f"somebody received it twice (seed {SEED}, {point}, {nth})"
    after = await states(address)
    assert after["sent"] + after["unconfirmed"] == PEOPLE
    assert after["unconfirmed"] <= 8
    assert after["sent"] <= len(had)


async def test_killed_process_is_followed_at_once(emulator: EmulatorClient, address: PostgresqlAddress) -> None:
    await enrol(address, await emulator.create_users(PEOPLE))
    first = start(emulator, address, "after the bytes", 3)
    await wait_until_frozen(first)
    second = start(emulator, address)
    first.kill()
    assert await end_of(second) == 0
    after, had = await states(address), await received(emulator)
    assert set(had.values()) == {1}
    assert after["sent"] + after["unconfirmed"] == PEOPLE
    assert after["unconfirmed"] >= 1
