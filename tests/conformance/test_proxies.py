"""Each ending of a call through each kind of proxy, for both drivers and the deliveries' client."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.chat.action import Send
from domain.chat.message import Message
from domain.chat.text import Text
from domain.delivery.outcome import Outcome, Retry, Sent, Unconfirmed
from emulator.client import EmulatorClient
from tests.conformance.transports import DRIVERS, FakeHandler, UnlimitedRateLimiter
from tests.proxies import OUTGOING, PASSWORD, Relay, ScriptedProxy, listening, running_proxy
from tests.waiting import PATIENCE
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import CircuitBreaker
from transport.driver import ApiCallFailed, Driver, TelegramUnreachable
from transport.http_connection import HttpConnection
from transport.proxy import Proxy, ProxyScheme
from transport.turn_queue import Priority

TOKEN = "77:secret-of-the-bot"
FIXTURES = Path(__file__).parents[1] / "transport" / "fixtures"
TIMEOUT_SECONDS = PATIENCE
BREAK_OFF_SECONDS = 0.5
"""Time limit for connecting where the proxy is to be silent; none of these tests measures it."""

SendMessage = Callable[[int], Awaitable[Outcome]]
"""Send a message to a chat and return what became of the first attempt."""


class RecordingCircuitBreaker(CircuitBreaker):
    """Circuit breaker that stays closed and hands on what became of each reply."""

    def __init__(self) -> None:
        super().__init__(_no_probe, lambda: datetime.now(UTC), generator=random.Random(1))
        self.outcomes: asyncio.Queue[Outcome] = asyncio.Queue()

    def record(self, priority: Priority, outcome: Outcome) -> None:
        self.outcomes.put_nowait(outcome)


async def _no_probe() -> Outcome:
    raise AssertionError("the circuit breaker is never open")


@dataclass(frozen=True, slots=True)
class Caller:
    """The deliveries' client, or a driver, which sends replies."""

    name: str

    def __str__(self) -> str:
        return self.name

    @asynccontextmanager
    async def sending(self, api_url: str, token: str, proxy: Proxy) -> AsyncIterator[SendMessage]:
        if self.name in DRIVERS:
            async with driver_through(self.name, api_url, token, proxy) as (driver, outcomes):
                with contextlib.suppress(ApiCallFailed):
                    await driver.sign_in()
                yield _by_driver(driver, outcomes)
        else:
            async with BotApiClient(api_url, token, proxy=proxy) as client:
                yield lambda chat_id: client.send(
                    "sendMessage", json.dumps({"chat_id": chat_id, "text": "Hello"}).encode()
                )


@asynccontextmanager
async def driver_through(
    name: str, api_url: str, token: str, proxy: Proxy, **poll_limits: int
) -> AsyncIterator[tuple[Driver, asyncio.Queue[Outcome]]]:
    """Yield a driver that goes through a proxy, and the outcomes of its replies."""
    circuit_breaker = RecordingCircuitBreaker()
    driver = DRIVERS[name](token, api_url, UnlimitedRateLimiter(), circuit_breaker, proxy=proxy, **poll_limits)
    try:
        yield driver, circuit_breaker.outcomes
    finally:
        await driver.close()


def _by_driver(driver: Driver, outcomes: asyncio.Queue[Outcome]) -> SendMessage:
    update_source = driver.update_source(FakeHandler(), FakeHandler())

    async def send(chat_id: int) -> Outcome:
        sending = asyncio.create_task(update_source.execute(Send(chat_id, Message(Text("Hello")))))
        try:
            return await outcomes.get()
        finally:
            sending.cancel()  # it would try again what was not sent
            await asyncio.wait((sending,))

    return send


CALLERS = [Caller("client"), *map(Caller, DRIVERS)]
SOCKS = [ProxyScheme.SOCKS5, ProxyScheme.SOCKS5H]
each_caller = pytest.mark.parametrize("caller", CALLERS, ids=str)
each_scheme = pytest.mark.parametrize("scheme", list(ProxyScheme))
each_driver = pytest.mark.parametrize("driver_name", list(DRIVERS))


@pytest.fixture
async def relay(emulator: EmulatorClient) -> AsyncIterator[Relay]:
    """Run a server in front of the emulator that sees who connects."""
    async with Relay(emulator.api_url).running() as relay:
        yield relay


def open_connections() -> list[HttpConnection]:
    """Return the connections of this process that can take a call."""
    connections = [each for each in gc.get_objects() if isinstance(each, HttpConnection)]
    return [connection for connection in connections if connection.is_usable]


async def send_once(caller: Caller, api_url: str, proxy: Proxy) -> Outcome:
    async with asyncio.timeout(TIMEOUT_SECONDS), caller.sending(api_url, TOKEN, proxy) as send:
        return await send(1)


