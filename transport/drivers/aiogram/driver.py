"""The aiogram driver: signing in, webhook, command menus, chat administrators."""

from __future__ import annotations

from collections.abc import Mapping

from aiogram import Bot
from aiogram.methods import (
    DeleteWebhook,
    GetChatMember,
    GetMe,
    GetMyDescription,
    GetMyShortDescription,
    GetMyStarBalance,
    GetWebhookInfo,
    SetMyCommands,
    SetMyDescription,
    SetMyShortDescription,
    SetWebhook,
)

from transport.circuit_breaker import CircuitBreaker
from transport.driver import (
    ADMINISTRATOR_CHECK_SECONDS,
    ALLOWED_UPDATES,
    BALANCE_SECONDS,
    LONG_POLL_SECONDS,
    POLL_GRACE_SECONDS,
    DescriptionKind,
    EventHandler,
    RawUpdate,
    UpdateSource,
    WebhookInfo,
)
from transport.drivers.aiogram.session import CheckedSession, call
from transport.drivers.aiogram.update_source import AiogramUpdateSource
from transport.drivers.api_driver import ApiDriver
from transport.drivers.api_session import ApiSession
from transport.proxy import Proxy
from transport.rate_limiter import RateLimiter


class AiogramDriver(ApiDriver):
    """`transport.driver.Driver` over aiogram's Bot; methods are documented there."""

    def __init__(
        self,
        token: str,
        api_url: str,
        rate_limiter: RateLimiter,
        circuit_breaker: CircuitBreaker,
        *,
        proxy: Proxy | None = None,
        poll_seconds: int = LONG_POLL_SECONDS,
        grace_seconds: int = POLL_GRACE_SECONDS,
    ) -> None:
        super().__init__(ApiSession(api_url, token, proxy))
        self._bot = Bot(token, session=CheckedSession(self._api))
        self._rate_limiter, self._circuit_breaker = rate_limiter, circuit_breaker
        self._poll_seconds, self._grace_seconds = poll_seconds, grace_seconds
        self._username = ""
        self._supports_inline_queries = False

    async def close(self) -> None:
        await self._bot.session.close()

    async def sign_in(self) -> str:
        await self._api.open()
        me = await call(self._bot, GetMe())
        self._username, self._supports_inline_queries = me.username or "", bool(me.supports_inline_queries)
        return self._username

    @property
    def supports_inline_queries(self) -> bool:
        return self._supports_inline_queries

    def update_source(self, handler: EventHandler, flood_handler: EventHandler) -> UpdateSource[RawUpdate]:
        return AiogramUpdateSource(
            self._bot,
            handler,
            flood_handler,
            self._api,
            self._rate_limiter,
            self._circuit_breaker,
            bot_username=lambda: self._username,
            poll_seconds=self._poll_seconds,
            grace_seconds=self._grace_seconds,
        )

    async def _member_status(self, chat_id: int, user_id: int) -> str:
        question = GetChatMember(chat_id=chat_id, user_id=user_id)
        return (await call(self._bot, question, ADMINISTRATOR_CHECK_SECONDS)).status

    async def _star_amount(self) -> int:
        return (await call(self._bot, GetMyStarBalance(), BALANCE_SECONDS)).amount

    async def _set_my_commands(self, parameters: Mapping[str, object]) -> None:
        await call(self._bot, SetMyCommands.model_validate(parameters))

    async def description(self, kind: DescriptionKind, language: str) -> str:
        if kind is DescriptionKind.SHORT:
            short = await call(self._bot, GetMyShortDescription(language_code=language or None))
            return short.short_description
        return (await call(self._bot, GetMyDescription(language_code=language or None))).description

    async def set_description(self, kind: DescriptionKind, language: str, text: str) -> None:
        method = SetMyShortDescription if kind is DescriptionKind.SHORT else SetMyDescription
        await call(self._bot, method.model_validate({kind.value: text, "language_code": language or None}))

    async def set_webhook(self, url: str, secret: str) -> None:
        await call(self._bot, SetWebhook(url=url, secret_token=secret, allowed_updates=list(ALLOWED_UPDATES)))

    async def delete_webhook(self) -> None:
        await call(self._bot, DeleteWebhook(drop_pending_updates=False))

    async def webhook_info(self) -> WebhookInfo:
        info = await call(self._bot, GetWebhookInfo())
        return WebhookInfo(info.url, info.pending_update_count, info.last_error_message or "")
