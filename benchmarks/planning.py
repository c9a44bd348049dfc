"""What a morning costs before its first message: a million people, 300 schedules, 500 tastes, all due at once.

    python -m benchmarks.planning [--json] [--quick]

`longest_chunk_ms` is how long the one writer was ever kept from others; `rss_mb_above_idle` the most memory that
planning took on top; `empty_look_ms` the CPU of a look at what is due when nothing is.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop

from benchmarks import rig
from bot import garbage
from delivery.courier import Courier, Options
from delivery.pace import Pace
from delivery.wire import Wire
from digest.calendar import Schedule
from storage.database import Database
from storage.digests import Source

SCHEDULES = 300
TASTES = 500


class Memory:
    """The most memory this process had while it was watched."""

    def __init__(self) -> None:
        self.most = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.01):
            self.most = max(self.most, rig.resident_mb(os.getpid()))


async def measure(*, quick: bool) -> dict[str, Any]:
    people = 200_000 if quick else 1_000_000
    mornings = [Schedule("Asia/Shanghai", 180 + minute) for minute in range(SCHEDULES)]
    digest = rig.edition(published=rig.MORNING - timedelta(hours=12))
    wanted = rig.tastes(TASTES, digest, two_parts=TASTES // 10)
    with tempfile.TemporaryDirectory(prefix="planning-") as name:
        database = await Database.open(Path(name) / "bot.db")
        await rig.enrol(database, people, wanted, mornings)
        moment = [rig.MORNING - timedelta(hours=12)]
        async with Wire("http://127.0.0.1:1", rig.TOKEN) as wire:
            courier = Courier(
                database, wire, Pace(30), lambda: moment[0], texts=rig.TEXTS, options=Options(house=rig.HOUSE)
            )
            await courier.publish(digest, Source("bench.md", b"bench"))
            await courier.look()
            garbage.settle()  # as the bot does, for all alike
            empty = await _empty_looks(courier)
            idle = rig.resident_mb(os.getpid())
            moment[0] = rig.MORNING
            with Memory() as memory:
                began = time.perf_counter()
                await courier.look()
                seconds = time.perf_counter() - began
        async with database.read() as tx:
            rows = (await tx.exec_driver_sql("SELECT count(*) FROM deliveries WHERE state = 'pending'")).scalar_one()
        await database.close()
    if rows != people + people // 10:
        raise SystemExit(f"{rows} rows for {people} people")
    return {
        "seconds": round(seconds, 2),
        "longest_chunk_ms": round(courier.longest_step * 1000, 1),
        "rss_mb_above_idle": round(memory.most - idle, 1),
        "empty_look_ms": round(empty, 2),
        "people": people,
        "rows": rows,
    }


async def _empty_looks(courier: Courier) -> float:
    """Milliseconds of CPU, the median of many."""
    costs = []
    for _ in range(200):
        began = time.process_time()
        await courier.look()
        costs.append(time.process_time() - began)
        await asyncio.sleep(0)
    return statistics.median(costs) * 1000


def main() -> None:
    given = rig.arguments(__doc__)
    rig.pin(1)
    rig.tell(
        {"benchmark": "planning", "quick": given.quick} | uvloop.run(measure(quick=given.quick)), as_json=given.json
    )


if __name__ == "__main__":
    main()
