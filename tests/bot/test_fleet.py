"""Several processes of the whole bot on one PostgreSQL database: one runs it, the others stand by."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from rich.console import Console

from bot.exit_code import ExitCode
from bot.fleet_command import show_fleet
from bot.settings import Settings
from delivery.high_water_mark import HighWaterMark
from emulator.client import EmulatorClient, run_emulator
from storage.postgresql.address import PostgresqlAddress
from tests.bot.fleet import Fleet
from tests.bot.harness import TIMEOUT_SECONDS, load_settings_of
from tests.postgresql import TEMPLATE, Cluster

SHORT_PAUSES = """
from bot import running_bot, supervisor
running_bot.HAND_ON_SECONDS = supervisor.FIRST_RETRY_SECONDS = supervisor.RETRY_SECONDS = 1
"""


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


async def observe(settings: Settings, is_met: Callable[[Any], bool]) -> Any:
    """Return what `digestbot fleet` says as soon as it meets a condition."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while True:
            shown = StringIO()
            with redirect_stdout(shown):
                await asyncio.to_thread(show_fleet, settings, Console(), as_json=True)
            if is_met(seen := json.loads(shown.getvalue())):
                return seen
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("missing", ["proxy", "folder"])
async def test_bot_that_cannot_start_on_one_machine_runs_on_another(
    fleet: Fleet, emulator: EmulatorClient, address: PostgresqlAddress, tmp_path: Path, missing: str
) -> None:
    """The first process has no way to Telegram, or no digest folder; it gives up the bot and is well as a standby."""
    (tmp_path / "a file").touch()
    wrong = {"API_URL": "http://127.0.0.1:1"} if missing == "proxy" else {"DIGESTS": str(tmp_path / "a file")}
    second = None
    if missing == "folder":
        second = await fleet.start()
        await fleet.wait_for_epoch(1)
    first = await fleet.start(before=SHORT_PAUSES, **wrong)
    if second is None:
        await fleet.wait_for_epoch(1)
        second = await fleet.start()
    await fleet.answers(emulator, "Ann")
    settings = load_settings_of(fleet.installation, DATABASE=address.url)
    observed = await observe(
        settings, lambda seen: seen["bots"][0]["state"] == "running" and len(seen["processes"]) == 2
    )
    assert observed["bots"][0]["owner"].endswith(f":{second.pid}")
    at_work = {process["name"].rpartition(":")[2]: process["role"] for process in observed["processes"]}
    assert at_work == {str(first.pid): "all", str(second.pid): "all"}
    failed = {failure["process"] for failure in observed["bots"][0]["failures"]}
    assert {name.rpartition(":")[2] for name in failed} <= {str(first.pid)}
    assert (first.returncode, second.returncode) == (None, None)
