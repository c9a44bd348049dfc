"""."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.subscription.subscriber import LeftReason


@dataclass(frozen=True, slots=True)
class Sent:
    """Telegram has it. `message_id` 0: it did not say which."""

    message_id: int


@dataclass(frozen=True, slots=True)
class Retry:
    """It certainly was not carried out: try again later."""

    reason: str


@dataclass(frozen=True, slots=True)
class RateLimited:
    """It was not carried out: too many messages. Wait that long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ChatUnavailable:
    """The chat cannot be written to, now and until it comes back by itself."""

    reason: LeftReason


@dataclass(frozen=True, slots=True)
class ChatMigrated:
    """The group became a supergroup, with this id."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class TopicClosed:
    """The forum's topic is closed or gone."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Telegram will never take this. `content`: whoever it is for; else this chat does not allow it."""

    reason: str
    is_content_error: bool = True


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """It may have arrived or not. There is no way to find out (the Bot API has no idempotency key)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fatal:
    """Nothing can be sent any more: the token is wrong, or this is no Bot API."""

    reason: str


Outcome = Sent | Retry | RateLimited | ChatUnavailable | ChatMigrated | TopicClosed | Refused | Unconfirmed | Fatal


NOT_ALLOWED = (
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "CHAT_WRITE_FORBIDDEN",
    "CHAT_RESTRICTED",
    "CHAT_SEND_PLAIN_FORBIDDEN",
    "TOPIC_CLOSED",
)
"""What a chat does not allow, whatever the message says."""


TOPIC_UNAVAILABLE = ("TOPIC_CLOSED", "TOPIC_DELETED", "message thread not found")


def contains_any(parts: Iterable[str], why: str) -> bool:
    """Whether a description contains one of the parts, in whichever case."""
    return any(part.casefold() in why.casefold() for part in parts)
