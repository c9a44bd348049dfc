"""Requests of the control interface -> checked values; mistakes -> 400 or 404 in plain words."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from emulator.models import Chat, User
from emulator.telegram import Telegram

BodyType = TypeVar("BodyType")


class ControlError(Exception):
    """A request that cannot be done; `status` 400, or 404 when something named does not exist."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


@web.middleware
async def error_middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer mistakes with {"error": …}."""
    try:
        return await handler(request)
    except ControlError as error:
        return json_response({"error": str(error)}, status=error.status)
    except msgspec.DecodeError as error:
        return json_response({"error": str(error)}, status=400)


def json_response(value: Any, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(
        body=msgspec.json.encode(value), status=status, content_type="application/json", headers=headers
    )


async def read_body(request: web.Request, kind: type[BodyType]) -> BodyType:
    """The JSON body as this type. Raises msgspec.DecodeError."""
    return msgspec.json.decode(await request.read() or b"{}", type=kind)


def query_integer(request: web.Request, name: str, default: int | None = None) -> int | None:
    """A whole number from the query string."""
    text = request.query.get(name)
    if text is None or text == "":
        return default
    try:
        return int(text)
    except ValueError:
        raise ControlError(f"{name} must be a whole number") from None


def path_integer(request: web.Request, name: str) -> int:
    try:
        return int(request.match_info[name])
    except ValueError:
        raise ControlError(f"{name} must be a whole number") from None


def require_user(tg: Telegram, person_id: int) -> User:
    found = tg.store.users.get(person_id)
    if found is None:
        raise ControlError(f"there is no person {person_id}", 404)
    return found


def require_chat(tg: Telegram, chat_id: int) -> Chat:
    found = tg.store.chats.get(chat_id)
    if found is None:
        raise ControlError(f"there is no chat {chat_id}", 404)
    return found
