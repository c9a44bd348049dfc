"""Interfaces between the bot and a chat framework; docs/drivers.md says how to write a driver.

fetch or a webhook's body -> IncomingUpdate -> dispatch: the handlers -> actions -> execute: Bot API calls
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from domain.chat.action import Action, CallbackAnswer, Edit, InlineAnswer, Send, SendDocument
from domain.chat.event import Event

Raw = TypeVar("Raw")

RawUpdate = Mapping[str, Any]
"""An update's JSON."""

EventHandler = Callable[[Event], Awaitable[Sequence[Action]]]
"""Handle an event: store its effect and return the actions that answer it."""

FrameworkAction = Send | Edit | CallbackAnswer | SendDocument | InlineAnswer
"""The actions that a framework's methods carry out; a ready call needs none."""

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "inline_query")
"""The kinds of updates that the bot asks Telegram for."""

LONG_POLL_SECONDS = 50
"""How long Telegram may hold a poll open; its own limit."""

PROXIED_POLL_SECONDS = 25
"""The same through a proxy: many cut a connection that is idle for 30 seconds or a minute."""

POLL_GRACE_SECONDS = 15
"""How much longer than that an answer may take before the poll is given up."""

BALANCE_SECONDS = 5
"""How long Telegram may take to tell the bot's Stars; the admin who wants to broadcast waits meanwhile."""

ADMINISTRATOR_CHECK_SECONDS = 5
"""How long Telegram may take to say who administers a chat; the update that needs it is unfinished meanwhile."""

CHAT_ADMINISTRATOR_STATUSES = ("creator", "administrator")
"""The statuses of a ChatMember who manages a group."""


class UpdateKind(StrEnum):
    """What an update asks of the bot."""

    REQUEST = "request"  # a message or a press: somebody waits for an answer
    CHANGE = "change"  # of the bot's membership or a chat's id: never dropped
    CHATTER = "chatter"  # what people say to each other in a group: nothing to do


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingUpdate(Generic[Raw]):
    """An update before the framework reads it, with the chat whose order it keeps and the sender who is throttled.

    Anonymous administrators and channels share a user, so their sender is the chat in whose name they write.
    """

    id: int
    chat_id: int
    sender_id: int
    kind: UpdateKind = UpdateKind.REQUEST
    raw: Raw


class UpdateSource(Protocol[Raw]):
    """The updates of one bot and the way to answer them."""

    async def fetch(self, offset: int | None) -> Sequence[IncomingUpdate[Raw]]:
        """Poll for updates from `offset` on; this confirms all before it. Raises ApiCallFailed and AccessRefused."""

    def decode(self, body: bytes) -> IncomingUpdate[Raw]:
        """Decode a webhook's request body. Raises ValueError if it is no update."""

    async def dispatch(self, raw: Raw) -> Sequence[Action]:
        """Pass an update to the event handler and return its actions."""

    async def execute(self, action: Action) -> int | None:
        """Carry an action out, with retries; failures are logged. Return the number of a run's card that was sent."""

    async def on_flood(self, raw: Raw) -> Sequence[Action]:
        """Pass an update that is dropped to the flood handler and return its actions."""


class DescriptionKind(StrEnum):
    """A text about the bot; the value is its name in the Bot API."""

    LONG = "description"  # shown in an empty chat
    SHORT = "short_description"  # shown on the bot's profile and with its link


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """Telegram's view of the webhook; `error` is why the last delivery failed (empty: it did not)."""

    url: str
    pending: int
    error: str


class Driver(Protocol):
    """A chat framework. Every message it sends passes through the bot's one rate limiter.

    All calls to Telegram raise ApiCallFailed if Telegram is unreachable or refuses, and AccessRefused if it refuses
    every call of this bot.
    """

    async def close(self) -> None: ...

    async def sign_in(self) -> str:
        """Return the bot's user name."""

    @property
    def supports_inline_queries(self) -> bool:
        """Whether inline mode is switched on at @BotFather, as Telegram said at the sign-in."""

    def update_source(self, handler: EventHandler, flood_handler: EventHandler) -> UpdateSource[Any]:
        """Return the source of updates for these handlers, the second of which announces a drop. Call it once."""

    async def is_chat_administrator(self, chat_id: int, user_id: int) -> bool:
        """Return whether a user administers a chat; False if Telegram cannot tell."""

    async def sends_ephemeral_messages(self) -> bool:
        """Return whether the server has messages that one member of a group sees; False if it cannot tell."""

    async def star_balance(self) -> int | None:
        """Return the bot's Telegram Stars (Bot API 9.1); None if Telegram cannot tell."""

    async def fetch_file(self, file_id: str, max_bytes: int) -> bytes | None:
        """Download a file that somebody sent, up to a limit in bytes; None, and a log event, if it cannot be had."""

    async def set_commands(self, calls: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
        """Set command menus (each call: setMyCommands' parameters) and return the calls that Telegram refused."""

    async def description(self, kind: DescriptionKind, language: str) -> str:
        """Return a text about the bot in a language ('': in all that have none of their own)."""

    async def set_description(self, kind: DescriptionKind, language: str, text: str) -> None:
        """Change a text about the bot in a language."""

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have Telegram send updates to `url` with `secret` in a header."""

    async def delete_webhook(self) -> None:
        """Return to polling and keep the pending updates."""

    async def webhook_info(self) -> WebhookInfo:
        """Return Telegram's view of the webhook."""


class ApiCallFailed(Exception):
    """A call to Telegram failed and may be repeated, after `retry_after` seconds if Telegram said so."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class TelegramUnreachable(ApiCallFailed):
    """No answer of the Bot API came: no connection, no complete response, or somebody else's page."""


class AccessRefused(Exception):
    """The Bot API server refuses every call of this bot; only its operator can change that."""


class TokenRefused(AccessRefused):
    """Telegram does not know the bot token."""

    def __init__(self) -> None:
        super().__init__("Telegram does not know this bot's token")


class LoggedOut(AccessRefused):
    """The bot was logged out of this Bot API server, to use another one."""

    def __init__(self) -> None:
        super().__init__("the bot is logged out of this Bot API server")


class ServerRefused(AccessRefused):
    """The Bot API server, one of the operator's own, does not serve this bot because of how it was started."""


CONFLICT_RETRY_SECONDS = 10.0


def polling_conflict(description: str) -> ApiCallFailed:
    """Return the failure for a 409 to getUpdates: another process receives this bot's updates."""
    return ApiCallFailed(
        "another program polls with this bot's token, or a webhook is set; "
        f"stop that program or use another token ({description})",
        CONFLICT_RETRY_SECONDS,
    )