def assert_not_sent(outcome: Outcome, *parts: str) -> None:
    """The reason says what failed, and contains no secret."""
    assert isinstance(outcome, Retry)
    for part in parts:
        assert part in outcome.reason
    for secret in ("secret-of-the-bot", PASSWORD, "wrong-password"):
        assert secret not in outcome.reason


@each_caller
@pytest.mark.parametrize("with_password", [False, True], ids=["open", "password"])
@each_scheme
async def test_call_through_a_proxy_is_answered(
    scheme: ProxyScheme, with_password: bool, caller: Caller, emulator: EmulatorClient, relay: Relay, tmp_path: Path
) -> None:
    """Everything comes from the proxy's address: nothing goes around it."""
    ann = await emulator.create_user("Ann", started=True)
    async with (
        running_proxy(scheme, tmp_path, with_password=with_password) as running,
        caller.sending(f"http://127.0.0.1:{relay.port}", emulator.token, running.proxy) as send,
    ):
        assert isinstance(await send(ann.id), Sent)
    assert (await ann.next_message()).text == "Hello"
    assert relay.peers == {OUTGOING}


@each_driver
@each_scheme
async def test_webhook_is_registered_through_the_proxy(
    scheme: ProxyScheme, driver_name: str, emulator: EmulatorClient, relay: Relay, tmp_path: Path
) -> None:
    async with (
        running_proxy(scheme, tmp_path, with_password=True) as running,
        driver_through(
            driver_name, f"http://127.0.0.1:{relay.port}", emulator.token, running.proxy, poll_seconds=0
        ) as (driver, _),
    ):
        await driver.sign_in()
        await driver.set_webhook("http://127.0.0.1:9/updates", "secret")
        assert (await driver.webhook_info()).url == "http://127.0.0.1:9/updates"
        await driver.delete_webhook()
        assert await driver.update_source(FakeHandler(), FakeHandler()).fetch(None) == []
    assert relay.peers == {OUTGOING}


@each_caller
@pytest.mark.parametrize(("password", "part"), [("wrong-password", "refused the user"), ("", "wants a user name and")])
@each_scheme
async def test_wrong_password_means_not_sent(
    scheme: ProxyScheme, password: str, part: str, caller: Caller, tmp_path: Path
) -> None:
    async with running_proxy(scheme, tmp_path, with_password=True) as running:
        right = running.proxy
        proxy = Proxy(
            scheme=scheme, host=right.host, port=right.port, username=password and right.username, password=password
        )
        outcome = await send_once(caller, "http://127.0.0.1:9", proxy)
    assert_not_sent(outcome, f"through {proxy}: the proxy {part}", "; check PROXY")


@each_caller
async def test_destination_that_a_proxy_refuses_means_not_sent(caller: Caller, tmp_path: Path) -> None:
    async with running_proxy(ProxyScheme.HTTP, tmp_path, allowed_port=443) as running:
        outcome = await send_once(caller, "http://127.0.0.1:9", running.proxy)
    assert_not_sent(outcome, "the proxy does not allow connections to 127.0.0.1:9 (403)")


@each_caller
@pytest.mark.parametrize("scheme", SOCKS)
async def test_destination_that_rules_forbid_means_not_sent(scheme: ProxyScheme, caller: Caller) -> None:
    async with ScriptedProxy(scheme, reply=(b"\5\2\0\1\0\0\0\0\0\0",)).running() as scripted:
        outcome = await send_once(caller, "http://127.0.0.1:9", scripted.proxy)
    assert_not_sent(outcome, "the proxy did not reach 127.0.0.1:9 (not allowed by its rules)")


@each_caller
@each_scheme
async def test_absent_proxy_means_not_sent(scheme: ProxyScheme, caller: Caller, unused_tcp_port: int) -> None:
    proxy = Proxy(scheme=scheme, host="127.0.0.1", port=unused_tcp_port, source="ALL_PROXY")
    outcome = await send_once(caller, "http://127.0.0.1:9", proxy)
    assert_not_sent(outcome, "connecting to the proxy failed: Connection refused", "; check ALL_PROXY")


@each_caller
@each_scheme
async def test_unknown_name_of_a_proxy_means_not_sent(scheme: ProxyScheme, caller: Caller) -> None:
    proxy = Proxy(scheme=scheme, host="proxy.invalid", port=1080)
    outcome = await send_once(caller, "http://127.0.0.1:9", proxy)
    assert_not_sent(outcome, "looking up the proxy's address failed", "gaierror", "; check PROXY")


