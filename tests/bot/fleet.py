"""Several processes of the whole bot on one PostgreSQL database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg

from emulator.client import EmulatorClient
from storage.postgresql.address import PostgresqlAddress
from tests.bot.harness import TIMEOUT_SECONDS, BotInstallation, start_bot

LONGER_LEASE = """
from storage.postgresql.database import PostgresqlDatabase
PostgresqlDatabase.open.__func__.__kwdefaults__["lease_seconds"] = 12
"""
"""A busy machine may let a process stand still for the four seconds of a real one."""


class Fleet:
    """Processes of one installation."""

    def __init__(self, emulator: EmulatorClient, folder: Path, address: PostgresqlAddress) -> None:
        self.installation = BotInstallation(folder, emulator)
        self.processes: list[asyncio.subprocess.Process] = []
        self._address = address

    async def start(
        self, state_folder: str = "state", *, before: str = "", **variables: str
    ) -> asyncio.subprocess.Process:
        """Start a process, after some code."""
        variables |= {"DATABASE": self._address.url, "STATE_FOLDER": state_folder}
        process = await start_bot(self.installation, before=f"{LONGER_LEASE}\n{before}", **variables)
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

    async def wait_for_standby(self, times: int = 1) -> None:
        """Wait until processes have begun to stand by so many times, the one started last among them."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while self.installation.log.count("standing_by") < times:
                assert self.processes[-1].returncode is None, self.installation.log
                await asyncio.sleep(0.05)

    async def answers(self, emulator: EmulatorClient, name: str) -> None:
        """Let somebody greet the bot, and wait for its answer."""
        person = await emulator.create_user(name, language="en")
        await person.send("/start")
        await person.next_message(timeout=TIMEOUT_SECONDS)
