"""The way of one recipient's parts from the permit to the settlement, with a real ledger, limiter and breaker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import structlog.testing

from delivery.notifier import Notification
from delivery.run_queue import RecipientBatch, RunQueue
from delivery.sender import InFlight, Sender
from domain.delivery.outcome import (
    Fatal,
    Outcome,
    PaymentRefused,
    RateLimited,
    Refused,
    Retry,
    Sent,
    TopicClosed,
    Unconfirmed,
)
from domain.delivery.states import RunState
from domain.subscription.preferences import ContentPreferences, Layout
from emulator.client import EmulatorClient
from tests.databases import sql
from tests.delivery.harness import (
    MORNING,
    TEXTS,
    DeliveryHarness,
    edition,
    long_edition,
    open_harness,
    run_of,
)
from tests.waiting import PATIENCE
from transport.bot_api_client import BotApiClient
from transport.turn_queue import Priority

LATENESS = timedelta(seconds=30)


class AnsweringClient(BotApiClient):
    """Client that answers every call alike, without a network; or fails as a defect of it would."""

    def __init__(self, answer: Outcome | Exception) -> None:
        self.answer = answer
        self.calls: list[tuple[str, bytes]] = []

    async def send(
        self, method: str, body: bytes, on_sending: Callable[[], None] | None = None, *, is_rich: bool = False
    ) -> Outcome:
        self.calls.append((method, body))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
async def ledger_only(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[DeliveryHarness]:
    """Yield a harness of which only the ledger runs; two sends fit into a second."""
    async with _only_ledger(emulator, tmp_path, rate=2) as harness:
        yield harness


@pytest.fixture
async def slow(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[DeliveryHarness]:
    """Yield a harness of which only the ledger runs; the second send waits four seconds for its turn."""
    async with _only_ledger(emulator, tmp_path, rate=1 / 4) as harness:
        yield harness


@asynccontextmanager
async def _only_ledger(emulator: EmulatorClient, folder: Path, *, rate: float) -> AsyncIterator[DeliveryHarness]:
    async with open_harness(emulator, folder / "bot.db", running=False, rate=rate) as harness:
        writing = asyncio.create_task(harness.delivery_service._components.ledger.run())
        yield harness
        writing.cancel()
        await asyncio.wait([writing])


async def _batches(harness: DeliveryHarness, chats: list[int], parts: int = 1) -> tuple[int, list[RecipientBatch]]:
    """Plan an edition for chats, half a minute ago; return its run and the batches."""
    await harness.audience(chats, preferences=ContentPreferences(Layout.FULL, "zh"))
    run_id = run_of(await harness.publish(edition() if parts == 1 else long_edition(parts)))
    await harness.at(MORNING)
    queue = RunQueue(harness.database, TEXTS, run_id)
    assert await queue.fill(MORNING)
    batches = []
    while batch := queue.pop_batch():
        batches.append(batch)
    assert len(batches) == len(chats)
    harness.clock.now = MORNING + LATENESS
    return run_id, batches


def _sender(harness: DeliveryHarness, client: BotApiClient | None = None) -> Sender:
    sender = harness.delivery_service._components.send_loop._sender
    if client is not None:
        sender._client = client
    return sender


def _value(harness: DeliveryHarness, name: str, **labels: str) -> float:
    return harness.delivery_service._components.metrics.registry.get_sample_value(name, labels) or 0.0


async def _rows(harness: DeliveryHarness) -> list[tuple[object, ...]]:
    """Return state, error, attempts and `not_before` of all deliveries."""
    rows = "SELECT state, error, attempts, not_before FROM deliveries ORDER BY subscriber_id, part"
    async with harness.database.read() as tx:
        return [tuple(row) for row in await tx.exec_driver_sql(rows)]


async def test_in_flight_is_empty_when_all_have_left() -> None:
    in_flight = InFlight()
    await asyncio.wait_for(in_flight.wait_until_empty(), PATIENCE)
    with in_flight:
        with in_flight:
            assert in_flight.count == 2
        assert in_flight.count == 1
        waiting = asyncio.create_task(in_flight.wait_until_empty())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
    assert in_flight.count == 0
    await asyncio.wait_for(waiting, PATIENCE)


async def test_parts_go_in_order_to_their_recipient(ledger_only: DeliveryHarness) -> None:
    (chat,) = await ledger_only.emulator.create_users(1)
    run_id, (batch,) = await _batches(ledger_only, [chat], parts=2)
    assert await _sender(ledger_only).send(batch) == 0
    texts = [entry.message.text for entry in await ledger_only.received(chat) if entry.message]
    assert len(texts) == len(batch.parts) >= 2
    bodies = [payload.for_recipient(chat, topic_id=None, silent=False) for _, payload in batch.parts]
    assert texts == [json.loads(body)["text"] for body in bodies]
    progress = await ledger_only.progress(run_id)
    assert (progress.sent, progress.in_flight, progress.pending) == (len(texts), 0, 0)
    assert ledger_only.delivery_service._components.in_flight.count == 0
    assert _value(ledger_only, "digestbot_delivery_calls_total", outcome="Sent") == len(texts)
    assert _value(ledger_only, "digestbot_delivery_lateness_seconds_sum") == len(texts) * LATENESS.total_seconds()


@pytest.mark.parametrize(
    ("answer", "is_late", "state", "calls"),
    [
        (Sent(7), True, "sent", 2),
        (Refused("can't parse"), True, "failed", 2),
        (Unconfirmed("lost"), True, "unconfirmed", 2),
        (Retry("refused"), False, "pending", 1),
        (Fatal("401"), False, "pending", 1),
        (RateLimited(40), False, "pending", 1),
    ],
)
async def test_each_outcome_is_counted_and_settled(
    ledger_only: DeliveryHarness, answer: Outcome, state: str, calls: int, *, is_late: bool
) -> None:
    """The next part follows if this one arrived, may have arrived, or never will."""
    _, (batch,) = await _batches(ledger_only, [1], parts=2)
    client = AnsweringClient(answer)
    assert await _sender(ledger_only, client).send(batch) == 0
    expected = calls if calls == 1 else len(batch.parts)
    assert [method for method, _ in client.calls] == ["sendMessage"] * expected
    assert client.calls[0][1] == batch.parts[0][1].for_recipient(1, topic_id=None, silent=False)
    assert (await _rows(ledger_only))[0][0] == state
    assert _value(ledger_only, "digestbot_delivery_calls_total", outcome=type(answer).__name__) == expected
    late = expected if is_late else 0
    assert _value(ledger_only, "digestbot_delivery_lateness_seconds_count") == late
    assert _value(ledger_only, "digestbot_retry_after_seconds_total") == (40 if isinstance(answer, RateLimited) else 0)
    assert (ledger_only.rate_limiter.retry_after > 30) is isinstance(answer, RateLimited)
    assert (ledger_only.circuit_breaker.fatal_reason is not None) is isinstance(answer, Fatal)


async def test_defect_of_the_client_leaves_the_part_unconfirmed(ledger_only: DeliveryHarness) -> None:
    run_id, (batch,) = await _batches(ledger_only, [1])
    with structlog.testing.capture_logs() as logs:
        assert await _sender(ledger_only, AnsweringClient(ZeroDivisionError("defect"))).send(batch) == 0
    (entry,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert (entry["event"], entry["run"], entry["subscriber"]) == ("bot_api_client_failed", run_id, batch.subscriber_id)
    assert [row[:2] for row in await _rows(ledger_only)] == [("unconfirmed", "ZeroDivisionError")]


async def test_batch_of_a_chat_that_must_wait_long_is_given_back(ledger_only: DeliveryHarness) -> None:
    """A worker waits for a chat only some seconds. Meanwhile nothing is claimed."""
    _, (first, second) = await _batches(ledger_only, [-1001, -1002])
    client = AnsweringClient(Sent(7))
    sender = _sender(ledger_only, client)
    ledger_only.rate_limiter.apply_retry_after(-1001, 60)
    ledger_only.rate_limiter.apply_retry_after(-1002, 0.3)
    waits = [await sender.send(batch) for batch in sorted((first, second), key=lambda one: -one.parts[0][0].chat_id)]
    assert 50 < waits[0] <= 60
    assert waits[1] == 0
    assert len(client.calls) == 1
    assert sorted(str(row[0]) for row in await _rows(ledger_only)) == ["pending", "sent"]


async def test_part_after_a_refused_claim_is_not_sent(ledger_only: DeliveryHarness) -> None:
    """The page was stale: the first part was claimed by then, and the second would overtake it."""
    _, (batch,) = await _batches(ledger_only, [1], parts=2)
    assert await ledger_only.delivery_service._components.ledger.claim(batch.parts[0][0])
    client = AnsweringClient(Sent(7))
    assert await _sender(ledger_only, client).send(batch) == 0
    assert client.calls == []
    assert [row[0] for row in await _rows(ledger_only)][:2] == ["in_flight", "pending"]


async def test_refused_claim_sends_nothing(ledger_only: DeliveryHarness) -> None:
    run_id, (batch,) = await _batches(ledger_only, [1], parts=2)
    async with ledger_only.database.write() as tx:
        await sql(tx, "UPDATE runs SET state = 'paused' WHERE id = ?", run_id)
    client = AnsweringClient(Sent(7))
    assert await _sender(ledger_only, client).send(batch) == 0
    assert client.calls == []
    assert {row[0] for row in await _rows(ledger_only)} == {"pending"}


@pytest.mark.parametrize("is_outage", [False, True])
async def test_part_held_up_after_its_claim_goes_back(slow: DeliveryHarness, *, is_outage: bool) -> None:
    """A long 429, or an outage, that begins while a claimed part waits for its turn; it costs no attempt."""
    run_id, batches = await _batches(slow, [1, 2], parts=2)
    client = AnsweringClient(Sent(7))
    sender = _sender(slow, client)
    first = asyncio.create_task(
        sender.send(
            RecipientBatch(
                run_id=run_id, subscriber_id=batches[0].subscriber_id, parts=batches[0].parts[:1], due_at=None
            )
        )
    )
    assert await first == 0
    second = asyncio.create_task(sender.send(batches[1]))
    await slow.until(run_id, lambda now: now.in_flight == 1)
    if is_outage:
        for _ in range(20):
            slow.circuit_breaker.record(Priority.BULK, Retry("refused"))
            slow.circuit_breaker.record(Priority.NOTIFICATION, Retry("refused"))
    else:
        slow.rate_limiter.restore_retry_after(None, 3600)
    async with asyncio.timeout(PATIENCE):
        assert await second == 0
    assert len(client.calls) == 1
    rows = await _rows(slow)
    of_second = rows[len(batches[0].parts) :]
    assert len(of_second) >= 2
    assert {(row[0], row[2]) for row in of_second} == {("pending", 0)}
    assert slow.delivery_service._components.in_flight.count == 0
    assert _value(slow, "digestbot_delivery_lateness_seconds_count") == 0


async def test_nothing_is_sent_while_the_ownership_is_uncertain(
    ledger_only: DeliveryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claimed, then refused right before the bytes: the part goes back, and costs no attempt."""
    _, (batch,) = await _batches(ledger_only, [1], parts=2)
    monkeypatch.setattr(ledger_only.database, "may_send", lambda: False)
    async with BotApiClient(ledger_only.emulator.api_url, ledger_only.emulator.token) as client:
        assert await _sender(ledger_only, client).send(batch) == 0
    assert await ledger_only.received(1) == []
    assert {(row[0], row[2]) for row in await _rows(ledger_only)} == {("pending", 0)}
    assert ledger_only.delivery_service._components.ledger.claimed == 1


