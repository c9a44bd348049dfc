"""What the bot needs of a Telegram framework; docs/drivers.md tells how to write one.

a poll or a webhook's body -> Incoming -> hear: handlers are asked -> Actions -> perform: Bot API calls
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from domain.chat.action import Action
from domain.chat.event import Event

Raw = TypeVar("Raw")

EventHandler = Callable[[Event], Awaitable[Sequence[Action]]]
"""What the handlers do with an event."""

ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")
"""The updates there are handlers for; Telegram keeps the others to itself."""


@dataclass(frozen=True, slots=True)
class IncomingUpdate(Generic[Raw]):
    """An update as the driver got it: its id, where its order matters, who made it, and the framework's object."""

    id: int
    chat_id: int
    user_id: int
    raw: Raw


@dataclass(frozen=True, slots=True)
class UpdateSource(Generic[Raw]):
    """A driver that listens. `fetch` polls from an offset on; `read` takes a webhook's body and raises ValueError for
    what is no update; `hear` has the handlers answer; `perform` carries an answer out; `too_much` is the answer to one
    who floods."""

    fetch: Callable[[int | None], Awaitable[Sequence[IncomingUpdate[Raw]]]]
    decode: Callable[[bytes], IncomingUpdate[Raw]]
    dispatch: Callable[[Raw], Awaitable[Sequence[Action]]]
    execute: Callable[[Action], Awaitable[None]]
    on_flood: Callable[[Raw], Sequence[Action]]


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """What Telegram says of the webhook: where it sends updates, how many wait, and why the last one did not get
    through (empty: it did)."""

    url: str
    pending: int
    error: str


class Driver(Protocol):
    """A framework behind the words of `chat`. Every message passes through the bot's one Pace.

    All that asks Telegram raises `FetchFailed` where Telegram cannot be reached or refuses, `TokenRefused` for good.
    """

    async def close(self) -> None: ...

    async def sign_in(self) -> str:
        """Ask who the bot is: its user name."""

    def update_source(self, answer: EventHandler) -> UpdateSource[Any]:
        """Have the handlers answer; once."""

    async def is_chat_administrator(self, chat_id: int, person_id: int) -> bool:
        """Whether somebody is an administrator of a group. When Telegram cannot tell, they are not."""

    async def set_commands(self, calls: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
        """Set command menus: each call is setMyCommands' parameters. Answers those that Telegram refused."""

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates sent to an address instead of being polled for."""

    async def delete_webhook(self) -> None:
        """Have updates polled for; those that wait are kept."""

    async def webhook_info(self) -> WebhookInfo:
        """How the webhook stands."""


class FetchFailed(Exception):
    """Telegram could not be asked. `wait`: seconds until it makes sense to try again, if Telegram said so."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class TokenRefused(Exception):
    """Telegram does not know the token."""

    def __init__(self) -> None:
        super().__init__("Telegram does not know this token, or not any more: copy it again from @BotFather")


def polling_conflict(why: str) -> FetchFailed:
    """Telegram's 409: somebody else gets the updates."""
    who = "another program polls with this bot's token, or a webhook is set; stop it, or use another token"
    return FetchFailed(f"{who} ({why})", 10)
