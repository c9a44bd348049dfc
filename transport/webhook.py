"""Receive updates over a webhook: answer a request when its update is finished, or stored for another process.

request -> path -> secret -> length -> body, in time -> intake: decode -> inbox or store -> 200

Telegram repeats what was not answered with a 2xx, with growing delays, so nothing is lost while the bot is away.
Telegram requires HTTPS; a reverse proxy in front of this server holds the certificate (docs/operating.md).
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, Protocol
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from domain.chat.i18n import lazy_text
from transport.driver import ApiCallFailed, Raw, UpdateSource, WebhookInfo
from transport.inbox import Inbox
from transport.ports import listen
from transport.rejection_log import RejectionLog
from transport.webhook_server import HEAD_SECONDS, TimeLimitedServer

log = structlog.get_logger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name

MAX_BODY_BYTES = 1024 * 1024
"""Limit for an update; Telegram's have a few thousand bytes."""

CHECK_INTERVAL_SECONDS = 60.0
"""Time between two checks of Telegram's view of the webhook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """Where Telegram sends a bot's updates: the public URL, and the secret in each request."""

    url: str
    secret: str

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"


class WebhookServer:
    """HTTP server for the webhooks of all bots of a process, each at a path of its own.

    It listens while there is a receiver. A client has `seconds` for a request's head and as long again for its body.
    """

    def __init__(self, host: str, port: int, *, seconds: float = HEAD_SECONDS) -> None:
        self._host = host
        self._port = port
        self._seconds = seconds
        self._receivers: dict[str, Receiver] = {}
        self._runner: web.ServerRunner | None = None
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def receiving(self, receiver: Receiver) -> AsyncIterator[int]:
        """Pass a receiver the requests to its path inside the block, and yield the port. Raises PortTaken.

        Telegram repeats the requests that come at other times.
        """
        async with self._lock:
            runner = self._runner = self._runner or await self._listen()
            self._receivers[receiver.path] = receiver
            port: int = runner.addresses[0][1]
        try:
            yield port
        finally:
            del self._receivers[receiver.path]
            async with self._lock:
                if not self._receivers:
                    self._runner = None
                    await runner.cleanup()

    async def _listen(self) -> web.ServerRunner:
        runner = web.ServerRunner(TimeLimitedServer(self._respond, head_seconds=self._seconds))
        await runner.setup()
        try:
            await listen(runner, self._host, self._port)
        except BaseException:
            await runner.cleanup()
            raise
        return runner

    async def _respond(self, request: web.BaseRequest) -> web.Response:
        receiver = self._receivers.get(request.path)
        status = 404 if receiver is None or request.method != "POST" else await receiver.receive(request, self._seconds)
        response = web.Response(status=status)
        if status != 200:
            response.force_close()
        return response


class Intake(Protocol):
    """What becomes of a request's body."""

    async def take(self, body: bytes) -> int:
        """Take an update in and return the status of the answer. Raises ValueError if it is none."""


class Receiver:
    """Takes in the updates of one bot: only requests with its secret, and in time, reach its intake."""

    def __init__(self, endpoint: WebhookEndpoint, intake: Intake) -> None:
        self._endpoint = endpoint
        self._intake = intake
        self._rejections = RejectionLog()
        self._log_context = structlog.contextvars.get_contextvars()

    @property
    def path(self) -> str:
        return self._endpoint.path

    async def receive(self, request: web.BaseRequest, seconds: float) -> int:
        """Take a request in and return the status; the body of a request without the secret is not read."""
        with structlog.contextvars.bound_contextvars(**self._log_context):  # log lines name the bot
            return await self._receive(request, seconds)

    async def _receive(self, request: web.BaseRequest, seconds: float) -> int:
        if not hmac.compare_digest(_given_secret(request), self._endpoint.secret.encode()):
            self._rejections.note("wrong secret", client=request.remote)
            return 403
        if (request.content_length or 0) > MAX_BODY_BYTES:
            return 413
        try:
            async with asyncio.timeout(seconds):
                body = await request.read()
        except TimeoutError:
            return 408
        except web.HTTPRequestEntityTooLarge:
            return 413
        except (web.RequestPayloadError, ConnectionError):
            self._rejections.note("broken body")
            return 400
        try:
            return await self._intake.take(body)
        except ValueError:
            self._rejections.note("not an update", bytes=len(body))
            return 400


def _given_secret(request: web.BaseRequest) -> bytes:
    """Return the secret of a request; nothing if there are several, of which a proxy may have read another one."""
    secrets = request.headers.getall(SECRET_HEADER, [])
    return secrets[0].encode(errors="replace") if len(secrets) == 1 else b""


class InboxIntake(Generic[Raw]):
    """Has this process handle each update, and lets Telegram wait for it."""

    def __init__(self, update_source: UpdateSource[Raw], inbox: Inbox[Raw]) -> None:
        self._update_source = update_source
        self._inbox = inbox

    async def take(self, body: bytes) -> int:
        update = self._update_source.decode(body)
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
        self.problem: str | None = lazy_text("the webhook is not set yet")
        """Why updates do not arrive, or None if they do."""

    async def run(self) -> None:
        """Check the webhook at once and every `CHECK_INTERVAL_SECONDS`, until cancelled."""
        while True:
            try:
                await self._check()
            except ApiCallFailed as error:
                self.problem = lazy_text("the webhook cannot be set or checked: {problem}", problem=str(error))
                log.warning("webhook_check_failed", reason=str(error))
            await asyncio.sleep(CHECK_INTERVAL_SECONDS)

    async def _check(self) -> None:
        info = await self._driver.webhook_info()
        if not self._is_set or info.url != self._endpoint.url:  # the first time always: the secret may have changed
            await self._driver.set_webhook(self._endpoint.url, self._endpoint.secret)
            self._is_set, self.problem = True, None
            log.info("webhook_set")
        elif info.error and info.pending:
            self.problem = lazy_text(
                "Telegram cannot reach the webhook, {pending} updates wait: {reason}",
                pending=info.pending,
                reason=info.error,
            )
            log.warning("webhook_unreachable", pending=info.pending, reason=info.error)
        else:
            self.problem = None


class Webhook:
    """One bot's receiver and monitor, run together."""

    def __init__(self, server: WebhookServer, receiver: Receiver, monitor: WebhookMonitor) -> None:
        self._server = server
        self._receiver = receiver
        self._monitor = monitor

    @property
    def problem(self) -> str | None:
        """Why updates do not arrive, or None if they do."""
        return self._monitor.problem

    async def run(self) -> None:
        """Receive updates until cancelled. Raises PortTaken."""
        async with self._server.receiving(self._receiver):
            await self._monitor.run()
