"""Close webhook connections whose clients are too slow to send the head of a request.

aiohttp's server has one limit, `keepalive_timeout`, for connections between requests; since aio-libs/aiohttp#13681 it
also holds before the first request. Strangers need a shorter one. Delete this module when aiohttp has a limit for the
head of a request, as it once had (`slow_request_timeout`, aio-libs/aiohttp#1198).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from transport.rejection_log import MalformedRequestLog, RejectionLog

HEAD_SECONDS = 10.0
"""How long a new connection may take to send the head of its first request."""

IDLE_SECONDS = 90.0
"""How long a connection may take from one response to the head of the next request; Telegram reuses connections."""

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class TimeLimitedServer(web.Server):
    """aiohttp's low-level server with a deadline for the head of each request, which counts what is no HTTP.

    It overrides `connection_made` and `connection_lost`, which aiohttp's protocol calls for each connection; they are
    public but not documented. tests/transport/test_webhook_server.py holds that they are called.
    """

    def __init__(self, handler: Handler, *, head_seconds: float = HEAD_SECONDS) -> None:
        super().__init__(
            self._handle,
            access_log=None,
            logger=MalformedRequestLog(RejectionLog()),
            lingering_time=0,
            keepalive_timeout=IDLE_SECONDS,
        )
        self._handler = handler
        self._head_seconds = head_seconds
        self._deadlines: dict[web.RequestHandler, asyncio.TimerHandle] = {}

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._set_deadline(handler, self._head_seconds)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        self._clear_deadline(handler)
        super().connection_lost(handler, exc)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Suspend the connection's deadline while its request is handled."""
        connection = request.protocol
        self._clear_deadline(connection)
        try:
            return await self._handler(request)
        finally:
            if connection.transport is not None:
                self._set_deadline(connection, IDLE_SECONDS)

    def _set_deadline(self, connection: web.RequestHandler, seconds: float) -> None:
        self._deadlines[connection] = asyncio.get_running_loop().call_later(seconds, _abort, connection)

    def _clear_deadline(self, connection: web.RequestHandler) -> None:
        deadline = self._deadlines.pop(connection, None)
        if deadline is not None:
            deadline.cancel()


def _abort(connection: web.RequestHandler) -> None:
    if connection.transport is not None:
        connection.transport.abort()
