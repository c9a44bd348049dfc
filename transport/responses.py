"""Map the result of an HTTP call to an outcome: the only place that knows what the Bot API's answers mean.

result of the call (Response, NotSent or NoResponse) -> outcome: sent, retry, rate limited, chat unavailable, ...

The descriptions matched below come from the source of the Bot API server (10.3); the docs do not list them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from domain.delivery.outcome import (
    ChatMigrated,
    ChatUnavailable,
    Fatal,
    Outcome,
    RateLimited,
    Refused,
    Retry,
    Sent,
    TopicClosed,
    Unconfirmed,
)
from domain.subscription.subscriber import LeftReason


@dataclass(frozen=True, slots=True)
class Response:
    """A complete HTTP response; `retry_after` is its header, if any."""

    status: int
    body: bytes
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """No connection was made, so nothing of the request was sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoResponse:
    """The request was sent, or part of it, but no complete response came."""

    reason: str


TransportResult = Response | NotSent | NoResponse

DEFAULT_RETRY_AFTER_SECONDS = 5.0
"""The wait after a 429 that does not say how long."""

CHAT_UNAVAILABLE_REASONS = (
    ("bot was blocked by the user", LeftReason.BLOCKED),
    ("user is deactivated", LeftReason.ACCOUNT_DELETED),
    ("bot can't initiate conversation", LeftReason.NEVER_STARTED),
    ("bot was kicked", LeftReason.KICKED),
    ("bot is not a member", LeftReason.NOT_A_MEMBER),
    ("group chat was deleted", LeftReason.CHAT_DELETED),
    ("chat not found", LeftReason.CHAT_NOT_FOUND),
    ("PEER_ID_INVALID", LeftReason.CHAT_NOT_FOUND),
    ("USER_IS_BLOCKED", LeftReason.BLOCKED),
)
"""Parts of descriptions that say a chat is gone, with the reason that is stored for the subscriber."""

TOPIC_UNAVAILABLE = ("TOPIC_CLOSED", "TOPIC_DELETED", "message thread not found")
"""Parts of descriptions that say a forum topic is closed or gone."""

NOT_ALLOWED = (
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "CHAT_WRITE_FORBIDDEN",
    "CHAT_RESTRICTED",
    "CHAT_SEND_PLAIN_FORBIDDEN",
)
"""Parts of descriptions that say the bot may not write in a chat, whatever the message."""


class _Result(msgspec.Struct):
    message_id: int = 0


class _Parameters(msgspec.Struct):
    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class _ApiResponse(msgspec.Struct):
    ok: bool
    result: Any = None  # some methods return true
    error_code: int = 0
    description: str = ""
    parameters: _Parameters | None = None


class _SentResponse(msgspec.Struct):
    """The part of a successful response that is needed; decoding no more saves time."""

    ok: bool
    result: _Result


_decode_sent = msgspec.json.Decoder(_SentResponse).decode
_decode_response = msgspec.json.Decoder(_ApiResponse).decode


def outcome_of_result(result: TransportResult) -> Outcome:
    """Return what became of the message."""
    match result:
        case Response(status=200):
            return _outcome_of_success(result)
        case Response():
            return _outcome_of_response(result)
        case NotSent(reason):
            return Retry(reason)
        case NoResponse(reason):
            return Unconfirmed(reason)


def outcome_of_error(code: int, description: str) -> Outcome:
    """Return the outcome of a 400 or 403; frameworks change the case of descriptions, so it is ignored."""
    for part, reason in CHAT_UNAVAILABLE_REASONS:
        if _contains_any((part,), description):
            return ChatUnavailable(reason)
    if _contains_any(TOPIC_UNAVAILABLE, description):
        return TopicClosed(description)
    if _contains_any(NOT_ALLOWED, description):
        return Refused(description, is_content_error=False)
    return ChatUnavailable(LeftReason.FORBIDDEN) if code == 403 else Refused(description)


def _outcome_of_success(response: Response) -> Outcome:
    try:
        decoded = _decode_sent(response.body)
    except msgspec.MsgspecError:
        return _outcome_of_response(response)
    return Sent(decoded.result.message_id) if decoded.ok else _outcome_of_response(response)


def _outcome_of_response(response: Response) -> Outcome:
    try:
        decoded = _decode_response(response.body)
    except msgspec.MsgspecError:
        return _outcome_of_foreign_response(response)
    return Sent(0) if decoded.ok else _outcome_of_api_error(decoded, response)


def _outcome_of_foreign_response(response: Response) -> Outcome:
    """Return the outcome of a response that is not the Bot API's, but a proxy's or another server's."""
    reason = f"status {response.status} with an answer that is not the Bot API's"
    if response.status == 429:
        return RateLimited(_retry_after_seconds(response))
    if response.status in (401, 403, 404) or 300 <= response.status < 400:
        return Fatal(reason)
    return Unconfirmed(reason)


def _outcome_of_api_error(decoded: _ApiResponse, response: Response) -> Outcome:
    code = decoded.error_code or response.status
    parameters = decoded.parameters or _Parameters()
    if code == 429:
        return RateLimited(parameters.retry_after or _retry_after_seconds(response))
    if parameters.migrate_to_chat_id is not None:
        return ChatMigrated(parameters.migrate_to_chat_id)
    if code in (401, 404):
        return Fatal(decoded.description)
    if code >= 500:
        return Unconfirmed(decoded.description)
    return outcome_of_error(code, decoded.description)


def _retry_after_seconds(response: Response) -> float:
    header = response.retry_after
    return float(header) if header is not None and header.isdigit() else DEFAULT_RETRY_AFTER_SECONDS


def _contains_any(parts: Iterable[str], description: str) -> bool:
    return any(part.casefold() in description.casefold() for part in parts)
