"""Actions in, carried out: tried again where that cannot send anything twice, told to the log where it was refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from domain.chat.action import Action, Edit, Send, Toast
from domain.delivery.outcome import Outcome, Refused, Retry, Sent, Throttled
from transport.rate_limiter import Pace

log = structlog.get_logger(__name__)

ATTEMPTS = 5
"""How often an answer is tried where trying again cannot send it twice."""

Call = Callable[[Action], Awaitable[Outcome]]
"""One attempt by a framework, at the bot's pace."""


async def carry_out(action: Action, call: Call, pace: Pace) -> None:
    """Carry out one action. What Telegram refuses is logged: there is nobody to raise it to."""
    outcome = await _insist(action, call, pace)
    if isinstance(outcome, Sent) or (isinstance(outcome, Refused) and _is_harmless(outcome.why)):
        return
    log.warning("answer lost", action=type(action).__name__, chat=_chat(action), why=repr(outcome))
    if isinstance(action, Edit) and isinstance(outcome, Refused):
        await carry_out(Send(action.chat, action.message), call, pace)


async def _insist(action: Action, call: Call, pace: Pace) -> Outcome:
    """Try until something came of it, or once too often."""
    for attempt in range(ATTEMPTS):
        outcome = await call(action)
        match outcome:
            case Throttled(seconds):
                pace.hold(_chat(action), seconds)
                if isinstance(action, Toast):  # it does not ask the pace, and is of no use later
                    break
            case Retry():
                await asyncio.sleep(0.2 * 2**attempt)
            case _:
                break
    return outcome


def _chat(action: Action) -> int:
    return 0 if isinstance(action, Toast) else action.chat


def _is_harmless(why: str) -> bool:
    folded = why.lower()  # python-telegram-bot makes sentences of Telegram's words
    return "message is not modified" in folded or "query is too old" in folded
