"""Carry out actions: retry where nothing can be sent twice, and log what Telegram refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from domain.chat.action import Action, CallbackAnswer, Edit, InlineAnswer, Send, SendChart, SendEphemeral
from domain.chat.message import Message
from domain.chat.rich_message import RichMessage
from domain.chat.text import Style
from domain.delivery.outcome import Outcome, RateLimited, Refused, Retry, RichRefused, Sent
from domain.subscription.subscriber import RichRefusal
from transport.circuit_breaker import BreakerState, CircuitBreaker
from transport.rate_limiter import RateLimiter
from transport.responses import TransportResult, outcome_of_result, outcome_of_rich_message
from transport.turn_queue import Priority

log = structlog.get_logger(__name__)

NOT_UNDERSTOOD = "MessageEntity"
"""Part of the description by which a server refuses an entity."""

MAX_ATTEMPTS = 5
FIRST_RETRY_SECONDS = 0.2

PROMPT = CallbackAnswer | InlineAnswer | SendEphemeral
"""Actions that Telegram takes only soon after what they answer."""

Attempt = Callable[[Action], Awaitable[Outcome]]
"""Try once to carry an action out, within the rate limit."""


async def execute(action: Action, attempt: Attempt, rate_limiter: RateLimiter, circuit_breaker: CircuitBreaker) -> int:
    """Carry out one action and those that follow it; what Telegram refuses is tried in another way, if there is one.

    Returns the number of the message that was sent, or 0 if the attempt does not tell it.
    """
    outcome = await _retry(action, attempt, rate_limiter, circuit_breaker)
    alternative: Sequence[Action] = []
    if not (isinstance(outcome, Sent) or (isinstance(outcome, Refused) and _is_harmless(outcome.reason))):
        log.warning("reply_failed", action=type(action).__name__, chat_id=_chat_id(action), outcome=repr(outcome))
        alternative = _alternative(action, outcome)
    following = alternative or _following(action)
    numbers = [await execute(each, attempt, rate_limiter, circuit_breaker) for each in following]
    if isinstance(outcome, Sent):
        return outcome.message_id
    return numbers[0] if numbers else 0


def _following(action: Action) -> Sequence[Action]:
    if isinstance(action, SendEphemeral):
        return (CallbackAnswer(action.otherwise.callback_query_id),)
    return action.then if isinstance(action, Send | Edit) else ()


def _alternative(action: Action, outcome: Outcome) -> Sequence[Action]:
    """Return what to do in place of an action that was refused.

    A message that cannot be edited any more is sent anew; a chart that cannot be shown becomes its numbers; a rich
    message goes without its pictures, or as ordinary ones; one with times goes without their formats to a server that
    does not know them; an ephemeral message that is gone comes anew, and one that is refused leaves the press to be
    answered in the other way.
    """
    match action, outcome:
        case SendEphemeral(ephemeral_message_id=int()), Refused():
            return [replace(action, ephemeral_message_id=None)]
        case SendEphemeral(), _:
            return [action.otherwise]
        case Send(message=Message() as message) | Edit(message=Message() as message), Refused(reason) if (
            NOT_UNDERSTOOD in reason and (plainer := _without_date_times(message)) != message
        ):
            return [replace(action, message=plainer)]
        case SendChart(message_id=int()), Refused():
            return [replace(action, message_id=None)]
        case SendChart(), Refused():
            return [Send(action.chat_id, action.if_not_drawn)]
        case Edit(), Refused():
            card_of = action.card_of
            return [
                Send(action.chat_id, action.message, if_refused=action.if_refused, then=action.then, card_of=card_of)
            ]
        case Send(message=RichMessage() as message), RichRefused():
            without_pictures = message.without_pictures()
            if outcome.refusal is RichRefusal.PICTURE and without_pictures != message:
                return [replace(action, message=without_pictures)]
            return [replace(action, message=ordinary, if_refused=(), then=()) for ordinary in action.if_refused]
    return []


def _without_date_times(message: Message) -> Message:
    """Return the message as a server knows it that is older than Bot API 9.5: its times are plain words."""
    return replace(message, text=message.text.without_styles(Style.DATE_TIME))


def outcome_of_reply(action: Action, result: TransportResult) -> Outcome:
    """Return what became of an action's call."""
    is_rich = isinstance(action, Send) and isinstance(action.message, RichMessage)
    return outcome_of_rich_message(result) if is_rich else outcome_of_result(result)


async def _retry(
    action: Action, attempt: Attempt, rate_limiter: RateLimiter, circuit_breaker: CircuitBreaker
) -> Outcome:
    """Repeat the attempt while it was certainly not carried out; an unconfirmed one could arrive twice.

    A reply waits for the end of an outage, and no attempt is used up by it. The answer to a press or an
    inline query does not wait: the app has stopped waiting for it by then.
    """
    attempts = 0
    while True:
        if isinstance(action, PROMPT) and circuit_breaker.state is BreakerState.OPEN:
            return Retry("outage")
        await circuit_breaker.wait_while_open()
        outcome = await attempt(action)
        circuit_breaker.record(Priority.REPLY, outcome)
        attempts += circuit_breaker.state is not BreakerState.OPEN
        if attempts >= MAX_ATTEMPTS:
            return outcome
        match outcome:
            case RateLimited(seconds):
                rate_limiter.apply_retry_after(_chat_id(action), seconds)
                if isinstance(action, PROMPT):  # too late after the wait
                    return outcome
            case Retry():
                await asyncio.sleep(FIRST_RETRY_SECONDS * 2 ** max(0, attempts - 1))
            case _:
                return outcome


def _chat_id(action: Action) -> int:
    return 0 if isinstance(action, CallbackAnswer | InlineAnswer) else action.chat_id


def _is_harmless(description: str) -> bool:
    folded = description.lower()  # python-telegram-bot capitalizes descriptions
    return "message is not modified" in folded or "query is too old" in folded
