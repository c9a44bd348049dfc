"""/control/people and /control/crowd: who is there, what they are called, whether they block the bot."""

import msgspec
from aiohttp import web

from emulator.control import bodies
from emulator.control.serving import Running
from emulator.membership import block
from emulator.telegram import Telegram
from emulator.values import User

MOST = 2_000_000


class NewPerson(msgspec.Struct, forbid_unknown_fields=True):
    first_name: str
    id: int | None = None
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    started: bool = False


class Change(msgspec.Struct, forbid_unknown_fields=True):
    first_name: str | msgspec.UnsetType = msgspec.UNSET
    last_name: str | msgspec.UnsetType | None = msgspec.UNSET
    username: str | msgspec.UnsetType | None = msgspec.UNSET
    language_code: str | msgspec.UnsetType | None = msgspec.UNSET
    blocked: bool | msgspec.UnsetType = msgspec.UNSET
    deactivated: bool | msgspec.UnsetType = msgspec.UNSET


class Crowd(msgspec.Struct, forbid_unknown_fields=True):
    count: int
    first_id: int | None = None
    language_code: str | None = None


def add(tg: Telegram, person: User) -> None:
    """A new person; one who has started the bot has a private chat."""
    tg.world.add_person(person)
    if person.started:
        tg.show_chat(tg.world.private_chat(person))
    tg.show_person(person)


class People:
    """Who is there."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._tg = server.tg

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/users", self.everyone),
            web.post("/users", self.create),
            web.post("/users/batch", self.crowd),
            web.post("/users/{id}", self.change),
        ]

    async def everyone(self, request: web.Request) -> web.Response:
        return bodies.answer({"users": list(self._tg.world.people.values())})

    async def create(self, request: web.Request) -> web.Response:
        wish = await bodies.body(request, NewPerson)
        number = wish.id if wish.id is not None else self._tg.world.free_person_id()
        if number <= 0 or number == self._tg.bot.id:
            raise bodies.Wrong("a person's id is above 0 and not the bot's")
        person = User(number, wish.first_name, wish.last_name, wish.username, wish.language_code, wish.started)
        add(self._tg, person)
        return bodies.answer(person)

    async def change(self, request: web.Request) -> web.Response:
        person = bodies.person(self._tg, bodies.path_number(request, "id"))
        wish = await bodies.body(request, Change)
        for name in ("first_name", "last_name", "username", "language_code", "deactivated"):
            value = getattr(wish, name)
            if value is not msgspec.UNSET:
                setattr(person, name, value)
        if not isinstance(wish.blocked, msgspec.UnsetType):
            block(self._tg, person, blocked=wish.blocked)
        self._tg.show_person(person)
        return bodies.answer(person)

    async def crowd(self, request: web.Request) -> web.Response:
        wish = await bodies.body(request, Crowd)
        if not 0 < wish.count <= MOST:
            raise bodies.Wrong(f"count is 1 to {MOST}")
        first = wish.first_id if wish.first_id is not None else max([1000, *self._tg.world.people]) + 1
        ids = list(range(first, first + wish.count))
        for number in ids:
            person = User(number, f"Reader {number}", language_code=wish.language_code, started=True)
            self._tg.world.add_person(person)
            self._tg.world.private_chat(person)
        self._tg.hub.publish("reset", {})  # too many to tell one by one
        return bodies.answer({"ids": ids})
