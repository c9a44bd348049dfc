"""Run one bot of the process: sign in when Telegram can be reached, and run all its loops until cancelled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from bot.app import Components
from bot.database_guard import RunningBot
from bot.exit_code import ExitCode
from bot.health import Health
from bot.item_indexing import index_editions
from bot.startup_errors import CannotStart, StartupError
from bot.telegram_route import TelegramRoute
from domain.chat.i18n import joined, lazy_text
from domain.delivery.states import BotState
from domain.file_names import shown_name
from storage import bots, digests, kv
from storage.bots import StoredBot
from storage.database import Database
from transport.driver import ApiCallFailed, TelegramUnreachable
from transport.polling import Poller

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

FIRST_SCAN_TIMEOUT_SECONDS = 10.0
"""How long updates wait at start for the first scan of the digest folder, so that `/today` finds the newest digest."""

FIRST_START_RETRY_SECONDS = 0.5
MAX_START_RETRY_SECONDS = 30.0
"""Wait between two attempts at what the start waits for: a network, space on the disk."""

SET_PROXY = lazy_text("if this network blocks Telegram, set PROXY")
"""Advice if Telegram cannot be reached directly."""

PAUSED = lazy_text("paused by the operator")


HAND_ON_SECONDS = 30.0
"""How long a process waits for Telegram at the start of a bot that another process could run."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What follows when a bot has signed in, and whether another process could try where this one does not succeed."""

    on_success: Callable[[], Awaitable[None]]
    is_other_process_there: Callable[[], Awaitable[bool]]


async def run_loops(
    components: Components, bot: StoredBot, health: Health, running: dict[str, RunningBot], sign_in: SignIn
) -> None:
    """Run all loops of a bot concurrently until cancelled; it is in `running` meanwhile."""
    if bot.state is BotState.PAUSED:
        await components.delivery.hold(PAUSED)
    health.registry = components.delivery.registry
    health.running_checks = lambda: _failing_checks(components, health)
    first_scan_done = asyncio.Event()
    loops = [
        components.scheduler.run(),
        _ingest_folder(components, first_scan_done),
        index_editions(components.database),
        _receive_updates(components, health, first_scan_done, sign_in),
    ]
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(components.delivery.run())
            tasks = [group.create_task(loop) for loop in loops]
            running[bot.name] = RunningBot(components.delivery, tasks, components.scheduler.wake)
    finally:
        running.pop(bot.name, None)


async def _ingest_folder(components: Components, first_scan_done: asyncio.Event) -> None:
    """Watch the digest folder, and create it unless there was one: its disk may not be mounted."""
    async with components.database.read() as tx:
        is_first_start = await digests.last_published(tx) is None
    if is_first_start:
        await components.digest_folder.create()
    log.info("digest_folder_watched", folder=shown_name(str(components.digest_folder.path)))
    await components.folder_ingest.run(first_scan_done)


async def _receive_updates(
    components: Components, health: Health, first_scan_done: asyncio.Event, sign_in: SignIn
) -> None:
    """Sign in as soon as Telegram is reachable, set the menus, and handle updates after the first folder scan."""
    route = components.settings.proxy
    username = await _retry_until_reachable(components.driver.sign_in, health, route, sign_in.is_other_process_there)
    log.info("bot_started", username=username, admins=len(components.settings.admin_ids))
    await _store_username(components.database, username)
    await store_inline_mode(components.database, is_on=components.driver.supports_inline_queries)
    await sign_in.on_success()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(components.menus.run())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FIRST_SCAN_TIMEOUT_SECONDS):
                    await first_scan_done.wait()
            group.create_task(components.descriptions.run())
            if isinstance(components.updates, Poller):
                await _retry_until_reachable(components.driver.delete_webhook, health, route)
            if components.stored_updates is not None:  # they are older than what a poll returns
                group.create_task(components.stored_updates.run())
                await components.stored_updates.has_read.wait()
            health.startup = None
            group.create_task(components.updates.run())
    finally:
        await components.inbox.close()


async def _store_username(database: Database, username: str) -> None:
    """Store the bot's name, to which the links under a digest lead, if it is new."""
    async with database.read() as tx:
        is_known = await bots.username(tx) == username
    if not is_known:
        async with database.write() as tx:
            await bots.set_username(tx, username)


async def store_inline_mode(database: Database, *, is_on: bool) -> None:
    """Store whether inline mode is switched on, for /stats: only @BotFather can do that."""
    if not is_on:
        log.info("inline_mode_off", remedy="send /setinline to @BotFather")
    async with database.read() as tx:
        was_on = await kv.get(tx, kv.INLINE_MODE_OFF) is None
    if was_on != is_on:
        async with database.write() as tx:
            await (kv.remove(tx, kv.INLINE_MODE_OFF) if is_on else kv.put(tx, kv.INLINE_MODE_OFF, ""))


async def _alone() -> bool:
    return False


async def _retry_until_reachable(
    call: Callable[[], Awaitable[Result]],
    health: Health,
    route: TelegramRoute,
    is_other_process_there: Callable[[], Awaitable[bool]] = _alone,
) -> Result:
    """Return the result of a Bot API call, retrying with growing delays while Telegram cannot be reached.

    Raises `CannotStart` after a while if another process is there: the network may be at fault only here.
    """
    delay_seconds = FIRST_START_RETRY_SECONDS
    deadline = asyncio.get_running_loop().time() + HAND_ON_SECONDS
    while True:
        try:
            return await call()
        except ApiCallFailed as error:
            wait_seconds = max(delay_seconds, error.retry_after or 0)
            is_blocked = isinstance(error, TelegramUnreachable) and route.proxy is None
            reason = joined((str(error), SET_PROXY)) if is_blocked else str(error)
            health.startup = lazy_text("Telegram cannot be reached: {reason}", reason=reason)
            if asyncio.get_running_loop().time() >= deadline and await is_other_process_there():
                raise CannotStart(StartupError(health.startup, ExitCode.TEMPORARY_FAILURE)) from None
            log.warning("telegram_unreachable", reason=reason, route=str(route), retry_in=wait_seconds)
            await asyncio.sleep(wait_seconds)
            delay_seconds = min(delay_seconds * 2, MAX_START_RETRY_SECONDS)


def _failing_checks(components: Components, health: Health) -> dict[str, str]:
    """Return the failing checks of delivery, folder and, after sign-in, update reception, by name."""
    stored = components.stored_updates and components.stored_updates.problem
    others = {
        "updates": (components.updates.problem or stored) if health.startup is None else None,
        "folder": components.folder_ingest.problem,
    }
    checks = components.delivery.health_checks() | {name: problem for name, problem in others.items() if problem}
    return {name: problem for name, problem in checks.items() if problem != PAUSED}
