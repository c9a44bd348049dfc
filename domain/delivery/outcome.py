"""What became of one call to send, edit or copy a message; `transport/responses.py` maps HTTP results to these.

Retry, RateLimited and PaymentRefused were certainly not carried out and may be repeated; Unconfirmed may have arrived.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.subscription.subscriber import LeftReason, RichRefusal


@dataclass(frozen=True, slots=True)
class Sent:
    """Telegram has the message; `message_id` is 0 if the answer did not contain it.

    Of an album `other_message_ids` are those of the messages after the first.
    """

    message_id: int
    other_message_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Telegram has only these messages of an album."""

    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Retry:
    """The call was certainly not carried out: never sent. Repeat it later."""

    reason: str


@dataclass(frozen=True, slots=True)
class RateLimited:
    """A 429: the call was not carried out. Repeat it after `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ChatUnavailable:
    """The chat cannot be written to (a 403, or chat not found) until its user returns."""

    reason: LeftReason


@dataclass(frozen=True, slots=True)
class ChatMigrated:
    """The group became a supergroup; `chat_id` is its new id."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class TopicClosed:
    """The forum topic is closed or deleted."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Telegram will never accept the message: for any chat (`is_content_error`), or because of this chat's rights."""

    reason: str
    is_content_error: bool = True


@dataclass(frozen=True, slots=True)
class FileRefused:
    """Telegram does not know a file id of an edition's photos any more; they are uploaded again."""

    reason: str
    file_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RichRefused:
    """Telegram did not take a rich message, so the same content goes as another kind of message."""

    reason: str
    refusal: RichRefusal


@dataclass(frozen=True, slots=True)
class PaymentRefused:
    """Telegram does not let the bot pay for the message: the balance is too low, or paying is not enabled."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """The request was sent, but its answer was lost; the Bot API has no way to find out whether it arrived."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fatal:
    """No call can succeed: the token is wrong, or the server is no Bot API."""

    reason: str


Outcome = (
    Sent
    | Incomplete
    | Retry
    | RateLimited
    | ChatUnavailable
    | ChatMigrated
    | TopicClosed
    | Refused
    | FileRefused
    | RichRefused
    | PaymentRefused
    | Unconfirmed
    | Fatal
)
