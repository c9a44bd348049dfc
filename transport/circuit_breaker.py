"""Stop sending while Telegram is away, so that an outage does not use up the audience.

closed -> (bad endings) -> open -> (getMe is answered) -> half-open -> (one delivery is answered) -> closed

A bad ending is a call without an answer of the Bot API: never sent, reset, a proxy's page, a timeout. Each delivery
whose answer is lost costs one recipient, so deliveries need an admission, and only `WINDOW_ENDINGS` are admitted after
the last answer. After an outage that number grows from one with each answer, and until it is full again the first bad
ending opens the circuit breaker. Replies and notifications wait while it is open.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

import structlog

from domain.delivery.outage import Outage
from domain.delivery.outcome import Fatal, Outcome, Retry, Unconfirmed
from transport import responses
from transport.bot_api_client import BotApiClient
from transport.turn_queue import Priority

log = structlog.get_logger(__name__)

MAX_BAD_ENDINGS = 5
"""Bad endings among the last `WINDOW_ENDINGS` that open the circuit breaker, in a row or not."""

WINDOW_ENDINGS = 20
"""Endings that are remembered, and the most deliveries that may be without an answer since the last answer."""

FIRST_WAIT_SECONDS = 0.5
MAX_WAIT_SECONDS = 60.0
"""Limits of the wait before a probe."""

FATAL_WAIT_SECONDS = 60.0
"""Wait before a probe after one was refused: a revoked token, or a server that is not the Bot API.

