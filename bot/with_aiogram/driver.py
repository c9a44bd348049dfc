"""aiogram as the bot uses it: polls in, handlers asked; Actions in, Bot API calls out, at the bot's one pace."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import structlog
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import (
    DeleteWebhook,
    GetMe,
    GetUpdates,
    GetWebhookInfo,
    SetMyCommands,
    SetWebhook,
    TelegramMethod,
)
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, Update, User
from aiohttp import ClientConnectorError

from bot.driver import ALLOWED_UPDATES, Answer, Ears, FetchFailed, Incoming, TokenRefused, WebhookState
from bot.poll import GRACE_SECONDS, POLL_SECONDS
from bot.with_aiogram.reading import read_membership, read_message, read_press, read_update
from bot.with_aiogram.writing import write_action
from chat.action import Action, Edit, Send, Toast
from delivery.pace import Lane, Pace

log = structlog.get_logger(__name__)

Answered = TypeVar("Answered")

ANONYMOUS_ADMIN = 1087968824
"""Telegram's stand-in for a group's administrator who hides his name (Bot API, Message.sender_chat)."""

ATTEMPTS = 5
"""How often an answer is tried where trying again cannot send it twice."""


class AiogramDriver:
    """aiogram behind the words of `chat`. Every call of its own passes through the bot's one Pace."""

    def __init__(self, token: str, api_url: str, pace: Pace) -> None:
        self._bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(api_url)))
        self._pace = pace
        self._dispatcher = Dispatcher()
        self._me: User | None = None

    async def close(self) -> None:
        await self._bot.session.close()

    async def sign_in(self) -> str:
        self._me = await self._ask(GetMe())
        return self._me.username or ""

    def listen(self, answer: Answer) -> Ears[Update]:
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
        return Ears(self.fetch, self.read, self._hear, self.perform, _too_much)

    async def fetch(self, offset: int | None) -> Sequence[Incoming[Update]]:
        """The next updates, as soon as there are any. Raises `FetchFailed`, and `TokenRefused` for good."""
        call = GetUpdates(offset=offset, timeout=POLL_SECONDS, allowed_updates=list(ALLOWED_UPDATES))
        try:
            updates = await self._bot(call, request_timeout=POLL_SECONDS + GRACE_SECONDS)
        except TelegramUnauthorizedError:
            raise TokenRefused("Telegram no longer knows this token: was it revoked?") from None
        except TelegramConflictError as error:
            why = "another program polls with this bot's token, or a webhook is set; stop it, or use another token"
            raise FetchFailed(f"{why} ({error.message})", 10) from error
        except TelegramRetryAfter as error:
            raise FetchFailed("too many polls", error.retry_after) from error
        except AiogramError as error:
            raise FetchFailed(f"{type(error).__name__}: {error}") from error
        return [read_update(update) for update in updates]

    def read(self, body: bytes) -> Incoming[Update]:
        """A webhook's body as an update. Raises ValueError."""
        return read_update(Update.model_validate_json(body))

    async def set_webhook(self, url: str, secret: str) -> None:
        await self._ask(SetWebhook(url=url, secret_token=secret, allowed_updates=list(ALLOWED_UPDATES)))

    async def delete_webhook(self) -> None:
        await self._ask(DeleteWebhook(drop_pending_updates=False))

    async def webhook(self) -> WebhookState:
        found = await self._ask(GetWebhookInfo())
        return WebhookState(found.url, found.pending_update_count, found.last_error_message or "")

    async def _ask(self, method: TelegramMethod[Answered]) -> Answered:
        """Ask what is no message. Raises `FetchFailed`, and `TokenRefused` for good."""
        try:
            return await self._bot(method)
        except (TelegramUnauthorizedError, TelegramNotFound):
            raise TokenRefused("Telegram does not know this token: copy it again from @BotFather") from None
        except AiogramError as error:
            raise FetchFailed(f"Telegram cannot be asked: {error}") from error

    async def _hear(self, update: Update) -> Sequence[Action]:
        actions = await self._dispatcher.feed_update(self._bot, update)
        return [] if actions is UNHANDLED or actions is None else actions

    async def perform(self, action: Action) -> None:
        """Carry out one action. What Telegram refuses is logged: there is nobody to raise it to."""
        chat_id = 0 if isinstance(action, Toast) else action.chat
        try:
            await self._call(write_action(action), chat_id)
        except TelegramBadRequest as error:
            if not _is_harmless(error):
                log.warning("answer refused", action=type(action).__name__, chat=chat_id, why=error.message)
                if isinstance(action, Edit):
                    await self.perform(Send(action.chat, action.message))
        except (TelegramForbiddenError, AiogramError) as error:
            log.warning("answer lost", action=type(action).__name__, chat=chat_id, why=str(error))

    async def _call(self, method: TelegramMethod[Any], chat_id: int) -> None:
        for attempt in range(ATTEMPTS):
            if chat_id:
                await self._pace.permit(chat_id, Lane.REPLY)
            try:
                await self._bot(method)
                return
            except TelegramRetryAfter as error:
                self._pace.hold(chat_id, error.retry_after)
            except TelegramNetworkError as error:
                # Only a connection that never came about is safe to try again; else the answer might come twice.
                if not isinstance(error.__cause__, ClientConnectorError):
                    raise
                await asyncio.sleep(0.2 * 2**attempt)
        log.warning("answer given up", method=method.__api_method__, chat=chat_id)

    async def manages(self, chat_id: int, person_id: int) -> bool:
        """Whether somebody is an administrator of a group. When Telegram cannot tell, they are not."""
        if person_id == ANONYMOUS_ADMIN:
            return True
        try:
            member = await self._bot.get_chat_member(chat_id, person_id)
        except AiogramError as error:
            log.warning("rights unknown", chat=chat_id, why=str(error))
            return False
        return member.status in ("creator", "administrator")

    async def set_commands(self, calls: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
        """Set command menus: each call is setMyCommands' parameters. Answers those that Telegram refused."""
        refused = []
        for call in calls:
            try:
                await self._bot(SetMyCommands.model_validate(call))
            except AiogramError as error:
                log.info("menu not set", scope=call.get("scope"), why=str(error))
                refused.append(call)
        return refused


def _too_much(update: Update) -> Sequence[Action]:
    """One who floods is told once, by a press's toast where there is one; words would feed the flood."""
    return [Toast(update.callback_query.id)] if update.callback_query else []


def _is_harmless(error: TelegramBadRequest) -> bool:
    return "message is not modified" in error.message or "query is too old" in error.message
