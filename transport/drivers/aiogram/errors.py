"""What aiogram raises in, what became of the call out. Pure."""

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
from transport.driver import FetchFailed, TokenRefused, polling_conflict
from transport.responses import outcome_of_error


def read_error(error: AiogramError) -> Outcome:
    """What an error means for the message."""
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


def read_refusal(error: AiogramError) -> FetchFailed | TokenRefused:
    """What an error means for one who asks Telegram something."""
    match error:
        case TelegramUnauthorizedError() | TelegramNotFound():
            return TokenRefused()
        case TelegramConflictError():
            return polling_conflict(error.message)
        case TelegramRetryAfter():
            return FetchFailed("asked too often", error.retry_after)
        case _:
            return FetchFailed(f"{type(error).__name__}: {error}")
