"""Minimal HTTP client of the Bot API: a method and ready JSON -> an outcome, or what the network answered.

idle or new connection, perhaps through a proxy (else NotSent) -> write -> response (else NoResponse) -> outcome

Deliveries and both drivers use it, so no framework reads what the network says before it is checked.
Unlike the frameworks it tells a request that was never sent from an answer that was lost, and costs less per call.
It follows no redirect, keeps no cookie and decompresses nothing.
The token is part of every request's path; no error or log of this module contains the path.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from domain.delivery.outcome import Outcome
from transport import responses
from transport.connector import ConnectFailed, Connector
from transport.http_connection import MAX_RESPONSE_BYTES, HttpConnection
from transport.proxy import Proxy
from transport.rate_limiter import record_send_time
from transport.responses import NotSent, TransportResult

CONNECT_SECONDS = 10.0
"""Limit for getting a free connection slot, and again for name lookup, connecting, proxy and TLS together."""

READ_SECONDS = 30.0
"""Limit for the complete response."""

JSON = "application/json"

MAX_IDLE_SECONDS = 15.0
"""Age at which an idle connection is closed; writing to one that the server has closed loses the answer."""


_HEAD_BYTES = 64 << 10
"""Room for the head of a response beside a file."""


def _do_nothing() -> None: ...


class BotApiClient:
    """Calls of one bot over at most `connections` connections. `open` it, or use it as an async context manager."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        proxy: Proxy | None = None,
        connections: int = 256,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        url = urlsplit(base_url)
        self._is_tls = url.scheme == "https"
        port = url.port or (443 if self._is_tls else 80)
        self._connector = Connector(url.hostname or "", port, proxy=proxy, seconds=connect_seconds)
        self._path = f"{url.path.rstrip('/')}/bot{token}/"
        self._file_path = f"{url.path.rstrip('/')}/file/bot{token}/"
        self._headers = (
            f" HTTP/1.1\r\nHost: {url.netloc.rpartition('@')[2]}\r\nUser-Agent: digestbot\r\n"
            "Accept-Encoding: identity\r\nContent-Type: "
        )
        self._heads: dict[str, bytes] = {}
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._slots = asyncio.Semaphore(connections)
        self._idle: list[HttpConnection] = []
        self._ssl_context: ssl.SSLContext | None = None
        self._is_open = False

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    async def open(self) -> None:
        """Allow calls; do nothing if the client is open."""
        if not self._is_open:
            self._ssl_context = await asyncio.to_thread(ssl.create_default_context) if self._is_tls else None
            self._is_open = True

    def close(self) -> None:
        """Close the idle connections at once, and each other connection after its call."""
        self._is_open = False
        while self._idle:
            self._idle.pop().close()

    async def send(
        self, method: str, body: bytes, before_write: Callable[[], None] = _do_nothing, *, is_rich: bool = False
    ) -> Outcome:
        """Call a method with a JSON body; `before_write` is called when a connection is ready, before the bytes leave.

        Of the permit that the task holds, that moment is the one that counts.
        Network and Telegram errors are outcomes, never exceptions. `is_rich`: the body holds a rich message.
        """
        result = await self.call(method, body, before_write)
        is_rich = is_rich or method == responses.RICH_METHOD
        return responses.outcome_of_rich_message(result) if is_rich else responses.outcome_of_result(result)

    async def call(
        self,
        method: str,
        body: bytes,
        before_write: Callable[[], None] = _do_nothing,
        *,
        read_seconds: float | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        content_type: str = JSON,
    ) -> TransportResult:
        """Call a method like `send` and return the unchecked response; `read_seconds` overrides the client's limit."""
        if not self._is_open:
            raise RuntimeError("open BotApiClient before the first call")
        seconds = self._read_seconds if read_seconds is None else read_seconds
        try:
            connection = await self._acquire()
        except ConnectFailed as error:
            return NotSent(str(error))
        try:
            before_write()
            record_send_time()
            head = self._heads.get(method) if content_type == JSON else self._create_head(method, content_type)
            head = head or self._heads.setdefault(method, self._create_head(method, JSON))
            request = b"%b%d\r\n\r\n%b" % (head, len(body), body)
            return await connection.call(request, seconds, max_response_bytes)
        finally:
            self._release(connection)

    async def download(self, file_path: str, *, max_bytes: int) -> TransportResult:
        """Return the response with a file of getFile's `file_path`; a longer one is given up."""
        try:
            connection = await self._acquire()
        except ConnectFailed as error:
            return NotSent(str(error))
        try:
            request = f"GET {self._file_path}{file_path}{self._headers}{JSON}\r\n\r\n".encode()
            return await connection.call(request, self._read_seconds, max_bytes + _HEAD_BYTES)
        finally:
            self._release(connection)

    def _create_head(self, method: str, content_type: str) -> bytes:
        return f"POST {self._path}{method}{self._headers}{content_type}\r\nContent-Length: ".encode()

    async def _acquire(self) -> HttpConnection:
        """Return a connection for one call. Raises ConnectFailed; then nothing was sent."""
        if self._slots.locked():
            try:
                async with asyncio.timeout(self._connect_seconds):
                    await self._slots.acquire()
            except TimeoutError:
                raise ConnectFailed(f"no connection was free within {self._connect_seconds:g} s") from None
        else:
            await self._slots.acquire()
        try:
            return self._pop_idle() or await self._connector.connect(self._ssl_context)
        except BaseException:
            self._slots.release()
            raise

    def _release(self, connection: HttpConnection) -> None:
        if self._is_open and connection.is_usable:
            self._idle.append(connection)
        else:
            connection.close()
        self._slots.release()

    def _pop_idle(self) -> HttpConnection | None:
        """Return the most recently used idle connection, or None if all are too old."""
        oldest = asyncio.get_running_loop().time() - MAX_IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable and connection.last_used_at >= oldest:
                return connection
            connection.close()
        return None
