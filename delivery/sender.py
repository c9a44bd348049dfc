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
from functools import partial

import structlog

from delivery import effects
from delivery.circuit_breaker import Refusals
from delivery.ledger import Ledger, Write
from delivery.metrics import Metrics
from delivery.resolution import ForgetTopic, Policy, Verdict, held_back, judge
from delivery.run_queue import Parcel
from delivery.splice import splice
from domain.delivery.outcome import Outcome, Retry, Stop, Throttled, Unconfirmed
from storage.database import Tx
from storage.deliveries import Due
from storage.payloads import Body
from transport.bot_api_client import Wire
from transport.rate_limiter import Lane, Pace

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
        self, ledger: Ledger, wire: Wire, pace: Pace, now: Callable[[], datetime], *, hooks: Hooks, policy: Policy
    ) -> None:
        self._ledger = ledger
        self._wire = wire
        self._pace = pace
        self._now = now
        self._hooks = hooks
        self._policy = policy
        self._chance = random.Random()  # noqa: S311 - spreads retries; no secret
        self._refusals: dict[int, Refusals] = {}
        self._never_left = 0
        self.metrics = Metrics()
        self.open_at = 0.0
        self.in_flight = 0
        self.idle = asyncio.Event()
        """Set while no part is claimed, or about to be, and not settled."""
        self.idle.set()
        self.stopped: str | None = None
        """Why nothing can be sent at all, since Telegram last said so."""

    async def send(self, parcel: Parcel) -> float:
        """Send a recipient's parts in order, as far as they may go now. Above 0: its chat must wait so many seconds."""
        for due, body in parcel.parts:
            wait = self._pace.chat_wait(due.chat_id)
            if wait > PATIENCE:
                return wait
            if not await self._send_part(due, body, parcel.due_at):
                break
        return 0.0

    def forget(self, run_id: int) -> None:
        """Count a run's refusals anew: it was resumed, or has ended."""
        self._refusals.pop(run_id, None)

    async def _send_part(self, due: Due, body: Body, due_at: datetime | None) -> bool:
        """One part; whether the recipient's next one may go."""
        await self._pace.permit(due.chat_id, Lane.BULK)
        self.in_flight += 1
        self.idle.clear()
        try:
            return await self._send_permitted(due, body, due_at)
        finally:
            self.in_flight -= 1
            if not self.in_flight:
                self.idle.set()

    async def _send_permitted(self, due: Due, body: Body, due_at: datetime | None) -> bool:
        may = False
        try:
            may = await self._ledger.claim(due.row)
        finally:
            if not may:
                self._pace.give_back()
        if not may:
            return False
        departure = await self._pace.depart(Lane.BULK)
        if departure is None:
            await self._ledger.settle(held_back(due))
            return False
        outcome = await self._call(body.method, splice(body, due), partial(self._pace.left, departure))
        verdict = judge(due, outcome, now=self._now(), policy=self._policy, chance=self._chance)
        self._heed(due, outcome, due_at)
        await self._ledger.settle(verdict.settlement, self._write(due, verdict))
        await self._follow_up(due, outcome, verdict)
        return verdict.go_on

    async def _call(self, method: str, body: bytes, leaves: Callable[[], None]) -> Outcome:
        """The wire's outcome; a defect of ours in it leaves the part unconfirmed, like any other answer lost."""
        try:
            return await self._wire.send(method, body, leaves)
        except Exception as error:
            log.exception("wire failed")
            return Unconfirmed(type(error).__name__)

    def _write(self, due: Due, verdict: Verdict) -> Write | None:
        if not verdict.effects:
            return None

        async def write(tx: Tx) -> None:
            await effects.apply(tx, due, verdict.effects, self._now())

        return write

    def _heed(self, due: Due, outcome: Outcome, due_at: datetime | None) -> None:
        """What an outcome means for those that come after it."""
        self.metrics.outcomes[type(outcome).__name__] += 1
        match outcome:
            case Throttled(seconds):
                self.metrics.throttled_seconds += seconds
                self._pace.hold(due.chat_id, seconds)
            case Retry(why):
                self._wait_for_the_network(why)
            case Stop(why):
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

    async def _follow_up(self, due: Due, outcome: Outcome, verdict: Verdict) -> None:
        run_id = due.row.run_id
        why = self._refusals.setdefault(run_id, Refusals()).note(due.body_id, outcome)
        if why is not None:
            self.forget(run_id)
            await self._hooks.pause(run_id, why)
        if any(isinstance(effect, ForgetTopic) for effect in verdict.effects):
            self._hooks.topic_closed(due.chat_id)
