"""How soon a command is answered while tens of thousands of messages go out, against how soon when nothing does.

    python -m benchmarks.latency [--json] [--quick]

The whole bot in a process of its own; a canned server on another core hands it 200 /help at 5 a second, first idle,
then while 50,000 people get the digest at 1000 a second, and measures from the update to the reply.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from benchmarks import rig
from digest.taste import Taste
from storage.database import Database

RATE = 1000
LATENCY = 0.02
PER_SECOND = 5


async def ask_for(api: str, count: int, first: int) -> list[float]:
    """Milliseconds until each of so many people was answered."""
    times: list[float] = []
    async with aiohttp.ClientSession() as session:

        async def ask(chat: int) -> None:
            async with session.get(f"{api}/ask?{chat}", timeout=aiohttp.ClientTimeout(total=60)) as answer:
                times.append(float(await answer.read()))

        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(ask(first + number))
                await asyncio.sleep(1 / PER_SECOND)
    return times


async def measure(*, quick: bool) -> dict[str, Any]:
    people, commands = (8_000, 30) if quick else (50_000, 200)
    with rig.canned("--latency", str(LATENCY)) as api, tempfile.TemporaryDirectory(prefix="latency-") as name:
        folder = Path(name)
        (folder / "digests").mkdir()
        database = await Database.open(folder / "digestbot.db")
        await rig.enrol(database, people, [Taste()], [rig.noon()])
        await database.close()
        async with rig.bot_process(api, folder, RATE):
            await ask_for(api, 5, 90_000_000)  # the first ones wait for the start
            idle = await ask_for(api, commands, 91_000_000)
            await publish(folder)
            await _sending(api)
            busy = await ask_for(api, commands, 92_000_000)
            figures = await rig.figures_of(api)
    p95 = {"idle": _p95(idle), "busy": _p95(busy)}
    return {
        "p95_ratio": round(p95["busy"] / p95["idle"], 2),
        "p95_idle_ms": round(p95["idle"], 1),
        "p95_busy_ms": round(p95["busy"], 1),
        "median_idle_ms": round(statistics.median(idle), 1),
        "median_busy_ms": round(statistics.median(busy), 1),
        "commands": commands,
        "sent_meanwhile_per_second": round(statistics.median(figures["by_second"][-5:-1])),
    }


async def publish(folder: Path) -> None:
    """An edition for people whose noon it is."""
    now = datetime.now(UTC)
    front = f"---\ntitle: Bench\ndate: {(now - timedelta(minutes=30)).isoformat()}\n---\n\n"
    items = [
        f"{n}.  [Headline {n}](https://example.org/{n})\n\n    {'Some words about it. ' * 6}\n" for n in range(1, 12)
    ]
    await asyncio.to_thread((folder / "digests" / "today.md").write_text, front + "\n".join(items))


async def _sending(api: str) -> None:
    """Until the digest is on its way."""
    async with asyncio.timeout(30):
        before = (await rig.figures_of(api))["calls"]
        while (await rig.figures_of(api))["calls"] < before + 500:  # noqa: ASYNC110 - another process counts
            await asyncio.sleep(0.1)


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def main() -> None:
    given = rig.arguments(__doc__)
    rig.pin(0)
    began = time.monotonic()
    figures = uvloop.run(measure(quick=given.quick)) | {"took_seconds": round(time.monotonic() - began)}
    rig.tell({"benchmark": "latency", "quick": given.quick} | json.loads(json.dumps(figures)), as_json=given.json)


if __name__ == "__main__":
    main()