The first probe comes soon all the same: the refusal may be the only one, of a proxy.
"""

CALM_SECONDS = 10.0
"""Time without a new failure after which an outage is over. A failure before belongs to the same outage."""

Probe = Callable[[], Awaitable[Outcome]]
"""Make a harmless call (getMe) and return its outcome."""


class BreakerState(StrEnum):
    """State of the circuit breaker."""

    CLOSED = "closed"  # everything is sent
    OPEN = "open"  # nothing is sent; the network is probed
    HALF_OPEN = "half_open"  # a probe was answered: one delivery is on its way, the others wait for its outcome


class OutageListener(Protocol):
    """What wants to know of outages."""

    def on_outage_began(self, outage: Outage) -> None: ...

    def on_outage_over(self, outage: Outage) -> None: ...


class CircuitBreaker:
    """The bot's one circuit breaker. It opens by outcomes; `run` probes the network and closes it."""

    def __init__(
        self,
        probe: Probe,
        now: Callable[[], datetime],
        *,
        generator: random.Random,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._probe = probe
        self._now = now
        self._generator = generator
        self._monotonic = monotonic
        self._state = BreakerState.CLOSED
        self._windows: dict[Priority, deque[Outcome]] = {
            priority: deque(maxlen=WINDOW_ENDINGS) for priority in Priority
        }
        self._max_unanswered = WINDOW_ENDINGS
        self._unanswered = 0
        """Deliveries admitted since the last one that was answered."""
        self._is_trial_out = False
        self._waiting: deque[asyncio.Future[bool]] = deque()
        self._open = asyncio.Event()
        self._not_open = asyncio.Event()
        self._not_open.set()
        self._failed_probes = 0
        self._fatal_reason: str | None = None
        self._outage: Outage | None = None
        self._began_at = 0.0
        self._calm_timer: asyncio.TimerHandle | None = None
        self._listeners: list[OutageListener] = []

    @property
    def state(self) -> BreakerState:
        return self._state

    @property
    def outage(self) -> Outage | None:
        """The outage during which sending has stopped, or None while everything is sent."""
        return None if self._state is BreakerState.CLOSED else self._measured_outage()

    @property
    def fatal_reason(self) -> str | None:
        """Why the API refuses every call, if its last answer did; otherwise None."""
        return self._fatal_reason

    def add_listener(self, listener: OutageListener) -> None:
        """Have a listener called when an outage begins, and when it is over."""
        self._listeners.append(listener)

    def admission(self) -> Admission:
        """Return the admission for one delivery, to be entered with `async with`."""
        return Admission(self)

    async def wait_while_open(self) -> None:
        """Wait until replies and notifications may be sent."""
        await self._not_open.wait()

    def record(self, priority: Priority, outcome: Outcome) -> None:
        """Count the outcome of a reply or notification."""
        if isinstance(outcome, Fatal):
            self._open_fatally(outcome.reason)
        elif self._state is not BreakerState.OPEN:
            self._count(priority, outcome)

    async def run(self) -> None:
        """Probe the network while the circuit breaker is open, until cancelled."""
        while True:
            await self._open.wait()
            await asyncio.sleep(self._wait_seconds())
            self._record_probe(await self._probe())

    # Called by Admission

    async def _admit(self) -> bool:
        """Wait until a delivery may be claimed; return whether it is the trial of the half-open state."""
        if self._has_room() and not self._waiting:
            return self._grant()
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self._withdraw(is_trial=future.result())
            raise

    def _withdraw(self, *, is_trial: bool) -> None:
        """Take back an admission whose delivery was not sent."""
        self._unanswered = max(0, self._unanswered - 1)
        if is_trial and self._state is BreakerState.HALF_OPEN:
            self._start_trial()
        else:
            self._serve()

    def _record_delivery(self, outcome: Outcome, *, is_trial: bool) -> None:
        if isinstance(outcome, Unconfirmed) and self._outage is not None:
            self._outage = self._outage.with_unconfirmed(self._outage.unconfirmed + 1)
        if isinstance(outcome, Fatal):
            self._open_fatally(outcome.reason)
        elif is_trial and self._state is BreakerState.HALF_OPEN:
            self._end_trial(outcome)
        elif self._state is BreakerState.CLOSED:
            self._count(Priority.BULK, outcome)
            if not _is_bad(outcome):
                self._unanswered = 0
                self._max_unanswered = min(self._max_unanswered + 1, WINDOW_ENDINGS)
                self._serve()

    # States

    def _count(self, priority: Priority, outcome: Outcome) -> None:
        window = self._windows[priority]
        window.append(outcome)
        if _is_bad(outcome):
            is_unproven = priority is Priority.BULK and self._max_unanswered < WINDOW_ENDINGS
            if is_unproven or sum(map(_is_bad, window)) >= MAX_BAD_ENDINGS:
                self._open_after(_reason(outcome))
        else:
            self._fatal_reason = None

    def _open_after(self, reason: str) -> None:
        if self._state is BreakerState.OPEN:
            return
        if self._outage is not None:
            self._failed_probes += 1
        else:
            lost = sum(isinstance(outcome, Unconfirmed) for outcome in self._windows[Priority.BULK])
            self._outage = Outage(since=self._now(), seconds=0.0, reason=reason, unconfirmed=lost)
            self._began_at = self._monotonic()
            log.error("outage_began", reason=reason)
            for listener in self._listeners:
                listener.on_outage_began(self._outage)
        self._stop_calm_timer()
        self._state = BreakerState.OPEN
        self._not_open.clear()
        self._open.set()

    def _open_fatally(self, reason: str) -> None:
        if self._fatal_reason is None:
            log.error("sending_stopped", reason=reason)
        self._fatal_reason = reason
        self._open_after(reason)

    def _record_probe(self, outcome: Outcome) -> None:
        if isinstance(outcome, Fatal):
            self._fatal_reason = outcome.reason
        if isinstance(outcome, Fatal) or _is_bad(outcome):
            self._failed_probes += 1
            log.warning("telegram_unreachable", reason=_reason(outcome), failed_probes=self._failed_probes)
            return
        self._fatal_reason = None
        for window in self._windows.values():
            window.clear()
        self._state = BreakerState.HALF_OPEN
        self._open.clear()
        self._not_open.set()
        self._start_trial()

    def _start_trial(self) -> None:
        """Let the first waiting delivery be sent. If none waits, nobody can be lost: everything may be sent."""
        self._is_trial_out = False
        self._serve()
        if not self._is_trial_out:
            self._close()

    def _end_trial(self, outcome: Outcome) -> None:
        self._is_trial_out = False
        if _is_bad(outcome):
            self._open_after(_reason(outcome))
        else:
            self._close()

    def _close(self) -> None:
        self._state, self._unanswered, self._max_unanswered = BreakerState.CLOSED, 0, 1
        self._outage = self._measured_outage()
        self._calm_timer = asyncio.get_running_loop().call_later(CALM_SECONDS, self._end_outage)
        self._serve()

    def _end_outage(self) -> None:
        outage, self._outage, self._failed_probes, self._calm_timer = self._outage, None, 0, None
        if outage is not None:
            log.warning("outage_over", seconds=round(outage.seconds, 1), unconfirmed=outage.unconfirmed)
            for listener in self._listeners:
                listener.on_outage_over(outage)

    def _stop_calm_timer(self) -> None:
        if self._calm_timer is not None:
            self._calm_timer.cancel()
            self._calm_timer = None

    def _measured_outage(self) -> Outage | None:
        return None if self._outage is None else self._outage.lasting(self._monotonic() - self._began_at)

    def _wait_seconds(self) -> float:
        """Return the wait before the next probe: growing, and spread so that not all bots return at once."""
        if self._fatal_reason is not None and self._failed_probes:
            return FATAL_WAIT_SECONDS
        wait = min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(self._failed_probes, 20))
        return wait * self._generator.uniform(0.5, 1.0)

    # Admissions

    def _has_room(self) -> bool:
        match self._state:
            case BreakerState.CLOSED:
                return self._unanswered < self._max_unanswered
            case BreakerState.HALF_OPEN:
                return not self._is_trial_out
            case BreakerState.OPEN:
                return False

    def _grant(self) -> bool:
        self._unanswered += 1
        if self._state is BreakerState.HALF_OPEN:
            self._is_trial_out = True
            return True
        return False

    def _serve(self) -> None:
        while self._waiting and self._has_room():
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(self._grant())


