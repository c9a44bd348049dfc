"""What python-telegram-bot raises in, what became of the call out. Pure.

A `BadRequest` is a `NetworkError` there, and says Telegram's words as a sentence of its own.
"""

from __future__ import annotations

from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.error import ChatMigrated as PtbChatMigrated

from domain.delivery.outcome import ChatMigrated, Fatal, Outcome, RateLimited, Retry, Unconfirmed
from transport.driver import FetchFailed, TokenRefused, polling_conflict
from transport.responses import outcome_of_error

NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""No connection came about, or none was free: nothing of the request reached anybody."""


def read_error(error: TelegramError) -> Outcome:
    """What an error means for the message."""
    match error:
        case BadRequest():
            return outcome_of_error(400, error.message)
        case Forbidden():
            return outcome_of_error(403, error.message)
        case RetryAfter():
            return RateLimited(seconds(error))
        case PtbChatMigrated():
            return ChatMigrated(error.new_chat_id)
        case InvalidToken():
            return Fatal("Telegram does not know the token")
        case NetworkError() if isinstance(error.__cause__, NEVER_LEFT):
            return Retry(type(error.__cause__).__name__)
        case _:
            return Unconfirmed(error.message)


def read_refusal(error: TelegramError) -> FetchFailed | TokenRefused:
    """What an error means for one who asks Telegram something."""
    match error:
        case InvalidToken():  # whose own words quote the token
            return TokenRefused() if _is_telegrams(error) else FetchFailed("a 404 that is not the Bot API's")
        case Conflict():
            return polling_conflict(error.message)
        case RetryAfter():
            return FetchFailed("asked too often", seconds(error))
        case _:
            return FetchFailed(f"{type(error).__name__}: {error}")


def _is_telegrams(error: InvalidToken) -> bool:
    """Whether it was the Bot API that said so: any 404 is called so, a proxy's page as well."""
    first = error.__cause__ if isinstance(error.__cause__, InvalidToken) else error
    return first.__cause__ is None


def seconds(error: RetryAfter) -> float:
    """How long to wait, however this version tells it."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else wait
