"""Tests of opening connections: addresses in turn, cancellation, credentials, and texts without them."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import uvloop
from aiohappyeyeballs import AddrInfoType

from domain.delivery.outcome import Sent
from emulator.client import EmulatorClient
from tests.proxies import ScriptedProxy, listening
from tests.transport.test_http_connection import PLAIN, serving
from transport.bot_api_client import BotApiClient
from transport.connector import HostAddresses
from transport.proxy import Proxy, ProxyScheme
from transport.responses import NotSent, TransportResult

SECRET = "4242:AAsecretsecretsecretsecret"
PASSWORD = "p@ss:wörd/ü"


def address(host: str, port: int) -> AddrInfoType:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))


@contextmanager
def known_addresses(monkeypatch: pytest.MonkeyPatch, **hosts: list[str]) -> Iterator[list[str]]:
    """Have names with these addresses, as a name server would; yields the lookups. Other hosts are addresses."""
    lookups = []

    def look_up(host: str, port: int, **_options: object) -> list[AddrInfoType]:
        lookups.append(host)
        return [address(each, port) for each in hosts.get(host, [host])]

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look_up)
        yield lookups


async def test_socks5_tries_each_address_in_turn(emulator: EmulatorClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two addresses that the proxy does not reach, then one that it reaches; that is the first from then on."""
    ann = await emulator.create_user("Ann", started=True)
    port = emulator.api_url.rpartition(":")[2]
    body = b'{"chat_id":%d,"text":"hello"}' % ann.id
    async with ScriptedProxy(ProxyScheme.SOCKS5).running() as scripted:
        with known_addresses(monkeypatch, telegram=["2001:db8::1", "192.0.2.1", "127.0.0.1"]) as lookups:
            async with BotApiClient(f"http://telegram:{port}", emulator.token, proxy=scripted.proxy) as client:
                assert isinstance(await client.send("sendMessage", body), Sent)
                (idle,) = client._idle
                idle.close()
                assert isinstance(await client.send("sendMessage", body), Sent)
    assert scripted.destinations == ["2001:db8::1", "192.0.2.1", "127.0.0.1", "127.0.0.1"]
    assert lookups.count("telegram") == 1


