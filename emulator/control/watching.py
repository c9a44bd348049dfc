"""Read-only routes: state, event stream, log, calls, commands; and the queue of updates."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import Any

import msgspec
from aiohttp import web

from emulator.control import bodies
from emulator.control.serving import Running
from emulator.events import encode
from emulator.log import LogEntry
from emulator.updates import KINDS

LONGEST_WAIT = 50.0
HEARTBEAT_SECONDS = 15.0
SHOWN_MESSAGES = 200
MOST_LINES = 10_000


class Injected(msgspec.Struct, forbid_unknown_fields=True):
    redeliver: int | None = None
    times: int = 1
    update: dict[str, Any] | None = None


class Watching:
    """What there is and what happened."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._tg = server.tg

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/state", self.state),
            web.get("/events", self.events),
            web.get("/log", self.log),
            web.get("/calls", self.calls),
            web.get("/updates", self.updates),
            web.post("/updates", self.inject),
            web.get("/commands", self.commands),
        ]

    async def state(self, request: web.Request) -> web.Response:
        chats = self._tg.world.chats.values()
        newest = {str(chat.id): list(self._tg.world.messages(chat.id))[-SHOWN_MESSAGES:] for chat in chats}
        bot = {"id": self._tg.bot.id, "first_name": self._tg.bot.first_name, "username": self._tg.bot.username}
        found = {
            "seq": self._tg.hub.seq,
            "bot": bot,
            "users": list(self._tg.world.people.values()),
            "chats": [chat.view() for chat in chats],
            "messages": newest,
            "clock": self._tg.clock_view(),
            "faults": self._tg.faults.all(),
            "limits": self._tg.gate.limits,
            "commands": self._tg.commands.view(),
            "updates": {"pending": len(self._tg.updates.pending())},
        }
        return bodies.answer(found)

    async def events(self, request: web.Request) -> web.StreamResponse:
        last = request.headers.get("Last-Event-ID")
        since = int(last) if last is not None and last.isdigit() else bodies.number(request, "since")
        response = web.StreamResponse(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        stream = self._tg.hub.open(since)
        try:
            while not self._server.is_stopping:
                try:
                    event = await asyncio.wait_for(stream.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                if event is None:
                    break
                await response.write(encode(event))
        except ConnectionError:
            pass  # the page went away
        finally:
            self._tg.hub.close(stream)
        return response

    async def log(self, request: web.Request) -> web.Response:
        since = bodies.number(request, "since", 0) or 0
        limit = bodies.number(request, "limit", MOST_LINES) or MOST_LINES
        chat_id, kind = bodies.number(request, "chat"), request.query.get("kind")

        def matching() -> list[LogEntry]:
            lines: Iterable[LogEntry] = self._tg.log.after(since)
            if chat_id is not None:
                lines = (line for line in lines if line.chat_id == chat_id)
            if kind:
                lines = (line for line in lines if line.kind == kind)
            return list(islice(lines, limit))

        found = await self.held(request, matching, self._tg.log.change)
        return bodies.answer({"entries": found, "last": self._tg.log.last, "dropped": self._tg.log.dropped})

    async def held(self, request: web.Request, look: Callable[[], Any], change: Callable[[], Awaitable[None]]) -> Any:
        """What `look` finds, as soon as it finds something, at most `wait` seconds from now."""
        try:
            wait = min(float(request.query.get("wait") or 0), LONGEST_WAIT)
        except ValueError:
            raise bodies.Wrong("wait is a number of seconds") from None
        found = look()
        try:
            async with asyncio.timeout(wait):
                while not found and not self._server.is_stopping and wait > 0:
                    await change()
                    found = look()
        except TimeoutError:
            found = look()
        return found

    async def calls(self, request: web.Request) -> web.Response:
        method = (request.query.get("method") or "").lower()
        limit = bodies.number(request, "limit", MOST_LINES) or MOST_LINES
        lines = self._tg.calls.after(bodies.number(request, "since", 0) or 0)
        found = list(islice((line for line in lines if not method or line.method.lower() == method), limit))
        return bodies.answer({"entries": found, "last": self._tg.calls.last, "dropped": self._tg.calls.dropped})

    async def updates(self, request: web.Request) -> web.Response:
        await self.held(request, lambda: not self._tg.updates.pending(), self._tg.updates.change)
        waiting = self._tg.updates.pending()
        shown = [msgspec.Raw(update.body) for update in waiting[:100]]
        return bodies.answer({"pending": len(waiting), "updates": shown, "confirmed": self._tg.updates.confirmed})

    async def inject(self, request: web.Request) -> web.Response:
        wish = await bodies.body(request, Injected)
        if wish.redeliver is not None:
            if not self._tg.updates.repeat(wish.redeliver, wish.times):
                raise bodies.Wrong(f"update {wish.redeliver} is not remembered", 404)
            return bodies.answer({"update_id": wish.redeliver})
        kinds = [kind for kind in wish.update or {} if kind in KINDS]
        if wish.update is None or len(kinds) != 1:
            raise bodies.Wrong("give redeliver, or update with one kind of content")
        return bodies.answer({"update_id": self._tg.updates.add(kinds[0], wish.update[kinds[0]])})

    async def commands(self, request: web.Request) -> web.Response:
        user_id = bodies.number(request, "user_id")
        chat_id = bodies.number(request, "chat_id", user_id)
        if user_id is None or chat_id is None:
            raise bodies.Wrong("user_id is needed")
        person = bodies.person(self._tg, user_id)
        chat = self._tg.world.private_chat(person) if chat_id == user_id else bodies.chat(self._tg, chat_id)
        return bodies.answer({"commands": self._tg.commands.seen_by(chat, user_id, person.language_code)})
