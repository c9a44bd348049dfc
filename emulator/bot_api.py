"""HTTP handlers of the Bot API: execute method calls with faults applied, and serve file downloads.

request -> token, method, parameters -> fault rule? -> method -> response -> (fault changes it) -> client
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from emulator.api_response import ApiResponse, error_response, error_response_for
from emulator.errors import ApiError, Conflict, LoggedOut, NotFound, Unauthorized
from emulator.fault_injection import ConnectionRefuser, FaultInjector
from emulator.faults import FaultRule
from emulator.log import CallRecord, EventRecord
from emulator.methods import method_table
from emulator.parameters import Parameters, parse_leading_integer, read_parameters
from emulator.telegram import Telegram
from emulator.update_queue import MAX_POLL_SECONDS, TERMINATED_BY_WEBHOOK
from emulator.webhook_sender import WebhookSender, apply_allowed_updates

WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
LOGGED_OUT_SECONDS = 10 * 60
"""How long after logOut the bot cannot log in to the same server again."""

_SERVER_METHODS = {
    name.lower(): name for name in ("getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo", "logOut")
}
_KINDS_WITHOUT_RESPONSE = ("reset", "refuse", "drop", "hang")


@dataclass(frozen=True, slots=True)
class _CallStart:
    """What the call log needs to know about a call: its method, chat and monotonic start time."""

    method: str
    chat_id: int | None
    started_at: float


class BotApi:
    """The Bot API of one bot. `stop` ends the webhook sender."""

    def __init__(self, tg: Telegram, token: str, server: ConnectionRefuser) -> None:
        self._tg = tg
        self._token = token
        self._methods = method_table()
        self._faults = FaultInjector(server)
        self._webhook = WebhookSender(tg, self._run_webhook_reply)
        self._logged_out_until = 0.0
        """In Unix seconds of the simulated clock."""

    async def stop(self) -> None:
        await self._webhook.stop()

    async def handle_call(self, request: web.Request) -> web.StreamResponse:
        """Handle a request to /bot<token>/<method>."""
        started_at = self._tg.clock.monotonic()
        name = self._canonical_name(request.match_info["method"])
        try:
            self._check_token(request.match_info["token"])
            self._check_logged_in()
            params = await read_parameters(request)
        except ApiError as error:
            return self._respond(_CallStart(name, None, started_at), error_response_for(error))
        except web.HTTPRequestEntityTooLarge:
            return self._respond(
                _CallStart(name, None, started_at), error_response(413, "Request Entity Too Large", {})
            )
        chat_id = parse_leading_integer(params.text("chat_id")) if "chat_id" in params.values else None
        call = _CallStart(name, chat_id, started_at)
        fault = self._tg.faults.next_match(name, chat_id)
        if fault is None:
            self._tg.entries_of_call = []
            return self._respond(call, await self._execute(name, params))
        return await self._handle_faulty_call(request, params, call, fault)

    async def _handle_faulty_call(
        self, request: web.Request, params: Parameters, call: _CallStart, fault: FaultRule
    ) -> web.StreamResponse:
        entries: list[EventRecord] = []
        self._tg.entries_of_call = entries
        if fault.executes_call:
            response = await self._execute(call.method, params)
        else:
            response = self._faults.error_without_execution(fault)
        response = self._faults.replace_response(fault, response)
        self._record_fault(fault, call)
        self._record_call(call, response, fault)
        return await self._faults.send(request, fault, response, entries)

    async def handle_download(self, request: web.Request) -> web.Response:
        """Handle a request to /file/bot<token>/<path>."""
        try:
            self._check_token(request.match_info["token"])
        except ApiError as error:
            return error_response_for(error).to_web_response()
        stored = self._tg.files.find_by_path(request.match_info["path"])
        if stored is None:
            return error_response_for(NotFound("")).to_web_response()
        _, data = stored
        return web.Response(body=data, content_type="application/octet-stream")

    def _canonical_name(self, requested: str) -> str:
        """Return the method's name as documented; Telegram ignores its case."""
        if (entry := self._methods.get(requested.lower())) is not None:
            return entry[0]
        return _SERVER_METHODS.get(requested.lower(), requested)

    def _check_token(self, token: str) -> None:
        if token == self._token:
            return
        if not token.partition(":")[0].isdigit():
            raise NotFound("")
        raise Unauthorized("")

    def _check_logged_in(self) -> None:
        if self._tg.clock.now() < self._logged_out_until:
            raise LoggedOut("")

    async def _execute(self, name: str, params: Parameters) -> ApiResponse:
        try:
            result = await self._dispatch(name, params)
        except Conflict as error:
            await asyncio.sleep(self._tg.updates.next_conflict_delay())
            return error_response_for(error)
        except ApiError as error:
            return error_response_for(error)
        return ApiResponse(status=200, body=b'{"ok":true,"result":' + msgspec.json.encode(result) + b"}")

    async def _dispatch(self, name: str, params: Parameters) -> Any:
        if name.lower() in self._methods:
            return self._run_method(name, params)
        match name:
            case "getUpdates":
                return await self._get_updates(params)
            case "setWebhook":
                self._tg.updates.terminate_poll(Conflict(TERMINATED_BY_WEBHOOK))
                return await self._webhook.set(params)
            case "deleteWebhook":
                return await self._webhook.delete(params)
            case "getWebhookInfo":
                return self._webhook.info()
            case "logOut":
                return await self._log_out(params)
        raise NotFound("method not found")

    def _run_method(self, name: str, params: Parameters) -> Any:
        _, method = self._methods[name.lower()]
        self._tg.current_method = name
        try:
            return method(self._tg, params)
        finally:
            self._tg.current_method = None

    async def _get_updates(self, params: Parameters) -> list[msgspec.Raw]:
        if self._webhook.active:
            raise Conflict(WEBHOOK_ACTIVE)
        apply_allowed_updates(self._tg, params)
        limit = params.integer("limit", 100)
        timeout = min(max(params.integer("timeout"), 0), MAX_POLL_SECONDS)
        updates = await self._tg.updates.poll(params.integer("offset"), min(max(limit, 1), 100), timeout)
        return [msgspec.Raw(update.body) for update in updates]

    async def _log_out(self, params: Parameters) -> bool:
        """Forget webhook and updates, and refuse all calls until the bot may log in again."""
        await self._webhook.delete(params)
        self._tg.updates.drop_pending()
        self._logged_out_until = self._tg.clock.now() + LOGGED_OUT_SECONDS
        self._tg.updates.terminate_poll(LoggedOut(""))
        return True

    async def _run_webhook_reply(self, body: bytes) -> None:
        """Execute the method a webhook's response names; its result is discarded, as on Telegram."""
        with contextlib.suppress(msgspec.DecodeError, RecursionError, ApiError):
            params = Parameters(msgspec.json.decode(body, type=dict[str, msgspec.Raw]))
            name = self._canonical_name(params.text("method"))
            if name.lower() in self._methods:
                self._run_method(name, params)

    def _respond(self, call: _CallStart, response: ApiResponse) -> web.Response:
        self._record_call(call, response, None)
        return response.to_web_response()

    def _record_call(self, call: _CallStart, response: ApiResponse, fault: FaultRule | None) -> None:
        clock = self._tg.clock
        no_response = fault is not None and fault.kind in _KINDS_WITHOUT_RESPONSE
        duration_ms = round(1000 * (clock.monotonic() - call.started_at), 3)
        self._tg.calls.add(
            lambda seq: CallRecord(
                seq=seq,
                at=clock.iso(),
                monotonic=call.started_at,
                method=call.method,
                chat_id=call.chat_id,
                status=0 if no_response else response.status,
                description=response.description,
                fault_id=None if fault is None else fault.id,
                duration_ms=duration_ms,
            )
        )

    def _record_fault(self, fault: FaultRule, call: _CallStart) -> None:
        detail = {
            "fault_id": fault.id,
            "kind": fault.kind,
            "executed": fault.executes_call,
            "method": call.method,
        }
        self._tg.current_method = None
        self._tg.log_event("fault", call.chat_id, detail=detail)
        self._tg.events.publish("fault_fired", {**detail, "chat_id": call.chat_id})
        self._tg.publish_faults()
