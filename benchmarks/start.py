"""Seconds from the start of the process to the first answered command, with each framework.

A canned server holds a /help ready. The whole bot starts in a process of its own, over the database of an earlier
start, and the clock stops when the answer arrives. The floor is a process that imports the framework and runs an empty
event loop. The frameworks and the floors take turns, so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import aiohttp
import uvloop

from benchmarks import harness
from benchmarks.process import pin
from benchmarks.report import Comparison, Report
from bot.settings import DriverName

TIMEOUT = aiohttp.ClientTimeout(total=60)
PACKAGES = {DriverName.AIOGRAM: "aiogram", DriverName.PTB: "telegram"}


def run(arguments: argparse.Namespace) -> Report:
    pin(0)
    return uvloop.run(measure(quick=arguments.quick))


async def first_answer(api: str, folder: Path, driver: DriverName, chat: int) -> float:
    """Return the seconds until a bot that is being started has answered."""
    began = time.monotonic()
    async with harness.bot_process(api, folder, 30, driver=driver), aiohttp.ClientSession(timeout=TIMEOUT) as session:
        async with session.get(f"{api}/ask?{chat}") as answer:
            await answer.read()
        return time.monotonic() - began


def import_framework(package: str) -> tuple[float, float]:
    """Return the seconds that importing a framework and an empty loop take, and the memory in MiB."""
    began = time.monotonic()
    command = (sys.executable, "-m", "benchmarks.framework_floor", package)
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.monotonic() - began, float(finished.stdout)


async def measure(*, quick: bool) -> Report:
    bots: defaultdict[DriverName, list[float]] = defaultdict(list)
    floors: defaultdict[DriverName, list[float]] = defaultdict(list)
    starts = 3 if quick else 9
    with harness.canned_server() as api, tempfile.TemporaryDirectory(prefix="start-") as name:
        folder = Path(name)
        (folder / "digests").mkdir()
        await first_answer(api, folder, DriverName.PTB, 90_000_000)  # creates the database
        for number in range(starts):
            for place, driver in enumerate(DriverName):
                floors[driver].append(import_framework(PACKAGES[driver])[0])
                bots[driver].append(await first_answer(api, folder, driver, 91_000_000 + 10 * number + place))
    comparisons = tuple(
        Comparison.of(
            f"start to first answer, {driver}",
            statistics.median(bots[driver]),
            "s",
            reference=f"import {PACKAGES[driver]} and an empty loop",
            reference_value=statistics.median(floors[driver]),
        )
        for driver in DriverName
    )
    best = {f"{driver}_best_seconds": round(min(bots[driver]), 2) for driver in DriverName}
    return Report(comparisons, best | {"starts_of_each": starts})
