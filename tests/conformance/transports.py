"""The drivers that talk to Telegram and both ways to receive updates; add a new driver to DRIVERS to test it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from domain.chat.action import Action
from domain.chat.event import Event
from domain.delivery.outcome import Outcome, Sent
from emulator.client import EmulatorClient
from tests.waiting import PATIENCE
from transport.circuit_breaker import CircuitBreaker
from transport.driver import Driver, EventHandler, UpdateSource
from transport.drivers.aiogram import AiogramDriver
from transport.drivers.ptb import PtbDriver
from transport.inbox import Inbox
from transport.polling import Poller
from transport.rate_limiter import Permit, RateLimiter
from transport.turn_queue import Priority
from transport.webhook import InboxIntake, Receiver, WebhookEndpoint, WebhookServer

DRIVERS: dict[str, type[AiogramDriver] | type[PtbDriver]] = {"aiogram": AiogramDriver, "ptb": PtbDriver}

SECRET = "the-secret-of-the-webhook"
TIMEOUT_SECONDS = PATIENCE
"""Limit for each wait; a busy machine may need it."""

BURST = 20
"""How many updates a user may send in one test: the throttle's clock stands still."""

EventT = TypeVar("EventT", bound=Event)


class UpdateMode(StrEnum):
    """How updates are received."""

    POLLING = "polling"
    WEBHOOK = "webhook"


@dataclass
class FakeHandler:
    """Event handler that records events and answers with `answers`; awaits `before_answer` first."""

    answers: Callable[[Event], Sequence[Action]] = lambda _event: []
    before_answer: Callable[[], Awaitable[object]] | None = None
    received: list[Event] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __call__(self, event: Event) -> Sequence[Action]:
        async with self.changed:
            self.received.append(event)
            self.changed.notify_all()
        if self.before_answer is not None:
            await self.before_answer()
        return self.answers(event)

    async def next(self) -> Event:
        """Return the next event, as soon as there is one."""
        async with asyncio.timeout(TIMEOUT_SECONDS), self.changed:
            await self.changed.wait_for(lambda: self.received)
        return self.received.pop(0)

    async def next_of(self, kind: type[EventT]) -> EventT:
        """Return the next event of a kind and discard those before it."""
        while True:
            event = await self.next()
            if isinstance(event, kind):
                return event


async def ignore_flood(_event: Event) -> Sequence[Action]:
    """Announce nothing."""
    return []


class UnlimitedPermit(Permit):
    """Permit that waits for nothing."""

    async def __aenter__(self) -> Self:
        return self


class UnlimitedRateLimiter(RateLimiter):
    """Rate limiter without limits that records the chats it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.permitted: list[int] = []

    def permit(self, chat_id: int, priority: Priority, *, paid: bool = False, messages: int = 1) -> Permit:
        self.permitted.append(chat_id)
        return UnlimitedPermit(self, self._paid if paid else self._free, chat_id, priority)


async def _answer() -> Outcome:
    return Sent(0)


def closed_circuit_breaker() -> CircuitBreaker:
    """Return a circuit breaker whose probes are answered; it opens by outcomes all the same."""
    return CircuitBreaker(_answer, lambda: datetime.now(UTC), generator=random.Random(1))


def new_driver(
    driver: str,
    emulator: EmulatorClient,
    rate_limiter: RateLimiter | None = None,
    circuit_breaker: CircuitBreaker | None = None,
    **poll_limits: int,
) -> Driver:
    """Return a driver that has not signed in."""
    rate_limiter = rate_limiter or UnlimitedRateLimiter()
    circuit_breaker = circuit_breaker or closed_circuit_breaker()
    return DRIVERS[driver](emulator.token, emulator.api_url, rate_limiter, circuit_breaker, proxy=None, **poll_limits)


@asynccontextmanager
async def signed_in(
    driver_name: str, emulator: EmulatorClient, rate_limiter: RateLimiter | None = None
) -> AsyncIterator[Driver]:
    """Yield a driver that has signed in and receives no updates."""
    driver = new_driver(driver_name, emulator, rate_limiter)
    try:
        await driver.sign_in()
        yield driver
    finally:
        await driver.close()


@dataclass(frozen=True, slots=True)
class DriverSetup:
    """A driver and the way in which it receives updates."""

    driver: str
    mode: UpdateMode

    def __str__(self) -> str:
        return f"{self.driver}-{self.mode}"

    @asynccontextmanager
    async def running(
        self,
        emulator: EmulatorClient,
        handler: EventHandler,
        rate_limiter: RateLimiter | None = None,
        flood_handler: EventHandler = ignore_flood,
        **poll_limits: int,
    ) -> AsyncIterator[Driver]:
        """Sign in and handle updates until the block ends."""
        circuit_breaker = closed_circuit_breaker()
        driver = new_driver(self.driver, emulator, rate_limiter, circuit_breaker, **poll_limits)
        probing = asyncio.create_task(circuit_breaker.run())
        update_source = driver.update_source(handler, flood_handler)
        inbox = Inbox(update_source, monotonic=lambda: 0.0)
        receive = _polling if self.mode is UpdateMode.POLLING else _webhook
        try:
            await driver.sign_in()
            async with receive(driver, update_source, inbox, urlsplit(emulator.api_url).hostname or ""):
                yield driver
        finally:
            await inbox.close()
            await driver.close()
            probing.cancel()


@asynccontextmanager
async def _polling(
    driver: Driver, update_source: UpdateSource[Any], inbox: Inbox[Any], _host: str
) -> AsyncIterator[None]:
    await driver.delete_webhook()
    task = asyncio.create_task(Poller(update_source, inbox).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


@asynccontextmanager
async def _webhook(
    driver: Driver, update_source: UpdateSource[Any], inbox: Inbox[Any], host: str
) -> AsyncIterator[None]:
    endpoint, server = WebhookEndpoint(url=f"http://{host}/updates", secret=SECRET), WebhookServer(host, 0)
    async with server.receiving(Receiver(endpoint, InboxIntake(update_source, inbox))) as port:
        await driver.set_webhook(f"http://{f'[{host}]' if ':' in host else host}:{port}/updates", SECRET)
        yield


SETUPS = [DriverSetup(driver, mode) for driver in DRIVERS for mode in UpdateMode]
