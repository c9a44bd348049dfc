"""Mornings of many bots on several processes, one of which is killed, frozen or stopped each second.

write editions -> set the clock to the morning -> wait until all bots have finished -> audit every ledger -> next day
                     meanwhile, each second: kill -9 | freeze for longer than the lease, and wake | stop and start
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from bot.settings import DriverName
from storage.postgresql.ledger_session import LEASE_SECONDS
from tests.fleet.installation import BotApi, Figures, Installation, running_bot_api
from tests.fleet.service_manager import Machine, ServiceManager, running
from tests.mornings import FIRST_DAY, shanghai
from tests.postgresql import TEMPLATE, Cluster, running_server

FAULTS = ("kill", "freeze", "stop")
MORNING_SECONDS = 900.0
LOOK_SECONDS = 0.2
SHARE_OF_BEGINNERS = 0.2
"""Share of the faults that may meet a process which has not owned a bot for a second yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """How many processes, bots and people; the time after which no further morning begins."""

    processes: int = 3
    bots: int = 20
    people: int = 500
    rate: int = 30
    seconds: float = 600
    interval: float = 1.0
    drop: float = 0.002
    seed: int = 1
    driver: DriverName = DriverName.AIOGRAM
    mutation: str = ""


@dataclass(slots=True)
class FleetResult:
    """What happened, and every disagreement."""

    disagreements: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    codes: Counter[int] = field(default_factory=Counter)
    mornings: int = 0
    messages: int = 0
    unconfirmed: int = 0
    takeovers: int = 0
    refused: int = 0
    fullest_second: int = 0
    seconds: float = 0.0


async def torture(options: FleetOptions, folder: Path, report: Callable[[str], object] = print) -> FleetResult:
    """Run mornings until the time is over or one of them disagrees."""
    result = FleetResult()
    with running_server() as server:
        cluster = Cluster(server.folder)
        cluster.execute(f"CREATE DATABASE fleet TEMPLATE {TEMPLATE}")
        installation = Installation(folder, cluster.address("fleet"), options.bots, options.people)
        await installation.create()
        limits = "--limit", str(options.rate), "--drop", str(options.drop), "--seed", str(options.seed)
        async with running_bot_api(*limits) as bot_api:
            settings = installation.settings(
                bot_api, rate=options.rate, driver=options.driver, mutation=options.mutation
            )
            machines = [Machine(replace(settings)) for _ in range(options.processes)]
            async with running(machines) as manager:
                began = time.monotonic()
                await _mornings(options, installation, bot_api, manager, result, report)
                result.seconds = time.monotonic() - began
                await _end(installation, bot_api, manager, result)
    return result


async def _mornings(
    options: FleetOptions,
    installation: Installation,
    bot_api: BotApi,
    manager: ServiceManager,
    result: FleetResult,
    report: Callable[[str], object],
) -> None:
    until = time.monotonic() + options.seconds
    faults = asyncio.create_task(_inject(options, installation, manager, result.faults))
    try:
        while not result.disagreements and (time.monotonic() < until or not await _has_seen_all(installation, result)):
            day = FIRST_DAY + timedelta(days=result.mornings)
            began = time.monotonic()
            try:
                await _morning(installation, day)
            except TimeoutError:
                result.disagreements.append(f"{day}: not finished within {MORNING_SECONDS:.0f} s")
                result.disagreements += await installation.unfinished(day)
                return
            disagreements, unconfirmed = await installation.audit(day, await bot_api.figures())
            result.mornings += 1
            result.disagreements += disagreements
            result.unconfirmed += unconfirmed
            seconds = time.monotonic() - began
            report(f"{day}: {seconds:.1f} s, {unconfirmed} unconfirmed, {len(disagreements)} disagreements")
    finally:
        faults.cancel()
        (ended,) = await asyncio.gather(faults, return_exceptions=True)
        if not isinstance(ended, asyncio.CancelledError):
            result.disagreements.append(f"no faults any more: {ended!r}")


async def _has_seen_all(installation: Installation, result: FleetResult) -> bool:
    """Return whether there was a fault of each kind, and a bot has changed its process."""
    return all(result.faults[kind] for kind in FAULTS) and await installation.takeovers() > 0


async def _morning(installation: Installation, day: date) -> None:
    """Publish and deliver one edition of each bot."""
    installation.set_clock(shanghai(day, 7, 50))
    installation.write_editions(day)
    async with asyncio.timeout(MORNING_SECONDS):
        while await installation.count_runs(day) < installation.bots:  # noqa: ASYNC110 - a row has no event
            await asyncio.sleep(LOOK_SECONDS)
        installation.set_clock(shanghai(day, 8))
        while await installation.count_runs(day, finished=True) < installation.bots:  # noqa: ASYNC110 - as above
            await asyncio.sleep(LOOK_SECONDS)


async def _inject(
    options: FleetOptions, installation: Installation, manager: ServiceManager, faults: Counter[str]
) -> None:
    """Harm one process after another; seldom one that has just begun to work, or nothing might ever be sent."""
    generator = random.Random(options.seed)
    kinds: list[str] = []
    async with asyncio.TaskGroup() as group:
        while True:
            await asyncio.sleep(options.interval)
            kinds = kinds or generator.sample(FAULTS, len(FAULTS))
            kind, seconds = kinds[-1], generator.uniform(1.5, 3) * LEASE_SECONDS
            machine = manager.machines[generator.randrange(len(manager.machines))]
            is_spared = generator.random() >= SHARE_OF_BEGINNERS
            if not machine.is_running or (is_spared and not await installation.is_at_work(machine.pid)):
                faults["none: it was not at work"] += 1
            elif machine.is_running:
                faults[kinds.pop()] += 1
                if kind == "freeze":
                    group.create_task(manager.freeze(machine, seconds))
                else:
                    os.kill(machine.pid, signal.SIGKILL if kind == "kill" else signal.SIGTERM)


async def _end(installation: Installation, bot_api: BotApi, manager: ServiceManager, result: FleetResult) -> None:
    """Stop all processes, and audit everything once more: nothing may have come since."""
    result.takeovers = await installation.takeovers()
    await manager.stop()
    figures = await bot_api.figures()
    result.codes = manager.codes
    result.disagreements += manager.unexpected_ends(installation.folder)
    for number in range(result.mornings):
        disagreements, _ = await installation.audit(FIRST_DAY + timedelta(days=number), figures)
        result.disagreements += [text for text in disagreements if text not in result.disagreements]
    _note_figures(installation, figures, result)


def _note_figures(installation: Installation, figures: Figures, result: FleetResult) -> None:
    result.messages, result.refused = len(figures.times), len(figures.refusals)
    result.fullest_second = figures.fullest_second
    result.disagreements += figures.refusals
