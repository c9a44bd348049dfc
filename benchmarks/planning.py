"""Seconds to plan a million deliveries that are due at once, and the cost of a tick when nothing is due.

A million people, 300 schedules, 500 content preferences. The floor of planning is one bare `INSERT … SELECT` of the
same rows in sqlite3, into the same table with the same indexes and pragmas; that of an empty tick is one indexed query
through the same Database. `longest_step_ms` is how long planning kept the one writer from others, `rss_mb_above_idle`
the memory that it took on top.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvloop
from sqlalchemy import select

from benchmarks import harness
from benchmarks.process import pin, resident_mb
from benchmarks.report import Comparison, Report
from bot import gc_tuning
from delivery.service import DeliveryOptions, DeliveryService
from delivery.service_factory import create_delivery_service
from domain.subscription.calendar import Schedule
from storage.database import Database
from storage.digests import Source
from storage.planning import ROW_COLUMNS
from storage.schema import deliveries, subscribers
from storage.sqlite.database import PRAGMAS, SqliteDatabase
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import create_circuit_breaker
from transport.rate_limiter import RateLimiter

SCHEDULES = 300
PREFERENCES = 500
TICKS = 200
FLOOR = "one bare INSERT … SELECT with the same indexes"


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a piece of work took, by the wall clock and by this process's CPU."""

    seconds: float
    cpu_seconds: float


class PeakMemory:
    """Sampler of the most memory that this process has while the block runs."""

    def __init__(self) -> None:
        self.mb = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.01):
            self.mb = max(self.mb, resident_mb(os.getpid()))


def run(arguments: argparse.Namespace) -> Report:
    pin(1)
    return uvloop.run(measure(quick=arguments.quick))


@asynccontextmanager
async def due_delivery(
    database: Database, people: int, *, preferences: int = PREFERENCES
) -> AsyncIterator[tuple[DeliveryService, Callable[[], None]]]:
    """Yield delivery with an edition for so many people, and what makes the edition due for all of them."""
    schedules = [Schedule("Asia/Shanghai", 180 + minute) for minute in range(SCHEDULES)]
    digest = harness.edition(published=harness.MORNING - timedelta(hours=12))
    wanted = harness.content_preferences(preferences, digest, two_parts=preferences // 10)
    await harness.enrol(database, people, wanted, schedules)
    now = [harness.MORNING - timedelta(hours=12)]
    async with BotApiClient("http://127.0.0.1:1", harness.TOKEN) as client:
        delivery_service = create_delivery_service(
            database,
            client,
            RateLimiter(30),
            create_circuit_breaker(client, lambda: now[0]),
            lambda: now[0],
            translations=harness.TEXTS,
            options=DeliveryOptions(default_schedule=harness.DEFAULT_SCHEDULE),
        )
        await delivery_service.publish(digest, Source("bench.md", b"bench"))
        await delivery_service.tick()

        def make_due() -> None:
            now[0] = harness.MORNING

        yield delivery_service, make_due


async def timed(work: Awaitable[object]) -> Duration:
    """Return how long a piece of work took."""
    began, cpu_began = time.perf_counter(), time.process_time()
    await work
    return Duration(time.perf_counter() - began, time.process_time() - cpu_began)


async def measure(*, quick: bool) -> Report:
    people = 200_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory(prefix="planning-") as name:
        path = Path(name) / "bot.db"
        database = await SqliteDatabase.open(path)
        async with due_delivery(database, people) as (delivery_service, make_due):
            gc_tuning.freeze_and_enable()  # as the bot does
            tick, query = await _cpu_ms(delivery_service.tick), await _cpu_ms(lambda: _indexed_query(database))
            idle = resident_mb(os.getpid())
            make_due()
            with PeakMemory() as memory:
                planning = await timed(delivery_service.tick())
        await database.close()
        rows, floor = bare_insert(path)
    if rows != people + people // 10:
        raise SystemExit(f"{rows} rows were planned for {people} people")
    comparisons = (
        Comparison.of(
            f"planning {people:,} people", planning.seconds, "s", reference=FLOOR, reference_value=floor.seconds
        ),
        Comparison.of("CPU of planning", planning.cpu_seconds, "s", reference=FLOOR, reference_value=floor.cpu_seconds),
        Comparison.of("CPU of an empty tick", tick, "ms", reference="one indexed query", reference_value=query),
    )
    figures = {
        "longest_step_ms": round(delivery_service.longest_step_seconds * 1000, 1),
        "rss_mb_above_idle": round(memory.mb - idle, 1),
        "rows": rows,
    }
    return Report(comparisons, figures)


def bare_insert(source: Path) -> tuple[int, Duration]:
    """Insert the planned rows into an empty table of the same make; return their number and how long it took.

    The columns that planning fills are named: of a whole table SQLite copies the pages, which is no insert.
    """
    target = sqlite3.connect(source.with_name("floor.db"), isolation_level=None)
    for pragma in PRAGMAS:
        target.execute(f"PRAGMA {pragma}")
    target.execute("PRAGMA foreign_keys = OFF")  # the tables that the rows refer to are not copied
    target.execute("ATTACH ? AS planned", (str(source),))
    statements = target.execute(
        "SELECT sql FROM planned.sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC",
        (deliveries.name,),
    ).fetchall()
    for (statement,) in statements:  # the table before its indexes
        target.execute(statement)
    columns = ", ".join(ROW_COLUMNS)
    began, cpu_began = time.perf_counter(), time.process_time()
    target.execute(f"INSERT INTO main.{deliveries.name} ({columns}) SELECT {columns} FROM planned.{deliveries.name}")  # noqa: S608 - constants
    duration = Duration(time.perf_counter() - began, time.process_time() - cpu_began)
    (rows,) = target.execute(f"SELECT count(*) FROM main.{deliveries.name}").fetchone()  # noqa: S608
    target.close()
    return rows, duration


async def _indexed_query(database: Database) -> None:
    async with database.read() as tx:
        await tx.execute(select(subscribers.c.id).where(subscribers.c.bot_id == tx.bot_id, subscribers.c.chat_id == 1))


async def _cpu_ms(work: Callable[[], Awaitable[object]]) -> float:
    """Return the median CPU time of a call, in milliseconds."""
    costs = []
    for _ in range(TICKS):
        began = time.process_time()
        await work()
        costs.append(time.process_time() - began)
        await asyncio.sleep(0)
    return statistics.median(costs) * 1000
