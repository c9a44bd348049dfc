"""Actions in, carried out: tried again where that cannot send anything twice, told to the log where it was refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from domain.chat.action import Action, CallbackAnswer, Edit, Send
from domain.delivery.outcome import Outcome, RateLimited, Refused, Retry, Sent
from transport.rate_limiter import RateLimiter

log = structlog.get_logger(__name__)

ATTEMPTS = 5
"""How often an answer is tried where trying again cannot send it twice."""

Call = Callable[[Action], Awaitable[Outcome]]
"""One attempt by a framework, at the bot's pace."""


async def execute(action: Action, call: Call, rate_limiter: RateLimiter) -> None:
    """Carry out one action. What Telegram refuses is logged: there is nobody to raise it to."""
    outcome = await _insist(action, call, rate_limiter)
    if isinstance(outcome, Sent) or (isinstance(outcome, Refused) and _is_harmless(outcome.reason)):
        return
    log.warning("answer lost", action=type(action).__name__, chat=_chat(action), why=repr(outcome))
    if isinstance(action, Edit) and isinstance(outcome, Refused):
        await execute(Send(action.chat_id, action.message), call, rate_limiter)


async def _insist(action: Action, call: Call, rate_limiter: RateLimiter) -> Outcome:
    """Try until something came of it, or once too often."""
    for attempt in range(ATTEMPTS):
        outcome = await call(action)
        match outcome:
            case RateLimited(seconds):
                rate_limiter.apply_retry_after(_chat(action), seconds)
                if isinstance(action, CallbackAnswer):  # it does not ask the pace, and is of no use later
                    break
            case Retry():
                await asyncio.sleep(0.2 * 2**attempt)
            case _:
                break
    return outcome


def _chat(action: Action) -> int:
    return 0 if isinstance(action, CallbackAnswer) else action.chat_id


def _is_harmless(why: str) -> bool:
    folded = why.lower()  # python-telegram-bot makes sentences of Telegram's words
    return "message is not modified" in folded or "query is too old" in folded
