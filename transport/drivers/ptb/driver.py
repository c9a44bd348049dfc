"""python-telegram-bot as the bot uses it: polls in, handlers asked; Actions in, Bot API calls out, at the bot's pace.

The framework's Application only hands updates to handlers: the loop, signals and polling are not left to it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeVar

import structlog
from telegram import BotCommandScope, Update
from telegram.error import TelegramError
from telegram.ext import Application, CallbackQueryHandler, ChatMemberHandler, ExtBot, MessageHandler, filters
from telegram.request import HTTPXRequest

from domain.chat.action import Action, CallbackAnswer
from domain.chat.event import Event
from domain.delivery.outcome import Outcome, Sent
from transport.action_executor import execute
from transport.driver import ALLOWED_UPDATES, EventHandler, FetchFailed, IncomingUpdate, UpdateSource, WebhookInfo
from transport.drivers.ptb.errors import read_error, read_refusal
from transport.drivers.ptb.methods import call
from transport.drivers.ptb.rate_limiting import PaceLimiter
from transport.drivers.ptb.updates import read_membership, read_message, read_press, read_update
from transport.message_parsing import ADMINISTRATORS, ANONYMOUS_ADMIN
from transport.polling import GRACE_SECONDS, POLL_SECONDS
from transport.rate_limiter import RateLimiter
from transport.update_decoding import decode_body, decode_update

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0

Told = TypeVar("Told")


class PtbDriver:
    """python-telegram-bot behind the words of `chat`."""

    def __init__(
        self,
        token: str,
        api_url: str,
        rate_limiter: RateLimiter,
        *,
        poll_seconds: int = POLL_SECONDS,
        grace_seconds: int = GRACE_SECONDS,
    ) -> None:
        os.environ.setdefault("PTB_TIMEDELTA", "true")  # its own way to ask for what its next version does
        self._rate_limiter = rate_limiter
        self._poll_seconds, self._grace_seconds = poll_seconds, grace_seconds
        self._bot = ExtBot(
            token,
            f"{api_url}/bot",
            f"{api_url}/file/bot",
            request=_request(connections=256),
            get_updates_request=_request(_Polls, connections=1),
            rate_limiter=PaceLimiter(rate_limiter),
        )
        self._application: Application[Any, Any, Any, Any, Any, Any] = (
            Application.builder().bot(self._bot).updater(None).job_queue(None).build()
        )
        self._answers: dict[int, asyncio.Future[Sequence[Action]]] = {}

    async def close(self) -> None:
        await self._application.shutdown()
        await self._bot.shutdown()  # the application shuts nothing down where it could not sign in

    async def sign_in(self) -> str:
        await _ask(self._application.initialize())
        return self._bot.username

    def update_source(self, answer: EventHandler) -> UpdateSource[Update]:
        """The driver as the inbox wants it, with the handlers' answer at the end of the framework's dispatcher."""

        async def on_update(update: Update, _context: object) -> None:
            event = self._event(update)
            if event is not None:
                self._answers[id(update)].set_result(await answer(event))

        async def on_error(update: object, context: Any) -> None:
            self._answers[id(update)].set_exception(context.error)

        self._application.add_handler(MessageHandler(filters.UpdateType.MESSAGE, on_update))
        self._application.add_handler(CallbackQueryHandler(on_update))
        self._application.add_handler(ChatMemberHandler(on_update, ChatMemberHandler.MY_CHAT_MEMBER))
        self._application.add_error_handler(on_error)
        return UpdateSource(self.fetch, self.read, self._hear, self.perform, _too_much)

    async def fetch(self, offset: int | None) -> Sequence[IncomingUpdate[Update]]:
        """The next updates, as soon as there are any. Raises `FetchFailed`, and `TokenRefused` for good."""
        poll = self._bot.get_updates(
            offset, timeout=self._poll_seconds, allowed_updates=ALLOWED_UPDATES, read_timeout=self._grace_seconds
        )
        return [read_update(update) for update in await _ask(poll)]

    def read(self, body: bytes) -> IncomingUpdate[Update]:
        """A webhook's body as an update. Raises ValueError."""
        return decode_body(body, self._read)

    def _read(self, update: Mapping[str, Any]) -> IncomingUpdate[Update]:
        return read_update(Update.de_json(dict(update), self._bot))

    async def set_webhook(self, url: str, secret: str) -> None:
        await _ask(self._bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED_UPDATES))

    async def delete_webhook(self) -> None:
        await _ask(self._bot.delete_webhook(drop_pending_updates=False))

    async def webhook_info(self) -> WebhookInfo:
        found = await _ask(self._bot.get_webhook_info())
        return WebhookInfo(found.url, found.pending_update_count, found.last_error_message or "")

    async def perform(self, action: Action) -> None:
        await execute(action, self._call, self._rate_limiter)

    async def is_chat_administrator(self, chat_id: int, person_id: int) -> bool:
        if person_id == ANONYMOUS_ADMIN:
            return True
        try:
            member = await self._bot.get_chat_member(chat_id, person_id)
        except TelegramError as error:
            log.warning("rights unknown", chat=chat_id, why=error.message)
            return False
        return member.status in ADMINISTRATORS

    async def set_commands(self, calls: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
        refused = []
        for each in calls:
            try:
                await self._set_menu(**each)
            except TelegramError as error:
                log.info("menu not set", scope=each.get("scope"), why=error.message)
                refused.append(each)
        return refused

    async def _set_menu(self, commands: Any, scope: Any = None, language_code: Any = None) -> None:
        pairs = [(each["command"], each["description"]) for each in commands]
        where = None if scope is None else BotCommandScope.de_json(dict(scope))
        await self._bot.set_my_commands(pairs, scope=where, language_code=language_code)

    def _event(self, update: Update) -> Event | None:
        if update.message:
            return read_message(update.message, update.update_id, self._bot.username)
        if update.callback_query:
            return read_press(update.callback_query, update.update_id)
        return read_membership(update.my_chat_member, update.update_id) if update.my_chat_member else None

    async def _hear(self, update: Update) -> Sequence[Action]:
        """What the handlers answer. The framework's dispatcher returns nothing, so they leave it in a future."""
        answered = self._answers[id(update)] = asyncio.get_running_loop().create_future()
        try:
            await self._application.process_update(update)
            return answered.result() if answered.done() else []
        finally:
            del self._answers[id(update)]

    async def _call(self, action: Action) -> Outcome:
        try:
            await call(self._bot, action)
        except TelegramError as error:
            return read_error(error)
        return Sent(0)


async def _ask(question: Awaitable[Told]) -> Told:
    """Wait for what is no message. Raises `FetchFailed`, and `TokenRefused` for good."""
    try:
        return await question
    except TelegramError as error:
        raise read_refusal(error) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # it reads answers without checking them
        raise FetchFailed(f"an answer that is not the Bot API's: {type(error).__name__}") from error


class _Polls(HTTPXRequest):
    """Whatever of a poll's answer cannot be read says nothing: the framework itself reads all updates or none."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        answer = HTTPXRequest.parse_json_payload(payload)
        if isinstance(answer.get("result"), list):
            answer["result"] = [decode_update(update, _readable) for update in answer["result"]]
        return answer


def _readable(update: Mapping[str, Any]) -> Mapping[str, Any]:
    """An update that can be read."""
    Update.de_json(dict(update), None)
    return update


def _request(kind: type[HTTPXRequest] = HTTPXRequest, *, connections: int) -> HTTPXRequest:
    return kind(
        connection_pool_size=connections,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        httpx_kwargs={"trust_env": False},  # as the wire, and as aiogram
    )


def _too_much(update: Update) -> Sequence[Action]:
    """One who floods is told once, by a press's toast where there is one; words would feed the flood."""
    return [CallbackAnswer(update.callback_query.id)] if update.callback_query else []