@each_caller
@each_scheme
async def test_server_that_refuses_the_proxy_means_not_sent(
    scheme: ProxyScheme, caller: Caller, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    async with running_proxy(scheme, tmp_path) as running:
        port = unused_tcp_port_factory()
        outcome = await send_once(caller, f"http://127.0.0.1:{port}", running.proxy)
    assert_not_sent(outcome, f"the proxy did not reach 127.0.0.1:{port}")


@each_caller
@each_scheme
async def test_silent_proxy_means_not_sent(
    scheme: ProxyScheme, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BotApiClient.__init__.__kwdefaults__ is not None
    monkeypatch.setitem(BotApiClient.__init__.__kwdefaults__, "connect_seconds", BREAK_OFF_SECONDS)
    async with listening(lambda reader, _writer: _ignore(reader)) as port:
        outcome = await send_once(caller, "http://127.0.0.1:9", Proxy(scheme=scheme, host="127.0.0.1", port=port))
    assert_not_sent(outcome, "waiting for the proxy failed: no answer within 0.5 s", "; check PROXY")


async def _ignore(reader: asyncio.StreamReader) -> None:
    await reader.read()


NO_HTTP = [
    (b"", "hung up without an answer"),
    (b"\x05\xff", "is not HTTP"),
    (b"HTTP/1.1 200", "hung up without an answer"),
    (b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "the proxy"),
    (b"HTTP/1.1 405 Method Not Allowed\r\n\r\n", "answered 405 to CONNECT; is it an HTTP proxy?"),
    (b"HTTP/1.1 200 OK\r\n\r\n<html>Welcome to the hotel", "sent more than its answer"),
    (b"HTTP/1.1 200 OK\r\n" + b"X-Padding: x\r\n" * 6000, "the proxy's answer is"),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 3000, "the proxy's answer is too long"),
]
NO_SOCKS5 = [
    (b"", "hung up without an answer"),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "is not SOCKS5"),
    (b"\5\0\0", "hung up without an answer"),
    (b"\5\x63\0\1\0\0\0\0\0\0", "is not SOCKS5"),
    (b"\5\0\0\x09\0\0\0\0\0\0", "is not SOCKS5"),
    (b"\5\0\0\3\2\xff\xff\0\0", "is not SOCKS5"),
    (b"\5\0\0\1\0\0\0\0\0\0HTTP/1.1 200 OK\r\n\r\n", "sent more than its answer"),
]
NONSENSE = [(ProxyScheme.HTTP, *case) for case in NO_HTTP] + [(scheme, *case) for scheme in SOCKS for case in NO_SOCKS5]


@each_caller
@pytest.mark.parametrize(("scheme", "reply", "part"), NONSENSE, ids=[f"{s}-{i}" for i, (s, *_) in enumerate(NONSENSE)])
async def test_nonsense_of_a_proxy_means_not_sent(scheme: ProxyScheme, reply: bytes, part: str, caller: Caller) -> None:
    async with ReplyingProxy(scheme, reply).running() as port:
        outcome = await send_once(caller, "http://127.0.0.1:9", Proxy(scheme=scheme, host="127.0.0.1", port=port))
    assert_not_sent(outcome, part)


@dataclass(frozen=True, slots=True)
class ReplyingProxy:
    """A proxy that answers the request for a tunnel with certain bytes and hangs up."""

    scheme: ProxyScheme
    reply: bytes

    def running(self) -> contextlib.AbstractAsyncContextManager[int]:
        return listening(self._serve)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.scheme is not ProxyScheme.HTTP and not self.reply.startswith(b"HTTP"):
            await reader.readexactly(3)
            writer.write(b"\5\0")
        await reader.read(1000)
        writer.write(self.reply)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@each_caller
@each_scheme
async def test_reply_of_a_proxy_may_come_in_pieces(
    scheme: ProxyScheme, caller: Caller, emulator: EmulatorClient
) -> None:
    ann = await emulator.create_user("Ann", started=True)
    head = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nVia: x\r\n\r\n"
    whole = head if scheme is ProxyScheme.HTTP else b"\5\0\0\3\4here\0\x50"
    pieces = tuple(whole[at : at + 1] for at in range(len(whole)))
    async with ScriptedProxy(scheme, reply=pieces).running() as scripted:
        assert isinstance(await _send(caller, emulator, scripted.proxy, ann.id), Sent)
    assert (await ann.next_message()).text == "Hello"


async def _send(caller: Caller, emulator: EmulatorClient, proxy: Proxy, chat_id: int) -> Outcome:
    async with asyncio.timeout(TIMEOUT_SECONDS), caller.sending(emulator.api_url, emulator.token, proxy) as send:
        return await send(chat_id)


