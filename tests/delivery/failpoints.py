"""Delivery process that crashes at a named point. The tests fork it from a server that has imported this module.

It ends by `os._exit`: no handler runs, no transaction ends, no buffer is flushed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from delivery import planner, publishing, run_queue, sender
from delivery.high_water_mark import HighWaterMark
from delivery.ledger import Ledger
from delivery.service import DeliveryOptions
from delivery.service_factory import create_delivery_service
from storage import fallbacks
from storage.digests import Source
from storage.sqlite.batch_writer import BatchWriter
from tests.databases import on_postgresql, open_database
from tests.delivery.harness import DEFAULT_SCHEDULE, MORNING, TEXTS, Clock, edition
from tests.delivery.process_points import call_after, call_before
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import create_circuit_breaker
from transport.rate_limiter import RateLimiter

CRASHED = 77
"""Exit code of a process that reached its point."""

_calls_left = [0]


def crash() -> None:
    """Crash when the point is reached for the n-th time."""
    _calls_left[0] -= 1
    if _calls_left[0] == 0:
        os._exit(CRASHED)


def _ledger_commit() -> tuple[Any, str]:
    if not on_postgresql():
        return BatchWriter, "write"
    from storage.postgresql import ledger

    return ledger, "_commit"


POINTS: dict[str, Callable[[], None]] = {
    "before an edition is stored": lambda: call_before(crash, publishing, "_store"),
    "within the transaction that stores an edition": lambda: call_after(crash, publishing, "_store"),
    "before a step of planning": lambda: call_before(crash, planner.Planner, "_plan_step"),
    "within a step of planning": lambda: call_after(crash, planner.Planner, "_plan_step"),
    "after planning": lambda: call_after(crash, planner.Planner, "plan_due"),
    "before a claim": lambda: call_before(crash, Ledger, "claim"),
    "before the ledger's commit": lambda: call_before(crash, *_ledger_commit()),
    "after the ledger's commit": lambda: call_after(crash, *_ledger_commit()),
    "between claim and bytes": lambda: call_before(crash, BotApiClient, "send"),
    "between answer and settlement": lambda: call_after(crash, BotApiClient, "send"),
    "before a settlement": lambda: call_before(crash, Ledger, "settle"),
    "after a settlement": lambda: call_after(crash, Ledger, "settle"),
    "after a part": lambda: call_after(crash, sender.Sender, "_send_part"),
}


FALLBACK_POINTS: dict[str, Callable[[], None]] = {
    "between a refusal and its settlement": POINTS["between answer and settlement"],
    "after a refusal": POINTS["after a settlement"],
    "before a fallback": lambda: call_before(crash, run_queue, "apply_fallback"),
    "within the transaction of a fallback": lambda: call_after(crash, fallbacks, "replace_content"),
    "after a fallback": lambda: call_after(crash, run_queue, "apply_fallback"),
    "after a part in full": POINTS["after a part"],
}
"""Points on the way of somebody whose rich message is refused."""


async def deliver(api: str, token: str, path: Path) -> None:
    """Publish an edition and deliver it to everybody in the database."""
    clock = Clock()
    database = await open_database(path)
    async with BotApiClient(api, token) as client:
        options = DeliveryOptions(default_schedule=DEFAULT_SCHEDULE, high_water=HighWaterMark.beside(path), in_flight=8)
        circuit_breaker = create_circuit_breaker(client, clock)
        delivery_service = create_delivery_service(
            database, client, RateLimiter(2000), circuit_breaker, clock, translations=TEXTS, options=options
        )
        await delivery_service.publish(edition(), Source("x.md", b"x"))
        running = asyncio.create_task(delivery_service.run())
        clock.now = MORNING
        await delivery_service.tick()
        async with asyncio.timeout(60):
            while True:
                async with database.read() as tx:
                    ended = await tx.exec_driver_sql("SELECT count(*) FROM runs WHERE state = 'finished'")
                    if ended.scalar_one():
                        break
                await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await database.close()


def main(api: str, token: str, path: Path, point: str, nth: int) -> None:
    """Deliver, and crash when the point is reached for the n-th time; with no point, to the end."""
    if point:
        _calls_left[0] = nth
        (POINTS | FALLBACK_POINTS)[point]()
    asyncio.run(deliver(api, token, path))
