"""Milliseconds until a command is answered during a broadcast and during a flood, beside those of an idle bot.

The whole bot runs in a process of its own; a canned server on another core hands it /help at 5 a second and measures
from the update to the reply. The rounds alternate, so that other work on the machine slows all alike: 50 commands while
nothing is sent, 50 while a broadcast to 12,500 people goes out at 1,000 a second, 50 more while nothing is sent, 50
while one person sends 1,000 updates a second. `control` is the p95 of the second idle rounds divided by that of the
first. `flood_cpu_us` is what an update of the flood costs the bot, beyond what the commands cost.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import uvloop

from benchmarks import harness
from benchmarks.process import cpu_seconds, pin
from benchmarks.report import Comparison, Report
from domain.delivery.progress import CardMessage
from domain.subscription.preferences import ContentPreferences
from storage import runs
from storage.database import Database
from storage.sqlite.database import SqliteDatabase

MESSAGES_PER_SECOND = 1000
COMMANDS_PER_SECOND = 5
LATENCY_SECONDS = 0.02
UPDATES_PER_SECOND = 1000
FLOOD_LEAD_SECONDS = 3.0
"""Time before and after a measured flood."""


def run(arguments: argparse.Namespace) -> Report:
    pin(0)
    return uvloop.run(measure(quick=arguments.quick))


async def ask_for(api: str, count: int, first: int, path: str = "ask") -> list[float]:
    """Return the milliseconds until each of `count` people was answered who `ask` or `subscribe`."""
    times: list[float] = []
    async with aiohttp.ClientSession() as session:

        async def ask(chat: int) -> None:
            async with session.get(f"{api}/{path}?{chat}", timeout=aiohttp.ClientTimeout(total=60)) as answer:
                times.append(float(await answer.read()))

        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(ask(first + number))
                await asyncio.sleep(1 / COMMANDS_PER_SECOND)
    return times


@dataclass(slots=True)
class Times:
    """The milliseconds of each command, by what else the bot was doing."""

    idle: list[float] = field(default_factory=list)
    broadcast: list[float] = field(default_factory=list)
    idle_again: list[float] = field(default_factory=list)
    flood: list[float] = field(default_factory=list)
    sent_per_second: list[float] = field(default_factory=list)
    flood_cpu_us: list[float] = field(default_factory=list)


async def measure(*, quick: bool) -> Report:
    people, rounds, commands = (6_000, 2, 20) if quick else (12_500, 4, 50)
    times = Times()
    latency = ("--latency", str(LATENCY_SECONDS))
    with harness.canned_server(*latency) as api, tempfile.TemporaryDirectory(prefix="latency-") as name:
        folder = Path(name)
        (folder / "digests").mkdir()
        database = await SqliteDatabase.open(folder / "digestbot.db")
        await harness.enrol(database, people, [ContentPreferences()], [harness.noon()])
        async with harness.bot_process(api, folder, MESSAGES_PER_SECOND) as bot:
            await ask_for(api, 5, 90_000_000)  # the first ones wait for the start
            for number in range(rounds):
                first = 91_000_000 + number * 10_000
                times.idle += await ask_for(api, commands, first)
                await _during_broadcast(api, database, times, people=people, commands=commands, first=first + 2000)
                idle_cpu = cpu_seconds(bot.pid)
                times.idle_again += await ask_for(api, commands, first + 4000)
                idle_cpu = cpu_seconds(bot.pid) - idle_cpu
                await _during_flood(api, times, bot.pid, idle_cpu, commands=commands, first=first + 6000)
        await database.close()
    return _report(times)


async def _during_broadcast(
    api: str, database: Database, times: Times, *, people: int, commands: int, first: int
) -> None:
    before = (await harness.server_figures(api))["calls"]
    await broadcast(database)
    await ask_for(api, 1, first + 1000, "subscribe")  # this makes the bot look for what is due
    await _wait_for_calls(api, before + 500)
    began, calls = time.monotonic(), (await harness.server_figures(api))["calls"]
    times.broadcast += await ask_for(api, commands, first)
    times.sent_per_second.append(((await harness.server_figures(api))["calls"] - calls) / (time.monotonic() - began))
    await _wait_for_calls(api, before + people)


async def _during_flood(api: str, times: Times, bot: int, idle_cpu: float, *, commands: int, first: int) -> None:
    await _flood(api, UPDATES_PER_SECOND)
    await asyncio.sleep(FLOOD_LEAD_SECONDS)
    began, cpu = time.monotonic(), cpu_seconds(bot)
    times.flood += await ask_for(api, commands, first)
    updates = (time.monotonic() - began) * UPDATES_PER_SECOND
    times.flood_cpu_us.append((cpu_seconds(bot) - cpu - idle_cpu) / updates * 1e6)
    await _flood(api, 0)
    async with asyncio.timeout(60):
        while await _flood(api, 0):  # noqa: ASYNC110 - another process counts
            await asyncio.sleep(0.1)
    await asyncio.sleep(FLOOD_LEAD_SECONDS)  # for the answers that the flooder still gets


async def _flood(api: str, per_second: int) -> int:
    """Set how many updates one person sends a second; return how many are not confirmed."""
    async with aiohttp.ClientSession() as session, session.get(f"{api}/flood?{per_second}") as answer:
        return int(await answer.read())


def _report(times: Times) -> Report:
    idle = times.idle + times.idle_again
    comparisons = tuple(
        Comparison.of(
            f"{kind} during a {what}", figure(busy), "ms", reference=f"{kind}, idle", reference_value=figure(idle)
        )
        for what, busy in (("broadcast", times.broadcast), ("flood", times.flood))
        for kind, figure in (("p95", _p95), ("median", statistics.median))
    )
    figures = {
        "control": round(_p95(times.idle_again) / _p95(times.idle), 2),
        "commands": len(times.broadcast),
        "sent_meanwhile_per_second": round(statistics.median(times.sent_per_second)),
        "flood_cpu_us": round(statistics.median(times.flood_cpu_us)),
    }
    return Report(comparisons, figures)


async def broadcast(database: Database) -> None:
    """Store what an admin's press on Send stores."""
    now = datetime.now(UTC)
    async with database.write() as tx:
        run_id = await runs.draft_broadcast(
            tx, actor=1, method="sendMessage", body={"text": "今天的要闻" * 60}, now=now
        )
        await runs.confirm(tx, run_id, actor=1, card=CardMessage(1, 1), now=now)


async def publish(folder: Path) -> None:
    """Put an edition into the folder, for people in whose zone it is noon."""
    now = datetime.now(UTC)
    front = f"---\ntitle: Bench\ndate: {(now - timedelta(minutes=30)).isoformat()}\n---\n\n"
    items = [
        f"{n}.  [Headline {n}](https://example.org/{n})\n\n    {'Some words about it. ' * 6}\n" for n in range(1, 12)
    ]
    await asyncio.to_thread((folder / "digests" / "today.md").write_text, front + "\n".join(items))


async def _wait_for_calls(api: str, calls: int) -> None:
    async with asyncio.timeout(60):
        while (await harness.server_figures(api))["calls"] < calls:  # noqa: ASYNC110 - another process counts
            await asyncio.sleep(0.1)


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
