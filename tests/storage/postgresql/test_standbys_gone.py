"""Synchronous standbys that are gone: nothing is sent, health and the admins hear of it, and it passes by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import database_guard
from bot.database_guard import DatabaseGuard, RunningBot
from emulator.client import EmulatorClient, run_emulator
from storage.database import WriteError
from storage.postgresql import database
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import NO_STANDBY, PostgresqlDatabase
from tests.databases import CLUSTER_VARIABLE, drop_databases
from tests.delivery.harness import ADMIN, MORNING, DeliveryHarness, open_harness, run_of
from tests.postgresql import Cluster
from tests.storage.postgresql.test_server_check import setting
from tests.waiting import PATIENCE

PEOPLE = 60


@pytest.fixture
async def harness(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DeliveryHarness]:
    """Yield a slow delivery on the tests' own server."""
    monkeypatch.setenv(CLUSTER_VARIABLE, str(cluster.folder))
    monkeypatch.setattr(database_guard, "CHECK_INTERVAL_SECONDS", 0.02)
    monkeypatch.setattr(database, "MAX_STANDBY_WAIT_SECONDS", 0.5)
    async with run_emulator() as emulator:
        await emulator.create_user("Admin", language="en", id=ADMIN, started=True)
        async with open_harness(emulator, tmp_path / "bot.db", rate=20) as harness:
            yield harness
    drop_databases()


async def notices(emulator: EmulatorClient) -> list[str]:
    """Return what the admin was told about the database."""
    log = await emulator.log(ADMIN, kind="bot_message")
    texts = [entry.message.text or "" for entry in log if entry.message is not None]
    return [text for text in texts if "database" in text]


async def test_nothing_is_sent_while_standbys_are_gone(harness: DeliveryHarness, cluster: Cluster) -> None:
    problems: list[str | None] = []

    async def find_write_error() -> WriteError | None:
        error = await harness.database.find_write_error()
        problems.append(None if error is None else error.reason)
        return error

    async def wait_for(count: int, problem: str | None) -> None:
        async with asyncio.timeout(PATIENCE):
            while problems[-count:] != [problem] * count:  # noqa: ASYNC110 - the guard tells nobody of a test
                await asyncio.sleep(0.02)

    running = {"main": RunningBot(harness.delivery_service, ())}
    guard = DatabaseGuard(None, running, lambda: harness.clock.now, find_write_error)
    watching = asyncio.create_task(guard.run(()))
    chats = await harness.crowd(PEOPLE)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.until(run_id, lambda now: now.sent >= 3)
    await wait_for(3, None)
    with setting(cluster, "synchronous_standby_names", "nobody"):
        await wait_for(1, NO_STANDBY)
        sent = len(await harness.received())
        await wait_for(20, NO_STANDBY)
        told = [guard.problem]
        assert len(await harness.received()) == sent < PEOPLE
        async with asyncio.timeout(PATIENCE):
            while not await notices(harness.emulator):  # noqa: ASYNC110 - the emulator notifies nobody
                await asyncio.sleep(0.02)
    await wait_for(3, None)
    assert [problem and problem.partition(";")[0] for problem in (*told, guard.problem)] == [NO_STANDBY, None]
    assert "; nothing has been sent since 20" in str(told[0])
    await harness.finished(run_id)
    assert await harness.times() == dict.fromkeys(chats, 1)
    [notice] = await notices(harness.emulator)
    assert NO_STANDBY in notice
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_server_that_goes_away_is_said_too(cluster: Cluster, address: PostgresqlAddress) -> None:
    opened = await PostgresqlDatabase.open(address)
    assert await opened.find_write_error() is None
    cluster.execute("ALTER DATABASE own ALLOW_CONNECTIONS false", SESSIONS_ENDED)
    error = await opened.find_write_error()
    assert error is not None
    assert str(address) in error.reason
    assert not error.is_waiting
    cluster.execute("ALTER DATABASE own ALLOW_CONNECTIONS true")
    await opened.close()


SESSIONS_ENDED = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'own'"
