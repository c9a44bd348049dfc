"""Pass python-telegram-bot's messages through the bot's rate limiter."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from telegram.ext import BaseRateLimiter

from transport.rate_limiter import RateLimiter
from transport.turn_queue import Priority

LIMITED_METHOD_PREFIXES = ("send", "edit", "copy", "forward")
"""Prefixes of the methods that put something into a chat; answers to presses and questions to Telegram are exempt."""


class RateLimiterAdapter(BaseRateLimiter[int]):
    """The bot's rate limiter in the framework's interface."""

    def __init__(self, rate_limiter: RateLimiter) -> None:
        self._rate_limiter = rate_limiter

    async def initialize(self) -> None:
        """Do nothing; the interface requires the method."""

    async def shutdown(self) -> None:
        """Do nothing; the interface requires the method."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        if not endpoint.startswith(LIMITED_METHOD_PREFIXES):
            return await callback(*args, **kwargs)
        async with self._rate_limiter.permit(data["chat_id"], Priority.REPLY):
            return await callback(*args, **kwargs)
