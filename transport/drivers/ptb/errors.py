"""Translate python-telegram-bot's exceptions: into an outcome for a sent message, into our own for other calls.

BadRequest is a NetworkError there, and descriptions are rewritten as sentences ("Message is not modified").
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
from transport.driver import ApiCallFailed, TokenRefused, polling_conflict
from transport.responses import outcome_of_error

NOT_SENT_CAUSES = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""No connection was made or none was free, so nothing of the request was sent."""


def translate_send_error(error: TelegramError) -> Outcome:
    """Return what became of a message whose call raised `error`."""
    match error:
        case BadRequest():
            return outcome_of_error(400, error.message)
        case Forbidden():
            return outcome_of_error(403, error.message)
        case RetryAfter():
            return RateLimited(retry_after_seconds(error))
        case PtbChatMigrated():
            return ChatMigrated(error.new_chat_id)
        case InvalidToken():
            return Fatal("Telegram does not know the token")
        case NetworkError() if isinstance(error.__cause__, NOT_SENT_CAUSES):
            return Retry(type(error.__cause__).__name__)
        case _:
            return Unconfirmed(error.message)


def translate_call_error(error: TelegramError) -> ApiCallFailed | TokenRefused:
    """Return our exception for a call that sends no message."""
    match error:
        case InvalidToken():  # its message quotes the token
            return TokenRefused() if _is_from_bot_api(error) else ApiCallFailed("a 404 that is not the Bot API's")
        case Conflict():
            return polling_conflict(error.message)
        case RetryAfter():
            return ApiCallFailed("too many requests", retry_after_seconds(error))
        case _:
            return ApiCallFailed(f"{type(error).__name__}: {error}")


def _is_from_bot_api(error: InvalidToken) -> bool:
    """Return whether the Bot API refused the token.

    The framework raises InvalidToken for every 404, a proxy's HTML page included
    (python-telegram-bot/python-telegram-bot#2162); only then it has the failure to parse the page as its cause.
    """
    original = error.__cause__ if isinstance(error.__cause__, InvalidToken) else error
    return original.__cause__ is None


def retry_after_seconds(error: RetryAfter) -> float:
    """Return the wait that a 429 asks for; its type depends on the framework's settings."""
    retry_after = error.retry_after
    return retry_after.total_seconds() if isinstance(retry_after, timedelta) else retry_after
