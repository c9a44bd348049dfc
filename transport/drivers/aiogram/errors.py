"""Translate aiogram's exceptions: into an outcome for a sent message, into our own exceptions for other calls."""

from __future__ import annotations

from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiohttp import ClientConnectorError

from domain.delivery.outcome import ChatMigrated, Fatal, Outcome, RateLimited, Retry, Unconfirmed
from transport.driver import ApiCallFailed, TokenRefused, polling_conflict
from transport.responses import outcome_of_error


def translate_send_error(error: AiogramError) -> Outcome:
    """Return what became of a message whose call raised `error`."""
    match error:
        case TelegramBadRequest():
            return outcome_of_error(400, error.message)
        case TelegramForbiddenError():
            return outcome_of_error(403, error.message)
        case TelegramRetryAfter():
            return RateLimited(error.retry_after)
        case TelegramMigrateToChat():
            return ChatMigrated(error.migrate_to_chat_id)
        case TelegramUnauthorizedError() | TelegramNotFound():
            return Fatal("Telegram does not know the token")
        case TelegramNetworkError() if isinstance(error.__cause__, ClientConnectorError):
            return Retry(type(error.__cause__).__name__)
        case _:
            return Unconfirmed(str(error))


def translate_call_error(error: AiogramError) -> ApiCallFailed | TokenRefused:
    """Return our exception for a call that sends no message."""
    match error:
        case TelegramUnauthorizedError() | TelegramNotFound():
            return TokenRefused()
        case TelegramConflictError():
            return polling_conflict(error.message)
        case TelegramRetryAfter():
            return ApiCallFailed("too many requests", error.retry_after)
        case _:
            return ApiCallFailed(f"{type(error).__name__}: {error}")
