"""Tests of the webhook behind real reverse proxies: Telegram's requests, strangers', and ambiguous ones."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.reverse_proxies import ReverseProxy, running
from tests.transport.webhook_client import PATH, SECRET, WebhookClient, listening
from tests.waiting import PATIENCE
from transport.webhook import MAX_BODY_BYTES, SECRET_HEADER

CHATS = 100
PATIENCE_SECONDS = PATIENCE
RIGHT = f"{SECRET_HEADER}: {SECRET}\r\n"


@pytest.fixture(params=list(ReverseProxy))
async def webhook(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WebhookClient]:
    """Yield a webhook whose client sends through a reverse proxy."""
    async with listening(seconds=2, chats=CHATS) as client, running(request.param, client.port, tmp_path) as port:
        client.port = port
        yield client


async def test_five_hundred_updates_arrive_once_each(webhook: WebhookClient) -> None:
    numbers = range(500)
    limit = asyncio.Semaphore(40)  # as many as Telegram sends at once by default

    async def send(number: int) -> int:
        async with limit:
            return await webhook.send(b"%d" % number)

    assert set(await asyncio.gather(*map(send, numbers))) == {200}
    assert sorted(webhook.source.dispatched) == list(numbers)


@pytest.mark.parametrize(
    "secrets",
    [[], [""], ["wrong"], [SECRET, "wrong"], ["wrong", SECRET], [SECRET, SECRET]],
    ids=["none", "empty", "wrong", "right and wrong", "wrong and right", "twice"],
)
async def test_secret_is_one_and_right(webhook: WebhookClient, secrets: list[str]) -> None:
    headers = "".join(f"{SECRET_HEADER}: {secret}\r\n" for secret in secrets)
    answer = await send_raw(webhook, headers + "Content-Length: 1\r\n", b"7")
    assert b" 403 " in answer.split(b"\r\n")[0]
    assert webhook.source.decoded == []
    assert await webhook.send(b"8") == 200


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (f"Content-Length: {10_000_000}\r\n", b"1" * 10_000_000),
        ("Transfer-Encoding: chunked\r\n", b"10000\r\n" + b"1" * 0x10000 + b"\r\n"),
        ("Content-Encoding: gzip\r\n", gzip.compress(b"1" * 200_000_000, compresslevel=1)),
    ],
    ids=["long", "endless", "compressed"],
)
async def test_huge_bodies_are_refused(webhook: WebhookClient, headers: str, body: bytes) -> None:
    if "chunked" in headers:
        body *= 160
    if "Encoding: gzip" in headers:
        assert len(body) < MAX_BODY_BYTES
        headers += f"Content-Length: {len(body)}\r\n"
    answer = await send_raw(webhook, RIGHT + headers, body)
    assert answer == b"" or answer.split(b" ")[1] in (b"400", b"413", b"502")
    assert webhook.source.decoded == []
    assert await webhook.send(b"8") == 200


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        "Content-Length: 1\r\nContent-Length: 200\r\n",
        "Transfer-Encoding: xchunked\r\nContent-Length: 1\r\n",
        "Transfer-Encoding : chunked\r\nContent-Length: 1\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Content-Length: +1\r\n",
    ],
)
async def test_no_request_is_smuggled(webhook: WebhookClient, headers: str) -> None:
    hidden = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n{RIGHT}Content-Length: 2\r\n\r\n66"
    await send_raw(webhook, headers, f"0\r\n\r\n{hidden}".encode(), closes=True)
    assert await webhook.send(b"8") == 200
    assert set(webhook.source.decoded) <= {8, 66}
    assert webhook.source.decoded.count(8) == 1


async def test_pipelined_requests_are_judged_one_by_one(webhook: WebhookClient) -> None:
    async with webhook.raw_connection() as (reader, writer), asyncio.timeout(PATIENCE_SECONDS):
        for headers, number in ((RIGHT, b"1"), (RIGHT, b"2"), ("", b"3")):
            writer.write(head(headers + "Content-Length: 1\r\n") + number)
        statuses = [(await read_answer(reader)).split(b" ")[1] for _ in range(3)]
    assert statuses == [b"200", b"200", b"403"]
    assert webhook.source.decoded == [1, 2]


async def test_updates_arrive_while_a_thousand_strangers_dawdle(webhook: WebhookClient) -> None:
    beginnings = (
        b"",
        b"POST /upd",
        head(RIGHT + f"Content-Length: {MAX_BODY_BYTES}\r\n") + b"1" * 1000,
        head(RIGHT + "Transfer-Encoding: chunked\r\n") + b"5\r\n1",
    )
    async with AsyncExitStack() as stack:
        for number in range(1_000):
            _, writer = await stack.enter_async_context(webhook.raw_connection())
            writer.write(beginnings[number % len(beginnings)])
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert [await webhook.send(b"%d" % number) for number in range(20)] == [200] * 20
    assert webhook.source.dispatched == list(range(20))


def head(headers: str) -> bytes:
    return f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    answer = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line[15:]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    return answer + await reader.readexactly(length)


async def send_raw(webhook: WebhookClient, headers: str, body: bytes, *, closes: bool = False) -> bytes:
    """Send a request with these headers, and return the answer; empty if the connection is broken off."""
    async with webhook.raw_connection() as (reader, writer), asyncio.timeout(PATIENCE_SECONDS):
        writer.write(head(headers + ("Connection: close\r\n" if closes else "")) + body)
        try:
            return await reader.read() if closes else await read_answer(reader)
        except (ConnectionError, asyncio.IncompleteReadError):
            return b""
