"""One HTTP/1.1 connection with one call at a time: write a request, return its response or why it is lost.

httptools parses the response; this module decides how long to wait and whether the connection can be reused.
"""

from __future__ import annotations

import asyncio
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from transport.responses import NoResponse, NotSent, Response, TransportResult

MAX_RESPONSE_BYTES = 1 << 20
"""Limit for a response, its head included; the Bot API's have a few thousand bytes."""

LAST_READ_SECONDS = 0.05
"""Wait at the deadline, so that the event loop reads once more: uvloop may serve timers before sockets."""

STALL_SECONDS = 0.5
"""A deadline served later than this means that the process was frozen, or the machine asleep."""

READ_AFTER_STALL_SECONDS = 5.0
"""Wait after a stall: responses that came meanwhile have to be read, and others are still on their way."""


class HttpConnection(asyncio.Protocol):
    """Protocol for the event loop's `create_connection`; `last_used_at` is on the loop's clock."""

    def __init__(self) -> None:
        self.last_used_at = 0.0
        self._transport: asyncio.Transport | None = None
        self._pending: asyncio.Future[TransportResult] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._parser = HttpResponseParser(self)
        self._body: list[bytes] = []
        self._retry_after: str | None = None
        self._date = b""
        self._bytes_left = 0
        self._reset_response()

    @property
    def is_usable(self) -> bool:
        """Whether another call can be made, as far as this side knows."""
        return self._transport is not None and not self._transport.is_closing() and self._pending is None

    async def call(
        self, request: bytes, seconds: float, max_response_bytes: int = MAX_RESPONSE_BYTES
    ) -> TransportResult:
        """Write a request and wait up to `seconds` for the complete response; cancellation closes the connection.

        A response of more than `max_response_bytes` is given up without being read to its end.
        """
        if self._transport is None or self._pending is not None:
            raise RuntimeError("HttpConnection takes one call at a time, after it is connected")
        if self._transport.is_closing():  # closed before anything was written
            return NotSent("ConnectionLost")
        loop = asyncio.get_running_loop()
        pending: asyncio.Future[TransportResult] = loop.create_future()
        self._pending, self._bytes_left = pending, max_response_bytes
        self._deadline = loop.call_later(seconds, self._on_deadline, loop.time() + seconds)
        try:
            self._transport.write(request)
            return await pending
        finally:
            self._deadline.cancel()
            self.last_used_at = loop.time()
            if self._pending is pending:  # cancelled: a late response belongs to no call
                self._pending = None
                self.close()

    def close(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    # Called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._pending is None:  # a response without a request
            self.close()
            return
        self._bytes_left -= len(data)  # counted here: the parser keeps an unfinished head to itself
        if self._bytes_left < 0:
            self._fail("ResponseTooLarge")
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._fail(type(error).__name__)

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None and self._has_head and not self._has_length:
            self._finish()  # a response without a length ends with its connection
        else:
            self._fail("ConnectionLost" if exc is None else type(exc).__name__)

    # Called by the parser

    def on_message_begin(self) -> None:
        self._reset_response()
        if self._pending is None:  # a second response to one request: the next call could take it for its own
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"retry-after":
            self._retry_after = value.decode("ascii", "replace")
        elif name in (b"content-length", b"transfer-encoding"):
            self._has_length = True
        elif name == b"date":
            self._date = value

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        self._has_head = self._status >= 200

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if not self._has_head:  # 100 Continue and the like: the response is yet to come
            return
        self._finish()
        if not self._parser.should_keep_alive():
            self.close()

    def _on_deadline(self, deadline_at: float) -> None:
        """Give the call up after what has arrived was read."""
        loop = asyncio.get_running_loop()
        is_late = loop.time() - deadline_at > STALL_SECONDS
        wait = READ_AFTER_STALL_SECONDS if is_late else LAST_READ_SECONDS
        self._deadline = loop.call_later(wait, self._fail, "TimeoutError")

    def _reset_response(self) -> None:
        self._status, self._body, self._date = 0, [], b""
        self._retry_after, self._has_head, self._has_length = None, False, False

    def _finish(self) -> None:
        retry_after = None if self._status == 200 else self._retry_after
        date = self._date.decode("ascii", "replace") if self._date else None
        self._complete(Response(self._status, b"".join(self._body), retry_after, date))

    def _fail(self, reason: str) -> None:
        self._complete(NoResponse(reason))
        self.close()

    def _complete(self, result: TransportResult) -> None:
        pending, self._pending = self._pending, None
        if pending is not None and not pending.done():
            pending.set_result(result)
