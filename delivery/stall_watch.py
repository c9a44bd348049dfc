"""Notice a delivery that is stuck: rows are due and none is claimed, although nothing is known to prevent it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from delivery.ledger import Ledger
from delivery.startup_check import StartupCheck
from domain.delivery.states import RunState
from storage import deliveries, runs
from storage.database import Database
from transport.circuit_breaker import BreakerState, CircuitBreaker
from transport.rate_limiter import RateLimiter

log = structlog.get_logger(__name__)

STALL_SECONDS = 60.0
"""Time without a claim after which a delivery with due rows is stuck."""

CHECK_INTERVAL_SECONDS = 5.0

OnStall = Callable[[str], None]
"""End the process for a reason: whatever is stuck is not mended from within."""


class StallWatch:
    """Calls `on_stall` once the delivery is stuck, while `run` runs."""

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        startup_check: StartupCheck,
        circuit_breaker: CircuitBreaker,
        rate_limiter: RateLimiter,
        *,
        now: Callable[[], datetime],
        on_stall: OnStall,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._startup_check = startup_check
        self._circuit_breaker = circuit_breaker
        self._rate_limiter = rate_limiter
        self._now = now
        self._on_stall = on_stall
        self._claimed = -1
        self._claimed_at = 0.0

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await self.check(asyncio.get_running_loop().time())
            await asyncio.sleep(CHECK_INTERVAL_SECONDS)

    async def check(self, at: float) -> None:
        """Look at the delivery at an instant of a monotonic clock."""
        if self._ledger.claimed != self._claimed or self._is_held() or not await self._should_claim():
            self._claimed, self._claimed_at = self._ledger.claimed, at
        elif at - self._claimed_at >= STALL_SECONDS:
            self._on_stall(f"deliveries are due, and none was claimed for {at - self._claimed_at:.0f} s")

    def _is_held(self) -> bool:
        """Return whether it is known why nothing is claimed."""
        return (
            self._startup_check.hold_reason is not None
            or self._circuit_breaker.state is not BreakerState.CLOSED
            or self._rate_limiter.retry_after > 0
        )

    async def _should_claim(self) -> bool:
        """Return whether a delivery may go now, and the database is not known to make every commit wait."""
        if not await self._is_any_due():
            return False
        try:
            async with asyncio.timeout(CHECK_INTERVAL_SECONDS):
                error = await self._database.find_write_error()
        except Exception:
            log.exception("write_error_unreadable")
            return True
        return error is None or not error.is_waiting

    async def _is_any_due(self) -> bool:
        """Return whether a delivery may go now. A database that does not answer is no reason to wait."""
        try:
            async with asyncio.timeout(CHECK_INTERVAL_SECONDS), self._database.read() as tx:
                for run in await runs.in_state(tx, RunState.RUNNING):
                    for due in await deliveries.page(tx, run.id, size=1, now=self._now()):
                        if self._rate_limiter.chat_wait(due.chat_id) <= 0:
                            return True
        except Exception:
            log.exception("due_deliveries_unreadable")
            return True
        return False
