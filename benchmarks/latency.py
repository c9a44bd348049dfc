"""Milliseconds until a command is answered while a broadcast goes out, beside those of an idle bot.

The whole bot runs in a process of its own; a canned server on another core hands it /help at 5 a second and measures
from the update to the reply. Idle and busy rounds alternate, so that other work on the machine slows both alike: 50
commands while nothing is sent, 50 while a broadcast to 12,500 people goes out at 1,000 a second. `control` is the p95
of one half of the idle rounds divided by that of the other half.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import aiohttp
import uvloop

from benchmarks import harness
from benchmarks.process import pin
from benchmarks.report import Comparison, Report
from domain.delivery.progress import CardMessage
from domain.subscription.preferences import ContentPreferences
from storage import runs
from storage.database import Database

MESSAGES_PER_SECOND = 1000
COMMANDS_PER_SECOND = 5
LATENCY_SECONDS = 0.02


def run(arguments: argparse.Namespace) -> Report:
    pin(0)
    return uvloop.run(measure(quick=arguments.quick))


async def ask_for(api: str, count: int, first: int) -> list[float]:
    """Return the milliseconds until each of `count` people was answered."""
    times: list[float] = []
    async with aiohttp.ClientSession() as session:

        async def ask(chat: int) -> None:
            async with session.get(f"{api}/ask?{chat}", timeout=aiohttp.ClientTimeout(total=60)) as answer:
                times.append(float(await answer.read()))

        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(ask(first + number))
                await asyncio.sleep(1 / COMMANDS_PER_SECOND)
    return times


async def measure(*, quick: bool) -> Report:
    people, rounds, commands = (6_000, 2, 20) if quick else (12_500, 4, 50)
    idle: list[list[float]] = []
    busy: list[list[float]] = []
    rates: list[float] = []
    latency = ("--latency", str(LATENCY_SECONDS))
    with harness.canned_server(*latency) as api, tempfile.TemporaryDirectory(prefix="latency-") as name:
        folder = Path(name)
        (folder / "digests").mkdir()
        database = await Database.open(folder / "digestbot.db")
        await harness.enrol(database, people, [ContentPreferences()], [harness.noon()])
        async with harness.bot_process(api, folder, MESSAGES_PER_SECOND):
            await ask_for(api, 5, 90_000_000)  # the first ones wait for the start
            for number in range(rounds):
                first = 91_000_000 + number * 10_000
                idle.append(await ask_for(api, commands, first))
                before = (await harness.server_figures(api))["calls"]
                await broadcast(database)
                await ask_for(api, 1, first + 1000)  # a command makes the bot look for what is due
                await _wait_for_calls(api, before + 500)
                began, calls = time.monotonic(), (await harness.server_figures(api))["calls"]
                busy.append(await ask_for(api, commands, first + 2000))
                rates.append(((await harness.server_figures(api))["calls"] - calls) / (time.monotonic() - began))
                await _wait_for_calls(api, before + people)
        await database.close()
    return _report(idle, busy, rates)


def _report(idle: list[list[float]], busy: list[list[float]], rates: list[float]) -> Report:
    all_idle, all_busy = list(chain(*idle)), list(chain(*busy))
    half = len(idle) // 2
    comparisons = (
        Comparison.of(
            "p95 during a broadcast", _p95(all_busy), "ms", reference="p95, idle", reference_value=_p95(all_idle)
        ),
        Comparison.of(
            "median during a broadcast",
            statistics.median(all_busy),
            "ms",
            reference="median, idle",
            reference_value=statistics.median(all_idle),
        ),
    )
    figures = {
        "control": round(_p95(list(chain(*idle[:half]))) / _p95(list(chain(*idle[half:]))), 2),
        "commands": len(all_busy),
        "sent_meanwhile_per_second": round(statistics.median(rates)),
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
