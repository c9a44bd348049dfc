"""Tests of HTTP connections: valid responses in every form, invalid ones, TLS, reuse and limits."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.delivery.outcome import Outcome, RateLimited, Retry, Sent, Unconfirmed
from tests.ipv6 import needs_ipv6
from transport.bot_api_client import BotApiClient
from transport.http_connection import MAX_RESPONSE_BYTES, HttpConnection
from transport.responses import NoResponse, NotSent, Response

FIXTURES = Path(__file__).parent / "fixtures"
GOOD = b'{"ok":true,"result":{"message_id":7}}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PLAIN = HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(GOOD), GOOD)
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (
    GOOD[:5],
    len(GOOD) - 5,
    GOOD[5:],
)
WITHOUT_LENGTH = HEAD + b"\r\n" + GOOD
CONTINUED = b"HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n" + PLAIN
TOO_MANY_BODY = b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 9"}'
TOO_MANY_REQUESTS = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 9\r\nContent-Length: %d\r\n\r\n%b" % (
    len(TOO_MANY_BODY),
    TOO_MANY_BODY,
)


@dataclass
class Server:
    """Answers each request with the next of `answers`, and disconnects after those in `last`."""

    answers: list[bytes]
    last: Sequence[bytes] = ()
    requests: list[tuple[int, bytes]] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self.requests.append((number, head + await reader.readexactly(length)))
                answer = self.answers.pop(0)
                writer.write(answer)
                await writer.drain()
                if answer in self.last:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(
    *answers: bytes, last: Sequence[bytes] = (), context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Server]:
    fake = Server(list(answers), last)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(fake.serve(reader, writer))
        tasks.add(task)
        await asyncio.wait((task,))

    server = await asyncio.start_server(serve, host, 0, ssl=context)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def send(server: Server, times: int = 1, **client_options: float) -> list[Outcome]:
    """Make `times` calls, one after the other."""
    async with BotApiClient(f"http://127.0.0.1:{server.port}", "42:secret", **client_options) as client:  # type: ignore[arg-type]
        return [await client.send("sendMessage", b'{"chat_id":1}') for _ in range(times)]


async def test_request_head_and_body() -> None:
    async with serving(PLAIN) as server:
        assert await send(server) == [Sent(7)]
    ((_, request),) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /bot42:secret/sendMessage HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n".encode() in head
    assert b"Content-Type: application/json" in head
    assert body == b'{"chat_id":1}'


@pytest.mark.parametrize("answer", [PLAIN, CHUNKED, CONTINUED])
async def test_a_connection_is_reused_after_a_complete_response(answer: bytes) -> None:
    async with serving(*[answer] * 5) as server:
        assert await send(server, 5) == [Sent(7)] * 5
    assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [WITHOUT_LENGTH, PLAIN.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), PLAIN.replace(b"/1.1", b"/1.0")],
)
async def test_a_connection_is_not_reused_after_its_last_response(answer: bytes) -> None:
    async with serving(answer, PLAIN, last=[answer]) as server:
        assert await send(server, 2) == [Sent(7)] * 2
    assert server.connections == 2


async def test_retry_after_is_read_from_the_header_too() -> None:
    async with serving(TOO_MANY_REQUESTS, PLAIN) as server:
        assert await send(server, 2) == [RateLimited(9), Sent(7)]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x16\x03\x01\x00",
        b"HTTP/1.1 200",
        HEAD + b"\r\n",
        PLAIN[:-1],
        CHUNKED[:-3],
        HEAD + b"Content-Length: x\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nx",
        HEAD + b"Content-Length: %d\r\n\r\n" % (MAX_RESPONSE_BYTES + 1) + b"x" * (MAX_RESPONSE_BYTES + 1),
    ],
)
async def test_an_invalid_response_is_lost_and_reconnects(answer: bytes) -> None:
    async with serving(answer, PLAIN, last=[answer]) as server:
        first, second = await send(server, 2)
    assert (type(first), second) == (Unconfirmed, Sent(7))
    assert server.connections == 2


@pytest.mark.parametrize("more", [PLAIN, b"x", b"\r\nHTTP/1.1 400 Bad Request\r\n"])
async def test_unrequested_bytes_are_no_response_to_the_next_call(more: bytes) -> None:
    async with serving(PLAIN + more, PLAIN) as server:
        assert await send(server, 2) == [Sent(7)] * 2
    assert server.connections == 2


async def test_a_connection_closed_by_the_server_is_not_reused() -> None:
    async with (
        serving(PLAIN, PLAIN, last=[PLAIN]) as server,
        BotApiClient(f"http://127.0.0.1:{server.port}", "42:x") as client,
    ):
        assert await client.send("sendMessage", b"{}") == Sent(7)
        (idle,) = client._idle
        while idle.is_usable:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.001)
        assert await client.send("sendMessage", b"{}") == Sent(7)


async def test_a_cancelled_call_closes_its_connection() -> None:
    async with (
        serving(b"", PLAIN) as server,
        BotApiClient(f"http://127.0.0.1:{server.port}", "42:x", connections=1) as client,
    ):
        call = asyncio.create_task(client.send("sendMessage", b"{}"))
        while not server.requests:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.001)
        call.cancel()
        await asyncio.wait((call,))
        assert await client.send("sendMessage", b"{}") == Sent(7)
    assert server.connections == 2


async def test_the_number_of_connections_is_limited() -> None:
    async with (
        serving(*[PLAIN] * 60) as server,
        BotApiClient(f"http://127.0.0.1:{server.port}", "42:x", connections=3) as client,
    ):
        outcomes = await asyncio.gather(*(client.send("sendMessage", b"{}") for _ in range(60)))
    assert outcomes == [Sent(7)] * 60
    assert server.connections <= 3


async def test_tls_accepts_only_a_trusted_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(FIXTURES / "loopback-cert.pem", FIXTURES / "loopback-key.pem")
    async with serving(PLAIN, PLAIN, PLAIN, context=context) as server:
        async with BotApiClient(f"https://localhost:{server.port}", "42:x") as client:
            untrusted = await client.send("sendMessage", b"{}")
        monkeypatch.setenv("SSL_CERT_FILE", str(FIXTURES / "loopback-cert.pem"))
        async with BotApiClient(f"https://localhost:{server.port}", "42:x") as client:
            assert [await client.send("sendMessage", b"{}") for _ in range(2)] == [Sent(7)] * 2
        async with BotApiClient(f"https://127.0.0.1:{server.port}", "42:x") as client:
            wrong_name = await client.send("sendMessage", b"{}")
    assert isinstance(untrusted, Retry)
    assert "SSLCertVerificationError" in untrusted.reason
    assert isinstance(wrong_name, Retry)
    assert len(server.requests) == 2


@needs_ipv6
@pytest.mark.parametrize(("name", "is_accepted"), [("loopback-ipv6-cert.pem", True), ("loopback-cert.pem", False)])
async def test_certificate_of_an_ipv6_address_is_checked(
    name: str, is_accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One certificate is for ::1, the other for localhost; both are trusted. The Host header has brackets."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(FIXTURES / name, FIXTURES / "loopback-key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(FIXTURES / name))
    async with (
        serving(PLAIN, context=context, host="::1") as server,
        BotApiClient(f"https://[::1]:{server.port}/x", "42:x") as client,
    ):
        outcome = await client.send("sendMessage", b"{}")
    if is_accepted:
        [(_, request)] = server.requests
        assert request.startswith(b"POST /x/bot42:x/sendMessage HTTP/1.1\r\nHost: [::1]:%d\r\n" % server.port)
        assert outcome == Sent(7)
    else:
        assert server.requests == []
        assert isinstance(outcome, Retry)
        assert "SSLCertVerificationError" in outcome.reason


class NullTransport(asyncio.Transport):
    """A transport without a peer."""

    closed = False

    def write(self, data: object) -> None:
        pass

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


async def test_a_connection_closed_before_the_call_means_not_sent() -> None:
    connection = HttpConnection()
    connection.connection_made(NullTransport())
    connection.close()
    assert await connection.call(b"x", 60) == NotSent("ConnectionLost")


@given(st.sampled_from([PLAIN, CHUNKED, CONTINUED, TOO_MANY_REQUESTS]), st.lists(st.integers(1, 200), max_size=30))
def test_a_response_in_pieces_is_the_same_response(answer: bytes, cuts: list[int]) -> None:
    async def scenario() -> None:
        connection = HttpConnection()
        connection.connection_made(NullTransport())
        call = asyncio.create_task(connection.call(b"x", 60))
        await asyncio.sleep(0)
        offsets = [0, *sorted({cut for cut in cuts if cut < len(answer)}), len(answer)]
        for start, end in pairwise(offsets):
            assert not call.done()
            connection.data_received(answer[start:end])
        expected = Response(429, TOO_MANY_BODY, "9") if answer is TOO_MANY_REQUESTS else Response(200, GOOD)
        assert await call == expected
        assert connection.is_usable

    asyncio.run(scenario())


@given(st.binary(max_size=300), st.sampled_from([b"", HEAD, PLAIN[:-5], CHUNKED[:-9]]))
def test_any_bytes_are_a_response_or_no_response(rest: bytes, before: bytes) -> None:
    async def scenario() -> None:
        connection = HttpConnection()
        connection.connection_made(NullTransport())
        call = asyncio.create_task(connection.call(b"x", 60))
        await asyncio.sleep(0)
        connection.data_received(before + rest)
        connection.connection_lost(None)
        assert isinstance(await call, Response | NoResponse)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "piece",
    [
        b"X-Padding: " + b"x" * 1000 + b"\r\n",  # a head that never ends
        b"\r\nHTTP/1.1 102 Processing\r\n",  # one preliminary response after the other
        b"\r\n" + b"x" * 1000,  # a body without a length
    ],
)
async def test_an_endless_response_is_given_up(piece: bytes) -> None:
    connection = HttpConnection()
    transport = NullTransport()
    connection.connection_made(transport)
    call = asyncio.create_task(connection.call(b"x", 60, max_response_bytes=50_000))
    await asyncio.sleep(0)
    connection.data_received(b"HTTP/1.1 200 OK\r\n")
    received = 0
    while not transport.is_closing():
        connection.data_received(piece)
        received += len(piece)
    assert isinstance(await call, NoResponse)
    assert received <= 50_000 + len(piece)
