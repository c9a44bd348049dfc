"""Several processes of the whole bot on one PostgreSQL database: one runs it, the others stand by."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from bot.exit_code import ExitCode
from delivery.high_water_mark import HighWaterMark
from emulator.client import EmulatorClient, run_emulator
from storage.postgresql.address import PostgresqlAddress
from tests.bot.fleet import Fleet
from tests.bot.harness import TIMEOUT_SECONDS
from tests.postgresql import TEMPLATE, Cluster


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator() as emulator:
        yield emulator


@pytest.fixture
def address(cluster: Cluster) -> Iterator[PostgresqlAddress]:
    cluster.execute(f"CREATE DATABASE fleet TEMPLATE {TEMPLATE} STRATEGY WAL_LOG")
    yield cluster.address("fleet")
    cluster.execute("DROP DATABASE fleet WITH (FORCE)")


@pytest.fixture
async def fleet(emulator: EmulatorClient, tmp_path: Path, address: PostgresqlAddress) -> AsyncIterator[Fleet]:
    fleet = Fleet(emulator, tmp_path, address)
    yield fleet
    for process in fleet.processes:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
async def test_standby_goes_on_when_the_owner_is_gone(
    fleet: Fleet, emulator: EmulatorClient, number: signal.Signals
) -> None:
    first = await fleet.start()
    assert await fleet.wait_for_epoch(1) == first.pid
    await fleet.answers(emulator, "Ann")
    second = await fleet.start()
    await fleet.wait_for_standby()
    first.send_signal(number)
    assert await fleet.wait_for_epoch(2) == second.pid
    await fleet.answers(emulator, "Ben")
    first.send_signal(signal.SIGCONT) if number == signal.SIGSTOP else None
    code = await asyncio.wait_for(first.wait(), TIMEOUT_SECONDS)
    assert code == {signal.SIGKILL: -9, signal.SIGTERM: ExitCode.SUCCESS}.get(number, ExitCode.TEMPORARY_FAILURE)
    assert second.returncode is None


async def test_standby_keeps_a_mark_of_what_the_owner_claims(
    fleet: Fleet, tmp_path: Path, address: PostgresqlAddress
) -> None:
    """After a restore the other machine may start first, and what was sent since is in its mark only."""
    await fleet.start()
    await fleet.wait_for_epoch(1)
    await fleet.start(str(tmp_path / "other machine"))
    await fleet.wait_for_standby()
    connection = await asyncpg.connect(address.url)
    await connection.execute("UPDATE bots SET claim_count = 500")
    await connection.close()
    mark = HighWaterMark(tmp_path / "other machine" / f"{address.database}.mark")
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while mark.read() != 500:  # noqa: ASYNC110 - a file notifies nobody
            await asyncio.sleep(0.05)
