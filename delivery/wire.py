"""The wire to the Bot API for what goes to many: a method and ready JSON in, an Outcome out.

Lean, and able to tell what frameworks cannot: a request that never left from an answer that was lost.
The token is in the address of every call: so no exception of the HTTP library's gets out of here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.connector import Connection
from yarl import URL

from delivery import outcome
from delivery.outcome import Answered, Ending, Lost, NeverLeft, Outcome

CONNECT_SECONDS = 10.0
"""For a free connection, the name, the connection and TLS together."""

READ_SECONDS = 30.0
"""For the whole answer, once there is a connection."""

IDLE_SECONDS = 15.0
"""After which a connection is not used again: one that the server has closed meanwhile would cost a lost answer."""

_HEADERS = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "digestbot"}


def nothing() -> None:
    """Nobody wants to know."""


class Wire:
    """Calls of one bot. `connections` is the most that are open at once; use it as an async context manager."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        connections: int = 256,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._base = f"{base_url.rstrip('/')}/bot{token}/"
        self._urls: dict[str, URL] = {}
        self._connections = connections
        # One deadline for all of a call costs half of what several do; which part it met, the connector knows.
        self._timeout = aiohttp.ClientTimeout(total=connect_seconds + read_seconds, sock_connect=connect_seconds)
        self._connector: _Connector | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._connector = _Connector(limit=self._connections, ttl_dns_cache=300, keepalive_timeout=IDLE_SECONDS)
        self._session = aiohttp.ClientSession(
            connector=self._connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            headers=_HEADERS,
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, method: str, body: bytes, leaves: Callable[[], None] = nothing) -> Outcome:
        """Call a method with a JSON body; `leaves` is called when there is a connection, and the bytes leave.

        Never raises for what the network or Telegram does.
        """
        return outcome.read(await self._call(method, body, leaves))

    async def _call(self, method: str, body: bytes, leaves: Callable[[], None]) -> Ending:
        if self._session is None or self._connector is None:
            raise RuntimeError("the wire is used inside `async with`")
        self._connector.call(leaves)
        url = self._urls.get(method) or self._url(method)
        try:
            async with self._session.post(url, data=body, allow_redirects=False) as response:
                wait = None if response.status == 200 else response.headers.get("Retry-After")
                return Answered(response.status, await response.read(), wait)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return NeverLeft(_name(error)) if self._connector.was_connecting() else Lost(_name(error))

    def _url(self, method: str) -> URL:
        url = self._urls[method] = URL(self._base + method, encoded=True)
        return url


class _Connector(aiohttp.TCPConnector):
    """A pool of connections that knows which tasks still wait for one: nothing of theirs has left."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._connecting: dict[asyncio.Task[Any] | None, Callable[[], None]] = {}

    def call(self, leaves: Callable[[], None]) -> None:
        """The current task begins a call."""
        self._connecting[asyncio.current_task()] = leaves

    async def connect(self, *arguments: Any, **options: Any) -> Connection:
        connection = await super().connect(*arguments, **options)
        self._connecting.pop(asyncio.current_task(), nothing)()
        return connection

    def was_connecting(self) -> bool:
        """Whether the current task's last call ended before it had a connection."""
        return self._connecting.pop(asyncio.current_task(), None) is not None


def _name(error: BaseException) -> str:
    """What went wrong, without anything that may contain the address."""
    number = getattr(error, "errno", None)
    return f"{type(error).__name__} ({number})" if isinstance(number, int) else type(error).__name__
