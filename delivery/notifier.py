"""Single messages, for admins and for chats that something happened to: each sent at its turn, tried a few times."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec
import structlog

from domain.chat.i18n import Say, Texts
from domain.chat.message import Message
from domain.delivery.outcome import Outcome, Retry, Sent, Throttled
from storage import subscribers
from storage.database import Database
from transport.bot_api_client import Wire
from transport.rate_limiter import Lane, Pace

log = structlog.get_logger(__name__)

ATTEMPTS = 6

Make = Callable[[Say], Message]


@dataclass(frozen=True, slots=True)
class _Letter:
    chat_id: int
    make: Make


class Teller:
    """Sends single messages on the lane before the bulk's. They are not in the ledger: none of them is a delivery."""

    def __init__(self, database: Database, wire: Wire, pace: Pace, *, texts: Texts, language: str) -> None:
        self._database = database
        self._wire = wire
        self._pace = pace
        self._texts = texts
        self._language = language
        self._letters: asyncio.Queue[_Letter] = asyncio.Queue()

    def tell(self, chats: Iterable[int], make: Make) -> None:
        """Have a message sent to each chat, in its own language."""
        for chat_id in chats:
            self._letters.put_nowait(_Letter(chat_id, make))

    async def say_for(self, chat_id: int) -> Say:
        """The words of a chat's language."""
        async with self._database.read() as tx:
            found = await subscribers.find(tx, chat_id)
        return self._texts.say(found.taste.language if found else self._language)

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
        outcome = await self.call("sendMessage", letter.chat_id, message.as_json())
        if not isinstance(outcome, Sent):
            log.warning("not told", chat=letter.chat_id, outcome=type(outcome).__name__)

    async def call(self, method: str, chat_id: int, parameters: dict[str, object]) -> Outcome:
        """One call, tried again where it certainly had no effect."""
        body = msgspec.json.encode({"chat_id": chat_id} | parameters)
        for attempt in range(ATTEMPTS):
            await self._pace.permit(chat_id, Lane.CARD)
            outcome = await self._wire.send(method, body)
            if isinstance(outcome, Throttled):
                self._pace.hold(chat_id, outcome.seconds)
            elif isinstance(outcome, Retry):
                await asyncio.sleep(min(0.5 * 2**attempt, 10))
            else:
                break
        return outcome
