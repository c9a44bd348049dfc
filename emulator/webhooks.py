"""Updates that wait and a URL -> POSTed one after another, again with growing delay until a 2xx comes back."""

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

PORTS = (443, 80, 88, 8443)
LONGEST_DELAY = 60.0
ANSWER_SECONDS = 60.0
MOST_CONNECTIONS = 100
_SECRET = re.compile("[A-Za-z0-9_-]*")

Replied = Callable[[bytes], Awaitable[None]]


class Webhook:
    """At most one URL. `first_delay` seconds pass before the first repetition, twice as many before each further one.

    Loopback URLs may use http and any port, as with the official server's --local; all others are held to HTTPS and
    Telegram's ports. Updates go one at a time, in order: max_connections is kept for getWebhookInfo only.
    """

    def __init__(self, tg: Telegram, replied: Replied, first_delay: float = 1.0) -> None:
        self._tg = tg
        self._replied = replied
        self._first_delay = first_delay
        self._task: asyncio.Task[None] | None = None
        self.url = ""
        self._secret = ""
        self._max_connections = 40
        self._last_error: tuple[int, str] | None = None

    @property
    def active(self) -> bool:
        return self.url != ""

    async def set(self, p: Parameters) -> bool:
        """setWebhook; an empty URL deletes. Raises BadRequest."""
        url = p.text("url").strip()
        if not url:
            return await self.delete(p)
        _check_url(url)
        secret = p.text("secret_token")
        if len(secret) > 256:
            raise BadRequest("secret token is too long")
        if not _SECRET.fullmatch(secret):
            raise BadRequest("secret token contains unallowed characters")
        await self.stop()
        self._read_common(p)
        self.url, self._secret, self._last_error = url, secret, None
        self._max_connections = min(max(p.integer("max_connections", 40), 1), MOST_CONNECTIONS)
        self._task = asyncio.create_task(self._run())
        return True

    async def delete(self, p: Parameters) -> bool:
        await self.stop()
        self._read_common(p)
        self.url = ""
        return True

    def _read_common(self, p: Parameters) -> None:
        if p.flag("drop_pending_updates"):
            self._tg.updates.drop_pending()
        read_allowed(self._tg, p)

    def info(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._tg.updates.pending()),
        }
        if self.active:
            found |= {"max_connections": self._max_connections, "ip_address": "127.0.0.1"}
        if self._last_error is not None:
            found |= {"last_error_date": self._last_error[0], "last_error_message": self._last_error[1]}
        return found

    async def stop(self) -> None:
        """End the sending."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        delay = self._first_delay
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                waiting = self._tg.updates.pending()
                if not waiting:
                    await self._tg.updates.change()
                    continue
                error = await self._send(session, waiting[0].body)
                if error is None:
                    self._tg.updates.take(waiting[0])
                    delay = self._first_delay
                    continue
                self._last_error = (self._tg.clock.unix(), error)
                await asyncio.sleep(delay)
                delay = min(2 * delay, LONGEST_DELAY)

    async def _send(self, session: aiohttp.ClientSession, body: bytes) -> str | None:
        """What went wrong, or None."""
        headers = {"Content-Type": "application/json"}
        if self._secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self._secret
        try:
            async with session.post(self.url, data=body, headers=headers) as response:
                answer = await response.read()
        except TimeoutError:
            return "Read timeout expired"
        except aiohttp.ClientError:
            return "Connection refused"
        if not 200 <= response.status < 300:
            return f"Wrong response from the webhook: {response.status} {response.reason}"
        if answer:
            await self._replied(answer)
        return None


def read_allowed(tg: Telegram, p: Parameters) -> None:
    """allowed_updates of getUpdates and setWebhook: kept until given again."""
    if not p.has("allowed_updates"):
        return
    try:
        kinds = msgspec.json.decode(p.raw("allowed_updates"), type=list[str])
    except msgspec.DecodeError:
        return  # what is not a list of names changes nothing
    tg.updates.allow(kinds)


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
    if (port or 443) not in PORTS:
        raise BadRequest("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    raise BadRequest("bad webhook: Failed to resolve host: Name or service not known")
