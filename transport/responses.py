"""What became of a call: how it ended in, one of nine outcomes out. Pure.

The only place that knows what an answer means; the facts are the Bot API's (10.3) and its server's source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from domain.delivery.outcome import (
    NOT_ALLOWED,
    TOPIC_UNAVAILABLE,
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
    contains_any,
)
from domain.subscription.subscriber import LeftReason

# How a call ended


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer came, whole. `retry_after` is the header's, if there was one."""

    status: int
    body: bytes
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """No connection came about: nothing of the request reached anybody."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoResponse:
    """The request left, or part of it; no whole answer came."""

    reason: str


TransportResult = Response | NotSent | NoResponse

# What that means


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
"""What a description contains, and the reason that is stored with the subscriber."""


class _Result(msgspec.Struct):
    message_id: int = 0


class _Parameters(msgspec.Struct):
    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class _Answer(msgspec.Struct):
    ok: bool
    # Some methods answer true; of a Message, only its id is read.
    result: Any = None
    error_code: int = 0
    description: str = ""
    parameters: _Parameters | None = None


class _Success(msgspec.Struct):
    ok: bool
    result: _Result


_read_success = msgspec.json.Decoder(_Success).decode
_read_answer = msgspec.json.Decoder(_Answer).decode


def outcome_of_result(ending: TransportResult) -> Outcome:
    """What an ending means for the message."""
    match ending:
        case Response(status=200):
            return _read_ok(ending)
        case Response():
            return _read_error(ending)
        case NotSent(why):
            return Retry(why)
        case NoResponse(why):
            return Unconfirmed(why)


def _read_ok(ending: Response) -> Outcome:
    try:
        answer = _read_success(ending.body)
    except msgspec.MsgspecError:
        return _read_error(ending)
    return Sent(answer.result.message_id) if answer.ok else _read_error(ending)


def _read_error(ending: Response) -> Outcome:
    try:
        answer = _read_answer(ending.body)
    except msgspec.MsgspecError:
        return _read_foreign(ending)
    if answer.ok:
        return Sent(0)
    return _mean(answer, ending)


def _read_foreign(ending: Response) -> Outcome:
    """An answer that is not the Bot API's: from a proxy in front of it, or from something else altogether."""
    if ending.status == 429:
        return RateLimited(_seconds(ending.retry_after, 5))
    if ending.status in (401, 403, 404) or 300 <= ending.status < 400:
        return Fatal(f"status {ending.status} with an answer that is not the Bot API's")
    return Unconfirmed(f"status {ending.status} with an answer that is not the Bot API's")


def _mean(answer: _Answer, ending: Response) -> Outcome:
    code, why = answer.error_code or ending.status, answer.description
    parameters = answer.parameters or _Parameters()
    if code == 429:
        return RateLimited(parameters.retry_after or _seconds(ending.retry_after, 5))
    if parameters.migrate_to_chat_id is not None:
        return ChatMigrated(parameters.migrate_to_chat_id)
    if code in (401, 404):
        return Fatal(why)
    if code >= 500:
        return Unconfirmed(why)
    return outcome_of_error(code, why)


def outcome_of_error(code: int, why: str) -> Outcome:
    """What the description of a 400 or 403 means, whichever case a framework may have put its letters into."""
    for part, reason in CHAT_UNAVAILABLE_REASONS:
        if contains_any((part,), why):
            return ChatUnavailable(reason)
    if contains_any(TOPIC_UNAVAILABLE, why):
        return TopicClosed(why)
    if contains_any(NOT_ALLOWED, why):
        return Refused(why, is_content_error=False)
    return ChatUnavailable(LeftReason.FORBIDDEN) if code == 403 else Refused(why)


def _seconds(header: str | None, otherwise: float) -> float:
    return float(header) if header is not None and header.isdigit() else otherwise
