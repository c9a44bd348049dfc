"""The wire to the Bot API for what goes to many: a method and ready JSON in, an Outcome out.

a free connection, or a new one (else: it never left) -> bytes -> answer (else: it was lost)

Lean, and able to tell what frameworks cannot: a request that never left from an answer that was lost.
The token is in the address of every call, and nothing that gets out of here has the address in it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from aiohappyeyeballs import AddrInfoType, start_connection

from domain.delivery.outcome import Outcome
from transport import responses
from transport.http_connection import HttpConnection
from transport.responses import NotSent, TransportResult

CONNECT_SECONDS = 10.0
"""For a free place; and again for the name, the connection and TLS together."""

READ_SECONDS = 30.0
"""For the whole answer, once there is a connection."""

IDLE_SECONDS = 15.0
"""After which a connection is not used again: one that the server has closed meanwhile would cost a lost answer."""

NAME_SECONDS = 300.0
"""After which the server's name is looked up again."""

STAGGER_SECONDS = 0.25
"""After so long the server's next address is tried beside the first (RFC 8305)."""


def nothing() -> None:
    """Nobody wants to know."""


class BotApiClient:
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
        address = urlsplit(base_url)
        self._host = address.hostname or ""
        self._tls = address.scheme == "https"
        self._port = address.port or (443 if self._tls else 80)
        self._path = f"{address.path.rstrip('/')}/bot{token}/"
        self._rest = (
            f" HTTP/1.1\r\nHost: {address.netloc.rpartition('@')[2]}\r\nUser-Agent: digestbot\r\n"
            "Accept-Encoding: identity\r\nContent-Type: application/json\r\nContent-Length: "
        )
        self._heads: dict[str, bytes] = {}
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._places = asyncio.Semaphore(connections)
        self._idle: list[HttpConnection] = []
        self._resolving = asyncio.Lock()
        self._addresses: Sequence[AddrInfoType] = ()
        self._known_until = 0.0
        self._context: ssl.SSLContext | None = None
        self._open = False

    async def __aenter__(self) -> Self:
        self._context = await asyncio.to_thread(ssl.create_default_context) if self._tls else None
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open = False
        while self._idle:
            self._idle.pop().close()

    async def send(self, method: str, body: bytes, leaves: Callable[[], None] = nothing) -> Outcome:
        """Call a method with a JSON body; `leaves` is called when there is a connection, and the bytes leave.

        Never raises for what the network or Telegram does.
        """
        return responses.outcome_of_result(await self._call(method, body, leaves))

    async def _call(self, method: str, body: bytes, leaves: Callable[[], None]) -> TransportResult:
        if not self._open:
            raise RuntimeError("the wire is used inside `async with`")
        try:
            connection = await self._take()
        except OSError as error:  # of the name, the network, TLS; and TimeoutError
            return NotSent(_name(error))
        try:
            leaves()
            head = self._heads.get(method) or self._head(method)
            return await connection.call(b"%b%d\r\n\r\n%b" % (head, len(body), body), self._read_seconds)
        finally:
            self._give_back(connection)

    def _head(self, method: str) -> bytes:
        head = self._heads[method] = f"POST {self._path}{method}{self._rest}".encode()
        return head

    async def _take(self) -> HttpConnection:
        """A connection for one call. Raises OSError, of which TimeoutError is one: then nothing has left."""
        if self._places.locked():
            async with asyncio.timeout(self._connect_seconds):
                await self._places.acquire()
        else:
            await self._places.acquire()
        try:
            return self._idle_one() or await self._connect()
        except BaseException:
            self._places.release()
            raise

    def _give_back(self, connection: HttpConnection) -> None:
        if self._open and connection.is_usable:
            self._idle.append(connection)
        else:
            connection.close()
        self._places.release()

    def _idle_one(self) -> HttpConnection | None:
        """The one that was used last, if it is not too old."""
        oldest = asyncio.get_running_loop().time() - IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable and connection.since >= oldest:
                return connection
            connection.close()
        return None

    async def _connect(self) -> HttpConnection:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._connect_seconds):
            addresses = await self._resolve()
            try:
                found = await start_connection(addresses, happy_eyeballs_delay=STAGGER_SECONDS)
            except OSError:
                self._known_until = 0.0
                raise
            name = self._host if self._context else None
            _, made = await loop.create_connection(HttpConnection, sock=found, ssl=self._context, server_hostname=name)
        return made

    async def _resolve(self) -> Sequence[AddrInfoType]:
        """The server's addresses; asked for once, however many connections are being opened."""
        loop = asyncio.get_running_loop()
        async with self._resolving:
            if loop.time() >= self._known_until:
                self._addresses = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
                self._known_until = loop.time() + NAME_SECONDS
        return self._addresses


def _name(error: BaseException) -> str:
    """What went wrong, without anything that may contain the address."""
    number = getattr(error, "errno", None)
    return f"{type(error).__name__} ({number})" if isinstance(number, int) else type(error).__name__
