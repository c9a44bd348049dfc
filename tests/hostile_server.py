"""A loopback server in front of an emulated Telegram that answers with anything while it is told to."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

Answer = Callable[[str], bytes | None]
"""Return the bytes that answer a call of this method, or None to pass the call on."""


def http_response(status: int, body: bytes, *headers: tuple[str, str], reason: str = "") -> bytes:
    """Return a complete HTTP response; the connection ends with it."""
    lines = [f"HTTP/1.1 {status} {reason}", "Connection: close", *(f"{name}: {value}" for name, value in headers)]
    if not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class HostileServer:
    """Answers each call by `answer`; what it passes on goes to the server at `upstream`. Counts the calls."""

    def __init__(self, upstream: str = "") -> None:
        self._upstream = urlsplit(upstream)
        self._tasks: set[asyncio.Task[object]] = set()
        self.answer: Answer = lambda _method: None
        self.calls: Counter[str] = Counter()
        self.called = asyncio.Condition()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[HostileServer]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def wait_for_calls(self, count: int) -> None:
        """Wait until the server has had this many more calls."""
        target = self.calls.total() + count
        async with asyncio.timeout(60), self.called:
            await self.called.wait_for(lambda: self.calls.total() >= target)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._answer_call(reader, writer)
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()

    async def _answer_call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one call; the connection ends with its answer."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        method = head.split(b" ", 2)[1].rpartition(b"/")[2].decode()
        async with self.called:
            self.calls[method] += 1
            self.called.notify_all()
        answer = self.answer(method)
        if answer is None:
            await self._pass_on(head, body, reader, writer)
        else:
            writer.write(answer)
            await writer.drain()

    async def _pass_on(
        self, head: bytes, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Relay one call; give it up when the client goes away, so that no long poll is left behind."""
        upstream_reader, upstream = await asyncio.open_connection(self._upstream.hostname, self._upstream.port)
        try:
            upstream.write(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + body)
            relay = asyncio.ensure_future(upstream_reader.read())
            gone = asyncio.ensure_future(reader.read(1))
            await asyncio.wait((relay, gone), return_when=asyncio.FIRST_COMPLETED)
            if relay.done():
                writer.write(relay.result())
                await writer.drain()
            for waiting in (relay, gone):
                waiting.cancel()
            await asyncio.gather(relay, gone, return_exceptions=True)
        finally:
            upstream.close()
