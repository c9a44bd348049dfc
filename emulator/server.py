"""HTTP requests -> methods, control, page. One aiohttp application, two listeners; the first can be closed as a fault.

request -> token, method, parameters -> fault rule? -> method -> answer -> (fault spoils it) -> client
"""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from emulator import control
from emulator.errors import ApiError, Conflict, NotFound, Unauthorized
from emulator.faults import Fault
from emulator.log import Call, LogEntry
from emulator.methods import table
from emulator.parameters import FILE_BYTES, Parameters, leading_integer, read_parameters
from emulator.spoiling import Answer, Spoiler, error_answer
from emulator.telegram import Telegram
from emulator.updates import BY_WEBHOOK, LONGEST_POLL
from emulator.webhooks import Webhook, read_allowed

PAGE = Path(__file__).parent / "page"
TOKEN = "4242:loopback"  # noqa: S105 - not a secret: the emulator's own default
WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
POLICY = "default-src 'self'; img-src 'self' data:"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to listen; port 0 is a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    control_port: int = 0
    token: str = TOKEN


class Server:
    """Serves one Telegram. `start` before anything, `stop` at the end."""

    def __init__(self, tg: Telegram, settings: Settings) -> None:
        self.tg = tg
        self.settings = settings
        self.webhook = Webhook(tg, self._webhook_replied)
        self._methods = table()
        self._spoiler = Spoiler(self)
        self._runner: web.AppRunner | None = None
        self._api: web.TCPSite | None = None
        self._reopening: asyncio.Task[None] | None = None
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
        """Listen on both ports. Raises OSError when one is taken."""
        # No handler_cancellation: a client that hangs up does not undo what it asked for.
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            self.port = await self._listen(self.settings.port, api=True)
            self.control_port = await self._listen(self.settings.control_port, api=False)
        except OSError:
            await self._runner.cleanup()
            raise

    async def _listen(self, port: int, *, api: bool) -> int:
        assert self._runner is not None  # noqa: S101 - start() made it
        before = set(self._runner.addresses)
        site = web.TCPSite(self._runner, self.settings.host, port, reuse_address=True)
        await site.start()
        if api:
            self._api = site
        return next(int(address[1]) for address in self._runner.addresses if address not in before)

    async def stop(self) -> None:
        """End polls and streams, then everything."""
        self.is_stopping = True
        if self._reopening is not None:
            self._reopening.cancel()
        await self.webhook.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=FILE_BYTES + 1024 * 1024)
        app.on_shutdown.append(self._release)
        app.add_subapp("/control", control.application(self))
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/", self._page)
        app.router.add_get("/{path:.+}", self._page)
        return app

    async def _release(self, app: web.Application) -> None:
        self.is_stopping = True
        self.tg.hub.end()
        self.tg.updates.release()
        self.tg.log.wake()

    # The Bot API

    async def _call(self, request: web.Request) -> web.StreamResponse:
        started = self.tg.clock.monotonic()
        name, method = self._methods.get(request.match_info["method"].lower(), (request.match_info["method"], None))
        if method is None and name.lower() in _OWN:
            name = _OWN[name.lower()]
        try:
            self._check_token(request.match_info["token"])
            p = await read_parameters(request)
        except ApiError as error:
            return self._respond(name, None, started, failure(error))
        except web.HTTPRequestEntityTooLarge:
            return self._respond(name, None, started, error_answer(413, "Request Entity Too Large", {}))
        chat_id = leading_integer(p.text("chat_id")) if "chat_id" in p.values else None
        fault = self.tg.faults.strike(name, chat_id)
        effects: list[LogEntry] = []
        self.tg.effects = effects
        answer = await self._perform(name, p) if fault is None or fault.executes_call else self._spoiler.refusal(fault)
        if fault is None:
            return self._respond(name, chat_id, started, answer)
        answer = self._spoiler.replaced(fault, answer)
        self._note_fault(fault, name, chat_id)
        self._note_call(name, chat_id, started, answer=answer, fault=fault)
        return await self._spoiler.send(request, fault, answer, effects)

    def _check_token(self, token: str) -> None:
        if token == self.settings.token:
            return
        if not token.partition(":")[0].isdigit():
            raise NotFound("")
        raise Unauthorized("")

    async def _perform(self, name: str, p: Parameters) -> Answer:
        try:
            result = await self._dispatch(name, p)
        except Conflict as error:
            await asyncio.sleep(self.tg.updates.conflict_pause())
            return failure(error)
        except ApiError as error:
            return failure(error)
        return Answer(200, b'{"ok":true,"result":' + msgspec.json.encode(result) + b"}")

    async def _dispatch(self, name: str, p: Parameters) -> Any:
        found = self._methods.get(name.lower())
        if found is not None:
            return self._carry_out(name, p)
        match name:
            case "getUpdates":
                return await self._get_updates(p)
            case "setWebhook":
                self.tg.updates.terminate(BY_WEBHOOK)
                return await self.webhook.set(p)
            case "deleteWebhook":
                return await self.webhook.delete(p)
            case "getWebhookInfo":
                return self.webhook.info()
        raise NotFound("method not found")

    def _carry_out(self, name: str, p: Parameters) -> Any:
        self.tg.method = name
        try:
            return self._methods[name.lower()][1](self.tg, p)
        finally:
            self.tg.method = None

    async def _get_updates(self, p: Parameters) -> list[msgspec.Raw]:
        if self.webhook.active:
            raise Conflict(WEBHOOK_ACTIVE)
        read_allowed(self.tg, p)
        limit = p.integer("limit", 100)
        timeout = min(max(p.integer("timeout"), 0), LONGEST_POLL)
        updates = await self.tg.updates.poll(p.integer("offset"), min(max(limit, 1), 100), timeout)
        return [msgspec.Raw(update.body) for update in updates]

    async def _webhook_replied(self, body: bytes) -> None:
        """A webhook may answer an update with a method to carry out; nobody sees its result."""
        with contextlib.suppress(msgspec.DecodeError, ApiError):
            values = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
            p = Parameters(values)
            if p.text("method").lower() in self._methods:
                self._carry_out(self._methods[p.text("method").lower()][0], p)

    def _respond(self, name: str, chat_id: int | None, started: float, answer: Answer) -> web.Response:
        self._note_call(name, chat_id, started, answer=answer, fault=None)
        return answer.response()

    def _note_call(
        self, name: str, chat_id: int | None, started: float, *, answer: Answer, fault: Fault | None
    ) -> None:
        tg = self.tg
        ended = tg.clock.monotonic()
        status = 0 if fault is not None and fault.kind in ("reset", "refuse", "drop", "hang") else answer.status
        at = tg.clock.iso()
        struck = None if fault is None else fault.id
        ms = round(1000 * (ended - started), 3)
        tg.calls.add(lambda seq: Call(seq, at, started, name, chat_id, status, answer.description, struck, ms))

    def _note_fault(self, fault: Fault, name: str, chat_id: int | None) -> None:
        told = {"fault_id": fault.id, "kind": fault.kind, "executed": fault.executes_call}
        self.tg.method = None
        self.tg.note("fault", chat_id, detail={**told, "method": name})
        self.tg.hub.publish("fault_fired", {**told, "method": name, "chat_id": chat_id})
        self.tg.hub.publish("faults", {"faults": self.tg.faults.all()})

    # Refusing connections

    async def refuse(self, seconds: float) -> None:
        """Close the Bot API's port and cut its connections; open it again after `seconds`, or with `accept`."""
        if self._reopening is not None:
            self._reopening.cancel()
        self._reopening = asyncio.create_task(self._reopen(seconds)) if seconds > 0 else None
        if self._api is not None:
            await self._api.stop()
            self._api = None
        self._cut_connections()
        for _ in range(3):
            await asyncio.sleep(0)  # until the sockets are closed: nobody may find one still open after this

    def _cut_connections(self) -> None:
        server = self._runner.server if self._runner is not None else None
        for connection in list(server.connections) if server is not None else []:
            transport = connection.transport
            if transport is not None and transport.get_extra_info("sockname")[1] == self.port:
                transport.abort()

    async def _reopen(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._reopening = None
        await self.accept()

    async def accept(self) -> None:
        """Listen again after `refuse`; nothing happens when listening."""
        if self._reopening is not None:
            self._reopening.cancel()
            self._reopening = None
        if self._api is None and not self.is_stopping:
            await self._listen(self.port, api=True)

    # Files and the page

    async def _download(self, request: web.Request) -> web.Response:
        try:
            self._check_token(request.match_info["token"])
        except ApiError as error:
            return failure(error).response()
        found = self.tg.files.at_path(request.match_info["path"])
        if found is None:
            return failure(NotFound("")).response()
        return web.Response(body=found[1], content_type="application/octet-stream")

    async def _page(self, request: web.Request) -> web.StreamResponse:
        path = (PAGE / request.match_info.get("path", "index.html")).resolve()
        if not path.is_relative_to(PAGE) or not path.is_file():
            return failure(NotFound("")).response()
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
        return web.FileResponse(path, headers=headers)


_OWN = {name.lower(): name for name in ("getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo")}


def failure(error: ApiError) -> Answer:
    """An error as Telegram answers it."""
    return error_answer(error.code, error.description, error.parameters)
