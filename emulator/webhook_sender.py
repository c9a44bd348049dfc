"""POST pending updates to the bot's webhook, one at a time, and retry each until a 2xx response."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec

from emulator.errors import BadRequest
from emulator.parameters import Parameters
from emulator.telegram import Telegram

ALLOWED_PORTS = (443, 80, 88, 8443)
MAX_RETRY_DELAY_SECONDS = 60.0
RESPONSE_TIMEOUT_SECONDS = 60.0
MAX_CONNECTIONS = 100
_SECRET = re.compile("[A-Za-z0-9_-]*")

ReplyHandler = Callable[[bytes], Awaitable[None]]


class WebhookSender:
    """Sender of updates to at most one webhook URL.

    Updates go one at a time, in order; max_connections is only stored for getWebhookInfo. Loopback URLs may use http
    and any port, as with the official server's --local; other URLs need HTTPS and one of Telegram's ports.

    Args:
        first_retry_delay: seconds before the first retry of an update; each further retry waits twice as long.
    """

    def __init__(self, tg: Telegram, on_reply: ReplyHandler, first_retry_delay: float = 1.0) -> None:
        self._tg = tg
        self._on_reply = on_reply
        self._first_retry_delay = first_retry_delay
        self._task: asyncio.Task[None] | None = None
        self.url = ""
        self._secret = ""
        self._max_connections = 40
        self._last_error: tuple[int, str] | None = None

    @property
    def active(self) -> bool:
        return self.url != ""

    async def set(self, params: Parameters) -> bool:
        """Execute setWebhook; an empty URL deletes the webhook. Raises BadRequest."""
        url = params.text("url").strip()
        if not url:
            return await self.delete(params)
        _check_url(url)
        secret = params.text("secret_token")
        if len(secret) > 256:
            raise BadRequest("secret token is too long")
        if not _SECRET.fullmatch(secret):
            raise BadRequest("secret token contains unallowed characters")
        await self.stop()
        self._read_common(params)
        self.url, self._secret, self._last_error = url, secret, None
        self._max_connections = min(max(params.integer("max_connections", 40), 1), MAX_CONNECTIONS)
        self._task = asyncio.create_task(self._run())
        return True

    async def delete(self, params: Parameters) -> bool:
        await self.stop()
        self._read_common(params)
        self.url = ""
        return True

    def _read_common(self, params: Parameters) -> None:
        if params.boolean("drop_pending_updates"):
            self._tg.updates.drop_pending()
        apply_allowed_updates(self._tg, params)

    def info(self) -> dict[str, Any]:
        result: dict[str, Any] = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._tg.updates.pending()),
        }
        if self.active:
            result |= {"max_connections": self._max_connections, "ip_address": "127.0.0.1"}
        if self._last_error is not None:
            result |= {"last_error_date": self._last_error[0], "last_error_message": self._last_error[1]}
        return result

    async def stop(self) -> None:
        """Stop sending."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        delay = self._first_retry_delay
        timeout = aiohttp.ClientTimeout(total=RESPONSE_TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                pending = self._tg.updates.pending()
                if not pending:
                    await self._tg.updates.wait_for_change()
                    continue
                error = await self._send(session, pending[0].body)
                if error is None:
                    self._tg.updates.acknowledge(pending[0])
                    delay = self._first_retry_delay
                    continue
                self._last_error = (self._tg.clock.unix_seconds(), error)
                await asyncio.sleep(delay)
                delay = min(2 * delay, MAX_RETRY_DELAY_SECONDS)

    async def _send(self, session: aiohttp.ClientSession, body: bytes) -> str | None:
        """Send one update; return the error message for getWebhookInfo, or None on success."""
        headers = {"Content-Type": "application/json"}
        if self._secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self._secret
        try:
            async with session.post(self.url, data=body, headers=headers) as response:
                reply = await response.read()
        except TimeoutError:
            return "Read timeout expired"
        except aiohttp.ClientError:
            return "Connection refused"
        if not 200 <= response.status < 300:
            return f"Wrong response from the webhook: {response.status} {response.reason}"
        if reply:
            await self._on_reply(reply)
        return None


def apply_allowed_updates(tg: Telegram, params: Parameters) -> None:
    """Apply allowed_updates of getUpdates or setWebhook, which holds until it is given again."""
    if not params.has("allowed_updates"):
        return
    try:
        kinds = msgspec.json.decode(params.raw("allowed_updates"), type=list[str])
    except (msgspec.DecodeError, RecursionError):
        return  # as on Telegram, an invalid list changes nothing
    tg.updates.set_allowed_kinds(kinds)


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadRequest("invalid webhook URL specified") from None
    if host in ("127.0.0.1", "localhost", "::1") and parts.scheme in ("http", "https"):
        return
    if parts.scheme == "http":
        raise BadRequest("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.scheme != "https" or not host:
        raise BadRequest("invalid webhook URL specified")
    if (port or 443) not in ALLOWED_PORTS:
        raise BadRequest("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if ":" in host:
        raise BadRequest("bad webhook: IPv6-only addresses are not allowed")
    raise BadRequest("bad webhook: Failed to resolve host: Name or service not known")