async def test_silent_address_leaves_time_for_the_next(
    emulator: EmulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = emulator.api_url.rpartition(":")[2]
    async with SilentFor192(ProxyScheme.SOCKS5).running() as scripted:
        with known_addresses(monkeypatch, telegram=["192.0.2.1", "127.0.0.1"]):
            async with BotApiClient(
                f"http://telegram:{port}", emulator.token, proxy=scripted.proxy, connect_seconds=2
            ) as client:
                assert not isinstance(await client.call("getMe", b"{}"), NotSent)
    assert scripted.destinations == ["192.0.2.1", "127.0.0.1"]


class SilentFor192(ScriptedProxy):
    """Proxy that answers nothing where it cannot connect."""

    def answer(self, *, is_reached: bool) -> bytes:
        return super().answer(is_reached=True) if is_reached else b""


async def test_failed_addresses_are_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ScriptedProxy(ProxyScheme.SOCKS5).running() as scripted:
        with known_addresses(monkeypatch, telegram=["192.0.2.1", "192.0.2.2"]) as lookups:
            async with BotApiClient("http://telegram", SECRET, proxy=scripted.proxy) as client:
                reasons = [await client.call("getMe", b"{}") for _ in range(2)]
    assert (
        reasons[0]
        == reasons[1]
        == NotSent(f"telegram:80 through {scripted.proxy}: the proxy did not reach 192.0.2.2:80 (connection refused)")
    )
    assert lookups.count("telegram") == 2


@pytest.mark.parametrize("scheme", list(ProxyScheme))
async def test_proxy_is_reached_by_the_address_that_answers(
    scheme: ProxyScheme, emulator: EmulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first address is closed, as IPv6 often is."""
    async with ScriptedProxy(scheme).running() as scripted:
        proxy = Proxy(scheme=scheme, host="proxy", port=scripted.port)
        with known_addresses(monkeypatch, proxy=["127.0.0.9", "127.0.0.1"]):
            async with BotApiClient(emulator.api_url, emulator.token, proxy=proxy) as client:
                assert not isinstance(await client.call("getMe", b"{}"), NotSent)


@pytest.mark.parametrize("scheme", list(ProxyScheme))
async def test_cancelled_call_hangs_up_on_the_proxy(scheme: ProxyScheme) -> None:
    has_asked, has_hung_up = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        has_asked.set()
        await reader.read()
        has_hung_up.set()

    async with listening(serve) as port:
        proxy = Proxy(scheme=scheme, host="127.0.0.1", port=port)
        async with BotApiClient("http://127.0.0.1:9", SECRET, proxy=proxy) as client:
            call = asyncio.create_task(client.call("getMe", b"{}"))
            await has_asked.wait()
            call.cancel()
            await asyncio.wait((call,))
            async with asyncio.timeout(60):
                await has_hung_up.wait()


@pytest.mark.parametrize("scheme", list(ProxyScheme))
def test_endings_are_told_apart_on_uvloop(scheme: ProxyScheme, unused_tcp_port_factory: Callable[[], int]) -> None:
    """The event loop of `digestbot run`; the other tests run on asyncio's own."""

    async def call(port: int, url: str = "http://192.0.2.1") -> TransportResult:
        proxy = Proxy(scheme=scheme, host="127.0.0.1", port=port)
        async with BotApiClient(url, SECRET, proxy=proxy, connect_seconds=1) as client:
            return await client.call("sendMessage", b"{}")

    async def scenario() -> tuple[str, ...]:
        async with (
            listening(lambda reader, _writer: _read_all(reader)) as silent_port,
            ScriptedProxy(scheme).running() as scripted,
            serving(PLAIN) as server,
            serving(PLAIN[:-1], last=[PLAIN[:-1]]) as cutting_server,
        ):
            results = (
                await call(scripted.port, f"http://127.0.0.1:{server.port}"),
                await call(scripted.port, f"http://127.0.0.1:{cutting_server.port}"),
                await call(scripted.port),
                await call(silent_port),
                await call(unused_tcp_port_factory()),
                await call(scripted.port, f"https://127.0.0.1:{server.port}"),
            )
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await call(silent_port)
        return tuple(f"{type(result).__name__} {getattr(result, 'reason', '')}" for result in results)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        answered, cut, refused, silent, absent, no_tls = runner.run(scenario())
    assert answered == "Response "
    assert cut.startswith("NoResponse ")
    assert refused.startswith("NotSent 192.0.2.1:80 through ")
    assert "did not reach 192.0.2.1:80" in refused
    assert "NotSent" in silent
    assert "waiting for the proxy failed: no answer within 1 s" in silent
    assert "connecting to the proxy failed: Connection refused (ConnectionRefusedError 111)" in absent
    assert no_tls.startswith("NotSent ")
    assert ": TLS handshake failed: " in no_tls


async def _read_all(reader: asyncio.StreamReader) -> None:
    await reader.read()


async def test_connect_request_carries_host_and_credentials() -> None:
    heads = []

    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))

    async with listening(serve) as port:
        proxy = Proxy(scheme=ProxyScheme.HTTP, host="127.0.0.1", port=port, username="änn", password=PASSWORD)
        async with BotApiClient("https://[2001:db8::1]", SECRET, proxy=proxy) as client:
            await client.call("getMe", b"{}")
    credentials = base64.b64encode(f"änn:{PASSWORD}".encode()).decode()
    assert heads == [
        b"CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\nUser-Agent: digestbot\r\n"
        b"Proxy-Authorization: Basic %b\r\n\r\n" % credentials.encode()
    ]


def test_texts_of_a_proxy_hide_its_credentials() -> None:
    proxy = Proxy(scheme=ProxyScheme.SOCKS5H, host="::1", port=1080, username="ann-the-user", password=PASSWORD)
    for text in (repr(proxy), str(proxy), f"{proxy}", repr([proxy])):
        assert "ann-the-user" not in text
        assert PASSWORD not in text
    assert str(proxy) == "SOCKS5h proxy [::1]:1080"
    assert set(proxy.secrets) > {PASSWORD, "p%40ss%3Aw%C3%B6rd%2F%C3%BC"}
    assert Proxy(scheme=ProxyScheme.HTTP, host="h", port=1).secrets == ()


async def test_direct_failures_say_which_step_failed(unused_tcp_port: int) -> None:
    reasons = []
    for url in ("https://telegram.invalid", f"http://127.0.0.1:{unused_tcp_port}"):
        async with BotApiClient(url, SECRET, connect_seconds=30) as client:
            result = await client.call("getMe", b"{}")
        assert isinstance(result, NotSent)
        reasons.append(result.reason)
    unknown, refused = reasons
    assert unknown.startswith("telegram.invalid:443 directly: looking up its address failed: ")
    assert refused == (
        f"127.0.0.1:{unused_tcp_port} directly: connecting failed: Connection refused (ConnectionRefusedError 111)"
    )


async def test_preferred_address_is_forgotten_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    with known_addresses(monkeypatch, telegram=["192.0.2.1", "192.0.2.2"]) as lookups:
        addresses = HostAddresses("telegram", 443)
        first, second = await addresses.get()
        addresses.prefer(second)
        assert list(await addresses.get()) == [second, first]
        addresses.expire()
        assert list(await addresses.get()) == [first, second]
    assert lookups == ["telegram", "telegram"]
