"""Circuit breaker on a virtual clock: when it opens, how it probes, and what it lets through."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from domain.chat.action import Action, CallbackAnswer, Send
from domain.chat.message import Message
from domain.chat.text import Text
from domain.delivery.outage import Outage
from domain.delivery.outcome import ChatUnavailable, Fatal, Outcome, RateLimited, Refused, Retry, Sent, Unconfirmed
from domain.subscription.subscriber import LeftReason
from tests.virtual_time import in_virtual_time, now
from transport import action_executor
from transport.circuit_breaker import (
    CALM_SECONDS,
    FATAL_WAIT_SECONDS,
    FIRST_WAIT_SECONDS,
    MAX_BAD_ENDINGS,
    MAX_WAIT_SECONDS,
    WINDOW_ENDINGS,
    BreakerState,
    CircuitBreaker,
)
from transport.rate_limiter import RateLimiter
from transport.turn_queue import Priority

START = datetime(2025, 9, 12, tzinfo=UTC)
LOST = Unconfirmed("TimeoutError")
NOT_SENT = Retry("ConnectionRefusedError")
ANSWERED = (Sent(1), RateLimited(1), Refused("x"), ChatUnavailable(LeftReason.BLOCKED))


@dataclass
class Network:
    """The network as getMe sees it; records when it was probed."""

    outcome: Outcome = NOT_SENT
    probed_at: list[float] = field(default_factory=list)

    async def probe(self) -> Outcome:
        self.probed_at.append(now())
        return self.outcome


@dataclass
class Listener:
    """Listener that records the outages it hears of."""

    began: list[Outage] = field(default_factory=list)
    over: list[Outage] = field(default_factory=list)

    def on_outage_began(self, outage: Outage) -> None:
        self.began.append(outage)

    def on_outage_over(self, outage: Outage) -> None:
        self.over.append(outage)


@asynccontextmanager
async def _running(network: Network) -> AsyncIterator[tuple[CircuitBreaker, Listener]]:
    """Yield a circuit breaker that probes a network, and its listener."""
    breaker = CircuitBreaker(
        network.probe, lambda: START + timedelta(seconds=now()), generator=random.Random(1), monotonic=now
    )
    listener = Listener()
    breaker.add_listener(listener)
    task = asyncio.create_task(breaker.run())
    try:
        yield breaker, listener
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def _deliver(breaker: CircuitBreaker, *outcomes: Outcome) -> None:
    """Have deliveries end with these outcomes, one after the other."""
    for outcome in outcomes:
        async with breaker.admission() as admission:
            admission.record(outcome)


async def _until(breaker: CircuitBreaker, state: BreakerState) -> None:
    async with asyncio.timeout(1000):
        while breaker.state is not state:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("bad", [LOST, NOT_SENT])
@pytest.mark.parametrize("good", ANSWERED)
@in_virtual_time
async def test_bad_endings_open_it_whatever_comes_between(good: Outcome, bad: Outcome) -> None:
    async with _running(Network()) as (breaker, _):
        mixed = [bad, good, good] * (MAX_BAD_ENDINGS - 1)
        await _deliver(breaker, *mixed)
        assert breaker.outage is None
        await _deliver(breaker, bad)
        assert breaker.state is BreakerState.OPEN


@in_virtual_time
async def test_rare_bad_endings_leave_it_closed() -> None:
    async with _running(Network()) as (breaker, _):
        few = [LOST] * (MAX_BAD_ENDINGS - 1) + [Sent(1)] * (WINDOW_ENDINGS - MAX_BAD_ENDINGS + 1)
        await _deliver(breaker, *few * 5)
        assert breaker.state is BreakerState.CLOSED


@in_virtual_time
async def test_good_replies_do_not_hide_lost_deliveries() -> None:
    async with _running(Network()) as (breaker, _):
        for _ in range(MAX_BAD_ENDINGS):
            for _ in range(WINDOW_ENDINGS):
                breaker.record(Priority.REPLY, Sent(1))
            await _deliver(breaker, LOST)
        assert breaker.state is BreakerState.OPEN


@in_virtual_time
async def test_failed_replies_open_it_too() -> None:
    async with _running(Network()) as (breaker, _):
        for _ in range(MAX_BAD_ENDINGS):
            breaker.record(Priority.REPLY, LOST)
        assert breaker.state is BreakerState.OPEN


@in_virtual_time
async def test_probes_wait_longer_and_longer_up_to_a_minute() -> None:
    network = Network()
    async with _running(network) as (breaker, _):
        await _deliver(breaker, *[LOST] * MAX_BAD_ENDINGS)
        await asyncio.sleep(600)
    waits = [later - earlier for earlier, later in pairwise([0.0, *network.probed_at])]
    assert waits[0] <= 0.5
    assert [wait for wait in waits if wait > MAX_WAIT_SECONDS] == []
    assert sorted(waits[:7]) == waits[:7]
    assert min(waits[8:]) >= MAX_WAIT_SECONDS / 2
    assert len({round(wait, 3) for wait in waits[8:]}) > 1


@in_virtual_time
async def test_one_delivery_goes_first_and_the_others_wait_for_it() -> None:
    network, admitted = Network(), 0
    confirm = asyncio.Event()

    async with _running(network) as (breaker, _):

        async def deliver() -> None:
            nonlocal admitted
            async with breaker.admission() as admission:
                admitted += 1
                await confirm.wait()
                admission.record(Sent(1))

        await _deliver(breaker, *[LOST] * MAX_BAD_ENDINGS)
        waiting = [asyncio.create_task(deliver()) for _ in range(10)]
        await asyncio.sleep(5)
        assert admitted == 0
        network.outcome = Sent(0)
        await _until(breaker, BreakerState.HALF_OPEN)
        await asyncio.sleep(30)
        assert admitted == 1
        confirm.set()
        await asyncio.wait(waiting)
        assert (admitted, breaker.state) == (10, BreakerState.CLOSED)


@in_virtual_time
async def test_failed_trial_opens_it_again_with_a_longer_wait() -> None:
    network = Network(Sent(0))
    async with _running(network) as (breaker, listener):
        await _deliver(breaker, *[LOST] * MAX_BAD_ENDINGS)
        for _ in range(6):
            await _deliver(breaker, LOST)  # waits for the probe
            assert breaker.state is BreakerState.OPEN
        waits = [later - earlier for earlier, later in pairwise(network.probed_at)]
        assert len(waits) == 5
        assert sorted(waits) == waits
        await _deliver(breaker, Sent(1))
        await asyncio.sleep(CALM_SECONDS)
    assert len(listener.began) == 1
    assert [outage.unconfirmed for outage in listener.over] == [MAX_BAD_ENDINGS + 6]


@in_virtual_time
async def test_trial_that_is_not_sent_gives_its_turn_to_the_next() -> None:
    network = Network()
    async with _running(network) as (breaker, _):
        await _deliver(breaker, *[LOST] * MAX_BAD_ENDINGS)

        async def refused_claim() -> None:
            async with breaker.admission():
                pass

        refused = [asyncio.create_task(refused_claim()) for _ in range(3)]
        await asyncio.sleep(0)
        sent = asyncio.create_task(_deliver(breaker, Sent(1)))
        network.outcome = Sent(0)
        async with asyncio.timeout(100):
            await asyncio.gather(*refused, sent)
        assert breaker.state is BreakerState.CLOSED


@in_virtual_time
async def test_cancelled_waiters_take_no_turn() -> None:
    network = Network()
    async with _running(network) as (breaker, _):
        await _deliver(breaker, *[LOST] * MAX_BAD_ENDINGS)
        tasks = [asyncio.create_task(_deliver(breaker, Sent(1))) for _ in range(3)]
        await asyncio.sleep(0)
        for task in tasks[:2]:
            task.cancel()
        network.outcome = Sent(0)
        await asyncio.wait(tasks)
        assert breaker.state is BreakerState.CLOSED


@in_virtual_time
async def test_silence_admits_only_one_window_of_deliveries() -> None:
    """Nothing has failed yet, because nothing was answered: a hanging server must not use up more."""
    answered = asyncio.Event()
    admitted = 0
    async with _running(Network()) as (breaker, _):

        async def deliver() -> None:
            nonlocal admitted
            async with breaker.admission() as admission:
                admitted += 1
                await answered.wait()
                admission.record(Sent(1))

        tasks = [asyncio.create_task(deliver()) for _ in range(3 * WINDOW_ENDINGS)]
        await asyncio.sleep(100)
        assert (admitted, breaker.state) == (WINDOW_ENDINGS, BreakerState.CLOSED)
        answered.set()
        await asyncio.wait(tasks)
        assert admitted == 3 * WINDOW_ENDINGS


@in_virtual_time
async def test_admission_is_invalid_once_an_outage_began() -> None:
    async with _running(Network()) as (breaker, _), breaker.admission() as admission:
        assert admission.is_valid
        await _deliver(breaker, *[LOST] * MAX_BAD_ENDINGS)
        assert not admission.is_valid


@in_virtual_time
async def test_answered_probe_closes_it_if_no_delivery_waits() -> None:
    network = Network()
    async with _running(network) as (breaker, listener):
        for _ in range(MAX_BAD_ENDINGS):
            breaker.record(Priority.REPLY, NOT_SENT)
        await asyncio.sleep(20)
        outage = breaker.outage
        assert outage is not None
        assert (outage.since, outage.seconds, outage.reason) == (START, 20, NOT_SENT.reason)
        network.outcome = Sent(0)
        await _until(breaker, BreakerState.CLOSED)
        lasted = now()
        assert breaker.outage is None
        await asyncio.sleep(CALM_SECONDS)
    assert [outage.since for outage in listener.began] == [START]
    assert [round(outage.seconds) for outage in listener.over] == [round(lasted)]


@in_virtual_time
async def test_new_failures_soon_after_belong_to_the_same_outage() -> None:
    network = Network(Sent(0))
    async with _running(network) as (breaker, listener):
        for _ in range(3):
            await _deliver(breaker, *[LOST] * MAX_BAD_ENDINGS)
            assert breaker.state is BreakerState.OPEN
            await _until(breaker, BreakerState.CLOSED)
            await asyncio.sleep(CALM_SECONDS / 2)
        assert (len(listener.began), len(listener.over)) == (1, 0)
        await asyncio.sleep(CALM_SECONDS)
        assert [outage.unconfirmed for outage in listener.over] == [3 * MAX_BAD_ENDINGS]


@in_virtual_time
async def test_refused_token_stops_at_once_and_clears_when_mended() -> None:
    network = Network(Fatal("Unauthorized"))
    async with _running(network) as (breaker, _):
        await _deliver(breaker, Fatal("Unauthorized"))
        assert (breaker.state, breaker.fatal_reason) == (BreakerState.OPEN, "Unauthorized")
        await asyncio.sleep(3 * FATAL_WAIT_SECONDS)
        first, *others = network.probed_at
        assert first <= FIRST_WAIT_SECONDS
        assert others == pytest.approx([first + FATAL_WAIT_SECONDS * n for n in (1, 2)])
        network.outcome = Sent(0)
        await _until(breaker, BreakerState.CLOSED)
        assert breaker.fatal_reason is None


# Replies


def _reply(text: str = "x") -> Send:
    return Send(7, Message(Text(text)))


@dataclass
class Chat:
    """Where replies arrive; its network is that of the probes."""

    network: Network
    attempts: list[float] = field(default_factory=list)
    received: list[Action] = field(default_factory=list)

    async def attempt(self, action: Action) -> Outcome:
        self.attempts.append(now())
        if isinstance(self.network.outcome, Sent):
            self.received.append(action)
        return self.network.outcome


@pytest.mark.parametrize("seconds", [1, 30, 300])
@in_virtual_time
async def test_replies_wait_for_the_end_of_an_outage(seconds: int) -> None:
    network = Network()
    chat, rate_limiter = Chat(network), RateLimiter(1000, monotonic=now)
    async with _running(network) as (breaker, _):
        replies = [
            asyncio.create_task(action_executor.execute(_reply(str(n)), chat.attempt, rate_limiter, breaker))
            for n in range(8)
        ]
        await asyncio.sleep(seconds)
        assert chat.received == []
        network.outcome = Sent(0)
        await asyncio.wait(replies, timeout=2 * MAX_WAIT_SECONDS)
        assert len(chat.received) == 8
        assert len(chat.attempts) <= 8 * (action_executor.MAX_ATTEMPTS + 1)


@in_virtual_time
async def test_answers_to_presses_do_not_wait_for_an_outage() -> None:
    network = Network()
    chat, rate_limiter = Chat(network), RateLimiter(1000, monotonic=now)
    async with _running(network) as (breaker, _):
        await _deliver(breaker, *[NOT_SENT] * MAX_BAD_ENDINGS)
        before = now()
        await action_executor.execute(CallbackAnswer("1"), chat.attempt, rate_limiter, breaker)
        assert (now() - before, chat.attempts) == (0, [])
