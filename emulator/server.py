"""HTTP server: the Bot API, the control API and the page on two listeners, the first of which faults can close."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from emulator import control
from emulator.api_response import error_response_for
from emulator.bot_api import BotApi
from emulator.control.http import is_other_page
from emulator.errors import Forbidden, NotFound
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
    """Addresses and token of the server; port 0 means a free port, `path` is that below which the Bot API is.

    Files that somebody drops on the page go into the `drop_folder`.
    """

    host: str = "127.0.0.1"
    port: int = 0
    path: str = ""
    control_port: int = 0
    token: str = DEFAULT_TOKEN
    drop_folder: Path | None = None


class EmulatorServer:
    """Server of one emulated Telegram; call `start` first and `stop` at the end."""

    def __init__(self, tg: Telegram, settings: ServerSettings, others: Sequence["EmulatorServer"] = ()) -> None:
        self.tg = tg
        self.settings = settings
        self.others = tuple(others)
        """Servers of other bots, which start and stop with this one; its port serves their calls too."""
        self._bot_api = BotApi(tg, settings.token, self)
        self._runner: web.AppRunner | None = None
        self._api_socket: socket.socket | None = None
        """Bound from start to stop: a free port would be given to the next connection of any program."""
        self._api_site: web.SockSite | None = None
        self._reopening: asyncio.Task[None] | None = None
        self.is_stopping = False
        self.port = 0
        self.control_port = 0

    @property
    def api_url(self) -> str:
        return f"http://{self._url_host}:{self.port}{self.settings.path}"

    @property
    def control_url(self) -> str:
        return f"http://{self._url_host}:{self.control_port}"

    @property
    def drop_folder(self) -> Path | None:
        return self.settings.drop_folder

    @property
    def _url_host(self) -> str:
        return f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host

    async def start(self) -> None:
        """Listen on both ports. Raises OSError if a port is in use."""
        # Without handler_cancellation, so that a call takes effect even if the client disconnects.
        for other in self.others:
            await other.start()
        self._runner = web.AppRunner(self._create_app(), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            self._api_socket = self._bind(self.settings.port)
            self.port = await self._listen_for_api(self._api_socket)
            self.control_port = await self._listen(self._bind(self.settings.control_port))
        except OSError:
            await self._close()
            for other in self.others:
                await other.stop()
            raise

    async def stop(self) -> None:
        """End polls and streams, then close both listeners."""
        self.is_stopping = True
        if self._reopening is not None:
            self._reopening.cancel()
        await asyncio.gather(self._bot_api.stop(), *(other.stop() for other in self.others))
        await self._close()

    async def refuse_connections(self, seconds: float) -> None:
        """Close the Bot API's port and abort its connections for `seconds`; 0: until accept_connections."""
        if self._reopening is not None:
            self._reopening.cancel()
        self._reopening = asyncio.create_task(self._accept_after(seconds)) if seconds > 0 else None
        if self._api_site is not None and self._api_socket is not None:
            self._stop_listening(self._api_socket)
            await self._api_site.stop()
            self._api_site = None
        self._abort_api_connections()
        for _ in range(3):
            await asyncio.sleep(0)  # let the event loop close the sockets before the caller goes on

    async def accept_connections(self) -> None:
        """Listen again after refuse_connections; no effect while listening."""
        if self._reopening is not None:
            self._reopening.cancel()
            self._reopening = None
        if self._api_site is None and self._api_socket is not None and not self.is_stopping:
            await self._listen_for_api(self._api_socket)

    async def _accept_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._reopening = None
        await self.accept_connections()

    def _bind(self, port: int) -> socket.socket:
        """Return a socket that has the port and does not listen yet.

        A free port is asked for by number as well: Linux keeps only such a port when a socket stops listening.
        """
        bound = socket.socket(socket.AF_INET6 if ":" in self.settings.host else socket.AF_INET)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((self.settings.host, port))
            if port == 0:
                with bound:
                    return self._bind(bound.getsockname()[1])
        except OSError:
            bound.close()
            raise
        return bound

    def _stop_listening(self, listening: socket.socket) -> None:
        """Refuse connections and keep the port."""
        try:
            listening.shutdown(socket.SHUT_RDWR)
        except OSError:  # only Linux can; elsewhere the port is free for a moment
            listening.close()
            self._api_socket = self._bind(self.port)

    def _abort_api_connections(self) -> None:
        server = self._runner.server if self._runner is not None else None
        for connection in list(server.connections) if server is not None else []:
            transport = connection.transport
            if transport is not None and transport.get_extra_info("sockname")[1] == self.port:
                transport.abort()

    async def _listen_for_api(self, bound: socket.socket) -> int:
        """Listen on a copy of the socket, which can be closed without giving up the port; return the port."""
        site = self._site(bound.dup())
        await site.start()
        self._api_site = site
        return int(bound.getsockname()[1])

    async def _listen(self, bound: socket.socket) -> int:
        await self._site(bound).start()
        return int(bound.getsockname()[1])

    def _site(self, bound: socket.socket) -> web.SockSite:
        assert self._runner is not None  # noqa: S101 - set by start()
        return web.SockSite(self._runner, bound, backlog=CONNECTION_BACKLOG)

    async def _close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._api_socket is not None:
            self._api_socket.close()
            self._api_socket = None

    def _create_app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_UPLOAD_BYTES + 1024 * 1024)
        app.on_shutdown.append(self._release_waiters)
        app.add_subapp("/control", control.create_control_app(self))
        base = self.settings.path
        app.router.add_get(base + "/file/bot{token}/{path:.+}", self._handle_download)
        app.router.add_route("*", base + "/bot{token}/{method}", self._handle_call)
        app.router.add_get("/", _serve_page)
        app.router.add_get("/{path:.+}", _serve_page)
        return app

    async def _handle_download(self, request: web.Request) -> web.StreamResponse:
        if is_other_page(request):
            return _refusal()
        return await self._bot_api_of(request).handle_download(request)

    async def _handle_call(self, request: web.Request) -> web.StreamResponse:
        if is_other_page(request):
            return _refusal()
        return await self._bot_api_of(request).handle_call(request)

    def _bot_api_of(self, request: web.Request) -> BotApi:
        """Return the Bot API of the bot that a request's token names; this server's own refuses unknown ones."""
        token = request.match_info["token"]
        return next((other._bot_api for other in self.others if other.settings.token == token), self._bot_api)

    async def _release_waiters(self, app: web.Application) -> None:
        self.is_stopping = True
        self.tg.events.close_all()
        self.tg.updates.release_waiters()
        self.tg.log.release_waiters()


def _refusal() -> web.Response:
    """Refuse what another site's page sends to the Bot API: the emulator's token is no secret."""
    return error_response_for(Forbidden("only programs of this machine may call the emulator")).to_web_response()


async def _serve_page(request: web.Request) -> web.StreamResponse:
    """Serve a file of the page."""
    path = _page_file(request.match_info.get("path", "index.html"))
    if path is None:
        return error_response_for(NotFound("")).to_web_response()
    return web.FileResponse(path, headers=PAGE_HEADERS)


def _page_file(name: str) -> Path | None:
    """Return the file of that name within the page's folder."""
    try:
        path = (PAGE_FOLDER / name).resolve()
        return path if path.is_relative_to(PAGE_FOLDER) and path.is_file() else None
    except (OSError, ValueError):  # a name too long, or with a NUL
        return None
