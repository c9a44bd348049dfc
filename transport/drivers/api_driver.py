"""Bases of the drivers that call over an `ApiSession`; a framework's driver adds its calls and translations.

ApiUpdateSource: poll -> IncomingUpdate ... action -> ready call, or the framework's -> outcome
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import structlog

from domain.chat.action import Action, CallMethod, SendChart, SendEphemeral
from domain.chat.event import ANONYMOUS_ADMINISTRATOR_ID
from domain.delivery.outcome import Outcome
from transport import action_executor
from transport.action_executor import outcome_of_reply
from transport.circuit_breaker import CircuitBreaker
from transport.driver import (
    CHAT_ADMINISTRATOR_STATUSES,
    AccessRefused,
    ApiCallFailed,
    FrameworkAction,
    IncomingUpdate,
    RawUpdate,
)
from transport.drivers.api_session import ApiSession, CallFailed, ready_card
from transport.rate_limiter import RateLimiter
from transport.turn_queue import Priority
from transport.update_decoding import decode_batch, decode_body

log = structlog.get_logger(__name__)


class ApiDriver(ABC):
    """Questions of `transport.driver.Driver` whose failure is logged and answered; methods are documented there."""

    def __init__(self, api: ApiSession) -> None:
        self._api = api

    async def is_chat_administrator(self, chat_id: int, user_id: int) -> bool:
        if user_id == ANONYMOUS_ADMINISTRATOR_ID:
            return True
        try:
            return await self._member_status(chat_id, user_id) in CHAT_ADMINISTRATOR_STATUSES
        except (ApiCallFailed, AccessRefused) as error:
            log.warning("administrator_check_failed", chat_id=chat_id, reason=str(error))
            return False

    async def sends_ephemeral_messages(self) -> bool:
        return await self._api.ephemeral_messages.are_supported()

    async def star_balance(self) -> int | None:
        try:
            return await self._star_amount()
        except (ApiCallFailed, AccessRefused) as error:
            log.warning("star_balance_unknown", reason=str(error))
            return None

    async def fetch_file(self, file_id: str, max_bytes: int) -> bytes | None:
        try:
            return await self._api.fetch_file(file_id, max_bytes)
        except (ApiCallFailed, AccessRefused) as error:
            log.warning("file_not_fetched", reason=str(error))
            return None

    async def set_commands(self, calls: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
        refused = []
        for parameters in calls:
            try:
                await self._set_my_commands(parameters)
            except (ApiCallFailed, AccessRefused) as error:
                log.info("command_menu_refused", scope=parameters.get("scope"), reason=str(error))
                refused.append(parameters)
        return refused

    @abstractmethod
    async def _member_status(self, chat_id: int, user_id: int) -> str:
        """Return the status of a chat's member, within ADMINISTRATOR_CHECK_SECONDS."""

    @abstractmethod
    async def _star_amount(self) -> int:
        """Return the bot's Telegram Stars, within BALANCE_SECONDS."""

    @abstractmethod
    async def _set_my_commands(self, parameters: Mapping[str, object]) -> None:
        """Set one command menu."""


class ApiUpdateSource(ABC):
    """`transport.driver.UpdateSource` without the dispatch; methods are documented there."""

    def __init__(
        self,
        api: ApiSession,
        rate_limiter: RateLimiter,
        circuit_breaker: CircuitBreaker,
        *,
        poll_seconds: int,
        grace_seconds: int,
    ) -> None:
        self._api, self._rate_limiter, self._circuit_breaker = api, rate_limiter, circuit_breaker
        self._poll_seconds, self._grace_seconds = poll_seconds, grace_seconds

    async def fetch(self, offset: int | None) -> Sequence[IncomingUpdate[RawUpdate]]:
        return decode_batch(await self._api.poll(offset, self._poll_seconds, self._grace_seconds))

    def decode(self, body: bytes) -> IncomingUpdate[RawUpdate]:
        return decode_body(body)

    async def execute(self, action: Action) -> int:
        return await action_executor.execute(action, self._attempt, self._rate_limiter, self._circuit_breaker)

    async def _attempt(self, action: Action) -> Outcome:
        if isinstance(action, SendEphemeral):
            return await self._api.ephemeral_messages.send(action, self._rate_limiter)
        action = ready_card(action) or action
        try:
            if not isinstance(action, CallMethod | SendChart):
                return await self._call_framework(action)
            async with self._rate_limiter.permit(action.chat_id, Priority.REPLY):
                return await self._api.call_ready(action)
        except CallFailed as failure:
            return outcome_of_reply(action, failure.result)

    @abstractmethod
    async def _call_framework(self, action: FrameworkAction) -> Outcome:
        """Carry an action out by the framework's own method, within the rate limit. Raises CallFailed."""
