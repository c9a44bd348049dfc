"""Bots that no process can start: kept in the database for all processes, and said to the admins once.

a start fails -> noted -> another process tries -> all have failed: said -> one has started it: forgotten, and said
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import structlog

from bot.database_guard import RunningBot
from bot.recognition import recognized
from delivery.notifier import MessageBuilder
from domain.chat.i18n import Translator
from domain.chat.message import Message
from storage import fleet, kv, start_failures
from storage.database import Database
from storage.fleet import Fleet, FleetBot, FleetState
from storage.process_name import process_name
from views import run_reports

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 5.0
"""How long each step may take: no start waits for a database that does not answer."""

TOLD = "told_cannot_start"
"""Note that the admins were told that no process can start a bot."""

MENDED = (FleetState.RUNNING, FleetState.PAUSED, FleetState.DRAINED)


class StartFailures:
    """Failures of starts. The admins of the installation hear of bots that no process can start.

    Of all processes, the one that runs the first bot of those that run tells them, through that bot.
    """

    def __init__(
        self,
        database: Database,
        admins: frozenset[int],
        running: Mapping[str, RunningBot],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._admins = admins
        self._running = running
        self._now = now

    async def note(self, bot_id: int, reason: str) -> None:
        """Store why this process could not start a bot."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                at_work = {process.name for process in await self._database.processes()}
                async with self._database.for_bot(bot_id).write() as tx:
                    await start_failures.forget_ended(tx, at_work)
                    await start_failures.note(tx, process_name(), reason, now=self._now())
        except Exception:
            log.exception("start_failure_not_stored", bot_id=bot_id)

    async def forget(self, bot_id: int) -> None:
        """Note that a bot has started."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), self._database.for_bot(bot_id).write() as tx:
                await start_failures.forget(tx)
        except Exception:
            log.exception("start_failure_not_stored", bot_id=bot_id)

    async def check_and_tell(self) -> None:
        """Tell the admins of what has changed, if that is this process's part."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._check()
        except Exception:
            log.exception("start_failures_unreadable")

    async def _check(self) -> None:
        if not await self._is_any_failing_or_told():
            return
        all_bots = await fleet.load(self._database, now=self._now(), holder=self._holder, counts_backlog=False)
        speaker = _speaker(all_bots, self._running)
        if speaker is None:
            return
        for bot in all_bots.bots:
            if bot.state is FleetState.CANNOT_START and await self._note_told(bot):
                await self._tell_cannot_start(speaker, bot)
            elif bot.state in MENDED and await self._forget_told(bot):
                await self._tell_runs_again(speaker, bot)

    @property
    def _holder(self) -> str | None:
        return None if self._database.is_shared else process_name()

    async def _is_any_failing_or_told(self) -> bool:
        async with self._database.read() as tx:
            return bool(await start_failures.get_all(tx)) or await kv.is_any(tx, TOLD)

    async def _note_told(self, bot: FleetBot) -> bool:
        """Note that the admins are told; return whether they were not before."""
        async with self._database.for_bot(bot.id).write(alone=True) as tx:
            if await kv.get(tx, TOLD) is not None:
                return False
            await kv.put(tx, TOLD, self._now().isoformat())
        return True

    async def _forget_told(self, bot: FleetBot) -> bool:
        async with self._database.for_bot(bot.id).write(alone=True) as tx:
            if await kv.get(tx, TOLD) is None:
                return False
            await kv.remove(tx, TOLD)
        return bot.state is not FleetState.DRAINED

    async def _tell_cannot_start(self, speaker: RunningBot, bot: FleetBot) -> None:
        reasons = [(failure.process, failure.reason) for failure in bot.failures]
        log.error("bot_runs_nowhere", stopped_bot=bot.name, reasons=dict(reasons))

        def build(translate: Translator) -> Message:
            said = [(process, recognized(reason, translate)) for process, reason in reasons]
            return run_reports.cannot_start_notice(bot.name, said, translate)

        await self._notify(speaker, build)

    async def _tell_runs_again(self, speaker: RunningBot, bot: FleetBot) -> None:
        log.info("bot_runs_again", stopped_bot=bot.name, process=bot.owner)
        await self._notify(speaker, lambda translate: run_reports.runs_again_notice(bot.name, translate))

    async def _notify(self, speaker: RunningBot, build: MessageBuilder) -> None:
        await speaker.delivery.notify_admins(build, self._admins)


def _speaker(all_bots: Fleet, running: Mapping[str, RunningBot]) -> RunningBot | None:
    """Return the first of all bots that run, if it runs here."""
    at_work = [bot for bot in all_bots.bots if bot.state in (FleetState.RUNNING, FleetState.PAUSED)]
    if not at_work or at_work[0].owner != process_name():
        return None
    return running.get(at_work[0].name)
