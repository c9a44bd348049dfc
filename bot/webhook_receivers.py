"""Take in the updates of all bots over their webhooks, for whichever process owns each bot.

table `bots` -> one receiver per bot that is not drained, at a path of its own -> table `inbox`

It needs no token, and sends nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from bot.bot_settings import webhook_url_of
from bot.clock import Clock
from bot.settings import Settings
from bot.update_store import DatabaseUpdateStore
from domain.delivery.states import BotState
from storage import bots
from storage.bots import StoredBot
from storage.database import Database
from transport.stored_updates import StoreIntake
from transport.webhook import Receiver, WebhookEndpoint, WebhookServer

log = structlog.get_logger(__name__)

READ_INTERVAL_SECONDS = 2.0
"""Time between two looks at the table of bots."""


class WebhookReceivers:
    """Receives the updates of all bots while `run` runs; `note_start` is called when it listens for them."""

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, note_start: Callable[[], None] = lambda: None
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._note_start = note_start
        if settings.webhook_secret is None:
            raise ValueError("without a secret anybody could send updates")
        self._secret = settings.webhook_secret.get_secret_value()
        self._server = WebhookServer(settings.webhook_host, settings.webhook_port)
        self._receiving: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Receive until cancelled, with the bots as the table has them. Raises PortTaken."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    stored = await self._read()
                except Exception:
                    log.exception("bots_unreadable")
                else:
                    self._follow(stored, group)
                await asyncio.sleep(READ_INTERVAL_SECONDS)

    async def _read(self) -> list[StoredBot]:
        async with self._database.read() as tx:
            return await bots.get_all(tx)

    def _follow(self, stored: list[StoredBot], group: asyncio.TaskGroup) -> None:
        for bot in stored:
            if bot.state is BotState.DRAINING:
                if (task := self._receiving.pop(bot.id, None)) is not None:
                    task.cancel()
            elif bot.id not in self._receiving:
                self._receiving[bot.id] = group.create_task(self._receive(bot))

    async def _receive(self, bot: StoredBot) -> None:
        store = DatabaseUpdateStore(self._database.for_bot(bot.id), self._clock)
        intake = StoreIntake(store, monotonic=asyncio.get_running_loop().time)
        endpoint = WebhookEndpoint(url=webhook_url_of(bot, self._settings), secret=self._secret)
        with structlog.contextvars.bound_contextvars(bot=bot.name):
            async with self._server.receiving(Receiver(endpoint, intake)):
                self._note_start()
                await asyncio.Event().wait()
