"""Fetch, decode, dispatch and answer updates with aiogram."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiogram import Bot, Dispatcher
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.types import CallbackQuery, ChatMemberUpdated, InlineQuery, Message, Update

from domain.chat.action import Action, CallbackAnswer, InlineAnswer
from domain.delivery.outcome import Outcome, Sent
from transport.circuit_breaker import CircuitBreaker
from transport.driver import ALLOWED_UPDATES, EventHandler, FrameworkAction, RawUpdate
from transport.drivers.aiogram.methods import to_method
from transport.drivers.aiogram.updates import (
    parse_edit,
    parse_inline_query,
    parse_membership,
    parse_message,
    parse_press,
)
from transport.drivers.api_driver import ApiUpdateSource
from transport.drivers.api_session import ApiSession
from transport.rate_limiter import RateLimiter
from transport.turn_queue import Priority
from transport.update_decoding import decode_update


class AiogramUpdateSource(ApiUpdateSource):
    """`transport.driver.UpdateSource` over aiogram's Bot and Dispatcher; methods are documented there."""

    def __init__(
        self,
        bot: Bot,
        handler: EventHandler,
        flood_handler: EventHandler,
        api: ApiSession,
        rate_limiter: RateLimiter,
        circuit_breaker: CircuitBreaker,
        *,
        bot_username: Callable[[], str],
        poll_seconds: int,
        grace_seconds: int,
    ) -> None:
        super().__init__(api, rate_limiter, circuit_breaker, poll_seconds=poll_seconds, grace_seconds=grace_seconds)
        self._bot = bot
        self._dispatcher = _create_dispatcher(handler, bot_username)
        self._flood_dispatcher = _create_dispatcher(flood_handler, bot_username)

    async def dispatch(self, raw: RawUpdate) -> Sequence[Action]:
        return await self._feed(self._dispatcher, raw)

    async def on_flood(self, raw: RawUpdate) -> Sequence[Action]:
        return await self._feed(self._flood_dispatcher, raw)

    async def _feed(self, dispatcher: Dispatcher, raw: RawUpdate) -> Sequence[Action]:
        update = decode_update(raw, self._decode)
        if not any(getattr(update, name) for name in ALLOWED_UPDATES):  # aiogram would warn that it knows no such type
            return []
        actions = await dispatcher.feed_update(self._bot, update)
        return [] if actions is UNHANDLED or actions is None else actions

    def _decode(self, update: RawUpdate) -> Update:
        return Update.model_validate(update, context={"bot": self._bot})

    async def _call_framework(self, action: FrameworkAction) -> Outcome:
        if isinstance(action, CallbackAnswer | InlineAnswer):
            await self._bot(to_method(action))
        else:
            async with self._rate_limiter.permit(action.chat_id, Priority.REPLY):
                await self._bot(to_method(action))
        return Sent(0)


def _create_dispatcher(handler: EventHandler, bot_username: Callable[[], str]) -> Dispatcher:
    async def on_message(message: Message, event_update: Update) -> Sequence[Action]:
        event = parse_message(message, event_update.update_id, bot_username())
        return await handler(event) if event else []

    async def on_edit(message: Message, event_update: Update) -> Sequence[Action]:
        event = parse_edit(message, event_update.update_id, bot_username())
        return await handler(event) if event else []

    async def on_press(query: CallbackQuery, event_update: Update) -> Sequence[Action]:
        return await handler(parse_press(query, event_update.update_id))

    async def on_membership(change: ChatMemberUpdated, event_update: Update) -> Sequence[Action]:
        return await handler(parse_membership(change, event_update.update_id))

    async def on_inline_query(query: InlineQuery, event_update: Update) -> Sequence[Action]:
        return await handler(parse_inline_query(query, event_update.update_id))

    dispatcher = Dispatcher()
    dispatcher.message.register(on_message)
    dispatcher.edited_message.register(on_edit)
    dispatcher.callback_query.register(on_press)
    dispatcher.my_chat_member.register(on_membership)
    dispatcher.inline_query.register(on_inline_query)
    return dispatcher
