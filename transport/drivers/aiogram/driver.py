"""aiogram as the bot uses it: polls in, handlers asked; Actions in, Bot API calls out, at the bot's one pace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import structlog
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.exceptions import AiogramError
from aiogram.methods import (
    DeleteWebhook,
    GetMe,
    GetWebhookInfo,
    SetMyCommands,
    SetWebhook,
    TelegramMethod,
)
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, Update

from domain.chat.action import Action, CallbackAnswer
from domain.delivery.outcome import Outcome, Sent
from transport.action_executor import execute
from transport.driver import ALLOWED_UPDATES, EventHandler, IncomingUpdate, UpdateSource, WebhookInfo
from transport.drivers.aiogram.errors import read_error, read_refusal
from transport.drivers.aiogram.methods import write_action
from transport.drivers.aiogram.updates import read_membership, read_message, read_press, read_update
from transport.message_parsing import ADMINISTRATORS, ANONYMOUS_ADMIN
from transport.polling import GRACE_SECONDS, POLL_SECONDS
from transport.rate_limiter import Priority, RateLimiter
from transport.update_decoding import decode_body, decode_update

log = structlog.get_logger(__name__)

Answered = TypeVar("Answered")


class AiogramDriver:
    """aiogram behind the words of `chat`. Every call of its own passes through the bot's one Pace."""

    def __init__(
        self,
        token: str,
        api_url: str,
        rate_limiter: RateLimiter,
        *,
        poll_seconds: int = POLL_SECONDS,
        grace_seconds: int = GRACE_SECONDS,
    ) -> None:
        self._poll_seconds, self._grace_seconds = poll_seconds, grace_seconds
        self._bot = Bot(token, session=_Session(api=TelegramAPIServer.from_base(api_url)))
        self._rate_limiter = rate_limiter
        self._dispatcher = Dispatcher()
        self._me = ""

    async def close(self) -> None:
        await self._bot.session.close()

    async def sign_in(self) -> str:
        self._me = (await self._ask(GetMe())).username or ""
        return self._me

    def update_source(self, answer: EventHandler) -> UpdateSource[Update]:
        """The driver as polling wants it, with the handlers' answer at the end of aiogram's dispatcher."""

        async def on_message(message: Message, event_update: Update) -> Sequence[Action]:
            heard = read_message(message, event_update.update_id, self._me)
            return await answer(heard) if heard else []

        async def on_press(query: CallbackQuery, event_update: Update) -> Sequence[Action]:
            return await answer(read_press(query, event_update.update_id))

        async def on_membership(change: ChatMemberUpdated, event_update: Update) -> Sequence[Action]:
            return await answer(read_membership(change, event_update.update_id))

        self._dispatcher.message.register(on_message)
        self._dispatcher.callback_query.register(on_press)
        self._dispatcher.my_chat_member.register(on_membership)
        return UpdateSource(self.fetch, self.read, self._hear, self.perform, _too_much)

    async def fetch(self, offset: int | None) -> Sequence[IncomingUpdate[Update]]:
        """The next updates, as soon as there are any. Raises `FetchFailed`, and `TokenRefused` for good."""
        poll = _GetUpdates(offset=offset, timeout=self._poll_seconds, allowed_updates=list(ALLOWED_UPDATES))
        updates = await self._ask(poll, timeout=self._poll_seconds + self._grace_seconds)
        return [decode_update(update, self._read) for update in updates]

    def read(self, body: bytes) -> IncomingUpdate[Update]:
        """A webhook's body as an update. Raises ValueError."""
        return decode_body(body, self._read)

    def _read(self, update: Mapping[str, Any]) -> IncomingUpdate[Update]:
        return read_update(Update.model_validate(update, context={"bot": self._bot}))

    async def set_webhook(self, url: str, secret: str) -> None:
        await self._ask(SetWebhook(url=url, secret_token=secret, allowed_updates=list(ALLOWED_UPDATES)))

    async def delete_webhook(self) -> None:
        await self._ask(DeleteWebhook(drop_pending_updates=False))

    async def webhook_info(self) -> WebhookInfo:
        found = await self._ask(GetWebhookInfo())
        return WebhookInfo(found.url, found.pending_update_count, found.last_error_message or "")

    async def _ask(self, method: TelegramMethod[Answered], timeout: int | None = None) -> Answered:  # noqa: ASYNC109
        """Ask what is no message. Raises `FetchFailed`, and `TokenRefused` for good."""
        try:
            return await self._bot(method, request_timeout=timeout)
        except AiogramError as error:
            raise read_refusal(error) from None

    async def _hear(self, update: Update) -> Sequence[Action]:
        actions = await self._dispatcher.feed_update(self._bot, update)
        return [] if actions is UNHANDLED or actions is None else actions

    async def perform(self, action: Action) -> None:
        await execute(action, self._call, self._rate_limiter)

    async def _call(self, action: Action) -> Outcome:
        if isinstance(action, CallbackAnswer):
            return await self._attempt(action)
        async with self._rate_limiter.permit(action.chat_id, Priority.REPLY):
            return await self._attempt(action)

    async def _attempt(self, action: Action) -> Outcome:
        try:
            await self._bot(write_action(action))
        except AiogramError as error:
            return read_error(error)
        return Sent(0)

    async def is_chat_administrator(self, chat_id: int, person_id: int) -> bool:
        if person_id == ANONYMOUS_ADMIN:
            return True
        try:
            member = await self._bot.get_chat_member(chat_id, person_id)
        except AiogramError as error:
            log.warning("rights unknown", chat=chat_id, why=str(error))
            return False
        return member.status in ADMINISTRATORS

    async def set_commands(self, calls: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
        refused = []
        for call in calls:
            try:
                await self._bot(SetMyCommands.model_validate(call))
            except AiogramError as error:
                log.info("menu not set", scope=call.get("scope"), why=str(error))
                refused.append(call)
        return refused


class _GetUpdates(TelegramMethod[list[dict[str, Any]]]):
    """aiogram's own reads all updates or none."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None
    timeout: int
    allowed_updates: list[str]


class _Session(AiohttpSession):
    async def close(self) -> None:
        """Without the quarter of a second that aiogram sleeps afterwards: aiohttp (3.12) ends TLS by itself."""
        if self._session is not None:
            await self._session.close()


def _too_much(update: Update) -> Sequence[Action]:
    """One who floods is told once, by a press's toast where there is one; words would feed the flood."""
    return [CallbackAnswer(update.callback_query.id)] if update.callback_query else []
