"""Updates that Telegram sends by itself: a request in, its answer out when the update is finished.

    secret -> length -> body, in time -> update -> inbox -> 200

Telegram sends what was not answered with a 2xx again, with a growing delay, so nothing is lost when the bot is away.
It speaks HTTPS only: in front of this stands a proxy that has the certificate (docs/operating.md).
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, cast
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from transport.driver import FetchFailed, Raw, UpdateSource, WebhookInfo
from transport.inbox import Inbox
from transport.ports import listen

log = structlog.get_logger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name

LARGEST_BODY = 1024 * 1024
"""Bytes of an update, at most; Telegram's are a few thousand."""

REQUEST_SECONDS = 10.0
"""A client gets so long for the head of a request, and as long again for its body."""

IDLE_SECONDS = 90.0
"""Telegram keeps a connection for later; after so long without a request it is closed."""

LOOK_SECONDS = 60.0
"""Between two looks at how the webhook stands."""


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """Where Telegram sends updates, the secret it sends along, and the port of this machine that they arrive at."""

    url: str
    secret: str
    port: int
    host: str = "127.0.0.1"

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"


class Receiver(Generic[Raw]):
    """Answers requests. `seconds`: what a client gets for the head of a request, and again for its body."""

    def __init__(
        self,
        address: WebhookEndpoint,
        update_source: UpdateSource[Raw],
        inbox: Inbox[Raw],
        *,
        seconds: float = REQUEST_SECONDS,
    ) -> None:
        self._address = address
        self._update_source = update_source
        self._inbox = inbox
        self._seconds = seconds

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Answer requests meanwhile; the port is given. Raises `PortTaken`."""
        runner = web.ServerRunner(_Server(self._answer, self._seconds))
        await runner.setup()
        try:
            await listen(runner, self._address.host, self._address.port)
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        with cast("_Connection", request.protocol).busy():
            status = await self._receive(request)
            response = web.Response(status=status)
            if status != 200:
                response.force_close()
            return response

    async def _receive(self, request: web.BaseRequest) -> int:
        """The status of the answer. The body of what is not Telegram's is not even read."""
        if request.method != "POST" or request.path != self._address.path:
            return 404
        given = request.headers.get(SECRET_HEADER, "").encode(errors="replace")
        if not hmac.compare_digest(given, self._address.secret.encode()):
            log.warning("webhook refused", why="wrong secret", client=request.remote)
            return 403
        if (request.content_length or 0) > LARGEST_BODY:
            return 413
        try:
            async with asyncio.timeout(self._seconds):
                body = await request.read()
        except TimeoutError:
            return 408
        except web.HTTPRequestEntityTooLarge:
            return 413
        return await self._finish(body)

    async def _finish(self, body: bytes) -> int:
        try:
            update = self._update_source.decode(body)
        except ValueError:
            log.warning("webhook refused", why="not an update", bytes=len(body))
            return 400
        await self._inbox.take([update])
        return 200


class WebhookApi(Protocol):
    """What the watch asks of a driver."""

    async def webhook_info(self) -> WebhookInfo: ...

    async def set_webhook(self, url: str, secret: str) -> None: ...


class WebhookMonitor:
    """Has Telegram send updates here, and keeps looking whether it does."""

    def __init__(self, driver: WebhookApi, address: WebhookEndpoint) -> None:
        self._driver = driver
        self._address = address
        self._set = False
        self.trouble: str | None = "the webhook is not set yet"
        """What is wrong with it."""

    async def run(self) -> None:
        """Set the webhook, and again whenever Telegram has another, until cancelled."""
        while True:
            try:
                await self._look()
            except FetchFailed as failed:
                self.trouble = f"Telegram cannot be asked about the webhook: {failed}"
                log.warning("webhook not set", why=str(failed))
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        state = await self._driver.webhook_info()
        if not self._set or state.url != self._address.url:  # at first in any case: the secret may be a new one
            await self._driver.set_webhook(self._address.url, self._address.secret)
            self._set, self.trouble = True, None
            log.info("webhook set")
        elif state.error and state.pending:
            self.trouble = f"Telegram does not get through to the webhook, {state.pending} updates wait: {state.error}"
            log.warning("webhook not reached", pending=state.pending, why=state.error)
        else:
            self.trouble = None


class Webhook:
    """Both ends of it: what answers Telegram, and what keeps Telegram sending."""

    def __init__(self, receiver: Receiver[Any], watch: WebhookMonitor) -> None:
        self._receiver = receiver
        self._watch = watch

    @property
    def trouble(self) -> str | None:
        """Why nobody is heard; None when all is well."""
        return self._watch.trouble

    async def run(self) -> None:
        """Have updates sent here, and answer them, until cancelled. Raises `PortTaken`."""
        async with self._receiver.listening():
            await self._watch.run()


class _Server(web.Server):
    """Makes connections that are not waited for without end."""

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], seconds: float) -> None:
        super().__init__(handler, access_log=None, lingering_time=0, keepalive_timeout=IDLE_SECONDS)
        self._seconds = seconds

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, self._seconds, **self._kwargs)


class _Connection(web.RequestHandler):
    """Is cut off when its client keeps the head of a request waiting; aiohttp itself would wait for ever."""

    def __init__(self, server: _Server, seconds: float, **settings: Any) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **settings)
        self._seconds = seconds
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._wait(self._seconds)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """A request has its head, and is being answered."""
        self._stop_waiting()
        try:
            yield
        finally:
            self._wait(IDLE_SECONDS)

    def _wait(self, seconds: float) -> None:
        self._patience = asyncio.get_running_loop().call_later(seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()

    def _give_up(self) -> None:
        if self.transport is not None:
            self.transport.abort()
