"""How much of the allowed rate is used, and whether any second gets too much: the pace against a server that counts.

    python -m benchmarks.pace [--json] [--quick]

A canned server with 80 ms latency refuses whatever is over the limit in any rolling second. A digest goes to everybody,
twenty groups among them, while replies take another 5 % of the rate; at 30 and at 1000 a second, for a minute each.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import update

from benchmarks import rig
from bot import garbage
from delivery.courier import Courier, Options
from delivery.outcome import Throttled
from delivery.pace import Lane, Pace
from delivery.wire import Wire
from digest.taste import Taste
from storage.database import Database
from storage.digests import Source
from storage.schema import subscribers

LATENCY = 0.08
GROUPS = 20
REPLIES = 0.05


async def run(limit: int, seconds: float) -> dict[str, Any]:
    """Send for so long under a limit; the server's figures."""
    with rig.canned("--latency", str(LATENCY), "--limit", str(limit)) as api:
        people = int(limit * (seconds + 5))
        with tempfile.TemporaryDirectory(prefix="pace-") as name:
            database = await Database.open(Path(name) / "bot.db")
            await rig.enrol(database, people, [Taste()])
            await _make_groups(database)
            moment = [rig.EVE]
            async with Wire(api, rig.TOKEN) as wire:
                pace = Pace(limit)
                courier = Courier(
                    database, wire, pace, lambda: moment[0], texts=rig.TEXTS, options=Options(house=rig.HOUSE)
                )
                await courier.publish(rig.edition(items=11), Source("bench.md", b"bench"))
                running = asyncio.create_task(courier.run())
                await courier.look()
                moment[0] = rig.MORNING
                await courier.look()
                await _reply(wire, pace, limit * REPLIES, time.monotonic() + seconds)
                figures = await rig.figures_of(api)
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
            await database.close()
    return _judge(figures, limit)


async def _make_groups(database: Database) -> None:
    """Some of the recipients are groups, whose own limits hold too."""
    async with database.write() as tx:
        await tx.execute(
            update(subscribers)
            .where(subscribers.c.chat_id <= GROUPS)
            .values(chat_id=-subscribers.c.chat_id, kind="supergroup")
        )


async def _reply(wire: Wire, pace: Pace, per_second: float, until: float) -> None:
    """People ask at random moments, and are answered through the same pace."""
    chance = random.Random(5)

    async def answer(chat: int) -> None:
        await pace.permit(chat, Lane.REPLY)
        outcome = await wire.send("sendMessage", json.dumps({"chat_id": chat, "text": "an answer"}).encode())
        if isinstance(outcome, Throttled):
            pace.hold(chat, outcome.seconds)

    async with asyncio.TaskGroup() as group:
        number = 10_000_000
        while time.monotonic() < until:
            await asyncio.sleep(chance.expovariate(per_second))
            number += 1
            group.create_task(answer(number))


def _judge(figures: dict[str, Any], limit: int) -> dict[str, Any]:
    seconds = figures["seconds"]
    return {
        "utilisation": round((figures["calls"] - figures["refused"]) / (limit * seconds), 4),
        "throttled": figures["refused"],
        "fullest_second": figures["fullest_second"],
        "seconds": round(seconds, 1),
        "by_second": figures["by_second"],
    }


async def measure(*, quick: bool) -> dict[str, Any]:
    garbage.settle()  # as the bot does, for all alike
    seconds = 10 if quick else 62
    found = {limit: await run(limit, seconds) for limit in (30, 1000)}
    flat = {f"{name}_{limit}": value for limit, figures in found.items() for name, value in figures.items()}
    least = min(figures["utilisation"] for figures in found.values())
    return {"utilisation": least, "throttled": sum(figures["throttled"] for figures in found.values())} | flat


def main() -> None:
    given = rig.arguments(__doc__)
    rig.pin(1)
    figures = uvloop.run(measure(quick=given.quick))
    if not given.json:
        figures = {name: value for name, value in figures.items() if not name.startswith("by_second")}
    rig.tell({"benchmark": "pace", "quick": given.quick} | figures, as_json=given.json)


if __name__ == "__main__":
    main()
