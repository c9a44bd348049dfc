"""The python-telegram-bot driver: signing in, webhook, command menus, chat administrators.

The framework's Application only passes updates to the handler; event loop, signals and polling are the bot's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telegram import BotCommandScope
from telegram.ext import Application, ExtBot

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
from transport.drivers.api_driver import ApiDriver
from transport.drivers.api_session import ApiSession
from transport.drivers.ptb.rate_limiting import RateLimiterAdapter
from transport.drivers.ptb.session import CheckedRequest, call
from transport.drivers.ptb.update_source import PtbUpdateSource
from transport.proxy import Proxy
from transport.rate_limiter import RateLimiter


class PtbDriver(ApiDriver):
    """`transport.driver.Driver` over python-telegram-bot; methods are documented there."""

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
        self._rate_limiter, self._circuit_breaker = rate_limiter, circuit_breaker
        self._poll_seconds, self._grace_seconds = poll_seconds, grace_seconds
        self._bot = ExtBot(
            token,
            f"{api_url}/bot",
            f"{api_url}/file/bot",
            request=CheckedRequest(self._api),
            get_updates_request=CheckedRequest(self._api),
            rate_limiter=RateLimiterAdapter(rate_limiter),
        )
        self._application: Application[Any, Any, Any, Any, Any, Any] = (
            Application.builder().bot(self._bot).updater(None).job_queue(None).build()
        )

    async def close(self) -> None:
        await self._application.shutdown()
        await self._bot.shutdown()  # the application shuts nothing down if it could not sign in

    async def sign_in(self) -> str:
        await call(self._application.initialize())
        return self._bot.username

    @property
    def supports_inline_queries(self) -> bool:
        return bool(self._bot.supports_inline_queries)

    def update_source(self, handler: EventHandler, flood_handler: EventHandler) -> UpdateSource[RawUpdate]:
        source = PtbUpdateSource(
            self._application,
            self._bot,
            handler,
            flood_handler,
            self._api,
            self._rate_limiter,
            self._circuit_breaker,
            poll_seconds=self._poll_seconds,
            grace_seconds=self._grace_seconds,
        )
        source.register_handlers()
        return source

    async def _member_status(self, chat_id: int, user_id: int) -> str:
        question = self._bot.get_chat_member(chat_id, user_id, read_timeout=ADMINISTRATOR_CHECK_SECONDS)
        return (await call(question)).status

    async def _star_amount(self) -> int:
        return (await call(self._bot.get_my_star_balance(read_timeout=BALANCE_SECONDS))).amount

    async def _set_my_commands(self, parameters: Mapping[str, Any]) -> None:
        pairs = [(command["command"], command["description"]) for command in parameters["commands"]]
        scope = parameters.get("scope")
        command_scope = None if scope is None else BotCommandScope.de_json(dict(scope))
        request = self._bot.set_my_commands(pairs, scope=command_scope, language_code=parameters.get("language_code"))
        await call(request)

    async def description(self, kind: DescriptionKind, language: str) -> str:
        if kind is DescriptionKind.SHORT:
            return (await call(self._bot.get_my_short_description(language or None))).short_description
        return (await call(self._bot.get_my_description(language or None))).description

    async def set_description(self, kind: DescriptionKind, language: str, text: str) -> None:
        if kind is DescriptionKind.SHORT:
            await call(self._bot.set_my_short_description(text, language or None))
        else:
            await call(self._bot.set_my_description(text, language or None))

    async def set_webhook(self, url: str, secret: str) -> None:
        await call(self._bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED_UPDATES))

    async def delete_webhook(self) -> None:
        await call(self._bot.delete_webhook(drop_pending_updates=False))

    async def webhook_info(self) -> WebhookInfo:
        info = await call(self._bot.get_webhook_info())
        return WebhookInfo(info.url, info.pending_update_count, info.last_error_message or "")
