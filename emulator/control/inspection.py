"""Routes that show state, events, log, calls, updates and commands; and one that queues updates."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import Any

import msgspec
from aiohttp import web

from emulator.control import http
from emulator.control.http import ControlledServer
from emulator.event_hub import encode_server_sent_event
from emulator.log import EventRecord
from emulator.update_queue import UPDATE_KINDS

MAX_WAIT_SECONDS = 50.0
HEARTBEAT_SECONDS = 15.0
MAX_STATE_MESSAGES_PER_CHAT = 200
MAX_ENTRIES = 10_000


class InjectedUpdate(msgspec.Struct, forbid_unknown_fields=True):
    redeliver: int | None = None
    times: int = 1
    update: dict[str, Any] | None = None


class InspectionRoutes:
    """Routes under /control for state, events, log, calls, updates and commands."""

    def __init__(self, server: ControlledServer) -> None:
        self._server = server
        self._tg = server.tg

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/state", self.state),
            web.get("/events", self.events),
            web.get("/log", self.log),
            web.get("/calls", self.calls),
            web.get("/updates", self.updates),
            web.post("/updates", self.add_update),
            web.get("/commands", self.commands),
        ]

    async def state(self, request: web.Request) -> web.Response:
        chats = [chat for chat in self._tg.store.chats.values() if self._tg.is_shown(chat.id)]
        newest = {
            str(chat.id): list(self._tg.store.list_messages(chat.id))[-MAX_STATE_MESSAGES_PER_CHAT:] for chat in chats
        }
        bot = {"id": self._tg.bot.id, "first_name": self._tg.bot.first_name, "username": self._tg.bot.username}
        state = {
            "seq": self._tg.events.last_seq,
            "bot": bot,
            "users": [user for user in self._tg.store.users.values() if not user.is_crowd],
            "chats": [chat.as_control_json() for chat in chats],
            "messages": newest,
            "clock": self._tg.clock_as_control_json(),
            "faults": self._tg.faults.snapshot(),
            "limits": self._tg.flood_control.limits,
            "fleet": self._tg.fleet,
            "takes_files": self._server.drop_folder is not None,
            "descriptions": self._tg.long_descriptions(),
            "commands": self._tg.commands.as_json(),
            "updates": {"pending": len(self._tg.updates.pending())},
        }
        return http.json_response(state)

    async def events(self, request: web.Request) -> web.StreamResponse:
        last = request.headers.get("Last-Event-ID")
        since = int(last) if last is not None and last.isdigit() else http.query_integer(request, "since")
        response = web.StreamResponse(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        stream = self._tg.events.subscribe(since)
        try:
            while not self._server.is_stopping:
                try:
                    event = await asyncio.wait_for(stream.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    await response.write(b": heartbeat\n\n")
                    continue
                if event is None:
                    break
                await response.write(encode_server_sent_event(event))
        except ConnectionError:
            pass  # the client disconnected
        finally:
            self._tg.events.unsubscribe(stream)
        return response

    async def log(self, request: web.Request) -> web.Response:
        since = http.query_integer(request, "since", 0) or 0
        limit = http.query_integer(request, "limit", MAX_ENTRIES) or MAX_ENTRIES
        chat_id, kind = http.query_integer(request, "chat"), request.query.get("kind")

        def matching() -> list[EventRecord]:
            entries: Iterable[EventRecord] = self._tg.log.entries_after(since)
            if chat_id is not None:
                entries = (entry for entry in entries if entry.chat_id == chat_id)
            if kind:
                entries = (entry for entry in entries if entry.kind == kind)
            return list(islice(entries, limit))

        result = await self._wait_for_result(request, matching, self._tg.log.wait_for_change)
        return http.json_response(
            {"entries": result, "last": self._tg.log.last_seq, "dropped": self._tg.log.dropped_count}
        )

    async def _wait_for_result(
        self, request: web.Request, find: Callable[[], Any], wait_for_change: Callable[[], Awaitable[None]]
    ) -> Any:
        """Return the result of `find` once it is not empty, or after the request's `wait` seconds."""
        try:
            wait = min(float(request.query.get("wait") or 0), MAX_WAIT_SECONDS)
        except ValueError:
            raise http.ControlError("wait must be a number of seconds") from None
        result = find()
        try:
            async with asyncio.timeout(wait):
                while not result and not self._server.is_stopping and wait > 0:
                    await wait_for_change()
                    result = find()
        except TimeoutError:
            result = find()
        return result

    async def calls(self, request: web.Request) -> web.Response:
        method = (request.query.get("method") or "").lower()
        limit = http.query_integer(request, "limit", MAX_ENTRIES) or MAX_ENTRIES
        entries = self._tg.calls.entries_after(http.query_integer(request, "since", 0) or 0)
        result = list(islice((entry for entry in entries if not method or entry.method.lower() == method), limit))
        return http.json_response(
            {"entries": result, "last": self._tg.calls.last_seq, "dropped": self._tg.calls.dropped_count}
        )

    async def updates(self, request: web.Request) -> web.Response:
        await self._wait_for_result(request, lambda: not self._tg.updates.pending(), self._tg.updates.wait_for_change)
        pending = self._tg.updates.pending()
        updates = [msgspec.Raw(update.body) for update in pending[:100]]
        return http.json_response(
            {"pending": len(pending), "updates": updates, "confirmed": self._tg.updates.last_confirmed_id}
        )

    async def add_update(self, request: web.Request) -> web.Response:
        body = await http.read_body(request, InjectedUpdate)
        if body.redeliver is not None:
            if not self._tg.updates.redeliver(body.redeliver, body.times):
                raise http.ControlError(f"update {body.redeliver} is no longer stored", 404)
            return http.json_response({"update_id": body.redeliver})
        kinds = [kind for kind in body.update or {} if kind in UPDATE_KINDS]
        if body.update is None or len(kinds) != 1:
            raise http.ControlError("give redeliver, or update with exactly one kind of content")
        return http.json_response({"update_id": self._tg.updates.add(kinds[0], body.update[kinds[0]])})

    async def commands(self, request: web.Request) -> web.Response:
        user_id = http.query_integer(request, "user_id")
        chat_id = http.query_integer(request, "chat_id", user_id)
        if user_id is None or chat_id is None:
            raise http.ControlError("user_id is required")
        user = http.require_user(self._tg, user_id)
        chat = (
            self._tg.store.get_or_create_private_chat(user)
            if chat_id == user_id
            else http.require_chat(self._tg, chat_id)
        )
        return http.json_response({"commands": self._tg.commands.commands_for(chat, user_id, user.language_code)})
