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

from domain.delivery.outcome import Moved, Outcome, Retry, Stop, Throttled, Unconfirmed
from transport.driver import FetchFailed, TokenRefused, conflict
from transport.responses import refusal


def read_error(error: AiogramError) -> Outcome:
    """What an error means for the message."""
    match error:
        case TelegramBadRequest():
            return refusal(400, error.message)
        case TelegramForbiddenError():
            return refusal(403, error.message)
        case TelegramRetryAfter():
            return Throttled(error.retry_after)
        case TelegramMigrateToChat():
            return Moved(error.migrate_to_chat_id)
        case TelegramUnauthorizedError() | TelegramNotFound():
            return Stop("Telegram does not know the token")
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
            return conflict(error.message)
        case TelegramRetryAfter():
            return FetchFailed("asked too often", error.retry_after)
        case _:
            return FetchFailed(f"{type(error).__name__}: {error}")
