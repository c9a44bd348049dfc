"""Routes for users: creation one by one or in batches, changes, blocking the bot."""

import msgspec
from aiohttp import web

from emulator.control import http
from emulator.control.http import ControlledServer
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
    is_bot_admin: bool = False


class UserChange(msgspec.Struct, forbid_unknown_fields=True):
    first_name: str | msgspec.UnsetType = msgspec.UNSET
    last_name: str | msgspec.UnsetType | None = msgspec.UNSET
    username: str | msgspec.UnsetType | None = msgspec.UNSET
    language_code: str | msgspec.UnsetType | None = msgspec.UNSET
    blocked: bool | msgspec.UnsetType = msgspec.UNSET
    deactivated: bool | msgspec.UnsetType = msgspec.UNSET
    old_app: bool | msgspec.UnsetType = msgspec.UNSET
    refuses_rich: bool | msgspec.UnsetType = msgspec.UNSET


class UserBatch(msgspec.Struct, forbid_unknown_fields=True):
    count: int
    first_id: int | None = None
    language_code: str | None = None
    is_crowd: bool = False


def add_user(tg: Telegram, user: User) -> None:
    """Add a user; one who has started the bot also gets a private chat."""
    tg.store.put_user(user)
    if user.started:
        tg.publish_chat(tg.store.get_or_create_private_chat(user))
    tg.publish_user(user)


class UserRoutes:
    """Routes under /control/users."""

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
        user_id = body.id if body.id is not None else self._tg.store.next_free_user_id()
        if user_id <= 0 or user_id == self._tg.bot.id:
            raise http.ControlError("id must be above 0 and differ from the bot's id")
        user = User(id=user_id, **{name: value for name, value in msgspec.structs.asdict(body).items() if name != "id"})
        add_user(self._tg, user)
        return http.json_response(user)

    async def change(self, request: web.Request) -> web.Response:
        user = http.require_user(self._tg, http.path_integer(request, "id"))
        body = await http.read_body(request, UserChange)
        for name in msgspec.structs.asdict(body).keys() - {"blocked"}:
            value = getattr(body, name)
            if value is not msgspec.UNSET:
                setattr(user, name, value)
        if not isinstance(body.blocked, msgspec.UnsetType):
            set_blocked(self._tg, user, blocked=body.blocked)
        self._tg.publish_user(user)
        return http.json_response(user)

    async def create_batch(self, request: web.Request) -> web.Response:
        body = await http.read_body(request, UserBatch)
        if not 0 < body.count <= MAX_BATCH_USERS:
            raise http.ControlError(f"count must be 1 to {MAX_BATCH_USERS}")
        first_id = body.first_id if body.first_id is not None else max([1000, *self._tg.store.users]) + 1
        ids = list(range(first_id, first_id + body.count))
        for user_id in ids:
            user = User(
                user_id,
                f"Reader {user_id}",
                language_code=body.language_code,
                started=True,
                is_crowd=body.is_crowd,
            )
            self._tg.store.put_user(user)
            self._tg.store.get_or_create_private_chat(user)
        self._tg.events.publish("reset", {})  # instead of one event per user
        return http.json_response({"ids": ids})
