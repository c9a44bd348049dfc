"""The whole pipeline and the planning on PostgreSQL beside SQLite, by turns in one run.

The same deliveries as `throughput` sends and the same waves as `planning` plans, on a cluster of this program's own
(Debian's package) with its usual settings: every commit is flushed. Turns alternate (A B B A), and the ratio is the
median of those of neighbours; `control_a_a` compares the halves of SQLite's turns. PostgreSQL's processes share the
two cores with the bot and the canned server. Controls far from 1 mean that the machine is too busy to say anything.
What planning cannot go below is printed too: one bare `INSERT … SELECT` of the same rows into a table like theirs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop
from sqlalchemy import func, select

from benchmarks import harness, planning, throughput
from benchmarks.harness import OpenDatabase
from benchmarks.process import pin
from benchmarks.report import Comparison, Report
from bot import gc_tuning
from storage.database import Database
from storage.planning import ROW_COLUMNS
from storage.postgresql.database import PostgresqlDatabase
from storage.schema import deliveries
from tests.postgresql import TEMPLATE, Cluster, running_cluster

SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "4GB", "autovacuum_naptime": "1min"}
REFERENCE = "on SQLite"
FLOOR = "one bare INSERT … SELECT there"

LEASE_SECONDS = 600.0


class Server:
    """Opens a new database on the cluster for each turn."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._count = 0

    async def open(self, _path: Path) -> Database:
        """Open a new database, owned by this process."""
        self._count += 1
        name = f"turn_{self._count}"
        self._cluster.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY WAL_LOG", "CHECKPOINT")
        database = await PostgresqlDatabase.open(self._cluster.address(name), lease_seconds=LEASE_SECONDS)
        assert await database.take("benchmark")
        return database


def run(arguments: argparse.Namespace) -> Report:
    with contextlib.suppress(OSError):  # the server inherits it
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    with running_cluster(options=SETTINGS) as cluster, harness.canned_server() as api:
        pin(1)
        return uvloop.run(measure(api, Server(cluster), quick=arguments.quick))


async def measure(api: str, server: Server, *, quick: bool) -> Report:
    people, due, rounds = (3_000, 20_000, 1) if quick else (20_000, 200_000, 3)
    gc_tuning.freeze_and_enable()
    await throughput.pipeline(api, 1_000)  # warm
    sent = await _turns(lambda store: _send(api, people, store), server, rounds)
    planned = await _turns(lambda store: _plan(due, store), server, rounds)
    return Report(
        (
            _compare("messages of the whole pipeline", sent),
            _compare(f"people planned of {due:,}", planned),
            _compare_planning_with_floor(planned.on_postgresql),
        ),
        {
            "control_a_a_pipeline": _control(sent.on_sqlite),
            "control_a_a_planning": _control(planned.on_sqlite),
            "longest_step_ms": round(max(_longest_steps), 1),
            "rounds": rounds,
        },
    )


@dataclass(frozen=True, slots=True)
class Turns:
    """Rates of turns that stood side by side."""

    on_sqlite: list[float]
    on_postgresql: list[float]


_longest_steps: list[float] = []
_floors: list[float] = []
"""People a second of the bare inserts, one for each turn of planning on PostgreSQL."""


async def _turns(take_turn: Callable[[OpenDatabase], Awaitable[float]], server: Server, rounds: int) -> Turns:
    """Let both take turns: A B B A, then B A A B."""
    turns = Turns([], [])
    for number in range(rounds):
        sides: list[tuple[OpenDatabase, list[float]]] = [
            (harness.open_file, turns.on_sqlite),
            (server.open, turns.on_postgresql),
        ]
        if number % 2:
            sides.reverse()
        for store, rates in (*sides, *reversed(sides)):
            rates.append(await take_turn(store))
    return turns


async def _send(api: str, people: int, store: OpenDatabase) -> float:
    turn, _ = await throughput.pipeline(api, people, store)
    return turn.per_second


async def _plan(people: int, store: OpenDatabase) -> float:
    with tempfile.TemporaryDirectory(prefix="planning-") as name:
        database = await store(Path(name) / "bot.db")
        async with planning.due_delivery(database, people, preferences=50) as (delivery_service, make_due):
            make_due()
            duration = await planning.timed(delivery_service.tick())
        if isinstance(database, PostgresqlDatabase):
            _longest_steps.append(delivery_service.longest_step_seconds * 1000)
            _floors.append(people / await _bare_insert(database))
        async with database.read() as tx:
            rows = await tx.scalar(select(func.count()).select_from(deliveries))
        await database.close()
    if rows != people + people // 10:
        raise SystemExit(f"{rows} rows were planned for {people} people")
    return people / duration.seconds


async def _bare_insert(database: Database) -> float:
    """Return how many seconds it takes to insert the planned rows into an empty table with the same indexes."""
    columns = ", ".join(ROW_COLUMNS)
    async with database.write() as tx:
        await tx.exec_driver_sql("CREATE TABLE floor (LIKE deliveries INCLUDING ALL) WITH (fillfactor = 60)")
        await tx.exec_driver_sql("SET LOCAL synchronous_commit = off")
        began = time.perf_counter()
        await tx.exec_driver_sql(
            f"INSERT INTO floor ({columns}) SELECT {columns} FROM deliveries ORDER BY run_id, subscriber_id, part"  # noqa: S608 - constants
        )
    return time.perf_counter() - began


def _compare_planning_with_floor(rates: Sequence[float]) -> Comparison:
    return Comparison(
        name="the same planning, beside its floor",
        value=statistics.median(rates),
        unit="/s",
        reference=FLOOR,
        reference_value=statistics.median(_floors),
        ratio=statistics.median(ours / floor for ours, floor in zip(rates, _floors, strict=True)),
    )


def _compare(name: str, turns: Turns) -> Comparison:
    pairs = zip(turns.on_postgresql, turns.on_sqlite, strict=True)
    return Comparison(
        name=name,
        value=statistics.median(turns.on_postgresql),
        unit="/s",
        reference=REFERENCE,
        reference_value=statistics.median(turns.on_sqlite),
        ratio=statistics.median(ours / theirs for ours, theirs in pairs),
    )


def _control(rates: Sequence[float]) -> float:
    return round(statistics.median(rates[::2]) / statistics.median(rates[1::2]), 3)
