"""The bot's Pace as python-telegram-bot's rate limiter: whatever the framework sends passes through it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from telegram.ext import BaseRateLimiter

from transport.rate_limiter import Priority, RateLimiter

PACED = ("send", "edit", "copy", "forward")
"""How the methods begin that put something into a chat; answers to presses and questions to Telegram are exempt."""


class PaceLimiter(BaseRateLimiter[int]):
    """Has each message wait for its permit."""

    def __init__(self, rate_limiter: RateLimiter) -> None:
        self._rate_limiter = rate_limiter

    async def initialize(self) -> None:
        """There is nothing to prepare."""

    async def shutdown(self) -> None:
        """There is nothing to put away."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        if not endpoint.startswith(PACED):
            return await callback(*args, **kwargs)
        async with self._rate_limiter.permit(data["chat_id"], Priority.REPLY):
            return await callback(*args, **kwargs)