@each_caller
@each_scheme
async def test_proxy_killed_during_a_call_loses_the_answer(
    scheme: ProxyScheme, caller: Caller, emulator: EmulatorClient, tmp_path: Path
) -> None:
    ann = await emulator.create_user("Ann", started=True)
    async with (
        running_proxy(scheme, tmp_path) as running,
        caller.sending(emulator.api_url, emulator.token, running.proxy) as send,
    ):
        await emulator.add_fault("hang", method="sendMessage", execute=True)
        sending = asyncio.ensure_future(send(ann.id))
        assert (await ann.next_message()).text == "Hello"
        await running.kill()
        async with asyncio.timeout(TIMEOUT_SECONDS):
            assert isinstance(await sending, Unconfirmed)
    assert len(await emulator.calls("sendMessage")) == 1


@each_caller
@pytest.mark.parametrize("fault", ["cut", "drop", "reset", "html502"])
@each_scheme
async def test_answer_cut_behind_a_proxy_is_lost(
    scheme: ProxyScheme, fault: str, caller: Caller, emulator: EmulatorClient, tmp_path: Path
) -> None:
    """Also a 502 that the server sends through the tunnel: the proxy's own comes before, and means not sent."""
    ann = await emulator.create_user("Ann", started=True)
    await emulator.add_fault(fault, method="sendMessage")
    async with running_proxy(scheme, tmp_path) as running:
        assert isinstance(await _send(caller, emulator, running.proxy, ann.id), Unconfirmed)


@each_caller
@each_scheme
async def test_idle_tunnel_that_a_proxy_closed_is_not_reused(
    scheme: ProxyScheme, caller: Caller, emulator: EmulatorClient, tmp_path: Path
) -> None:
    ann = await emulator.create_user("Ann", started=True)
    async with (
        running_proxy(scheme, tmp_path) as running,
        caller.sending(emulator.api_url, emulator.token, running.proxy) as send,
    ):
        assert isinstance(await send(ann.id), Sent)
        connections = open_connections()
        assert connections
        await running.kill()
        while any(connection.is_usable for connection in connections):  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.001)
        assert_not_sent(await send(ann.id), "connecting to the proxy failed")
        async with running_proxy(scheme, tmp_path, port=running.proxy.port):
            assert isinstance(await send(ann.id), Sent)


@each_caller
@each_scheme
async def test_tls_goes_through_the_tunnel(
    scheme: ProxyScheme,
    caller: Caller,
    emulator: EmulatorClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server's certificate is checked by the server's name, not the proxy's."""
    ann = await emulator.create_user("Ann", started=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(FIXTURES / "loopback-cert.pem", FIXTURES / "loopback-key.pem")
    async with Relay(emulator.api_url).running(context) as relay, running_proxy(scheme, tmp_path) as running:

        async def send(host: str) -> Outcome:
            async with caller.sending(f"https://{host}:{relay.port}", emulator.token, running.proxy) as send:
                return await send(ann.id)

        assert_not_sent(await send("localhost"), "TLS handshake failed: self-signed certificate")
        monkeypatch.setenv("SSL_CERT_FILE", str(FIXTURES / "loopback-cert.pem"))
        assert_not_sent(await send("127.0.0.1"), "TLS handshake failed: IP address mismatch")
        assert isinstance(await send("localhost"), Sent)
    assert relay.peers == {OUTGOING}


@each_driver
@pytest.mark.parametrize("scheme", [ProxyScheme.HTTP, ProxyScheme.SOCKS5H])
async def test_proxy_looks_up_names_that_nobody_here_knows(
    scheme: ProxyScheme, driver_name: str, emulator: EmulatorClient
) -> None:
    ann = await emulator.create_user("Ann", started=True)
    port = emulator.api_url.rpartition(":")[2]
    async with (
        ScriptedProxy(scheme, hosts={"telegram.invalid": "127.0.0.1"}).running() as scripted,
        Caller(driver_name).sending(f"http://telegram.invalid:{port}", emulator.token, scripted.proxy) as send,
    ):
        assert isinstance(await send(ann.id), Sent)
    assert scripted.destinations == ["telegram.invalid"]


@each_driver
@each_scheme
async def test_sign_in_says_which_step_failed(scheme: ProxyScheme, driver_name: str, tmp_path: Path) -> None:
    parts = {ProxyScheme.SOCKS5: "looking up its address failed"}
    async with (
        running_proxy(scheme, tmp_path) as running,
        driver_through(driver_name, "http://telegram.invalid", TOKEN, running.proxy) as (driver, _),
    ):
        with pytest.raises(TelegramUnreachable, match=f"telegram.invalid:80 through {running.proxy}: ") as caught:
            await driver.sign_in()
    assert parts.get(scheme, "the proxy did not reach telegram.invalid:80") in str(caught.value)
