"""Single messages outside the ledger: notifications to admins, and to chats that something happened to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import msgspec
import structlog

from domain.chat.i18n import Translations, Translator
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.delivery.outcome import Outcome, RateLimited, Retry, Sent, Unconfirmed
from domain.subscription.subscriber import Subscriber
from storage import chat_administrators, roles, subscribers
from storage.database import Database
from storage.errors import DatabaseLost
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import CircuitBreaker
from transport.rate_limiter import RateLimiter
from transport.turn_queue import Priority

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 6
MAX_RETRY_DELAY_SECONDS = 10.0

MessageBuilder = Callable[[Translator], Message]
ChatMessageBuilder = Callable[[Subscriber, Translator], Message]
"""Build a message about a group or channel."""


class SentListener(Protocol):
    """Callback for a notification that has arrived."""

    def __call__(self, chat_id: int, message_id: int, message: Message, /) -> Awaitable[None]: ...


@dataclass(frozen=True, slots=True)
class Notification:
    """A message for one chat, built in its language when it is sent."""

    chat_id: int
    build: MessageBuilder
    on_sent: SentListener | None


@dataclass(frozen=True, slots=True)
class StaffNotification:
    """A message for all bot admins whose role includes `least` when it is sent."""

    least: Role
    build: MessageBuilder
    on_sent: SentListener | None


class Notifier:
    """Sends notifications one after the other, before bulk messages.

    `language` is that of chats without a choice, `owners` are those of the operator's settings.
    """

    def __init__(
        self,
        database: Database,
        client: BotApiClient,
        rate_limiter: RateLimiter,
        circuit_breaker: CircuitBreaker,
        *,
        translations: Translations,
        language: str,
        owners: frozenset[int] = frozenset(),
    ) -> None:
        self._database = database
        self._client = client
        self._rate_limiter = rate_limiter
        self._circuit_breaker = circuit_breaker
        self._translations = translations
        self._language = language
        self._owners = owners
        self._queue: asyncio.Queue[Notification | StaffNotification] = asyncio.Queue()

    def notify(self, chats: Iterable[int], build: MessageBuilder, on_sent: SentListener | None = None) -> None:
        """Queue a message for each chat."""
        for chat_id in chats:
            self._queue.put_nowait(Notification(chat_id, build, on_sent))

    def notify_staff(self, least: Role, build: MessageBuilder, on_sent: SentListener | None = None) -> None:
        """Queue a message for everybody whose role includes `least`; who that is, is decided when it is sent."""
        self._queue.put_nowait(StaffNotification(least, build, on_sent))

    async def notify_administrators(self, subscriber_id: int, build: ChatMessageBuilder) -> bool:
        """Queue a message about a group or channel for those who look after it; return False if none can be reached."""
        async with self._database.read() as tx:
            chat = await subscribers.get_by_id(tx, subscriber_id)
            told = [] if chat is None else await chat_administrators.reachable(tx, subscriber_id)
        if chat is None or not told:
            return False
        self.notify((own.chat.id for own in told), partial(build, chat))
        return True

    async def translator_for(self, chat_id: int) -> Translator:
        """Return the translator for a chat's language."""
        try:
            async with self._database.read() as tx:
                subscriber = await subscribers.get(tx, chat_id)
        except DatabaseLost:  # which is what admins are told
            subscriber = None
        return self._translations.translator(subscriber.preferences.language if subscriber else self._language)

    async def run(self) -> None:
        """Send queued notifications until cancelled. One that cannot be built, or noted as sent, costs no other."""
        while True:
            notification = await self._queue.get()
            try:
                await self._deliver(notification)
            except Exception:
                log.exception("notification_defect", notice=_kind(notification.build))
            finally:
                self._queue.task_done()

    async def _deliver(self, notification: Notification | StaffNotification) -> None:
        if isinstance(notification, StaffNotification):
            self.notify(await self._holders(notification.least), notification.build, notification.on_sent)
        else:
            await self._send(notification)

    async def _holders(self, least: Role) -> Iterable[int]:
        """Return who has a role; only the owners of the settings if the database cannot tell."""
        try:
            async with self._database.read() as tx:
                return await roles.holders(tx, least, owners=self._owners)
        except DatabaseLost:  # which is what admins are told
            return self._owners

    async def wait_until_sent(self) -> None:
        """Wait until every queued notification was sent or given up."""
        await self._queue.join()

    async def call(
        self, method: str, chat_id: int, parameters: dict[str, object], priority: Priority = Priority.NOTIFICATION
    ) -> Outcome:
        """Call a Bot API method for a chat; try again where the call certainly had no effect, after an outage too."""
        body = msgspec.json.encode({"chat_id": chat_id} | parameters)
        for attempt in range(MAX_ATTEMPTS):
            await self._circuit_breaker.wait_while_open()
            async with self._rate_limiter.permit(chat_id, priority):
                outcome = await self._client.send(method, body)
            self._circuit_breaker.record(priority, outcome)
            if isinstance(outcome, RateLimited):
                self._rate_limiter.apply_retry_after(chat_id, outcome.seconds)
            elif isinstance(outcome, Retry):
                await asyncio.sleep(min(0.5 * 2**attempt, MAX_RETRY_DELAY_SECONDS))
            else:
                break
        return outcome

    async def _send(self, notification: Notification) -> None:
        message = notification.build(await self.translator_for(notification.chat_id))
        outcome = await self.call("sendMessage", notification.chat_id, message.to_bot_api())
        if not isinstance(outcome, Sent):
            log.warning("notification_failed", chat=notification.chat_id, outcome=type(outcome).__name__)
        elif notification.on_sent is not None:
            await notification.on_sent(notification.chat_id, outcome.message_id, message)
        if isinstance(outcome, Sent | Unconfirmed) and message.keyboard:
            await self._end_question(notification.chat_id)

    async def _end_question(self, chat_id: int) -> None:
        """End what the dispatcher has asked in a chat: a typed yes may be meant for the notification's buttons."""
        try:
            async with self._database.write() as tx:
                await subscribers.end_question(tx, chat_id)
        except DatabaseLost:  # which is what admins are told
            return


def _kind(build: MessageBuilder) -> str:
    """Return the name of the function that builds a notification, for the log: its arguments may quote anybody."""
    function = build.func if isinstance(build, partial) else build
    return str(getattr(function, "__qualname__", type(function).__qualname__))