async def test_closed_topic_is_left_and_its_chat_told(ledger_only: DeliveryHarness) -> None:
    run_id, _ = await _batches(ledger_only, [-1001])
    async with ledger_only.database.write() as tx:
        await tx.exec_driver_sql("UPDATE subscribers SET topic_id = 5, silent = true")
    queue = RunQueue(ledger_only.database, TEXTS, run_id)
    assert await queue.fill(MORNING)
    batch = queue.pop_batch()
    assert batch is not None
    client = AnsweringClient(TopicClosed("closed"))
    assert await _sender(ledger_only, client).send(batch) == 0
    assert [body for _, body in client.calls] == [batch.parts[0][1].for_recipient(-1001, topic_id=5, silent=True)]
    async with ledger_only.database.read() as tx:
        topic = await tx.exec_driver_sql("SELECT topic_id FROM subscribers")
        assert topic.scalar_one() is None
    queued = ledger_only.delivery_service._components.notifier._queue
    notification = queued.get_nowait()
    assert queued.empty()
    assert isinstance(notification, Notification)
    assert notification.chat_id == -1001
    assert "topic" in notification.build(TEXTS.translator("en")).text.plain


async def test_refusals_pause_the_run_and_remove_its_queue(ledger_only: DeliveryHarness) -> None:
    run_id, batches = await _batches(ledger_only, list(range(1, 13)))
    ledger_only.rate_limiter._free._global_limit._interval = 0.001
    sender = _sender(ledger_only, AnsweringClient(Refused("can't parse")))
    run_queues = ledger_only.delivery_service._components.send_loop._run_queues
    assert await run_queues.fill(MORNING)
    assert run_queues.pop_batch() is not None
    for batch in batches:
        assert await sender.send(batch) == 0
    assert (await ledger_only.progress(run_id)).state is RunState.PAUSED
    assert run_queues.pop_batch() is None


async def test_refused_payment_of_a_free_message_is_a_refusal(ledger_only: DeliveryHarness) -> None:
    """To send it again without paying would change nothing, for ever."""
    _, (batch,) = await _batches(ledger_only, [1001])
    client = AnsweringClient(PaymentRefused("Bad Request: BALANCE_TOO_LOW"))
    assert await _sender(ledger_only, client).send(batch) == 0
    assert await _rows(ledger_only) == [("failed", "Bad Request: BALANCE_TOO_LOW", 0, None)]
    assert b"allow_paid_broadcast" not in client.calls[0][1]
