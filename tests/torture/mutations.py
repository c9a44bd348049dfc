"""Mutations of the process under torture: each breaks one rule of delivery, and the torture must find it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from delivery import recovery
from delivery.high_water_mark import HighWaterMark
from delivery.ledger import Ledger, Write
from domain.delivery.outcome import Outcome, Retry
from domain.delivery.policy import UnconfirmedPolicy
from storage.claims import Settlement
from storage.database import Database
from storage.deliveries import DeliveryKey, DueDelivery
from transport import circuit_breaker, responses
from transport.responses import NoResponse, TransportResult


def commit_after_the_bytes() -> None:
    """Commit a claim only after its answer has arrived."""
    claim = Ledger.claim
    settle = Ledger.settle
    later: dict[DeliveryKey, DueDelivery] = {}

    async def claim_later(self: Ledger, due: DueDelivery) -> bool:
        later[due.key] = due
        await asyncio.sleep(0)
        return True

    async def settle_both(self: Ledger, settlement: Settlement, write: Write | None = None) -> None:
        await claim(self, later.pop(settlement.key))
        await settle(self, settlement, write)

    Ledger.claim = claim_later  # type: ignore[method-assign]
    Ledger.settle = settle_both  # type: ignore[method-assign]


def retry_after_a_lost_answer() -> None:
    """Treat a lost answer as a message that was not sent."""
    read = responses.outcome_of_result

    def misread_outcome(result: TransportResult) -> Outcome:
        return Retry(result.reason) if isinstance(result, NoResponse) else read(result)

    responses.outcome_of_result = misread_outcome


def sweep_unconfirmed_back() -> None:
    """Reset unconfirmed parts to pending at each start."""
    begin = recovery.begin

    async def begin_with_reset(
        database: Database, now: datetime, policy: UnconfirmedPolicy, high_water: HighWaterMark | None
    ) -> recovery.StartupState:
        async with database.write() as tx:
            await tx.exec_driver_sql("UPDATE deliveries SET state = 'pending' WHERE state = 'in_flight'")
        return await begin(database, now, policy, high_water)

    recovery.begin = begin_with_reset


def send_on_in_an_outage() -> None:
    """Take every ending for an answer."""
    circuit_breaker._is_bad = lambda outcome: False


MUTATIONS: dict[str, Callable[[], None]] = {
    "commit-after-bytes": commit_after_the_bytes,
    "retry-after-lost-answer": retry_after_a_lost_answer,
    "sweep-at-restart": sweep_unconfirmed_back,
    "send-on-in-outage": send_on_in_an_outage,
}
