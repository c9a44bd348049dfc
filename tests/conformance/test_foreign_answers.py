"""Answers of others than the Bot API are failed calls for every driver and for the Bot API client."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
import structlog

from domain.chat.action import CallbackAnswer, CallMethod, Edit, Send
from domain.chat.message import Message
from domain.chat.text import Text
from domain.delivery.outcome import Fatal, Outcome, RateLimited, Unconfirmed
from tests.conformance.transports import DRIVERS, FakeHandler, UnlimitedRateLimiter
from tests.hostile_server import HostileServer
from tests.transport.foreign_pages import PAGES, WORD, Page
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import CircuitBreaker
from transport.driver import ApiCallFailed, Driver
from transport.turn_queue import Priority

TOKEN = "77:secret-of-the-bot"
CALLS = [{"commands": [{"command": "today", "description": "x"}], "scope": {"type": "default"}}]
MESSAGE = Message(Text("Hello"))


class UntrippedCircuitBreaker(CircuitBreaker):
    """Circuit breaker that counts nothing: here each reply is to meet the answer, and none waits for its end."""

    def record(self, priority: Priority, outcome: Outcome) -> None:
        pass


async def call_everything(driver: Driver) -> list[str]:
    """Make every call of a driver; each must fail without an exception of the framework. Return the failures."""
    update_source = driver.update_source(FakeHandler(), FakeHandler())
    failures = []
    for call in (
        driver.sign_in(),
        update_source.fetch(None),
        driver.set_webhook("https://bot.example/x", "s"),
        driver.delete_webhook(),
        driver.webhook_info(),
    ):
        with pytest.raises(ApiCallFailed) as caught:
            await call
        failures.append(str(caught.value))
    assert await driver.set_commands(CALLS) == CALLS
    assert not await driver.is_chat_administrator(-7, 7)
    assert await driver.star_balance() is None
    forward = CallMethod(7, "forwardMessage", {"from_chat_id": 8, "message_id": 1})
    for action in (Send(7, MESSAGE), Edit(7, 1, MESSAGE), forward, CallbackAnswer("1")):
        await update_source.execute(action)
    return failures


async def _no_probe() -> Outcome:
    raise AssertionError("the circuit breaker is never open")


@pytest.mark.parametrize("page", PAGES, ids=str)
async def test_a_foreign_answer_is_a_failed_call(page: Page) -> None:
    async with HostileServer().running() as server:
        server.answer = lambda _method: page.response
        circuit_breaker = UntrippedCircuitBreaker(_no_probe, lambda: datetime.now(UTC), generator=random.Random(1))
        for create_driver in DRIVERS.values():
            driver = create_driver(
                TOKEN, server.url, UnlimitedRateLimiter(), circuit_breaker, poll_seconds=0, grace_seconds=5
            )
            with structlog.testing.capture_logs() as logs:
                failures = await call_everything(driver)
            await driver.close()
            assert len(logs) >= 5
            assert WORD not in f"{failures} {logs}"
            assert "secret-of-the-bot" not in f"{failures} {logs}"
        async with BotApiClient(server.url, TOKEN, read_seconds=5) as client:
            outcome = await client.send("sendMessage", b"{}")
        assert isinstance(outcome, Unconfirmed | Fatal | RateLimited)
        assert WORD not in str(outcome)
