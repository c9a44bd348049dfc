"""Deliveries at real rates through simulated outages, on virtual time: real sender, rate limiter and circuit breaker.

The ledger is kept in memory, because a database has threads; Telegram is a function of time and outage.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from delivery.ledger import Ledger, Write
from delivery.metrics import Metrics
from delivery.resolution import resolve
from delivery.run_queue import RecipientBatch
from delivery.sender import InFlight, Sender, Settler
from domain.delivery.outage import Outage
from domain.delivery.outcome import Outcome, Retry, Sent, Unconfirmed
from domain.delivery.policy import UnconfirmedPolicy
from domain.delivery.states import DeliveryState
from storage.claims import Settlement
from storage.deliveries import DeliveryKey, DueDelivery
from storage.payloads import Payload
from tests.virtual_time import now
from transport.bot_api_client import READ_SECONDS, BotApiClient
from transport.circuit_breaker import CALM_SECONDS, MAX_WAIT_SECONDS, BreakerState, CircuitBreaker
from transport.rate_limiter import RateLimiter

START = datetime(2025, 9, 12, tzinfo=UTC)
LATENCY_SECONDS = 0.08
COMMIT_SECONDS = 0.004
WORKERS = 256
GIVE_UP_SECONDS = 3600.0


class OutageKind(StrEnum):
    """What happens to a call during an outage."""

    REFUSED = "refused"  # no connection is made
    RESET_BEFORE = "reset_before"  # reset, and Telegram has not accepted the message
    RESET_AFTER = "reset_after"  # reset, and Telegram has accepted it
    PAGE_BEFORE = "page_before"  # a proxy's page with 502, not accepted
    PAGE_AFTER = "page_after"  # the same, accepted
    HANGING = "hanging"  # no answer until the timeout
    DNS_GONE = "dns_gone"  # the name is not found any more, for new connections
    MIXED = "mixed"  # any of these, and some good answers between
    ONLY_SENDING = "only_sending"  # 502 for messages, while getMe is answered


@dataclass(frozen=True, slots=True)
class SimulatedOutage:
    """An outage from one instant of the loop's clock to another."""

    kind: OutageKind
    begins_at: float
    seconds: float

    def is_on(self, instant: float) -> bool:
        return self.begins_at <= instant < self.begins_at + self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of sendMessage, with the circuit breaker's state when it began."""

    began: float
    chat_id: int
    outcome: Outcome
    state: BreakerState


@dataclass
class SimulatedTelegram(BotApiClient):
    """Telegram with one outage, whose beginning also breaks the connections in use."""

    outage: SimulatedOutage
    generator: random.Random
    received: Counter[int] = field(default_factory=Counter)
    calls: list[Call] = field(default_factory=list)
    probed_at: list[float] = field(default_factory=list)
    breaker_state: Callable[[], BreakerState] = lambda: BreakerState.CLOSED

    async def send(
        self, method: str, body: bytes, before_write: Callable[[], None] = lambda: None, *, is_rich: bool = False
    ) -> Outcome:
        before_write()
        began = now()
        if method == "getMe":
            self.probed_at.append(began)
            is_answered = self.outage.kind is OutageKind.ONLY_SENDING or not self.outage.is_on(began)
            return Sent(0) if is_answered else await self._fail(self._kind(), chat_id=None)
        chat_id, state = msgspec.json.decode(body)["chat_id"], self.breaker_state()
        outcome = await self._send_message(chat_id, began)
        self.calls.append(Call(began=began, chat_id=chat_id, outcome=outcome, state=state))
        return outcome

    async def _send_message(self, chat_id: int, began: float) -> Outcome:
        if self.outage.is_on(began):
            if self.outage.kind is OutageKind.MIXED and self.generator.random() < 0.4:
                return await self._accept(chat_id)
            return await self._fail(self._kind(), chat_id)
        outcome = await self._accept(chat_id)
        return Unconfirmed("ConnectionResetError") if began < self.outage.begins_at <= now() else outcome

    async def _accept(self, chat_id: int) -> Outcome:
        await asyncio.sleep(LATENCY_SECONDS * self.generator.uniform(0.5, 1.5))
        self.received[chat_id] += 1
        return Sent(self.received.total())

    async def _fail(self, kind: OutageKind, chat_id: int | None) -> Outcome:
        if chat_id is not None and kind in (OutageKind.RESET_AFTER, OutageKind.PAGE_AFTER, OutageKind.HANGING):
            self.received[chat_id] += 1
        match kind:
            case OutageKind.HANGING:
                await asyncio.sleep(READ_SECONDS)
                return Unconfirmed("TimeoutError")
            case OutageKind.REFUSED | OutageKind.DNS_GONE:
                await asyncio.sleep(0.001)
                return Retry("ConnectionRefusedError")
            case _:
                await asyncio.sleep(0.01)
                return Unconfirmed(str(kind))

    def _kind(self) -> OutageKind:
        if self.outage.kind is not OutageKind.MIXED:
            return self.outage.kind
        return self.generator.choice([kind for kind in OutageKind if kind not in MIXES])


MIXES = (OutageKind.MIXED, OutageKind.ONLY_SENDING)


