"""HTTP server: the Bot API, the control API and the page on two listeners, the first of which faults can close."""

import asyncio
import socket
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from emulator import control
from emulator.api_response import error_response_for
from emulator.bot_api import BotApi
from emulator.errors import NotFound
from emulator.parameters import MAX_UPLOAD_BYTES
from emulator.telegram import Telegram

DEFAULT_TOKEN = "4242:loopback"  # noqa: S105 - not a secret
PAGE_FOLDER = Path(__file__).parent / "page"
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:",
    "X-Content-Type-Options": "nosniff",
}


CONNECTION_BACKLOG = 1024
"""Connections that may wait to be accepted: a bot that starts opens hundreds at once; beyond it requests stall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Addresses and token of the server; port 0 means a free port."""

    host: str = "127.0.0.1"
    port: int = 0
    control_port: int = 0
    token: str = DEFAULT_TOKEN


class EmulatorServer:
    """Server of one emulated Telegram; call `start` first and `stop` at the end."""

    def __init__(self, tg: Telegram, settings: ServerSettings) -> None:
        self.tg = tg
        self.settings = settings
        self._bot_api = BotApi(tg, settings.token, self)
        self._runner: web.AppRunner | None = None
        self._api_site: web.TCPSite | None = None
        self._reopening: asyncio.Task[None] | None = None
        self._reservation: socket.socket | None = None
        """Holds the port while nobody listens: the system would give it to another program's connection."""
        self.is_stopping = False
        self.port = 0
        self.control_port = 0

    @property
    def api_url(self) -> str:
        return f"http://{self.settings.host}:{self.port}"

    @property
    def control_url(self) -> str:
        return f"http://{self.settings.host}:{self.control_port}"

    async def start(self) -> None:
        """Listen on both ports. Raises OSError if a port is in use."""
        # Without handler_cancellation, so that a call takes effect even if the client disconnects.
        self._runner = web.AppRunner(self._create_app(), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            self.port = await self._listen(self.settings.port, is_api=True)
            self.control_port = await self._listen(self.settings.control_port, is_api=False)
        except OSError:
            await self._runner.cleanup()
            raise

    async def stop(self) -> None:
        """End polls and streams, then close both listeners."""
        self.is_stopping = True
        if self._reopening is not None:
            self._reopening.cancel()
        self._release_port()
        await self._bot_api.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def refuse_connections(self, seconds: float) -> None:
        """Close the Bot API's port and abort its connections for `seconds`; 0: until accept_connections."""
        if self._reopening is not None:
            self._reopening.cancel()
        self._reopening = asyncio.create_task(self._accept_after(seconds)) if seconds > 0 else None
        if self._api_site is not None:
            await self._api_site.stop()
            self._api_site = None
        self._abort_api_connections()
        for _ in range(3):
            await asyncio.sleep(0)  # let the event loop close the sockets before the caller goes on
        self._reserve_port()

    async def accept_connections(self) -> None:
        """Listen again after refuse_connections; no effect while listening."""
        if self._reopening is not None:
            self._reopening.cancel()
            self._reopening = None
        if self._api_site is None and not self.is_stopping:
            self._release_port()
            await self._listen(self.port, is_api=True)

    async def _accept_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._reopening = None
        await self.accept_connections()

    def _reserve_port(self) -> None:
        if self._reservation is None:
            family = socket.AF_INET6 if ":" in self.settings.host else socket.AF_INET
            self._reservation = socket.socket(family)
            self._reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._reservation.bind((self.settings.host, self.port))

    def _release_port(self) -> None:
        if self._reservation is not None:
            self._reservation.close()
            self._reservation = None

    def _abort_api_connections(self) -> None:
        server = self._runner.server if self._runner is not None else None
        for connection in list(server.connections) if server is not None else []:
            transport = connection.transport
            if transport is not None and transport.get_extra_info("sockname")[1] == self.port:
                transport.abort()

    async def _listen(self, port: int, *, is_api: bool) -> int:
        assert self._runner is not None  # noqa: S101 - set by start()
        addresses_before = set(self._runner.addresses)
        site = web.TCPSite(self._runner, self.settings.host, port, reuse_address=True, backlog=CONNECTION_BACKLOG)
        await site.start()
        if is_api:
            self._api_site = site
        return next(int(address[1]) for address in self._runner.addresses if address not in addresses_before)

    def _create_app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_UPLOAD_BYTES + 1024 * 1024)
        app.on_shutdown.append(self._release_waiters)
        app.add_subapp("/control", control.create_control_app(self))
        app.router.add_get("/file/bot{token}/{path:.+}", self._bot_api.handle_download)
        app.router.add_route("*", "/bot{token}/{method}", self._bot_api.handle_call)
        app.router.add_get("/", _serve_page)
        app.router.add_get("/{path:.+}", _serve_page)
        return app

    async def _release_waiters(self, app: web.Application) -> None:
        self.is_stopping = True
        self.tg.events.close_all()
        self.tg.updates.release_waiters()
        self.tg.log.release_waiters()


async def _serve_page(request: web.Request) -> web.StreamResponse:
    """Serve a file of the page."""
    path = (PAGE_FOLDER / request.match_info.get("path", "index.html")).resolve()
    if not path.is_relative_to(PAGE_FOLDER) or not path.is_file():
        return error_response_for(NotFound("")).to_web_response()
    return web.FileResponse(path, headers=PAGE_HEADERS)
