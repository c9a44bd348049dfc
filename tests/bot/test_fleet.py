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
from tests.bot.harness import TIMEOUT_SECONDS, BotInstallation, start_bot
from tests.postgresql import TEMPLATE, Cluster

LONGER_LEASE = """
from storage.postgresql.database import PostgresqlDatabase
PostgresqlDatabase.open.__func__.__kwdefaults__["lease_seconds"] = 12
"""
"""A busy machine may let a process stand still for the four seconds of a real one."""


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator() as emulator:
        yield emulator


@pytest.fixture
def address(cluster: Cluster) -> Iterator[PostgresqlAddress]:
    cluster.execute(f"CREATE DATABASE fleet TEMPLATE {TEMPLATE} STRATEGY WAL_LOG")
    yield cluster.address("fleet")
    cluster.execute("DROP DATABASE fleet WITH (FORCE)")


class Fleet:
    """Processes of one installation."""

    def __init__(self, emulator: EmulatorClient, folder: Path, address: PostgresqlAddress) -> None:
        self.installation = BotInstallation(folder, emulator)
        self.processes: list[asyncio.subprocess.Process] = []
        self._address = address

    async def start(self, state_folder: str = "state") -> asyncio.subprocess.Process:
        variables = {"DATABASE": self._address.url, "STATE_FOLDER": state_folder}
        process = await start_bot(self.installation, before=LONGER_LEASE, **variables)
        self.processes.append(process)
        return process

    async def wait_for_epoch(self, epoch: int) -> int:
        """Wait until somebody has taken the bot for the n-th time; return the owner's process id."""
        connection = await asyncpg.connect(self._address.url)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                while True:
                    owner = await connection.fetchval("SELECT owner FROM leases WHERE epoch = $1", epoch)
                    if owner is not None:
                        return int(owner.rpartition(":")[2])
                    await asyncio.sleep(0.02)
        finally:
            await connection.close()

    async def wait_for_standby(self) -> None:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while "standing_by" not in self.installation.log:  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0.05)

    async def answers(self, emulator: EmulatorClient, name: str) -> None:
        """Let somebody greet the bot, and wait for its answer."""
        person = await emulator.create_user(name, language="en")
        await person.send("/start")
        await person.next_message(timeout=TIMEOUT_SECONDS)


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
