"""Fetch, decode, dispatch and answer updates with aiogram."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.exceptions import AiogramError
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, Update

from domain.chat.action import Action, CallbackAnswer
from domain.delivery.outcome import Outcome, Sent
from transport import action_executor
from transport.driver import ALLOWED_UPDATES, EventHandler, IncomingUpdate, RawUpdate
from transport.drivers.aiogram.errors import translate_send_error
from transport.drivers.aiogram.methods import to_method
from transport.drivers.aiogram.session import call
from transport.drivers.aiogram.updates import parse_membership, parse_message, parse_press
from transport.rate_limiter import Priority, RateLimiter
from transport.update_decoding import decode_body, decode_update, incoming_update


class AiogramUpdateSource:
    """`transport.driver.UpdateSource` over aiogram's Bot and Dispatcher; methods are documented there."""

    def __init__(
        self,
        bot: Bot,
        handler: EventHandler,
        flood_handler: EventHandler,
        rate_limiter: RateLimiter,
        *,
        bot_username: Callable[[], str],
        poll_seconds: int,
        grace_seconds: int,
    ) -> None:
        self._bot = bot
        self._rate_limiter = rate_limiter
        self._poll_seconds, self._grace_seconds = poll_seconds, grace_seconds
        self._dispatcher = _create_dispatcher(handler, bot_username)
        self._flood_dispatcher = _create_dispatcher(flood_handler, bot_username)

    async def fetch(self, offset: int | None) -> Sequence[IncomingUpdate[RawUpdate]]:
        poll = _GetRawUpdates(offset=offset, timeout=self._poll_seconds, allowed_updates=list(ALLOWED_UPDATES))
        updates = await call(self._bot, poll, request_timeout=self._poll_seconds + self._grace_seconds)
        return [incoming_update(update) for update in updates]

    def decode(self, body: bytes) -> IncomingUpdate[RawUpdate]:
        return decode_body(body)

    async def dispatch(self, raw: RawUpdate) -> Sequence[Action]:
        return await self._feed(self._dispatcher, raw)

    async def on_flood(self, raw: RawUpdate) -> Sequence[Action]:
        return await self._feed(self._flood_dispatcher, raw)

    async def execute(self, action: Action) -> None:
        await action_executor.execute(action, self._attempt, self._rate_limiter)

    async def _feed(self, dispatcher: Dispatcher, raw: RawUpdate) -> Sequence[Action]:
        actions = await dispatcher.feed_update(self._bot, decode_update(raw, self._decode))
        return [] if actions is UNHANDLED or actions is None else actions

    def _decode(self, update: RawUpdate) -> Update:
        return Update.model_validate(update, context={"bot": self._bot})

    async def _attempt(self, action: Action) -> Outcome:
        if isinstance(action, CallbackAnswer):
            return await self._call(action)
        async with self._rate_limiter.permit(action.chat_id, Priority.REPLY):
            return await self._call(action)

    async def _call(self, action: Action) -> Outcome:
        try:
            await self._bot(to_method(action))
        except AiogramError as error:
            return translate_send_error(error)
        return Sent(0)


class _GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates without decoding; aiogram's own decodes all updates or none (see `transport.update_decoding`)."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None
    timeout: int
    allowed_updates: list[str]


def _create_dispatcher(handler: EventHandler, bot_username: Callable[[], str]) -> Dispatcher:
    async def on_message(message: Message, event_update: Update) -> Sequence[Action]:
        event = parse_message(message, event_update.update_id, bot_username())
        return await handler(event) if event else []

    async def on_press(query: CallbackQuery, event_update: Update) -> Sequence[Action]:
        return await handler(parse_press(query, event_update.update_id))

    async def on_membership(change: ChatMemberUpdated, event_update: Update) -> Sequence[Action]:
        return await handler(parse_membership(change, event_update.update_id))

    dispatcher = Dispatcher()
    dispatcher.message.register(on_message)
    dispatcher.callback_query.register(on_press)
    dispatcher.my_chat_member.register(on_membership)
    return dispatcher
