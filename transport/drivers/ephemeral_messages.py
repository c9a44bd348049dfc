"""Messages that one member of a group sees (Bot API 10.3); no framework has to know their methods.

A server that does not know them ignores that a message is for one member and shows it to the whole group.
So it is asked first, by a method that came with them, and what it has sent is looked at.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
import structlog

from domain.chat.action import SendEphemeral
from domain.delivery.outcome import Outcome, Refused, Sent, Unconfirmed
from transport.bot_api_client import BotApiClient
from transport.rate_limiter import RateLimiter
from transport.responses import (
    INVALID_JSON,
    ApiError,
    ForeignResponse,
    Id,
    Response,
    TransportResult,
    outcome_of_result,
    read_response,
)
from transport.turn_queue import Priority

log = structlog.get_logger(__name__)

CHECK_SECONDS = 3
"""How long the server may take to tell whether it has ephemeral messages; somebody waits for an answer meanwhile."""

SEND_SECONDS = 10
"""How long an ephemeral message may wait for its turn and its answer: Telegram takes one for 15 seconds."""


class _SentMessage(msgspec.Struct):
    message_id: Id
    ephemeral_message_id: Annotated[int, msgspec.Meta(ge=1, le=2**52)] | None = None


class _Answer(msgspec.Struct):
    result: _SentMessage


class EphemeralMessages:
    """Ephemeral messages of one bot, where its server has them."""

    def __init__(self, client: BotApiClient) -> None:
        self._client = client
        self._are_supported: bool | None = None

    async def are_supported(self) -> bool:
        """Return whether the server has them; False if it cannot tell, and then it is asked again."""
        if self._are_supported is None:
            result = await self._client.call("deleteEphemeralMessage", b"{}", read_seconds=CHECK_SECONDS)
            self._are_supported = _knows_method(result)
        return bool(self._are_supported)

    async def send(self, action: SendEphemeral, rate_limiter: RateLimiter) -> Outcome:
        """Send or edit one, unless its turn comes too late for Telegram to take it."""
        try:
            async with asyncio.timeout(SEND_SECONDS), rate_limiter.permit(action.chat_id, Priority.REPLY):
                result = await self._client.call(action.method, msgspec.json.encode(action.to_bot_api()))
                return outcome_of_result(result) if action.ephemeral_message_id else await self._checked(action, result)
        except TimeoutError:
            return Unconfirmed("too late for an ephemeral message")

    async def _checked(self, action: SendEphemeral, result: TransportResult) -> Outcome:
        """Return the outcome of sending one; if the whole group sees it, delete it and send no other."""
        outcome = outcome_of_result(result)
        if not isinstance(outcome, Sent) or not isinstance(result, Response):
            return outcome
        try:
            sent = msgspec.json.decode(result.body, type=_Answer).result
        except INVALID_JSON:
            return Unconfirmed("the result is not the Bot API's")
        if sent.ephemeral_message_id is not None:
            return outcome
        self._are_supported = False
        log.error("ephemeral_message_was_public", chat_id=action.chat_id)
        public = {"chat_id": action.chat_id, "message_id": sent.message_id}
        await self._client.call("deleteMessage", msgspec.json.encode(public))
        return Refused("the server does not know ephemeral messages")


def _knows_method(result: TransportResult) -> bool | None:
    """Return whether a call without parameters was refused for these, not for its method; None for other answers."""
    try:
        answer = read_response(result) if isinstance(result, Response) else None
    except ForeignResponse:
        answer = None
    if not isinstance(answer, ApiError) or answer.code not in (400, 404):
        return None
    return answer.code == 400
