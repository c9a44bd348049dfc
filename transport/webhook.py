"""Receive updates over a webhook: answer a request when its update is finished.

request -> path -> secret -> length -> body, in time -> decode -> inbox -> 200

Telegram repeats what was not answered with a 2xx, with growing delays, so nothing is lost while the bot is away.
Telegram requires HTTPS; a reverse proxy in front of this server holds the certificate (docs/operating.md).
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, Protocol
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from transport.driver import ApiCallFailed, Raw, UpdateSource, WebhookInfo
from transport.inbox import Inbox
from transport.ports import listen
from transport.webhook_server import HEAD_SECONDS, TimeLimitedServer

log = structlog.get_logger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name

MAX_BODY_BYTES = 1024 * 1024
"""Limit for an update; Telegram's have a few thousand bytes."""

CHECK_INTERVAL_SECONDS = 60.0
"""Time between two checks of Telegram's view of the webhook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """Where Telegram sends updates: the public URL, the secret in each request, and the local address behind it."""

    url: str
    secret: str
    port: int
    host: str = "127.0.0.1"

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"


class Receiver(Generic[Raw]):
    """HTTP server for the webhook; a client has `seconds` for a request's head and as long again for its body."""

    def __init__(
        self,
        endpoint: WebhookEndpoint,
        update_source: UpdateSource[Raw],
        inbox: Inbox[Raw],
        *,
        seconds: float = HEAD_SECONDS,
    ) -> None:
        self._endpoint = endpoint
        self._update_source = update_source
        self._inbox = inbox
        self._seconds = seconds

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Answer requests inside the block and yield the port. Raises PortTaken."""
        server = TimeLimitedServer(self._respond, head_seconds=self._seconds)
        runner = web.ServerRunner(server)
        await runner.setup()
        try:
            await listen(runner, self._endpoint.host, self._endpoint.port)
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    async def _respond(self, request: web.BaseRequest) -> web.Response:
        status = await self._receive(request)
        response = web.Response(status=status)
        if status != 200:
            response.force_close()
        return response

    async def _receive(self, request: web.BaseRequest) -> int:
        """Handle a request and return the status; the body of a request without the secret is not read."""
        if request.method != "POST" or request.path != self._endpoint.path:
            return 404
        secret = request.headers.get(SECRET_HEADER, "").encode(errors="replace")
        if not hmac.compare_digest(secret, self._endpoint.secret.encode()):
            log.warning("webhook_rejected", reason="wrong secret", client=request.remote)
            return 403
        if (request.content_length or 0) > MAX_BODY_BYTES:
            return 413
        try:
            async with asyncio.timeout(self._seconds):
                body = await request.read()
        except TimeoutError:
            return 408
        except web.HTTPRequestEntityTooLarge:
            return 413
        return await self._handle(body)

    async def _handle(self, body: bytes) -> int:
        try:
            update = self._update_source.decode(body)
        except ValueError:
            log.warning("webhook_rejected", reason="not an update", bytes=len(body))
            return 400
        if self._inbox.is_full:
            return 503
        finished = self._inbox.put(update)
        if finished is not None:
            await asyncio.wait((finished,))  # unlike `await`, it leaves the future alone if the bot stops
        return 200


class WebhookApi(Protocol):
    """The part of a driver that the monitor needs."""

    async def webhook_info(self) -> WebhookInfo: ...

    async def set_webhook(self, url: str, secret: str) -> None: ...


class WebhookMonitor:
    """Sets the webhook, and again whenever Telegram has another URL; reports failed deliveries."""

    def __init__(self, driver: WebhookApi, endpoint: WebhookEndpoint) -> None:
        self._driver = driver
        self._endpoint = endpoint
        self._is_set = False
        self.problem: str | None = "the webhook is not set yet"
        """Why updates do not arrive, or None if they do."""

    async def run(self) -> None:
        """Check the webhook at once and every `CHECK_INTERVAL_SECONDS`, until cancelled."""
        while True:
            try:
                await self._check()
            except ApiCallFailed as error:
                self.problem = f"Telegram cannot be asked about the webhook: {error}"
                log.warning("webhook_check_failed", reason=str(error))
            await asyncio.sleep(CHECK_INTERVAL_SECONDS)

    async def _check(self) -> None:
        info = await self._driver.webhook_info()
        if not self._is_set or info.url != self._endpoint.url:  # the first time always: the secret may have changed
            await self._driver.set_webhook(self._endpoint.url, self._endpoint.secret)
            self._is_set, self.problem = True, None
            log.info("webhook_set")
        elif info.error and info.pending:
            self.problem = f"Telegram cannot reach the webhook, {info.pending} updates wait: {info.error}"
            log.warning("webhook_unreachable", pending=info.pending, reason=info.error)
        else:
            self.problem = None


class Webhook:
    """The receiver and the monitor, run together."""

    def __init__(self, receiver: Receiver[Any], monitor: WebhookMonitor) -> None:
        self._receiver = receiver
        self._monitor = monitor

    @property
    def problem(self) -> str | None:
        """Why updates do not arrive, or None if they do."""
        return self._monitor.problem

    async def run(self) -> None:
        """Receive updates until cancelled. Raises PortTaken."""
        async with self._receiver.listening():
            await self._monitor.run()
