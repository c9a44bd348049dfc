"""Tests of the Bot API client against the emulator: never sent, answer lost, refused; no token in any text."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from domain.delivery.outcome import ChatUnavailable, Fatal, RateLimited, Refused, Retry, Sent, Unconfirmed
from domain.subscription.subscriber import LeftReason
from emulator.client import EmulatorClient
from transport.bot_api_client import BotApiClient
from transport.rate_limiter import RateLimiter
from transport.turn_queue import Priority

SECRET = "4242:AAsecretsecretsecretsecret"


def _body(chat: int, text: str = "hello") -> bytes:
    return json.dumps({"chat_id": chat, "text": text}).encode()


@asynccontextmanager
async def _client(emulator: EmulatorClient, **options: float) -> AsyncIterator[BotApiClient]:
    async with BotApiClient(
        emulator.api_url, emulator.token, connect_seconds=1, read_seconds=options.get("read_seconds", 1)
    ) as client:
        yield client


async def test_a_sent_message_has_its_id(emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    async with _client(emulator) as client:
        outcome = await client.send("sendMessage", _body(ann.id))
    message = await ann.next_message()
    assert outcome == Sent(message.message_id)
    assert message.text == "hello"


@pytest.mark.parametrize("kind", ["drop", "cut", "html502", "hang", "json500"])
async def test_a_lost_response_is_unconfirmed_and_not_repeated(emulator: EmulatorClient, kind: str) -> None:
    ann = await emulator.create_user("Ann", started=True)
    await emulator.add_fault(kind, method="sendMessage", execute=True)
    async with _client(emulator) as client:
        outcome = await client.send("sendMessage", _body(ann.id))
    assert isinstance(outcome, Unconfirmed)
    assert len(await emulator.calls("sendMessage")) == 1
    assert (await ann.next_message()).text == "hello"


async def test_a_request_reset_before_its_effect_is_unconfirmed(emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    await emulator.add_fault("reset", method="sendMessage")
    async with _client(emulator) as client:
        assert isinstance(await client.send("sendMessage", _body(ann.id)), Unconfirmed)
    assert await ann.drain_messages() == []


async def test_a_closed_port_means_not_sent(emulator: EmulatorClient) -> None:
    async with _client(emulator) as client:
        await emulator.add_fault("refuse")
        assert isinstance(await client.send("sendMessage", _body(1)), Retry)


async def test_an_unknown_host_means_not_sent() -> None:
    async with BotApiClient("http://telegram.invalid", SECRET, connect_seconds=1) as client:
        assert isinstance(await client.send("sendMessage", _body(1)), Retry)


async def test_an_unaccepted_connection_means_not_sent() -> None:
    # A listener with a full queue neither accepts nor refuses connections.
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        async with BotApiClient(f"http://127.0.0.1:{listener.getsockname()[1]}", SECRET, connect_seconds=0.5) as client:
            assert isinstance(await client.send("sendMessage", _body(1)), Retry)


async def test_a_hanging_tls_handshake_means_not_sent() -> None:
    async with (
        _serving(lambda _reader, _writer: asyncio.sleep(5)) as port,
        BotApiClient(f"https://127.0.0.1:{port}", SECRET, connect_seconds=0.3, read_seconds=5) as client,
    ):
        assert isinstance(await client.send("sendMessage", _body(1)), Retry)


async def test_failed_connections_give_their_places_back(unused_tcp_port: int) -> None:
    """One place: were it kept, the second call would wait for a free connection instead of being refused."""
    async with BotApiClient(
        f"http://127.0.0.1:{unused_tcp_port}", SECRET, connections=1, connect_seconds=5, read_seconds=5
    ) as client:
        outcomes = [await client.send("sendMessage", _body(1)) for _ in range(3)]
    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, Retry)]
    assert len(reasons) == 3
    assert len(set(reasons)) == 1, "the later calls fail as the first did: refused"


async def test_no_free_connection_means_not_sent(emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    await emulator.add_fault("hang", method="sendMessage")
    async with BotApiClient(
        emulator.api_url, emulator.token, connections=1, connect_seconds=0.5, read_seconds=60
    ) as client:
        first = asyncio.create_task(client.send("sendMessage", _body(ann.id)))
        await emulator.wait_for_log_entry(lambda entry: entry.kind == "bot_message")
        assert isinstance(await client.send("sendMessage", _body(ann.id)), Retry)
        first.cancel()
        await asyncio.wait((first,))


async def test_a_hanging_response_is_unconfirmed_after_the_limit(emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    await emulator.add_fault("hang", method="sendMessage")
    async with asyncio.timeout(60), _client(emulator, read_seconds=0.2) as client:
        assert isinstance(await client.send("sendMessage", _body(ann.id)), Unconfirmed)


async def test_refusals_have_different_outcomes(emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    async with _client(emulator) as client:
        assert isinstance(await client.send("sendMessage", _body(ann.id, "")), Refused)
        assert await client.send("sendMessage", _body(99)) == ChatUnavailable(LeftReason.CHAT_NOT_FOUND)
        await ann.block()
        assert await client.send("sendMessage", _body(ann.id)) == ChatUnavailable(LeftReason.BLOCKED)
        await emulator.add_fault("flood", retry_after=7)
        assert await client.send("sendMessage", _body(ann.id)) == RateLimited(7)
    async with BotApiClient(emulator.api_url, SECRET) as client:
        assert isinstance(await client.send("sendMessage", _body(ann.id)), Fatal)


async def test_neither_outcome_nor_log_contains_the_token(
    emulator: EmulatorClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    texts = []
    for kind in ("drop", "cut", "html502", "refuse"):
        await emulator.add_fault(kind)
        async with _client(emulator) as client:
            texts.append(repr(await client.send("sendMessage", _body(1))))
        await emulator.clear_faults()
    async with BotApiClient("http://127.0.0.1:1", emulator.token) as client:
        texts.append(repr(await client.send("sendMessage", _body(1))))
    assert emulator.token.split(":")[1] not in caplog.text + "".join(texts)


@asynccontextmanager
async def _serving(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    tasks: set[asyncio.Task[object]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
        try:
            await handle(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_message_counts_when_its_bytes_leave(emulator: EmulatorClient) -> None:
    """Not at its turn: so long as it waits for a connection, the second in which it counts has not begun."""
    ann, clock = await emulator.create_user("Ann", started=True), [100.0]
    rate_limiter = RateLimiter(1, monotonic=lambda: clock[0])
    async with BotApiClient(emulator.api_url, emulator.token) as client:
        async with rate_limiter.permit(ann.id, Priority.REPLY):
            clock[0] = 100.7
            assert isinstance(await client.send("sendMessage", _body(ann.id)), Sent)
        clock[0] = 101.5
        waiting = asyncio.create_task(_take_turn(rate_limiter))
        await asyncio.sleep(0)
        assert not waiting.done()
        await client.send("sendMessage", _body(ann.id))  # without a permit, it counts for none
        clock[0] = 101.71
        await waiting


async def _take_turn(rate_limiter: RateLimiter) -> None:
    async with rate_limiter.permit(7, Priority.REPLY):
        pass


async def test_before_write_is_called_only_with_a_connection(emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    calls: list[str] = []
    async with BotApiClient(emulator.api_url, emulator.token) as client:
        outcome = await client.send("sendMessage", _body(ann.id), lambda: calls.append("connected"))
    assert (type(outcome), calls) == (Sent, ["connected"])
    async with BotApiClient("http://127.0.0.1:1", emulator.token) as client:
        outcome = await client.send("sendMessage", _body(ann.id), lambda: calls.append("refused"))
    assert (type(outcome), calls) == (Retry, ["connected"])
