"""Measure takeovers: kill, stop and freeze the owner of a bot on PostgreSQL, again and again.

    python -m tests.takeover [--rounds 50]

Three whole bots run on one database; the clock starts with the signal and stops when another process has taken the bot.
A frozen process is woken then, and must end with exit code 75; whoever has ended is started again.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

from bot.exit_code import ExitCode
from emulator.client import run_emulator
from storage.advisory_locks import LockSpace
from storage.postgresql.address import PostgresqlAddress
from tests.bot.harness import TIMEOUT_SECONDS, BotInstallation, start_bot
from tests.interruption import run
from tests.postgresql import TEMPLATE, running_cluster

PROCESSES = 3
SIGNALS = {signal.SIGKILL: "killed", signal.SIGTERM: "stopped", signal.SIGSTOP: "frozen"}
POLL_SECONDS = 0.002


class Fleet:
    """Processes of the whole bot, by process id."""

    def __init__(self, installation: BotInstallation, address: PostgresqlAddress, watch: asyncpg.Connection) -> None:
        self._installation = installation
        self._address = address
        self._watch = watch
        self._processes: dict[int, asyncio.subprocess.Process] = {}

    async def fill(self) -> None:
        """Start processes until there are enough, and wait until all of them own the bot or stand by."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while await self._sessions() < PROCESSES or (await self.lease()) is None:
                await self._start_missing()
                await asyncio.sleep(0.05)

    async def _start_missing(self) -> None:
        """Start processes as a service manager does: on a busy machine one may lose its bots by itself."""
        for pid, process in list(self._processes.items()):
            if process.returncode is not None:
                del self._processes[pid]
        while len(self._processes) < PROCESSES:
            process = await start_bot(self._installation, DATABASE=self._address.url, STATE_FOLDER="state")
            self._processes[process.pid] = process

    async def lease(self) -> tuple[int, int] | None:
        """Return the epoch, and the owner's process id."""
        row = await self._watch.fetchrow("SELECT epoch, owner FROM leases")
        return None if row is None else (row[0], int(row[1].rpartition(":")[2]))

    async def take_over(self, number: signal.Signals) -> float:
        """Send the owner a signal; return the seconds until another process owns the bot."""
        lease = await self.lease()
        assert lease is not None
        epoch, owner = lease
        process = self._processes.pop(owner)
        began = time.monotonic()
        process.send_signal(number)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while await self._watch.fetchval("SELECT epoch FROM leases") == epoch:  # noqa: ASYNC110 - a row has no event
                await asyncio.sleep(POLL_SECONDS)
        seconds = time.monotonic() - began
        if number == signal.SIGSTOP:
            process.send_signal(signal.SIGCONT)
            code = await asyncio.wait_for(process.wait(), TIMEOUT_SECONDS)
            assert code == ExitCode.TEMPORARY_FAILURE, f"the frozen process ended with {code}"
        await process.wait()
        return seconds

    async def close(self) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def _sessions(self) -> int:
        """Return how many processes have a session that may own bots."""
        count = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND granted"
        return int(await self._watch.fetchval(count, LockSpace.PROCESS))


async def measure(rounds: int) -> None:
    generator = random.Random(1)
    with running_cluster() as cluster, tempfile.TemporaryDirectory(prefix="takeover-") as folder:
        cluster.execute(f"CREATE DATABASE fleet TEMPLATE {TEMPLATE}")
        address = cluster.address("fleet")
        watch = await asyncpg.connect(address.url)
        async with run_emulator() as emulator:
            fleet = Fleet(BotInstallation(Path(folder), emulator), address, watch)
            try:
                for number, name in SIGNALS.items():
                    seconds = []
                    for _ in range(rounds):
                        await fleet.fill()
                        await asyncio.sleep(generator.random())  # at any moment between two heartbeats
                        seconds.append(await fleet.take_over(number))
                    print_times(name, seconds)
            finally:
                await fleet.close()
                await watch.close()


def print_times(name: str, seconds: list[float]) -> None:
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    figures = f"p50 {cuts[9]:.3f} s, p95 {cuts[18]:.3f} s, most {max(seconds):.3f} s"
    sys.stdout.write(f"{name}: {len(seconds)} takeovers, {figures}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    run(measure(max(2, parser.parse_args().rounds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
