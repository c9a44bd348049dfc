"""The drivers that speak to Telegram, and both ways in which updates come; a new driver is judged by adding it here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from domain.chat.action import Action
from domain.chat.event import Event
from emulator.client import EmulatorClient
from transport.driver import Driver, EventHandler, UpdateSource
from transport.drivers.aiogram import AiogramDriver
from transport.drivers.ptb import PtbDriver
from transport.inbox import Inbox
from transport.polling import Poller
from transport.rate_limiter import Permit, Priority, RateLimiter
from transport.webhook import Receiver, WebhookEndpoint

DRIVERS: dict[str, type[AiogramDriver] | type[PtbDriver]] = {"aiogram": AiogramDriver, "ptb": PtbDriver}

SECRET = "a-secret-of-the-webhook"
PATIENCE = 30.0
"""Seconds for what may have to wait for a busy machine."""


AT_ONCE = 20
"""How much a person may say at once: all they can say here, where the flood gate's clock stands still."""


class Way(StrEnum):
    """How updates come."""

    POLLING = "polling"
    WEBHOOK = "webhook"


@dataclass
class Handlers:
    """Answers what it is told to, and remembers what it heard."""

    answers: Callable[[Event], Sequence[Action]] = lambda _event: []
    before: Callable[[], Awaitable[object]] | None = None
    heard: list[Event] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __call__(self, event: Event) -> Sequence[Action]:
        async with self.came:
            self.heard.append(event)
            self.came.notify_all()
        if self.before is not None:
            await self.before()
        return self.answers(event)

    async def next(self) -> Event:
        async with asyncio.timeout(PATIENCE), self.came:
            await self.came.wait_for(lambda: self.heard)
        return self.heard.pop(0)


class UnlimitedPermit(Permit):
    """Permit that waits for nothing."""

    async def __aenter__(self) -> Self:
        return self


class Unhurried(RateLimiter):
    """Rate limiter without limits that records the chats it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.permitted: list[int] = []

    def permit(self, chat_id: int, priority: Priority) -> Permit:
        self.permitted.append(chat_id)
        return UnlimitedPermit(self, chat_id, priority)


def make(driver: str, emulator: EmulatorClient, rate_limiter: RateLimiter | None = None, **patience: int) -> Driver:
    """A driver that has not signed in."""
    return DRIVERS[driver](emulator.token, emulator.api_url, rate_limiter or Unhurried(), **patience)


@asynccontextmanager
async def signed_in(
    driver: str, emulator: EmulatorClient, rate_limiter: RateLimiter | None = None
) -> AsyncIterator[Driver]:
    """A driver that knows who it is, and does nothing by itself."""
    made = make(driver, emulator, rate_limiter)
    try:
        await made.sign_in()
        yield made
    finally:
        await made.close()


@dataclass(frozen=True, slots=True)
class Line:
    """A bot that can be started: a driver, and how updates come to it."""

    driver: str
    way: Way

    def __str__(self) -> str:
        return f"{self.driver}-{self.way}"

    @asynccontextmanager
    async def listening(
        self, emulator: EmulatorClient, answer: EventHandler, rate_limiter: RateLimiter | None = None, **patience: int
    ) -> AsyncIterator[Driver]:
        """Signed in, and hearing what people do, until the block ends."""
        driver = make(self.driver, emulator, rate_limiter, **patience)
        ears = driver.update_source(answer)
        inbox = Inbox(ears, on_effect=lambda: None, monotonic=lambda: 0.0)  # nobody's flood ever ebbs
        hear = _polling if self.way is Way.POLLING else _receiving
        try:
            await driver.sign_in()
            async with hear(driver, ears, inbox):
                yield driver
        finally:
            await inbox.close()
            await driver.close()


@asynccontextmanager
async def _polling(driver: Driver, ears: UpdateSource[Any], inbox: Inbox[Any]) -> AsyncIterator[None]:
    await driver.delete_webhook()
    task = asyncio.create_task(Poller(ears, inbox).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


@asynccontextmanager
async def _receiving(driver: Driver, ears: UpdateSource[Any], inbox: Inbox[Any]) -> AsyncIterator[None]:
    async with Receiver(WebhookEndpoint("http://127.0.0.1/updates", SECRET, 0), ears, inbox).listening() as port:
        await driver.set_webhook(f"http://127.0.0.1:{port}/updates", SECRET)
        yield


LINES = [Line(driver, way) for driver in DRIVERS for way in Way]
