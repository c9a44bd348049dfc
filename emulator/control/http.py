"""What all control routes share: the server they act on, request parsing, responses and error handling."""

import ipaddress
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec
from aiohttp import web

from emulator.models import Chat, User
from emulator.telegram import Telegram

BodyType = TypeVar("BodyType")


class ControlledServer(Protocol):
    """Server the control API acts on."""

    @property
    def tg(self) -> Telegram:
        """The emulated Telegram."""

    async def refuse_connections(self, seconds: float) -> None:
        """Close the Bot API's port for `seconds`; 0: until accept_connections."""

    async def accept_connections(self) -> None:
        """Open the Bot API's port again."""

    @property
    def drop_folder(self) -> Path | None:
        """Folder that takes files which somebody drops on the page."""

    @property
    def is_stopping(self) -> bool:
        """Whether the server stops, so that waiting requests should end."""


class ControlError(Exception):
    """Invalid request; `status` is 400, or 404 if something it names does not exist."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


@web.middleware
async def error_middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer invalid requests with {"error": …}."""
    try:
        return await handler(request)
    except ControlError as error:
        return json_response({"error": str(error)}, status=error.status)
    except msgspec.DecodeError as error:
        return json_response({"error": str(error)}, status=400)


@web.middleware
async def local_middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse what another site's page sends: nothing here asks for a password.

    Such a request names the site as its origin, or, if its name was made to lead here, as the host.
    """
    if not is_local(request):
        raise ControlError("only this page, and programs of this machine, may control the emulator", 403)
    return await handler(request)


def is_local(request: web.Request) -> bool:
    """Return whether a request comes from this server's own page or from a program, by the names it gives."""
    host, origin = request.host, request.headers.get("Origin")
    is_foreign = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    return is_loopback(_without_port(host)) and origin in (None, f"http://{host}") and not is_foreign


def is_other_page(request: web.Request) -> bool:
    """Return whether a request comes from another site's page; programs may call this server by any name."""
    headers = request.headers
    is_browser = (
        "Origin" in headers or "Sec-Fetch-Site" in headers or headers.get("User-Agent", "").startswith("Mozilla")
    )
    return is_browser and not is_local(request)


def is_loopback(host: str) -> bool:
    """Return whether a name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_port(host: str) -> str:
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def json_response(value: Any, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(
        body=msgspec.json.encode(value), status=status, content_type="application/json", headers=headers
    )


async def read_body(request: web.Request, body_type: type[BodyType]) -> BodyType:
    """Return the JSON body as this type. Raises msgspec.DecodeError."""
    return msgspec.json.decode(await request.read() or b"{}", type=body_type)


def query_integer(request: web.Request, name: str, default: int | None = None) -> int | None:
    """Return an integer of the query string. Raises ControlError."""
    text = request.query.get(name)
    return default if text is None or text == "" else _parse_integer(text, name)


def path_integer(request: web.Request, name: str) -> int:
    """Return an integer of the path. Raises ControlError."""
    return _parse_integer(request.match_info[name], name)


def _parse_integer(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ControlError(f"{name} must be a whole number, not {text!r}") from None


def require_user(tg: Telegram, user_id: int) -> User:
    """Return the user. Raises ControlError."""
    user = tg.store.users.get(user_id)
    if user is None:
        raise ControlError(f"there is no user {user_id}; create one with POST /control/users", 404)
    return user


def require_chat(tg: Telegram, chat_id: int) -> Chat:
    """Return the chat. Raises ControlError."""
    chat = tg.store.chats.get(chat_id)
    if chat is None:
        raise ControlError(f"there is no chat {chat_id}; a private chat exists from its first message on", 404)
    return chat
