"""Run all bots of the process, as the table `bots` says; a change of it is taken up within seconds.

table -> one keeper per bot -> settings and token -> components -> loops, until the row changes

A bot that cannot start does not stop the others: it is handed on to another process, and tried again after a while.
Where it is the only one and there is no other process, the process ends as it does without the table. A defect of any
bot ends the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from bot import gc_tuning
from bot import logging_setup as logs
from bot.app import Shared, create_bot
from bot.bot_settings import InvalidBotSettings, settings_of, token_environment
from bot.database_guard import RunningBot
from bot.exit_code import ExitCode
from bot.expected_errors import EXPECTED, cannot_start
from bot.health import Health, ProcessHealth
from bot.host_checks import find_folder_errors
from bot.open_database import high_water_mark
from bot.running_bot import SignIn, run_loops
from bot.settings import Settings
from bot.start_failures import StartFailures
from bot.startup_errors import CannotStart, StartupError
from bot.token_reference import TokenUnusable, read_token
from delivery.high_water_mark import follow_claims
from domain.chat.i18n import lazy_text
from domain.delivery.states import BotState
from storage import bots
from storage.bots import StoredBot
from storage.database import Process
from storage.fleet import WEB_ROLE
from storage.process_name import process_name

log = structlog.get_logger(__name__)

READ_INTERVAL_SECONDS = 2.0
"""Time between two looks at the table."""

FIRST_RETRY_SECONDS = 5.0
RETRY_SECONDS = 60.0
"""Time until a bot that could not start is tried again, unless its row changes before: at first, and at most."""

STOPPED = lazy_text("no bot starts any more: the database is lost")


@dataclass(slots=True)
class _Kept:
    """A bot as the table has it now; `changed` is set when that is not what runs.

    `failed_starts` counts those since the row changed or the bot signed in.
    """

    wanted: StoredBot
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    failed_starts: int = 0


class Supervisor:
    """Runs the bots; `running` has those at work by name."""

    def __init__(self, settings: Settings, shared: Shared, health: ProcessHealth) -> None:
        self.running: dict[str, RunningBot] = {}
        self._settings = settings
        self._shared = shared
        self._health = health
        self._kept: dict[int, _Kept] = {}
        self._account_ids: dict[int, str] = {}
        self._failures = StartFailures(shared.database, settings.admin_ids, self.running)
        self._is_first_start = True
        self._is_stopped = False

    def wake(self) -> None:
        """Request a tick of each bot soon."""
        for bot in self.running.values():
            bot.wake()

    async def run(self, group: asyncio.TaskGroup) -> None:
        """Follow the table until cancelled; the bots run as tasks of the group. Raises if the first look fails.

        From then on no bot starts any more: what it sent would be known to nobody if the database is lost.
        """
        try:
            self._take_up(await self._read(), group)
            self._health.startup = None
            while True:
                await asyncio.sleep(READ_INTERVAL_SECONDS)
                await self._read_again(group)
                await self._failures.check_and_tell()
        finally:
            self._is_stopped = True

    async def _read_again(self, group: asyncio.TaskGroup) -> None:
        try:
            stored = await self._read()
        except Exception:
            log.exception("bots_unreadable")
        else:
            self._take_up(stored, group)

    async def _read(self) -> list[StoredBot]:
        async with self._shared.database.read() as tx:
            return await bots.get_all(tx)

    def _take_up(self, stored: Sequence[StoredBot], group: asyncio.TaskGroup) -> None:
        for bot in stored:
            kept = self._kept.get(bot.id)
            if kept is None:
                kept = self._kept[bot.id] = _Kept(bot)
                self._health.add(bot.name)
                group.create_task(self._keep(kept))
            elif kept.wanted != bot:
                log.info("bot_changed", bot=bot.name, state=bot.state.value)
                kept.wanted, kept.failed_starts = bot, 0
                kept.changed.set()

    async def _keep(self, kept: _Kept) -> None:
        """Run a bot as the table has it, from one change to the next."""
        with structlog.contextvars.bound_contextvars(bot=kept.wanted.name):
            while True:
                kept.changed.clear()
                await self._run_until_changed(kept)

    async def _run_until_changed(self, kept: _Kept) -> None:
        async with asyncio.TaskGroup() as group:
            bot = group.create_task(self._run(kept, kept.wanted))
            watch = group.create_task(_cancel_after(kept.changed, bot))
            bot.add_done_callback(lambda _bot: watch.cancel())

    async def _run(self, kept: _Kept, bot: StoredBot) -> None:
        health = self._health.add(bot.name)
        if bot.state is BotState.DRAINING:
            await self._shared.ownership.release(bot.id)
            log.info("bot_drained")
            health.startup = None
            await asyncio.Event().wait()
        try:
            await self._start(kept, bot, health)
        except CannotStart as failure:
            await self._failures.note(bot.id, str(failure))
            if len(self._kept) == 1 and not await self._is_other_process_there():
                raise
            await self._shared.ownership.release(bot.id)
            await self._pause(kept, health, str(failure))
        finally:
            self._account_ids.pop(bot.id, None)

    async def _pause(self, kept: _Kept, health: Health, reason: str) -> None:
        """Leave a bot to others for a while, which grows; it is no fault of this process while one of them runs it."""
        seconds = min(FIRST_RETRY_SECONDS * 2**kept.failed_starts, RETRY_SECONDS)
        kept.failed_starts += 1
        log.error("bot_not_running", reason=reason, retry_in=seconds)
        deadline = asyncio.get_running_loop().time() + seconds
        while (left_seconds := deadline - asyncio.get_running_loop().time()) > 0:
            is_owned = any(kept.wanted.id in process.bot_ids for process in await self._processes())
            health.startup = None if is_owned else reason
            await asyncio.sleep(min(READ_INTERVAL_SECONDS, left_seconds))
        health.startup = reason

    async def _start(self, kept: _Kept, bot: StoredBot, health: Health) -> None:
        """Run a bot. Raises `CannotStart` for what its operator can do something about."""
        settings = self._settings if bot.is_first else await self._load(bot)
        if not bot.is_first or self._shared.database.is_shared:  # else it was looked at when the process began
            await _check_folder(settings)
        self._claim_account(bot, settings)
        if self._is_stopped:
            health.startup = STOPPED
            await asyncio.Event().wait()

        async def note_started() -> None:
            kept.failed_starts = 0
            await self._failures.forget(bot.id)

        try:
            async with create_bot(settings, self._shared, bot.id) as components:
                await self._wait_for_ownership(bot, health)
                self._tune_gc()
                sign_in = SignIn(note_started, self._is_other_process_there)
                await run_loops(components, bot, health, self.running, sign_in)
        except (ExceptionGroup, *EXPECTED) as error:
            raise cannot_start(error, settings) from None

    async def _is_other_process_there(self) -> bool:
        """Return whether another process could run a bot that this one cannot."""
        others = {process.name for process in await self._processes() if process.role != WEB_ROLE}
        return bool(others - {process_name()})

    async def _processes(self) -> Sequence[Process]:
        try:
            async with asyncio.timeout(READ_INTERVAL_SECONDS):
                return await self._shared.database.processes()
        except Exception:
            log.exception("processes_unreadable")
            return ()

    async def _wait_for_ownership(self, bot: StoredBot, health: Health) -> None:
        """Stand by, healthy and with everything loaded, while another process runs the bot; note its claims too."""
        starting = health.startup

        def note_standby() -> None:
            health.startup = None

        database, mark = self._shared.database.for_bot(bot.id), high_water_mark(self._settings, bot.id)
        following = asyncio.create_task(follow_claims(database, mark))
        try:
            await self._shared.ownership.wait(bot.id, note_standby)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        health.startup = starting

    async def _load(self, bot: StoredBot) -> Settings:
        """Return the settings of a further bot; its token is in no log from now on."""
        try:
            token = await asyncio.to_thread(read_token, bot.token, token_environment())
            logs.redact(token.get_secret_value())
            settings = await asyncio.to_thread(settings_of, bot, self._settings, token)
        except TokenUnusable as error:
            raise CannotStart(
                StartupError(lazy_text("token: {problem}", problem=str(error)), ExitCode.SETTINGS)
            ) from None
        except InvalidBotSettings as error:
            raise CannotStart(*(StartupError(text, ExitCode.SETTINGS) for text in error.errors)) from None
        return settings

    def _claim_account(self, bot: StoredBot, settings: Settings) -> None:
        """Let one bot only work for a Telegram account: two would take each other's updates."""
        account_id = settings.bot_token.get_secret_value().partition(":")[0]
        for bot_id, other in self._account_ids.items():
            if other == account_id:
                owner = self._kept[bot_id].wanted.name
                text = lazy_text(
                    "token: it is that of the bot {name}; each bot needs one of its own from @BotFather", name=owner
                )
                raise CannotStart(StartupError(text, ExitCode.SETTINGS))
        self._account_ids[bot.id] = account_id

    def _tune_gc(self) -> None:
        """Freeze what the start has made, once: later garbage would never be collected."""
        if self._is_first_start:
            self._is_first_start = False
            gc_tuning.freeze_and_enable()


async def _check_folder(settings: Settings) -> None:
    if errors := await find_folder_errors(settings):
        raise CannotStart(*errors)


async def _cancel_after(changed: asyncio.Event, bot: asyncio.Task[None]) -> None:
    await changed.wait()
    bot.cancel()
