"""Guard of the open database: stops all work when its files are lost, and says so while it cannot be written.

A server looks after its files itself; whether it commits anything, the guard asks it.

SQLite writes on into a deleted file, and all of that is lost with the process. A lost database is not opened again: the
process holds the only copy of the newest changes, so it saves them and waits for the operator.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from delivery.notifier import MessageBuilder
from delivery.service import DeliveryService
from domain.chat.i18n import Translator, joined, lazy_text
from domain.chat.message import Message
from storage.database import WriteError
from storage.sqlite.session import DatabaseSession, FileLoss
from views import run_reports

log = structlog.get_logger(__name__)

CHECK_INTERVAL_SECONDS = 1.0
"""Interval between two looks at the files: four `stat` calls."""

CHECKS_PER_WRITE = 30
"""Looks at the files for each test whether the database can be written, which costs a flush to disk."""


@dataclass(frozen=True, slots=True)
class RunningBot:
    """A bot at work: its delivery, and the tasks beside it."""

    delivery: DeliveryService
    tasks: Sequence[asyncio.Task[None]]
    wake: Callable[[], None] = lambda: None


class DatabaseGuard:
    """Looks after the files of the database while `run` runs; `problem` says what is wrong with them.

    `running` are the bots at work, by name, as they come and go.
    """

    def __init__(
        self,
        session: DatabaseSession | None,
        running: Mapping[str, RunningBot],
        now: Callable[[], datetime],
        find_write_error: Callable[[], Awaitable[WriteError | None]] | None = None,
    ) -> None:
        self._session = session
        self._find_write_error = find_write_error
        self._running = running
        self._now = now
        self.problem: str | None = None
        self._unwritable_since: datetime | None = None
        """By the real clock: the one that is passed in may be simulated."""

    async def run(self, others: Sequence[asyncio.Task[None]]) -> None:
        """Watch until a file is lost; then cancel the other tasks, hold delivery, save the data and tell the admins."""
        if self._session is None:
            await self._watch_server()
            return
        loss = await self._wait_for_loss(self._session)
        self.problem = loss.problem
        log.error("database_lost", file=str(loss.file), reason=loss.problem)
        bots = tuple(self._running.values())
        tasks = [*others, *(task for bot in bots for task in bot.tasks)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*(bot.delivery.hold(loss.problem) for bot in bots))
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._save_and_tell(self._session, loss)

    async def _wait_for_loss(self, session: DatabaseSession) -> FileLoss:
        while True:
            for _ in range(CHECKS_PER_WRITE):
                await asyncio.sleep(CHECK_INTERVAL_SECONDS)
                loss = await asyncio.to_thread(session.find_loss)
                if loss is not None:
                    return loss
            await self._test_writing(session)

    async def _watch_server(self) -> None:
        while self._find_write_error is not None:
            await asyncio.sleep(CHECK_INTERVAL_SECONDS)
            await self._note_write_error(await self._find_write_error())

    async def _test_writing(self, session: DatabaseSession) -> None:
        """Write without effect."""
        error = await asyncio.to_thread(session.find_write_error)
        await self._note_write_error(None if error is None else WriteError(error))

    async def _note_write_error(self, error: WriteError | None) -> None:
        """Tell the admins once when writing begins to fail."""
        was_writable = self._unwritable_since is None
        if error is None:
            self.problem = self._unwritable_since = None
            if not was_writable:
                log.info("database_writable_again")
            return
        self._unwritable_since = self._unwritable_since or datetime.now(UTC) - timedelta(seconds=error.seconds)
        since = f"{self._unwritable_since:%Y-%m-%d %H:%M:%S} UTC"
        waiting = lazy_text("nothing has been sent since {moment}", moment=since)
        self.problem = joined((error.reason, waiting)) if error.is_waiting else error.reason
        if was_writable:
            reason = error.reason
            log.error("database_unwritable", reason=reason)
            await self._notify_admins(lambda translate: run_reports.database_unwritable_notice(reason, translate))

    async def _save_and_tell(self, session: DatabaseSession, loss: FileLoss) -> None:
        saved = None if loss.is_lock else await asyncio.to_thread(session.save_copy, self._now())
        if saved is not None:
            log.error("database_saved", file=str(saved), fix=f"stop the bot, then: digestbot restore {saved}")
        saved_name = None if saved is None else str(saved)

        def build(translate: Translator) -> Message:
            return run_reports.database_lost_notice(str(loss.file), saved_name, translate, is_lock=loss.is_lock)

        await self._notify_admins(build)

    async def _notify_admins(self, build: MessageBuilder) -> None:
        for bot in tuple(self._running.values()):
            await bot.delivery.notify_admins(build)
