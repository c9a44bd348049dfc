"""/control/people and /control/crowd: who is there, what they are called, whether they block the bot."""

import msgspec
from aiohttp import web

from emulator.control import http
from emulator.control.serving import ControlledServer
from emulator.membership import set_blocked
from emulator.models import User
from emulator.telegram import Telegram

MAX_BATCH_USERS = 2_000_000


class NewUser(msgspec.Struct, forbid_unknown_fields=True):
    first_name: str
    id: int | None = None
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    started: bool = False


class UserChange(msgspec.Struct, forbid_unknown_fields=True):
    first_name: str | msgspec.UnsetType = msgspec.UNSET
    last_name: str | msgspec.UnsetType | None = msgspec.UNSET
    username: str | msgspec.UnsetType | None = msgspec.UNSET
    language_code: str | msgspec.UnsetType | None = msgspec.UNSET
    blocked: bool | msgspec.UnsetType = msgspec.UNSET
    deactivated: bool | msgspec.UnsetType = msgspec.UNSET


class UserBatch(msgspec.Struct, forbid_unknown_fields=True):
    count: int
    first_id: int | None = None
    language_code: str | None = None


def add_user(tg: Telegram, person: User) -> None:
    """A new person; one who has started the bot has a private chat."""
    tg.store.put_user(person)
    if person.started:
        tg.publish_chat(tg.store.get_or_create_private_chat(person))
    tg.publish_user(person)


class UserRoutes:
    """Who is there."""

    def __init__(self, server: ControlledServer) -> None:
        self._server = server
        self._tg = server.tg

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/users", self.list_all),
            web.post("/users", self.create),
            web.post("/users/batch", self.create_batch),
            web.post("/users/{id}", self.change),
        ]

    async def list_all(self, request: web.Request) -> web.Response:
        return http.json_response({"users": list(self._tg.store.users.values())})

    async def create(self, request: web.Request) -> web.Response:
        body = await http.read_body(request, NewUser)
        number = body.id if body.id is not None else self._tg.store.next_free_user_id()
        if number <= 0 or number == self._tg.bot.id:
            raise http.ControlError("a person's id is above 0 and not the bot's")
        person = User(number, body.first_name, body.last_name, body.username, body.language_code, body.started)
        add_user(self._tg, person)
        return http.json_response(person)

    async def change(self, request: web.Request) -> web.Response:
        person = http.require_user(self._tg, http.path_integer(request, "id"))
        body = await http.read_body(request, UserChange)
        for name in ("first_name", "last_name", "username", "language_code", "deactivated"):
            value = getattr(body, name)
            if value is not msgspec.UNSET:
                setattr(person, name, value)
        if not isinstance(body.blocked, msgspec.UnsetType):
            set_blocked(self._tg, person, blocked=body.blocked)
        self._tg.publish_user(person)
        return http.json_response(person)

    async def create_batch(self, request: web.Request) -> web.Response:
        body = await http.read_body(request, UserBatch)
        if not 0 < body.count <= MAX_BATCH_USERS:
            raise http.ControlError(f"count is 1 to {MAX_BATCH_USERS}")
        first = body.first_id if body.first_id is not None else max([1000, *self._tg.store.users]) + 1
        ids = list(range(first, first + body.count))
        for number in ids:
            person = User(number, f"Reader {number}", language_code=body.language_code, started=True)
            self._tg.store.put_user(person)
            self._tg.store.get_or_create_private_chat(person)
        self._tg.events.publish("reset", {})  # too many to tell one by one
        return http.json_response({"ids": ids})
