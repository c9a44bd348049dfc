"""Names with several addresses: dead ones delay nothing for long, and are looked up again when all are dead."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest

from domain.delivery.outcome import Outcome, Retry, Sent
from emulator.client import EmulatorClient, run_emulator
from tests.ipv6 import needs_ipv6
from tests.transport.test_http_connection import FIXTURES, PLAIN, serving
from tests.waiting import PATIENCE
from transport.bot_api_client import BotApiClient

pytestmark = needs_ipv6

NAME = "bot-api.test"
Address = tuple[str, int]


class NameServer:
    """Answers lookups of a name with these addresses, in this order; counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str = NAME) -> None:
        self._name = name
        self.addresses: list[Address] = []
        self.lookups = 0
        self._resolve = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._answer)

    def _answer(self, host: object, *arguments: object, **options: object) -> object:
        if host != self._name:
            return self._resolve(host, *arguments, **options)  # type: ignore[arg-type]
        self.lookups += 1
        found = []
        for address, port in self.addresses:
            found += self._resolve(address, port, type=socket.SOCK_STREAM)
        return found


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> NameServer:
    return NameServer(monkeypatch)


@pytest.fixture
def silent() -> Iterator[dict[str, Address]]:
    """Addresses that neither accept nor refuse connections, as behind a firewall: listeners with a full queue."""
    with ExitStack() as stack:
        found = {}
        for host, family in (("::1", socket.AF_INET6), ("127.0.0.1", socket.AF_INET)):
            listener = stack.enter_context(socket.socket(family))
            listener.bind((host, 0))
            listener.listen(0)
            port = listener.getsockname()[1]
            for _ in range(2):
                filler = stack.enter_context(socket.socket(family))
                filler.setblocking(False)
                filler.connect_ex((host, port))
            found[host] = (host, port)
        yield found


def address_of(emulator: EmulatorClient) -> Address:
    url = urlsplit(emulator.api_url)
    return url.hostname or "", url.port or 0


async def send_hello(client: BotApiClient, chat_id: int) -> Outcome:
    body = json.dumps({"chat_id": chat_id, "text": "hello"}).encode()
    async with asyncio.timeout(PATIENCE):
        return await client.send("sendMessage", body)


@pytest.mark.parametrize("dead", ["silent", "refusing"])
@pytest.mark.parametrize(("dead_host", "live_host"), [("::1", "127.0.0.1"), ("127.0.0.1", "::1")])
async def test_dead_address_first_is_passed_over(
    dead: str, dead_host: str, live_host: str, names: NameServer, silent: dict[str, Address]
) -> None:
    """The time to connect is far longer than the test may take: the second address is not tried after it only."""
    async with run_emulator(host=live_host) as emulator:
        ann = await emulator.create_user("Ann", started=True)
        names.addresses = [silent[dead_host] if dead == "silent" else (dead_host, 1), address_of(emulator)]
        async with BotApiClient(f"http://{NAME}", emulator.token, connect_seconds=600) as client:
            assert isinstance(await send_hello(client, ann.id), Sent)
        assert (await ann.next_message()).text == "hello"


@pytest.mark.parametrize("host", ["::1", "127.0.0.1"])
async def test_name_with_one_kind_of_address_is_reached(host: str, names: NameServer) -> None:
    async with run_emulator(host=host) as emulator:
        ann = await emulator.create_user("Ann", started=True)
        names.addresses = [address_of(emulator)]
        async with BotApiClient(f"http://{NAME}", emulator.token) as client:
            assert isinstance(await send_hello(client, ann.id), Sent)


async def test_addresses_are_forgotten_when_all_are_dead(names: NameServer, unused_tcp_port: int) -> None:
    async with run_emulator() as emulator:
        ann = await emulator.create_user("Ann", started=True)
        names.addresses = [("::1", unused_tcp_port), ("127.0.0.1", unused_tcp_port)]
        async with BotApiClient(f"http://{NAME}", emulator.token) as client:
            assert isinstance(await send_hello(client, ann.id), Retry)
            names.addresses = [("::1", unused_tcp_port), address_of(emulator)]
            assert isinstance(await send_hello(client, ann.id), Sent)
    assert names.lookups == 2


async def test_addresses_are_kept_while_one_is_alive(names: NameServer, unused_tcp_port: int) -> None:
    async with run_emulator() as emulator:
        ann = await emulator.create_user("Ann", started=True)
        names.addresses = [("::1", unused_tcp_port), address_of(emulator)]
        async with BotApiClient(f"http://{NAME}", emulator.token) as client:
            outcomes = await asyncio.gather(*(send_hello(client, ann.id) for _ in range(5)))
    assert [type(outcome) for outcome in outcomes] == [Sent] * 5
    assert names.lookups == 1


async def test_address_without_tls_is_the_last_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and says nothing: the first call waits for it in vain, the others do not."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(FIXTURES / "loopback-cert.pem", FIXTURES / "loopback-key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(FIXTURES / "loopback-cert.pem"))
    names = NameServer(monkeypatch, "localhost")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as mute:
        async with serving(PLAIN, PLAIN, context=context) as server:
            names.addresses = [("::1", mute.getsockname()[1]), ("127.0.0.1", server.port)]
            async with BotApiClient("https://localhost", "42:x", connect_seconds=1) as client:
                outcomes = [await send_hello(client, 1) for _ in range(3)]
    assert [type(outcome) for outcome in outcomes] == [Retry, Sent, Sent]
    assert server.connections == 1


HANGING_LOOKUP = """
import asyncio, socket, threading

from transport.bot_api_client import BotApiClient

asked = []

def hang(*arguments, **options):
    asked.append(arguments)
    threading.Event().wait()

async def main():
    async with BotApiClient("http://bot-api.test", "1:a", connect_seconds=0.1) as client:
        for _ in range(2):
            print(*await asyncio.gather(client.call("getMe", b""), client.call("getMe", b"")), len(asked))

socket.getaddrinfo = hang
asyncio.run(main())
"""


async def test_hanging_lookup_does_not_hold_up_the_exit() -> None:
    """A name server that is silent: one lookup for everybody, each call ends in time, and so does the process."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", HANGING_LOOKUP, stdout=asyncio.subprocess.PIPE)
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), 30)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    failed = "NotSent(reason='bot-api.test:80 directly: looking up its address failed: no answer within 0.1 s')"
    assert printed.decode().splitlines() == [f"{failed} {failed} 1"] * 2
    assert process.returncode == 0
