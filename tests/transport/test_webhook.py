"""The webhook, spoken to by Telegram, by strangers, and by clients that take their time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest

from domain.chat.action import Action, CallbackAnswer
from tests.virtual_time import in_virtual_time
from transport.driver import FetchFailed, IncomingUpdate, UpdateSource, WebhookInfo
from transport.inbox import Inbox
from transport.ports import PortTaken
from transport.webhook import LARGEST_BODY, LOOK_SECONDS, SECRET_HEADER, Receiver, WebhookEndpoint, WebhookMonitor

SECRET = "0123456789abcdef"
PATH = "/updates"


@dataclass
class Framework:
    """A driver whose updates are numbers."""

    read_ones: list[int] = field(default_factory=list)
    heard: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def fetch(self, offset: int | None) -> Sequence[IncomingUpdate[int]]:
        raise AssertionError("nobody polls")

    def read(self, body: bytes) -> IncomingUpdate[int]:
        self.read_ones.append(int(body))
        return IncomingUpdate(int(body), 1, 1, int(body))

    async def hear(self, raw: int) -> Sequence[Action]:
        await self.gate.wait()
        self.heard.append(raw)
        return [CallbackAnswer(str(raw))]

    async def perform(self, action: Action) -> None:
        assert isinstance(action, CallbackAnswer)
        self.done.append(int(action.callback_query_id))

    def ears(self) -> UpdateSource[int]:
        return UpdateSource(self.fetch, self.read, self.hear, self.perform, lambda raw: [])


@dataclass
class Hook:
    """A webhook that listens, and somebody who sends to it."""

    framework: Framework
    inbox: Inbox[int]
    session: aiohttp.ClientSession
    port: int

    async def send(self, body: bytes, *, secret: str = SECRET, path: str = PATH, verb: str = "POST") -> int:
        url = f"http://127.0.0.1:{self.port}{path}"
        async with self.session.request(verb, url, data=body, headers={SECRET_HEADER: secret}) as response:
            return response.status

    async def arrived(self, count: int) -> None:
        """Wait until so many updates are being handled."""
        while len(self.framework.read_ones) < count:  # noqa: ASYNC110 - nobody is told of an arrival
            await asyncio.sleep(0.001)

    @asynccontextmanager
    async def raw(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A connection without manners."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()


@asynccontextmanager
async def listening(seconds: float = 30) -> AsyncIterator[Hook]:
    framework = Framework()
    framework.gate.set()
    inbox = Inbox(framework.ears(), on_effect=lambda: None, monotonic=asyncio.get_running_loop().time)
    receiver = Receiver(WebhookEndpoint(f"https://x{PATH}", SECRET, 0), framework.ears(), inbox, seconds=seconds)
    async with receiver.listening() as port, aiohttp.ClientSession() as session:
        yield Hook(framework, inbox, session, port)
    await inbox.close()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with listening() as hook:
        yield hook


async def test_an_update_is_answered_when_it_is_finished(hook: Hook) -> None:
    hook.framework.gate.clear()
    sending = asyncio.create_task(hook.send(b"7"))
    await hook.arrived(1)
    assert not sending.done()
    hook.framework.gate.set()
    assert await sending == 200
    assert hook.framework.done == [7]


async def test_two_of_one_chat_at_once_are_handled_one_after_the_other(hook: Hook) -> None:
    hook.framework.gate.clear()
    sending = [asyncio.create_task(hook.send(b"%d" % number)) for number in range(5)]
    await hook.arrived(5)
    hook.framework.gate.set()
    assert await asyncio.gather(*sending) == [200] * 5
    assert hook.framework.done == hook.framework.heard
    assert sorted(hook.framework.heard) == list(range(5))


@pytest.mark.parametrize("secret", ["", "0123456789abcdeF", SECRET + "0", "é" * 16])
async def test_a_wrong_secret_is_refused(hook: Hook, secret: str) -> None:
    assert await hook.send(b"7", secret=secret) == 403
    assert hook.framework.heard == []


async def test_a_strangers_body_is_not_even_read(hook: Hook) -> None:
    async with hook.raw() as (reader, writer):
        writer.write(b"POST /updates HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n")
        assert b" 403 " in await reader.readline()
        await reader.read()  # and is hung up on


@pytest.mark.parametrize(("verb", "path"), [("GET", PATH), ("POST", "/"), ("POST", "/updates/../x"), ("PUT", PATH)])
async def test_all_else_is_not_there(hook: Hook, verb: str, path: str) -> None:
    assert await hook.send(b"7", verb=verb, path=path) == 404


async def test_what_is_no_update_is_refused(hook: Hook) -> None:
    assert await hook.send(b"\x00{") == 400
    assert await hook.send(b"8") == 200
    assert hook.framework.heard == [8]


async def test_a_large_body_is_refused_by_its_length(hook: Hook) -> None:
    async with hook.raw() as (reader, writer):
        head = f"POST /updates HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: {LARGEST_BODY + 1}"
        writer.write(head.encode() + b"\r\n\r\n")
        assert b" 413 " in await reader.readline()


async def test_a_large_body_of_unknown_length_is_refused_while_it_comes(hook: Hook) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(400):
            yield b"1" * 65536

    url = f"http://127.0.0.1:{hook.port}{PATH}"
    try:
        async with hook.session.post(url, data=endless(), headers={SECRET_HEADER: SECRET}) as response:
            assert response.status == 413
    except aiohttp.ClientConnectionError:
        pass  # hung up on, before it had sent all of it
    assert hook.framework.heard == []


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"POST /upd",
        f"POST /updates HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: 2\r\n\r\n7".encode(),
    ],
)
async def test_slow_clients_are_cut_off(beginning: bytes) -> None:
    async with listening(seconds=0.2) as hook, hook.raw() as (reader, writer), asyncio.timeout(30):
        writer.write(beginning)
        try:
            answer = await reader.read()
        except ConnectionResetError:
            answer = b""
        assert answer == b"" or b" 408 " in answer
        assert hook.framework.heard == []


async def test_a_connection_is_kept_for_the_next_update(hook: Hook) -> None:
    async with hook.raw() as (reader, writer):
        for number in (b"1", b"2"):
            head = f"POST /updates HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: 1\r\n\r\n"
            writer.write(head.encode() + number)
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
    assert hook.framework.done == [1, 2]


async def test_a_port_that_is_taken_is_told_in_plain_words(hook: Hook) -> None:
    receiver = Receiver(WebhookEndpoint("https://x/", SECRET, hook.port), hook.framework.ears(), hook.inbox)
    with pytest.raises(PortTaken, match=f"port {hook.port} .*choose another"):
        async with receiver.listening():
            raise AssertionError("it listens")


@dataclass
class Told:
    """A driver that is asked about the webhook only."""

    states: list[WebhookInfo | FetchFailed]
    set_to: list[tuple[str, str]] = field(default_factory=list)

    async def webhook_info(self) -> WebhookInfo:
        state = self.states.pop(0)
        if isinstance(state, FetchFailed):
            raise state
        return state

    async def set_webhook(self, url: str, secret: str) -> None:
        self.set_to.append((url, secret))


@in_virtual_time
async def test_the_webhook_is_set_and_looked_after() -> None:
    address = WebhookEndpoint("https://x/updates", SECRET, 0)
    good = WebhookInfo(address.url, 0, "")
    troubles: list[str | None] = []
    told = Told(
        [
            FetchFailed("down"),
            good,  # from an earlier start, perhaps with another secret
            WebhookInfo(address.url, 3, "Connection refused"),
            WebhookInfo(address.url, 0, "Connection refused"),
            WebhookInfo("", 0, ""),
            good,
        ]
    )
    watch = WebhookMonitor(told, address)
    troubles.append(watch.trouble)
    task = asyncio.create_task(watch.run())
    while told.states:
        await asyncio.sleep(LOOK_SECONDS)
        troubles.append(watch.trouble)
    task.cancel()
    assert told.set_to == [(address.url, SECRET)] * 2
    assert [bool(trouble) for trouble in troubles] == [True, True, False, True, False, False, False]
    assert "3 updates wait: Connection refused" in (troubles[3] or "")