class MemoryLedger(Ledger):
    """Ledger and run queue in memory; commits take a moment, and the claims of `leavers` are refused."""

    def __init__(self, people: int, leavers: Collection[int]) -> None:
        self._leavers = leavers
        self._queue = [(0.0, number) for number in range(1, people + 1)]
        self._attempts: Counter[int] = Counter()
        self._unsettled = people
        self.states: dict[int, DeliveryState] = {}

    @property
    def is_settled(self) -> bool:
        return not self._unsettled

    def pop_due(self) -> DueDelivery | None:
        """Return a delivery that may be sent now, or None."""
        if not self._queue or self._queue[0][0] > now():
            return None
        _, number = heapq.heappop(self._queue)
        return DueDelivery(DeliveryKey(1, number, 1), 1, self._attempts[number], number, None, False, 1)

    async def claim(self, due: DueDelivery) -> bool:
        await asyncio.sleep(COMMIT_SECONDS)
        is_left = due.key.subscriber_id in self._leavers
        self._set_state(due.key, DeliveryState.SKIPPED if is_left else DeliveryState.IN_FLIGHT)
        return not is_left

    def may_send(self) -> bool:
        return True

    async def settle(self, settlement: Settlement, write: Write | None = None) -> None:
        await asyncio.sleep(COMMIT_SECONDS)
        number = settlement.key.subscriber_id
        self._attempts[number] += settlement.attempt
        self._set_state(settlement.key, settlement.state)
        if settlement.state is DeliveryState.PENDING:
            not_before = settlement.not_before or START
            heapq.heappush(self._queue, ((not_before - START).total_seconds(), number))

    def _set_state(self, key: DeliveryKey, state: DeliveryState) -> None:
        self.states[key.subscriber_id] = state
        if state not in (DeliveryState.PENDING, DeliveryState.IN_FLIGHT):
            self._unsettled -= 1


class MemorySettler(Settler):
    """Settler that writes into a ledger in memory."""

    def __init__(self, ledger: MemoryLedger, generator: random.Random) -> None:
        self._memory_ledger = ledger
        self._chance = generator

    async def settle(self, due: DueDelivery, outcome: Outcome) -> bool:
        resolution = resolve(due, outcome, now=wall_clock(), policy=UnconfirmedPolicy.ASK, chance=self._chance)
        await self._memory_ledger.settle(resolution.settlement)
        return resolution.go_on


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationResult:
    """What became of everybody, and what the outage cost."""

    states: Counter[DeliveryState]
    received: Counter[int]
    calls: list[Call]
    in_flight_at_start: int
    probed_at: list[float]
    began: list[Outage]
    over: list[Outage]
    ended_at: float


@dataclass(slots=True)
class _Listener:
    began: list[Outage] = field(default_factory=list)
    over: list[Outage] = field(default_factory=list)

    def on_outage_began(self, outage: Outage) -> None:
        self.began.append(outage)

    def on_outage_over(self, outage: Outage) -> None:
        self.over.append(outage)


def wall_clock() -> datetime:
    """Return the virtual time as an instant."""
    return START + timedelta(seconds=now())


async def simulate(
    outage: SimulatedOutage, *, people: int, per_second: float, seed: int = 1, leavers: Collection[int] = ()
) -> SimulationResult:
    """Deliver one part to each of `people` through an outage, and return the result once nothing is left."""
    generator, listener, in_flight = random.Random(seed), _Listener(), InFlight()
    telegram, ledger = SimulatedTelegram(outage, generator), MemoryLedger(people, leavers)
    breaker = CircuitBreaker(
        lambda: telegram.send("getMe", b"{}"), wall_clock, generator=random.Random(seed), monotonic=now
    )
    telegram.breaker_state = lambda: breaker.state
    breaker.add_listener(listener)
    sender = Sender(
        ledger,
        telegram,
        RateLimiter(per_second, monotonic=now),
        MemorySettler(ledger, generator),
        circuit_breaker=breaker,
        in_flight=in_flight,
        metrics=Metrics((), now=wall_clock),
    )
    in_flight_at_start: list[int] = []
    asyncio.get_running_loop().call_at(outage.begins_at, lambda: in_flight_at_start.append(in_flight.count))
    probing = asyncio.create_task(breaker.run())
    async with asyncio.timeout(GIVE_UP_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(_work(sender, ledger))
    ended_at = now()
    over_at = max(ended_at, outage.begins_at + outage.seconds if outage.begins_at <= ended_at else 0)
    await asyncio.sleep(over_at - ended_at + MAX_WAIT_SECONDS + CALM_SECONDS + 1)
    probing.cancel()
    await asyncio.wait((probing,))
    return SimulationResult(
        states=Counter(ledger.states.values()),
        received=telegram.received,
        calls=telegram.calls,
        in_flight_at_start=sum(in_flight_at_start),
        probed_at=telegram.probed_at,
        began=listener.began,
        over=listener.over,
        ended_at=ended_at,
    )


async def _work(sender: Sender, ledger: MemoryLedger) -> None:
    payload = Payload(1, "sendMessage", b'{"text":"x"}')
    while not ledger.is_settled:
        due = ledger.pop_due()
        if due is None:
            await asyncio.sleep(1)
            continue
        parts = ((due, payload),)
        await sender.send(RecipientBatch(run_id=1, subscriber_id=due.key.subscriber_id, parts=parts, due_at=None))
