"""Single messages, for admins and for chats that something happened to: each sent at its turn, tried a few times."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec
import structlog

from domain.chat.i18n import Translations, Translator
from domain.chat.message import Message
from domain.delivery.outcome import Outcome, RateLimited, Retry, Sent
from storage import subscribers
from storage.database import Database
from transport.bot_api_client import BotApiClient
from transport.rate_limiter import Priority, RateLimiter

log = structlog.get_logger(__name__)

ATTEMPTS = 6

MessageBuilder = Callable[[Translator], Message]


@dataclass(frozen=True, slots=True)
class _Letter:
    chat_id: int
    make: MessageBuilder


class Notifier:
    """Sends single messages on the lane before the bulk's. They are not in the ledger: none of them is a delivery."""

    def __init__(
        self,
        database: Database,
        client: BotApiClient,
        rate_limiter: RateLimiter,
        *,
        translations: Translations,
        language: str,
    ) -> None:
        self._database = database
        self._client = client
        self._rate_limiter = rate_limiter
        self._translations = translations
        self._language = language
        self._letters: asyncio.Queue[_Letter] = asyncio.Queue()

    def notify(self, chats: Iterable[int], make: MessageBuilder) -> None:
        """Have a message sent to each chat, in its own language."""
        for chat_id in chats:
            self._letters.put_nowait(_Letter(chat_id, make))

    async def say_for(self, chat_id: int) -> Translator:
        """The words of a chat's language."""
        async with self._database.read() as tx:
            found = await subscribers.get(tx, chat_id)
        return self._translations.translator(found.preferences.language if found else self._language)

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            letter = await self._letters.get()
            try:
                await self._send(letter)
            finally:
                self._letters.task_done()

    async def all_told(self) -> None:
        """Wait until nothing is left to be told."""
        await self._letters.join()

    async def _send(self, letter: _Letter) -> None:
        message = letter.make(await self.say_for(letter.chat_id))
        outcome = await self.call("sendMessage", letter.chat_id, message.to_bot_api())
        if not isinstance(outcome, Sent):
            log.warning("not told", chat=letter.chat_id, outcome=type(outcome).__name__)

    async def call(self, method: str, chat_id: int, parameters: dict[str, object]) -> Outcome:
        """One call, tried again where it certainly had no effect."""
        body = msgspec.json.encode({"chat_id": chat_id} | parameters)
        for attempt in range(ATTEMPTS):
            async with self._rate_limiter.permit(chat_id, Priority.NOTIFICATION):
                outcome = await self._client.send(method, body)
            if isinstance(outcome, RateLimited):
                self._rate_limiter.apply_retry_after(chat_id, outcome.seconds)
            elif isinstance(outcome, Retry):
                await asyncio.sleep(min(0.5 * 2**attempt, 10))
            else:
                break
        return outcome
