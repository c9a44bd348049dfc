"""Fetch, decode, dispatch and answer updates with python-telegram-bot."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from telegram import Bot, Update
from telegram.error import TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from domain.chat.action import Action
from domain.chat.event import Event
from domain.delivery.outcome import Outcome, Sent
from transport.circuit_breaker import CircuitBreaker
from transport.driver import EventHandler, FrameworkAction, RawUpdate
from transport.drivers.api_driver import ApiUpdateSource
from transport.drivers.api_session import ApiSession
from transport.drivers.ptb.methods import call_method
from transport.drivers.ptb.session import failed_call
from transport.drivers.ptb.updates import (
    parse_edit,
    parse_inline_query,
    parse_membership,
    parse_message,
    parse_press,
)
from transport.rate_limiter import RateLimiter
from transport.update_decoding import decode_update


class PtbUpdateSource(ApiUpdateSource):
    """`transport.driver.UpdateSource` over python-telegram-bot's Application; methods are documented there."""

    def __init__(
        self,
        application: Application[Any, Any, Any, Any, Any, Any],
        bot: Bot,
        handler: EventHandler,
        flood_handler: EventHandler,
        api: ApiSession,
        rate_limiter: RateLimiter,
        circuit_breaker: CircuitBreaker,
        *,
        poll_seconds: int,
        grace_seconds: int,
    ) -> None:
        super().__init__(api, rate_limiter, circuit_breaker, poll_seconds=poll_seconds, grace_seconds=grace_seconds)
        self._application, self._bot = application, bot
        self._handler, self._flood_handler = handler, flood_handler
        self._pending: dict[int, tuple[EventHandler, asyncio.Future[Sequence[Action]]]] = {}
        """The handler of each update that is dispatched, and where its actions go, by the update object's identity."""

    def register_handlers(self) -> None:
        """Have the framework's dispatcher call the handler; call once."""
        self._application.add_handler(
            MessageHandler(filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE, self._on_update)
        )
        self._application.add_handler(CallbackQueryHandler(self._on_update))
        self._application.add_handler(ChatMemberHandler(self._on_update, ChatMemberHandler.MY_CHAT_MEMBER))
        self._application.add_handler(InlineQueryHandler(self._on_update))
        self._application.add_error_handler(self._on_error)

    async def dispatch(self, raw: RawUpdate) -> Sequence[Action]:
        return await self._process(raw, self._handler)

    async def on_flood(self, raw: RawUpdate) -> Sequence[Action]:
        return await self._process(raw, self._flood_handler)

    async def _process(self, raw: RawUpdate, handler: EventHandler) -> Sequence[Action]:
        """Pass an update through the framework's dispatcher, which returns nothing: the actions come by a future."""
        update = decode_update(raw, self._decode)
        actions: asyncio.Future[Sequence[Action]] = asyncio.get_running_loop().create_future()
        self._pending[id(update)] = handler, actions
        try:
            await self._application.process_update(update)
            return actions.result() if actions.done() else []
        finally:
            del self._pending[id(update)]

    def _decode(self, update: RawUpdate) -> Update:
        return Update.de_json(dict(update), self._bot)

    async def _on_update(self, update: Update, _context: object) -> None:
        event = self._event(update)
        if event is not None:
            handler, actions = self._pending[id(update)]
            actions.set_result(await handler(event))

    async def _on_error(self, update: object, context: Any) -> None:
        self._pending[id(update)][1].set_exception(context.error)

    def _event(self, update: Update) -> Event | None:
        if update.message:
            return parse_message(update.message, update.update_id, self._bot.username)
        if update.edited_message:
            return parse_edit(update.edited_message, update.update_id, self._bot.username)
        if update.callback_query:
            return parse_press(update.callback_query, update.update_id)
        if update.inline_query:
            return parse_inline_query(update.inline_query, update.update_id)
        return parse_membership(update.my_chat_member, update.update_id) if update.my_chat_member else None

    async def _call_framework(self, action: FrameworkAction) -> Outcome:
        try:
            await call_method(self._bot, action)  # waits for the rate limiter: see rate_limiting.py
        except TelegramError as error:
            failure = failed_call(error)
            if failure is None:
                raise
            raise failure from None
        return Sent(0)
