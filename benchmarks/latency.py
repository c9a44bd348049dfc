"""How soon a command is answered while tens of thousands of messages go out, against how soon when nothing does.

    python -m benchmarks.latency [--json] [--quick]

The whole bot in a process of its own; a canned server on another core hands it /help at 5 a second and measures from
the update to the reply. Four times in turn: 50 while nothing goes out, 50 while a broadcast to 12,500 people does at
1000 a second; so whatever else the machine does meets both alike. `control`: one half of the idle rounds by the other.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from benchmarks import rig
from digest.taste import Taste
from storage import runs
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
    people, rounds, commands = (6_000, 2, 20) if quick else (12_500, 4, 50)
    idle: list[list[float]] = []
    busy: list[list[float]] = []
    rates: list[float] = []
    with rig.canned("--latency", str(LATENCY)) as api, tempfile.TemporaryDirectory(prefix="latency-") as name:
        folder = Path(name)
        (folder / "digests").mkdir()
        database = await Database.open(folder / "digestbot.db")
        await rig.enrol(database, people, [Taste()], [rig.noon()])
        async with rig.bot_process(api, folder, RATE):
            await ask_for(api, 5, 90_000_000)  # the first ones wait for the start
            for number in range(rounds):
                first = 91_000_000 + number * 10_000
                idle.append(await ask_for(api, commands, first))
                before = (await rig.figures_of(api))["calls"]
                await broadcast(database)
                await ask_for(api, 1, first + 1000)  # after a command the bot looks for what is due
                await _until(api, before + 500)
                began, sent = time.monotonic(), (await rig.figures_of(api))["calls"]
                busy.append(await ask_for(api, commands, first + 2000))
                rates.append(((await rig.figures_of(api))["calls"] - sent) / (time.monotonic() - began))
                await _until(api, before + people)
        await database.close()
    return _figures(idle, busy) | {"sent_meanwhile_per_second": round(statistics.median(rates))}


def _figures(idle: list[list[float]], busy: list[list[float]]) -> dict[str, Any]:
    """Over all rounds together."""
    still, under_way = list(chain(*idle)), list(chain(*busy))
    half = len(idle) // 2
    return {
        "p95_ratio": round(_p95(under_way) / _p95(still), 2),
        "p95_idle_ms": round(_p95(still), 1),
        "p95_busy_ms": round(_p95(under_way), 1),
        "median_idle_ms": round(statistics.median(still), 1),
        "median_busy_ms": round(statistics.median(under_way), 1),
        "control": round(_p95(list(chain(*idle[:half]))) / _p95(list(chain(*idle[half:]))), 2),
        "commands": len(under_way),
    }


async def broadcast(database: Database) -> None:
    """What an admin's press on Send stores."""
    now = datetime.now(UTC)
    async with database.write() as tx:
        run_id = await runs.draft_broadcast(
            tx, actor=1, method="sendMessage", body={"text": "今天的要闻" * 60}, now=now
        )
        await runs.confirm(tx, run_id, actor=1, card=runs.Card(1, 1), now=now)


async def publish(folder: Path) -> None:
    """An edition for people whose noon it is."""
    now = datetime.now(UTC)
    front = f"---\ntitle: Bench\ndate: {(now - timedelta(minutes=30)).isoformat()}\n---\n\n"
    items = [
        f"{n}.  [Headline {n}](https://example.org/{n})\n\n    {'Some words about it. ' * 6}\n" for n in range(1, 12)
    ]
    await asyncio.to_thread((folder / "digests" / "today.md").write_text, front + "\n".join(items))


async def _until(api: str, calls: int) -> None:
    """Until the server has had so many messages."""
    async with asyncio.timeout(60):
        while (await rig.figures_of(api))["calls"] < calls:  # noqa: ASYNC110 - another process counts
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