class Admission:
    """Permission to claim one delivery, made by `CircuitBreaker.admission`. Leaving without `record` takes it back."""

    __slots__ = ("_circuit_breaker", "_is_recorded", "_is_trial")

    def __init__(self, circuit_breaker: CircuitBreaker) -> None:
        self._circuit_breaker = circuit_breaker
        self._is_trial = False
        self._is_recorded = False

    async def __aenter__(self) -> Self:
        self._is_trial = await self._circuit_breaker._admit()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._is_recorded:
            self._circuit_breaker._withdraw(is_trial=self._is_trial)

    @property
    def is_valid(self) -> bool:
        """Whether the delivery may still be sent: no outage began since it was admitted."""
        if self._is_trial:
            return self._circuit_breaker.state is not BreakerState.OPEN
        return self._circuit_breaker.state is BreakerState.CLOSED

    def record(self, outcome: Outcome) -> None:
        """Count the outcome of the delivery."""
        self._is_recorded = True
        self._circuit_breaker._record_delivery(outcome, is_trial=self._is_trial)


def create_circuit_breaker(client: BotApiClient, now: Callable[[], datetime]) -> CircuitBreaker:
    """Return a circuit breaker that probes the network with getMe."""

    async def probe() -> Outcome:
        return responses.outcome_of_probe(await client.call("getMe", b"{}"))

    return CircuitBreaker(probe, now, generator=random.Random())  # noqa: S311 - spreads probes; no secret


def _is_bad(outcome: Outcome) -> bool:
    return isinstance(outcome, Retry | Unconfirmed)


def _reason(outcome: Outcome) -> str:
    return outcome.reason if isinstance(outcome, Retry | Unconfirmed | Fatal) else ""
