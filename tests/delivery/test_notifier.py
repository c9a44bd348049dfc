"""Notifications: what is repeated and when, what is counted, and what is said of those that fail."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import structlog.testing

from delivery.notifier import MAX_ATTEMPTS, Notifier
from domain.chat.event import Chat
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message
from domain.chat.text import Text
from domain.delivery.outcome import Outcome, RateLimited, Refused, Retry, Sent, Unconfirmed
from domain.subscription.preferences import ContentPreferences
from emulator.client import EmulatorClient
from storage import subscribers
from storage.sqlite.database import SqliteDatabase
from tests.delivery.harness import ADMIN, DEFAULT_SCHEDULE, MORNING, TEXTS, DeliveryHarness, open_harness
from tests.virtual_time import in_virtual_time, now
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import MAX_BAD_ENDINGS, BreakerState, CircuitBreaker
from transport.rate_limiter import RateLimiter
from views import run_reports

NOT_SENT = Retry("ConnectionRefusedError")
CHAT, GROUP = 7, -7


class ScriptedClient(BotApiClient):
    """Client that gives the outcomes of a script in turn, without a network; records calls and their times."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.calls: list[tuple[str, dict[str, object]]] = []
        self.called_at: list[float] = []

    async def send(
        self, method: str, body: bytes, on_sending: Callable[[], None] | None = None, *, is_rich: bool = False
    ) -> Outcome:
        self.calls.append((method, json.loads(body)))
        self.called_at.append(now())
        return self.outcomes.pop(0)


class Surroundings:
    """A notifier with a real rate limiter and circuit breaker on virtual time."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.client = ScriptedClient(*outcomes)
        self.rate_limiter = RateLimiter(30, monotonic=now)
        self.circuit_breaker = CircuitBreaker(self._probe, lambda: MORNING, generator=random.Random(1), monotonic=now)
        never_opened = SqliteDatabase.__new__(SqliteDatabase)
        self.notifier = Notifier(
            never_opened, self.client, self.rate_limiter, self.circuit_breaker, translations=TEXTS, language="en"
        )

    async def _probe(self) -> Outcome:
        return Sent(0)


@in_virtual_time
async def test_call_is_repeated_with_growing_waits_until_it_was_sent() -> None:
    around = Surroundings(NOT_SENT, NOT_SENT, NOT_SENT, Sent(5))
    assert await around.notifier.call("sendMessage", CHAT, {"text": "hello"}) == Sent(5)
    assert around.client.called_at == pytest.approx([0, 0.5, 1.5, 3.5])
    assert around.client.calls == [("sendMessage", {"chat_id": CHAT, "text": "hello"})] * 4


@in_virtual_time
async def test_call_that_may_have_arrived_is_not_repeated() -> None:
    for outcome in (Unconfirmed("TimeoutError"), Refused("x"), Sent(1)):
        around = Surroundings(outcome)
        assert await around.notifier.call("sendMessage", CHAT, {}) == outcome


@pytest.mark.parametrize(("chat", "others_wait"), [(CHAT, 12), (GROUP, 0)])
@in_virtual_time
async def test_429_is_obeyed_and_repeated_a_few_times(chat: int, others_wait: float) -> None:
    around = Surroundings(*[RateLimited(12)] * MAX_ATTEMPTS)
    assert await around.notifier.call("sendMessage", chat, {}) == RateLimited(12)
    assert around.client.called_at == pytest.approx([12 * attempt for attempt in range(6)], abs=0.1)
    assert around.rate_limiter.retry_after == pytest.approx(others_wait)
    assert around.rate_limiter.chat_wait(GROUP) == pytest.approx(12 - others_wait)


@in_virtual_time
async def test_lost_notifications_open_the_circuit_breaker_and_wait() -> None:
    around = Surroundings(*[Unconfirmed("TimeoutError")] * MAX_BAD_ENDINGS, Sent(1))
    for chat in range(1, 1 + MAX_BAD_ENDINGS):
        assert around.circuit_breaker.state is BreakerState.CLOSED
        await around.notifier.call("sendMessage", chat, {})
    assert around.circuit_breaker.state is BreakerState.OPEN
    waiting = asyncio.create_task(around.notifier.call("sendMessage", CHAT, {}))
    await asyncio.sleep(100)
    assert len(around.client.calls) == MAX_BAD_ENDINGS
    probing = asyncio.create_task(around.circuit_breaker.run())
    assert await waiting == Sent(1)
    probing.cancel()


async def test_sent_notifications_are_told_and_failed_ones_logged(emulator: EmulatorClient, tmp_path: Path) -> None:
    sent: list[tuple[int, int, str]] = []

    async def on_sent(chat_id: int, message_id: int, message: Message) -> None:
        sent.append((chat_id, message_id, message.text.plain))

    await emulator.create_user("Stranger", id=77)
    admin = await emulator.chat(ADMIN)
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        notifier = harness.delivery_service._components.notifier
        sending = asyncio.create_task(notifier.run())
        with structlog.testing.capture_logs() as logs:
            notifier.notify([77, ADMIN], run_reports.topic_closed_notice, on_sent)
            notifier.notify([ADMIN], run_reports.restored_notice)
            await notifier.wait_until_sent()
        first, second = await admin.next_message(), await admin.next_message()
        sending.cancel()
        await asyncio.wait([sending])
    assert sent == [(ADMIN, first.message_id, first.text)]
    assert "backup" in second.text
    assert [(entry["event"], entry["chat"], entry["outcome"]) for entry in logs] == [
        ("notification_failed", 77, "ChatUnavailable")
    ]


async def test_notifications_are_in_the_admins_language(harness: DeliveryHarness) -> None:
    admin = await harness.emulator.chat(ADMIN)
    await harness.delivery_service.notify_admins(run_reports.restored_notice)
    assert "backup" in (await admin.next_message()).text
    async with harness.database.write() as tx:
        await subscribers.add(tx, Chat(ADMIN), (DEFAULT_SCHEDULE, ContentPreferences(language="zh")), now=MORNING)
    await harness.delivery_service.notify_admins(run_reports.restored_notice)
    assert "备份" in (await admin.next_message()).text


async def test_notification_with_buttons_ends_the_question(harness: DeliveryHarness) -> None:
    admin = await harness.emulator.chat(ADMIN)
    async with harness.database.write() as tx:
        known = await subscribers.add(tx, Chat(ADMIN), (DEFAULT_SCHEDULE, ContentPreferences()), now=MORNING)
        await subscribers.set_question(tx, known.id, "stop yes", now=MORNING)
    for buttons, is_over in (((), False), (((Button("x", "menu"),),), True)):
        await harness.delivery_service.notify_admins(partial(_notice, buttons))
        await admin.next_message()
        await harness.delivery_service._components.notifier.wait_until_sent()
        async with harness.database.read() as tx:
            stored = await subscribers.get(tx, ADMIN)
        assert stored is not None
        assert (stored.question is None) == is_over


def _notice(buttons: Keyboard, translate: Translator) -> Message:
    return Message(Text("x"), buttons)


@pytest.mark.sqlite
async def test_admins_are_told_without_a_database(emulator: EmulatorClient, tmp_path: Path) -> None:
    """Their language cannot be read any more, and what they must know is that."""
    admin = await emulator.chat(ADMIN)
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        (tmp_path / "bot.db").unlink()
        notifier = harness.delivery_service._components.notifier
        notifier.notify([ADMIN], run_reports.restored_notice)
        sending = asyncio.create_task(notifier.run())
        assert "a backup was restored" in (await admin.next_message()).text
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
