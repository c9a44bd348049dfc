"""Memory of the whole bot with a million subscribers, from its start into their morning.

The figure is the most that the process ever had: started, a million deliveries planned, the first seconds of sending at
1,000 a second. The floor is the interpreter with the framework imported.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

import uvloop

from benchmarks import harness
from benchmarks.latency import ask_for, publish
from benchmarks.process import pin, resident_mb
from benchmarks.report import Comparison, Report
from benchmarks.start import import_framework
from domain.subscription.preferences import ContentPreferences
from storage.sqlite.database import SqliteDatabase

FLOOR = "the interpreter with aiogram imported"


def run(arguments: argparse.Namespace) -> Report:
    pin(0)
    return uvloop.run(measure(quick=arguments.quick))


async def measure(*, quick: bool) -> Report:
    people = 100_000 if quick else 1_000_000
    _, floor = import_framework("aiogram")
    with harness.canned_server("--latency", "0.02") as api, tempfile.TemporaryDirectory(prefix="memory-") as name:
        folder = Path(name)
        (folder / "digests").mkdir()
        database = await SqliteDatabase.open(folder / "digestbot.db")
        await harness.enrol(database, people, [ContentPreferences()], [harness.noon()])
        await database.close()
        async with harness.bot_process(api, folder, 1000) as bot:
            await ask_for(api, 1, 90_000_000)
            idle = resident_mb(bot.pid)
            await publish(folder)
            await _wait_for_messages(api, 3_000 if quick else 15_000)
            peak = resident_mb(bot.pid, "VmHWM")
    comparisons = (
        Comparison.of("peak", peak, "MiB", reference=FLOOR, reference_value=floor),
        Comparison.of("idle", idle, "MiB", reference=FLOOR, reference_value=floor),
    )
    return Report(comparisons, {"people": people})


async def _wait_for_messages(api: str, count: int) -> None:
    async with asyncio.timeout(120):
        while (await harness.server_figures(api))["messages"] < count:  # noqa: ASYNC110 - another process counts
            await asyncio.sleep(0.2)
