"""How much memory the whole bot takes with a million subscribers, from its start into the middle of their morning.

    python -m benchmarks.memory [--json] [--quick]

`rss_mb` is the most the process ever had: started, a million people planned, and the first seconds of sending at 1000 a
second. `start_seconds` is from the start to the first answered command.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import uvloop

from benchmarks import rig
from benchmarks.latency import ask_for, publish
from digest.taste import Taste
from storage.database import Database


async def measure(*, quick: bool) -> dict[str, Any]:
    people = 100_000 if quick else 1_000_000
    with rig.canned("--latency", "0.02") as api, tempfile.TemporaryDirectory(prefix="memory-") as name:
        folder = Path(name)
        (folder / "digests").mkdir()
        database = await Database.open(folder / "digestbot.db")
        await rig.enrol(database, people, [Taste()], [rig.noon()])
        await database.close()
        began = time.perf_counter()
        async with rig.bot_process(api, folder, 1000) as bot:
            await ask_for(api, 1, 90_000_000)
            start = time.perf_counter() - began - 0.2  # `ask_for` waits a fifth of a second after each
            idle = rig.resident_mb(bot.pid)
            await publish(folder)
            await _sent(api, 3_000 if quick else 15_000)
            most = rig.resident_mb(bot.pid, "VmHWM")
    return {
        "rss_mb": round(most, 1),
        "rss_mb_idle": round(idle, 1),
        "start_seconds": round(start, 2),
        "people": people,
    }


async def _sent(api: str, count: int) -> None:
    async with asyncio.timeout(120):
        while (await rig.figures_of(api))["messages"] < count:  # noqa: ASYNC110 - another process counts
            await asyncio.sleep(0.2)


def main() -> None:
    given = rig.arguments(__doc__)
    rig.pin(0)
    rig.tell({"benchmark": "memory", "quick": given.quick} | uvloop.run(measure(quick=given.quick)), as_json=given.json)


if __name__ == "__main__":
    main()
