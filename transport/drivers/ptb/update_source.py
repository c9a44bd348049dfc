"""Fetch, decode, dispatch and answer updates with python-telegram-bot."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from telegram import Bot, Update
from telegram.error import TelegramError
from telegram.ext import Application, CallbackQueryHandler, ChatMemberHandler, MessageHandler, filters

from domain.chat.action import Action, CallbackAnswer
from domain.chat.event import Event
from domain.delivery.outcome import Outcome, Sent
from transport import action_executor
from transport.driver import ALLOWED_UPDATES, EventHandler, IncomingUpdate
from transport.drivers.event_parsing import incoming_update
from transport.drivers.ptb.errors import translate_send_error
from transport.drivers.ptb.methods import call_method
from transport.drivers.ptb.requests import call
from transport.drivers.ptb.updates import parse_membership, parse_message, parse_press
from transport.rate_limiter import RateLimiter
from transport.update_decoding import decode_body


class PtbUpdateSource:
    """`transport.driver.UpdateSource` over python-telegram-bot's Application; methods are documented there."""

    def __init__(
        self,
        application: Application[Any, Any, Any, Any, Any, Any],
        bot: Bot,
        handler: EventHandler,
        rate_limiter: RateLimiter,
        *,
        poll_seconds: int,
        grace_seconds: int,
    ) -> None:
        self._application, self._bot = application, bot
        self._handler = handler
        self._rate_limiter = rate_limiter
        self._poll_seconds, self._grace_seconds = poll_seconds, grace_seconds
        self._actions: dict[int, asyncio.Future[Sequence[Action]]] = {}
        """Where `dispatch` waits for each update's actions, by the update object's identity."""

    def register_handlers(self) -> None:
        """Have the framework's dispatcher call the handler; call once."""
        self._application.add_handler(MessageHandler(filters.UpdateType.MESSAGE, self._on_update))
        self._application.add_handler(CallbackQueryHandler(self._on_update))
        self._application.add_handler(ChatMemberHandler(self._on_update, ChatMemberHandler.MY_CHAT_MEMBER))
        self._application.add_error_handler(self._on_error)

    async def fetch(self, offset: int | None) -> Sequence[IncomingUpdate[Update]]:
        poll = self._bot.get_updates(
            offset, timeout=self._poll_seconds, allowed_updates=ALLOWED_UPDATES, read_timeout=self._grace_seconds
        )
        return [incoming_update(update) for update in await call(poll)]

    def decode(self, body: bytes) -> IncomingUpdate[Update]:
        return decode_body(body, self._decode)

    async def dispatch(self, raw: Update) -> Sequence[Action]:
        """Pass an update through the framework's dispatcher, which returns nothing: the actions come by a future."""
        actions = self._actions[id(raw)] = asyncio.get_running_loop().create_future()
        try:
            await self._application.process_update(raw)
            return actions.result() if actions.done() else []
        finally:
            del self._actions[id(raw)]

    async def execute(self, action: Action) -> None:
        await action_executor.execute(action, self._attempt, self._rate_limiter)

    def on_flood(self, raw: Update) -> Sequence[Action]:
        return [CallbackAnswer(raw.callback_query.id)] if raw.callback_query else []

    def _decode(self, update: Mapping[str, Any]) -> IncomingUpdate[Update]:
        return incoming_update(Update.de_json(dict(update), self._bot))

    async def _on_update(self, update: Update, _context: object) -> None:
        event = self._event(update)
        if event is not None:
            self._actions[id(update)].set_result(await self._handler(event))

    async def _on_error(self, update: object, context: Any) -> None:
        self._actions[id(update)].set_exception(context.error)

    def _event(self, update: Update) -> Event | None:
        if update.message:
            return parse_message(update.message, update.update_id, self._bot.username)
        if update.callback_query:
            return parse_press(update.callback_query, update.update_id)
        return parse_membership(update.my_chat_member, update.update_id) if update.my_chat_member else None

    async def _attempt(self, action: Action) -> Outcome:
        try:
            await call_method(self._bot, action)  # waits for the rate limiter: see rate_limiting.py
        except TelegramError as error:
            return translate_send_error(error)
        return Sent(0)
