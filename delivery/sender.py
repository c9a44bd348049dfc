"""One recipient's parts, each to its end: a parcel in, its outcomes in the ledger out.

permit -> claim (unconfirmed, on disk) -> gate -> bytes -> outcome -> settle
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from delivery import effects
from delivery.circuit_breaker import CircuitBreaker
from delivery.ledger import Ledger, Write
from delivery.metrics import Metrics
from delivery.resolution import ClearTopic, Resolution, UnconfirmedPolicy, held_back, resolve
from delivery.run_queue import RecipientBatch
from delivery.splice import splice
from domain.delivery.outcome import Fatal, Outcome, RateLimited, Retry, Unconfirmed
from storage.database import Tx
from storage.deliveries import DueDelivery
from storage.payloads import Payload
from transport.bot_api_client import BotApiClient
from transport.rate_limiter import Permit, Priority, RateLimiter

log = structlog.get_logger(__name__)

PATIENCE = 5.0
"""Seconds that a part waits for its chat's turn; a chat that must wait longer lets others go first."""

STOPPED_SECONDS = 60.0
"""After Telegram refused the token, before it is tried again."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """Whom the sender tells: a run that should pause itself (and why), a chat whose topic is closed."""

    pause: Callable[[int, str], Awaitable[None]]
    topic_closed: Callable[[int], None]


class Sender:
    """Sends parcels. `open_at`: the monotonic instant before which nothing is worth trying."""

    def __init__(
        self,
        ledger: Ledger,
        client: BotApiClient,
        rate_limiter: RateLimiter,
        now: Callable[[], datetime],
        *,
        hooks: Hooks,
        policy: UnconfirmedPolicy,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._rate_limiter = rate_limiter
        self._now = now
        self._hooks = hooks
        self._policy = policy
        self._chance = random.Random()  # noqa: S311 - spreads retries; no secret
        self._refusals: dict[int, CircuitBreaker] = {}
        self._never_left = 0
        self.metrics = Metrics()
        self.open_at = 0.0
        self.in_flight = 0
        self.idle = asyncio.Event()
        """Set while no part is claimed, or about to be, and not settled."""
        self.idle.set()
        self.stopped: str | None = None
        """Why nothing can be sent at all, since Telegram last said so."""

    async def send(self, batch: RecipientBatch) -> float:
        """Send a recipient's parts in order, as far as they may go now. Above 0: its chat must wait so many seconds."""
        for due, body in batch.parts:
            wait = self._rate_limiter.chat_wait(due.chat_id)
            if wait > PATIENCE:
                return wait
            if not await self._send_part(due, body, batch.due_at):
                break
        return 0.0

    def forget(self, run_id: int) -> None:
        """Count a run's refusals anew: it was resumed, or has ended."""
        self._refusals.pop(run_id, None)

    async def _send_part(self, due: DueDelivery, body: Payload, due_at: datetime | None) -> bool:
        """One part; whether the recipient's next one may go."""
        async with self._rate_limiter.permit(due.chat_id, Priority.BULK) as permit:
            self.in_flight += 1
            self.idle.clear()
            try:
                return await self._send_permitted(due, body, permit, due_at)
            finally:
                self.in_flight -= 1
                if not self.in_flight:
                    self.idle.set()

    async def _send_permitted(self, due: DueDelivery, body: Payload, permit: Permit, due_at: datetime | None) -> bool:
        if not await self._ledger.claim(due.key):
            return False
        if not await permit.wait_for_turn():
            await self._ledger.settle(held_back(due))
            return False
        outcome = await self._call(body.method, splice(body, due), permit.record_send_time)
        verdict = resolve(due, outcome, now=self._now(), policy=self._policy, chance=self._chance)
        self._heed(due, outcome, due_at)
        await self._ledger.settle(verdict.settlement, self._write(due, verdict))
        await self._follow_up(due, outcome, verdict)
        return verdict.go_on

    async def _call(self, method: str, body: bytes, leaves: Callable[[], None]) -> Outcome:
        """The wire's outcome; a defect of ours in it leaves the part unconfirmed, like any other answer lost."""
        try:
            return await self._client.send(method, body, leaves)
        except Exception as error:
            log.exception("wire failed")
            return Unconfirmed(type(error).__name__)

    def _write(self, due: DueDelivery, verdict: Resolution) -> Write | None:
        if not verdict.effects:
            return None

        async def write(tx: Tx) -> None:
            await effects.apply(tx, due, verdict.effects, self._now())

        return write

    def _heed(self, due: DueDelivery, outcome: Outcome, due_at: datetime | None) -> None:
        """What an outcome means for those that come after it."""
        self.metrics.outcomes[type(outcome).__name__] += 1
        match outcome:
            case RateLimited(seconds):
                self.metrics.throttled_seconds += seconds
                self._rate_limiter.apply_retry_after(due.chat_id, seconds)
            case Retry(why):
                self._wait_for_the_network(why)
            case Fatal(why):
                self.stopped = why
                self.open_at = time.monotonic() + STOPPED_SECONDS
                log.error("telegram refuses everything", why=why, again_in=STOPPED_SECONDS)
            case _:
                self._never_left, self.stopped = 0, None
                if due_at is not None:
                    self.metrics.late((self._now() - due_at).total_seconds())

    def _wait_for_the_network(self, why: str) -> None:
        """Growing, spread waits; all that fail together count as one failure."""
        now = time.monotonic()
        if now < self.open_at:
            return
        self._never_left += 1
        wait = min(30.0, 0.25 * 2 ** min(self._never_left, 10)) * self._chance.uniform(0.5, 1.5)
        self.open_at = now + wait
        log.warning("telegram not reached", why=why, again_in=round(wait, 1))

    async def _follow_up(self, due: DueDelivery, outcome: Outcome, verdict: Resolution) -> None:
        run_id = due.key.run_id
        why = self._refusals.setdefault(run_id, CircuitBreaker()).record(due.payload_id, outcome)
        if why is not None:
            self.forget(run_id)
            await self._hooks.pause(run_id, why)
        if any(isinstance(effect, ClearTopic) for effect in verdict.effects):
            self._hooks.topic_closed(due.chat_id)
