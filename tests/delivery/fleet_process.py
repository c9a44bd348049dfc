"""Delivery process that stands by for a bot on PostgreSQL, delivers when it owns it, and may freeze at a named point.

It stops itself by SIGSTOP, as a machine does that is suspended: a SIGCONT lets it go on where it was.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

from bot.ownership import Ownership
from delivery import planner, publishing
from delivery.ledger import Ledger
from delivery.sender import Sender
from delivery.service import DeliveryOptions
from delivery.service_factory import create_delivery_service
from storage.digests import Source
from storage.postgresql import ledger_session
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import PostgresqlDatabase
from storage.postgresql.ledger_session import LedgerSession
from tests.delivery.harness import DEFAULT_SCHEDULE, MORNING, TEXTS, Clock, edition
from tests.delivery.process_points import call_after, call_before
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import create_circuit_breaker
from transport.http_connection import HttpConnection
from transport.rate_limiter import RateLimiter

LEASE_SECONDS = 2.0
"""Half of a real one; a busy machine may need the rest."""

HEARTBEAT_SECONDS = 0.2

_calls_left = [0]


def _freeze() -> None:
    """Freeze when the point is reached for the n-th time."""
    _calls_left[0] -= 1
    if _calls_left[0] == 0:
        os.kill(os.getpid(), signal.SIGSTOP)


POINTS: dict[str, Callable[[], None]] = {
    "within the transaction that stores an edition": lambda: call_after(_freeze, publishing, "_store"),
    "before a step of planning": lambda: call_before(_freeze, planner.Planner, "_plan_step"),
    "within a step of planning": lambda: call_after(_freeze, planner.Planner, "_plan_step"),
    "after planning": lambda: call_after(_freeze, planner.Planner, "plan_due"),
    "before a claim": lambda: call_before(_freeze, Ledger, "claim"),
    "before the ledger's commit": lambda: call_before(_freeze, Ledger, "_write"),
    "before a statement of the session": lambda: call_before(_freeze, LedgerSession, "fetch"),
    "after a statement of the session": lambda: call_after(_freeze, LedgerSession, "fetch"),
    "after the ledger's commit": lambda: call_after(_freeze, Ledger, "_write"),
    "between claim and bytes": lambda: call_before(_freeze, BotApiClient, "send"),
    "after the bytes": lambda: call_after(_freeze, HttpConnection, "call"),
    "between answer and settlement": lambda: call_after(_freeze, BotApiClient, "send"),
    "before a settlement": lambda: call_before(_freeze, Ledger, "settle"),
    "after a part": lambda: call_after(_freeze, Sender, "_send_part"),
}


async def deliver(api: str, token: str, address: PostgresqlAddress, *, until_lost: bool) -> None:
    """Wait for the bot, publish an edition unless it is there, and deliver it to everybody in the database.

    Then end, or go on until the ownership is lost.
    """
    clock = Clock()
    database = await PostgresqlDatabase.open(address, lease_seconds=LEASE_SECONDS)
    ownership = Ownership(database)
    keeping = asyncio.create_task(ownership.keep())
    await ownership.wait(database.bot_id)
    async with BotApiClient(api, token) as client:
        options = DeliveryOptions(default_schedule=DEFAULT_SCHEDULE, in_flight=8)
        circuit_breaker = create_circuit_breaker(client, clock)
        delivery_service = create_delivery_service(
            database, client, RateLimiter(2000), circuit_breaker, clock, translations=TEXTS, options=options
        )
        running = asyncio.create_task(delivery_service.run())
        try:
            await delivery_service.publish(edition(), Source("x.md", b"x"))
            clock.now = MORNING
            await delivery_service.tick()
        finally:
            if until_lost:
                await keeping
        async with asyncio.timeout(60):
            while True:
                async with database.read() as tx:
                    ended = await tx.exec_driver_sql("SELECT count(*) FROM runs WHERE state = 'finished'")
                    if ended.scalar_one():
                        break
                await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await database.close()


def main(api: str, token: str, address: PostgresqlAddress, point: str = "", nth: int = 1) -> None:
    """Deliver, and freeze when the point is reached for the n-th time; with no point, to the end."""
    ledger_session.HEARTBEAT_SECONDS = HEARTBEAT_SECONDS
    if point:
        _calls_left[0] = nth
        POINTS[point]()
    asyncio.run(deliver(api, token, address, until_lost=bool(point)))
