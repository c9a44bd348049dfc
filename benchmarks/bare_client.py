"""The floor of sending in pure Python: an asyncio.Protocol that posts ready bytes over keep-alive connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import cast
from urllib.parse import urlsplit


class BareClient(asyncio.Protocol):
    """Connection that sends the next request as soon as the last one was answered with `ok`."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._data = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports do not inherit from it
        self._send_next(self._transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end < 0 or self._transport is None:
            return
        at = self._data.find(b"Content-Length: ") + 16
        body = self._data[end + 4 :]
        if len(body) < int(self._data[at : self._data.find(b"\r", at)]):
            return
        if not json.loads(body)["ok"]:
            self.finished.set_exception(RuntimeError(f"the server answered {body[:200]!r}"))
            self._transport.abort()
            return
        self._data = b""
        self._send_next(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_result(None)

    def _send_next(self, transport: asyncio.Transport) -> None:
        request = next(self._requests, None)
        if request is None:
            transport.close()
        else:
            transport.write(request)


async def send_all(url: str, bodies: Iterator[bytes], *, connections: int) -> None:
    """Post all JSON bodies to an address, each connection one at a time."""
    parts = urlsplit(url)
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\nContent-Length: "
    ready = head.encode().replace(b"%", b"%%") + b"%d\r\n\r\n%b"
    requests = (ready % (len(body), body) for body in bodies)
    loop = asyncio.get_running_loop()
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    clients = [(await loop.create_connection(lambda: BareClient(requests), host, port))[1] for _ in range(connections)]
    await asyncio.gather(*(client.finished for client in clients))
