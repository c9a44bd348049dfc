"""One morning of a small fleet, in the middle of which something happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from storage.postgresql.address import PostgresqlAddress
from tests.fleet.installation import BotApi, Installation, running_bot_api
from tests.fleet.service_manager import Machine, ServiceManager, running
from tests.mornings import FIRST_DAY, shanghai
from tests.postgresql import TEMPLATE, Cluster

LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 120.0
"""Generous: a timeout says that something never comes, not that it is slow."""


def create_database(cluster: Cluster) -> PostgresqlAddress:
    """Return the address of the fleet's own database."""
    cluster.execute(f"CREATE DATABASE fleet TEMPLATE {TEMPLATE} STRATEGY WAL_LOG")
    return cluster.address("fleet")


@dataclass(frozen=True, slots=True)
class FleetMorning:
    """The first morning of an installation whose processes run."""

    installation: Installation
    bot_api: BotApi
    manager: ServiceManager

    def at(self, address: PostgresqlAddress) -> FleetMorning:
        """Return the same morning as another database knows it."""
        return replace(self, installation=replace(self.installation, address=address))

    async def publish(self) -> None:
        """Let all bots take in their editions, and let the morning begin."""
        self.installation.set_clock(shanghai(FIRST_DAY, 7, 50))
        self.installation.write_editions(FIRST_DAY)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.installation.count_runs(FIRST_DAY) < self.installation.bots:  # noqa: ASYNC110 - a row has no event
                await asyncio.sleep(LOOK_SECONDS)
        self.installation.set_clock(shanghai(FIRST_DAY, 8))

    async def arrivals(self) -> list[float]:
        """Return when each message came, on the monotonic clock."""
        return [at for at, _ in (await self.bot_api.figures()).times]

    async def wait_for_messages(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(await self.arrivals()) < count:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(LOOK_SECONDS)

    async def wait_for_message_from(self, address: str) -> None:
        """Wait until a message has come from this address."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while address not in [source for _, source in (await self.bot_api.figures()).times]:  # noqa: ASYNC110 - as above
                await asyncio.sleep(LOOK_SECONDS)

    async def wait_until_silent(self, seconds: float) -> None:
        """Wait until no message has come for so long."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while time.monotonic() - max(await self.arrivals(), default=0.0) < seconds:  # noqa: ASYNC110 - as above
                await asyncio.sleep(LOOK_SECONDS)

    async def wait_for_exit(self, pid: int, code: int) -> None:
        """Wait until a process has ended with a code."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (pid, code) not in [end[1:] for end in self.manager.ends]:  # noqa: ASYNC110 - as above
                await asyncio.sleep(LOOK_SECONDS)

    async def owner(self) -> int | None:
        """Return the process id of the first bot's owner."""
        owner: str | None = await self.installation.value("SELECT owner FROM leases WHERE bot_id = 1")
        return None if owner is None else int(owner.rpartition(":")[2])

    async def wait_for_owner(self, pids: Sequence[int]) -> int:
        """Wait until one of these processes owns the first bot."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                pid = await self.owner()
                if pid is not None and pid in pids:
                    return pid
                await asyncio.sleep(LOOK_SECONDS)

    async def finish(self, *, has_outage: bool = False) -> tuple[list[str], int]:
        """Wait for the end; return every disagreement, and how many parts are unconfirmed."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.installation.count_runs(FIRST_DAY, finished=True) < self.installation.bots:  # noqa: ASYNC110 - as above
                await asyncio.sleep(LOOK_SECONDS)
        return await self.audit(has_outage=has_outage)

    async def audit(self, *, has_outage: bool = False) -> tuple[list[str], int]:
        figures = await self.bot_api.figures()
        disagreements, unconfirmed = await self.installation.audit(FIRST_DAY, figures, has_outage=has_outage)
        return disagreements + self.manager.unexpected_ends(self.installation.folder), unconfirmed


@asynccontextmanager
async def fleet_morning(
    folder: Path,
    address: PostgresqlAddress,
    *,
    people: int,
    rate: int,
    processes: int = 2,
    host: str = "127.0.0.1",
    machines: Sequence[dict[str, Any]] = (),
) -> AsyncIterator[FleetMorning]:
    """Run one bot on a fleet; `machines` are settings of single processes."""
    installation = Installation(folder, address, 1, people)
    await installation.create()
    async with running_bot_api("--limit", str(rate), "--host", host) as bot_api:
        settings = [
            installation.settings(bot_api, rate=rate, state=f"state-{number}", **one)
            for number, one in enumerate(machines or [{}] * processes)
        ]
        async with running([Machine(one) for one in settings]) as manager:
            yield FleetMorning(installation, bot_api, manager)
