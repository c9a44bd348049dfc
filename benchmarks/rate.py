"""Use of the allowed rate, beside the limit that the server enforces in every rolling second.

A canned server with 80 ms latency refuses whatever exceeds the limit in any rolling second. A digest goes to everybody,
twenty groups among them, while replies take another 5 % of the rate; at 30 and at 1,000 a second, for a minute each.
`--busy 4` lets so many other processes compute beside it; the server alone comes before them, as Telegram's would.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import update

from benchmarks import harness
from benchmarks.process import pin
from benchmarks.report import Comparison, Report
from bot import gc_tuning
from delivery.service import DeliveryOptions
from delivery.service_factory import create_delivery_service
from domain.delivery.outcome import RateLimited
from domain.subscription.preferences import ContentPreferences
from storage.database import Database
from storage.digests import Source
from storage.schema import subscribers
from storage.sqlite.database import SqliteDatabase
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import create_circuit_breaker
from transport.rate_limiter import RateLimiter
from transport.turn_queue import Priority

LATENCY_SECONDS = 0.08
GROUPS = 20
REPLY_SHARE = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--busy", type=int, default=0, help="number of processes that compute beside it")


def run(arguments: argparse.Namespace) -> Report:
    pin(1)
    with harness.busy_processes(arguments.busy):
        return uvloop.run(measure(quick=arguments.quick))


async def send_under(limit: int, seconds: float) -> dict[str, Any]:
    """Send for so many seconds under a limit, and return the server's figures."""
    with harness.canned_server("--latency", str(LATENCY_SECONDS), "--limit", str(limit)) as api:
        people = int(limit * (seconds + 5))
        with tempfile.TemporaryDirectory(prefix="rate-") as name:
            database = await SqliteDatabase.open(Path(name) / "bot.db")
            await harness.enrol(database, people, [ContentPreferences()])
            await _make_groups(database)
            moment = [harness.EVE]
            async with BotApiClient(api, harness.TOKEN) as client:
                rate_limiter = RateLimiter(limit)
                delivery_service = create_delivery_service(
                    database,
                    client,
                    rate_limiter,
                    create_circuit_breaker(client, lambda: moment[0]),
                    lambda: moment[0],
                    translations=harness.TEXTS,
                    options=DeliveryOptions(default_schedule=harness.DEFAULT_SCHEDULE),
                )
                await delivery_service.publish(harness.edition(items=11), Source("bench.md", b"bench"))
                running = asyncio.create_task(delivery_service.run())
                await delivery_service.tick()
                moment[0] = harness.MORNING
                await delivery_service.tick()
                await _reply(client, rate_limiter, limit * REPLY_SHARE, time.monotonic() + seconds)
                figures = await harness.server_figures(api)
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
            await database.close()
    return figures


async def _make_groups(database: Database) -> None:
    """Turn some recipients into groups, which have limits of their own."""
    async with database.write() as tx:
        await tx.execute(
            update(subscribers)
            .where(subscribers.c.chat_id <= GROUPS)
            .values(chat_id=-subscribers.c.chat_id, kind="supergroup")
        )


async def _reply(client: BotApiClient, rate_limiter: RateLimiter, per_second: float, until: float) -> None:
    """Reply at random moments, through the same rate limiter."""
    generator = random.Random(5)

    async def answer(chat: int) -> None:
        async with rate_limiter.permit(chat, Priority.REPLY):
            outcome = await client.send("sendMessage", json.dumps({"chat_id": chat, "text": "an answer"}).encode())
        if isinstance(outcome, RateLimited):
            rate_limiter.apply_retry_after(chat, outcome.seconds)

    async with asyncio.TaskGroup() as group:
        number = 10_000_000
        while time.monotonic() < until:
            await asyncio.sleep(generator.expovariate(per_second))
            number += 1
            group.create_task(answer(number))


async def measure(*, quick: bool) -> Report:
    gc_tuning.freeze_and_enable()  # as the bot does
    comparisons: list[Comparison] = []
    others: dict[str, Any] = {}
    for limit in (30, 1000):
        server = await send_under(limit, 10 if quick else 62)
        served = (server["calls"] - server["refused"]) / server["seconds"]
        comparisons.append(
            Comparison.of(
                f"served at a limit of {limit}", served, "/s", reference="the limit", reference_value=float(limit)
            )
        )
        others |= {
            f"throttled_{limit}": server["refused"],
            f"fullest_second_{limit}": server["fullest_second"],
            f"seconds_{limit}": round(server["seconds"], 1),
            f"by_second_{limit}": server["by_second"],
        }
    return Report(tuple(comparisons), others)
