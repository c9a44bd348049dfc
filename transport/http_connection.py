"""One HTTP connection, one call at a time: a request's bytes in, the answer out, or why it was lost.

What comes back is read by httptools; what is ours is when to wait no longer, and whether another call may follow.
"""

from __future__ import annotations

import asyncio
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from transport.responses import NoResponse, NotSent, Response, TransportResult

LARGEST = 1 << 20
"""Bytes of an answer that are read; the Bot API's to what is sent are a few thousand."""


class HttpConnection(asyncio.Protocol):
    """Made by the event loop's `create_connection`. `since`: when it was last used, on the loop's clock."""

    def __init__(self) -> None:
        self.since = 0.0
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[TransportResult] | None = None
        self._parser = HttpResponseParser(self)
        self._retry_after: str | None = None
        self._body: list[bytes] = []
        self._forget()

    @property
    def is_usable(self) -> bool:
        """Whether another call may be made on it, as far as is known here."""
        return self._transport is not None and not self._transport.is_closing() and self._answer is None

    async def call(self, request: bytes, seconds: float) -> TransportResult:
        """Send a request and wait so long for the whole answer. Cancelled, it hangs up."""
        if self._transport is None or self._answer is not None:
            raise RuntimeError("a connection is used by one call at a time, once it is there")
        if self._transport.is_closing():  # hung up on before anything was said
            return NotSent("ConnectionLost")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[TransportResult] = loop.create_future()
        self._answer = answer
        deadline = loop.call_later(seconds, self._lose, "TimeoutError")
        try:
            self._transport.write(request)
            return await answer
        finally:
            deadline.cancel()
            self.since = loop.time()
            if self._answer is answer:  # cancelled: what comes now is nobody's
                self._answer = None
                self.close()

    def close(self) -> None:
        """Hang up, without waiting for anything."""
        if self._transport is not None:
            self._transport.abort()

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:  # nobody asked
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._lose(type(error).__name__)

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None and self._has_head and not self._has_length:
            self._finish()  # an answer without a length ends with its connection
        else:
            self._lose("ConnectionLost" if exc is None else type(exc).__name__)

    # What the parser calls

    def on_message_begin(self) -> None:
        self._forget()
        if self._answer is None:  # a second answer to one question: whose would the next be?
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"retry-after":
            self._retry_after = value.decode("ascii", "replace")
        elif name in (b"content-length", b"transfer-encoding"):
            self._has_length = True

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        self._has_head = self._status >= 200

    def on_body(self, body: bytes) -> None:
        self._body.append(body)
        self._size += len(body)
        if self._size > LARGEST:
            self._lose("AnswerTooLarge")

    def on_message_complete(self) -> None:
        if not self._has_head:  # 100 Continue and the like: the answer is yet to come
            return
        self._finish()
        if not self._parser.should_keep_alive():
            self.close()

    def _forget(self) -> None:
        self._status, self._size, self._body = 0, 0, []
        self._retry_after, self._has_head, self._has_length = None, False, False

    def _finish(self) -> None:
        wait = None if self._status == 200 else self._retry_after
        self._end(Response(self._status, b"".join(self._body), wait))

    def _lose(self, why: str) -> None:
        self._end(NoResponse(why))
        self.close()

    def _end(self, ending: TransportResult) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_result(ending)
