"""A webhook that listens, over updates that are numbers, and a client that sends them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from domain.chat.action import Action, CallbackAnswer
from tests.transport.fake_update_source import FakeUpdateSource
from transport.driver import IncomingUpdate
from transport.inbox import Inbox
from transport.webhook import SECRET_HEADER, InboxIntake, Receiver, WebhookEndpoint, WebhookServer

SECRET = "0123456789abcdef"
PATH = "/updates"


@dataclass
class NumberSource(FakeUpdateSource[int]):
    """An update source whose updates are numbers, from as many chats by turns."""

    decoded: list[int] = field(default_factory=list)
    dispatched: list[int] = field(default_factory=list)
    replies: list[int] = field(default_factory=list)
    may_dispatch: asyncio.Event = field(default_factory=asyncio.Event)
    may_reply: asyncio.Event = field(default_factory=asyncio.Event)

    chats: int = 1

    def decode(self, body: bytes) -> IncomingUpdate[int]:
        self.decoded.append(int(body))
        chat_id = 1 + int(body) % self.chats
        return IncomingUpdate(id=int(body), chat_id=chat_id, sender_id=chat_id, raw=int(body))

    async def dispatch(self, raw: int) -> Sequence[Action]:
        await self.may_dispatch.wait()
        self.dispatched.append(raw)
        return [CallbackAnswer(str(raw))]

    async def execute(self, action: Action) -> None:
        assert isinstance(action, CallbackAnswer)
        await self.may_reply.wait()
        self.replies.append(int(action.callback_query_id))


@dataclass
class WebhookClient:
    """Sends requests to a webhook that listens."""

    source: NumberSource
    inbox: Inbox[int]
    session: aiohttp.ClientSession
    port: int

    async def send(self, body: bytes, *, secret: str = SECRET, path: str = PATH, verb: str = "POST") -> int:
        """Return the response's status."""
        url = f"http://127.0.0.1:{self.port}{path}"
        async with self.session.request(verb, url, data=body, headers={SECRET_HEADER: secret}) as response:
            return response.status

    async def wait_for_decoded(self, count: int) -> None:
        while len(self.source.decoded) < count:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.001)

    @asynccontextmanager
    async def raw_connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


def endpoint(path: str = PATH) -> WebhookEndpoint:
    return WebhookEndpoint(url=f"https://x{path}", secret=SECRET)


@asynccontextmanager
async def listening(seconds: float = 30, *, chats: int = 1) -> AsyncIterator[WebhookClient]:
    source = NumberSource(chats=chats)
    source.may_dispatch.set()
    source.may_reply.set()
    inbox = Inbox(source, monotonic=asyncio.get_running_loop().time)
    server, receiver = WebhookServer("127.0.0.1", 0, seconds=seconds), Receiver(endpoint(), InboxIntake(source, inbox))
    async with server.receiving(receiver) as port, aiohttp.ClientSession() as session:
        yield WebhookClient(source, inbox, session, port)
    await inbox.close()
