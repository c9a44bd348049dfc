"""Run the bot until it is stopped: start when it can, run all loops, end in good order.

surroundings -> health -> open the files, waiting for space -> sign in, waiting for Telegram -> loops until a signal
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import structlog

from bot import gc_tuning
from bot import logging_setup as logs
from bot.app import Components, create_bot
from bot.clock import Clock
from bot.exit_code import ExitCode
from bot.expected_errors import EXPECTED, cannot_start
from bot.file_names import shown_name
from bot.health import Health, serve_health
from bot.settings import Settings
from bot.startup_errors import CannotStart, print_errors
from bot.surroundings import find_surrounding_errors
from bot.telegram_route import TelegramRoute
from storage import digests
from storage.sqlite.open_errors import DiskFull
from transport.driver import ApiCallFailed, TelegramUnreachable
from transport.polling import Poller

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

FIRST_SCAN_TIMEOUT_SECONDS = 10.0
"""How long updates wait at start for the first scan of the digest folder, so that `/today` finds the newest digest."""

FIRST_START_RETRY_SECONDS = 0.5
MAX_START_RETRY_SECONDS = 30.0
"""Wait between two attempts at what the start waits for: a network, space on the disk."""

SET_PROXY = "; if this network blocks Telegram, set PROXY"
"""Advice if Telegram cannot be reached directly."""

BackgroundTask = Callable[[Callable[[], None]], Coroutine[Any, Any, None]]
"""A coroutine that runs beside the bot and may wake its scheduler (the demo's clock)."""


def serve_until_stopped(
    settings: Settings, *, clock: Clock | None = None, background_task: BackgroundTask | None = None
) -> int:
    """Run the bot until SIGTERM or SIGINT and return the exit code."""
    token = settings.bot_token.get_secret_value()
    webhook_secret = (settings.webhook_secret.get_secret_value(),) if settings.webhook_secret else ()
    proxy_secrets = settings.proxy.proxy.secrets if settings.proxy.proxy else ()
    secrets = (token, *webhook_secret, *proxy_secrets)
    logs.configure_logging(level=settings.log_level, form=settings.log_format, secrets=secrets)
    logs.log_warnings_and_crashes()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            runner.run(_serve_until_signalled(settings, clock or Clock(), background_task))
        except CannotStart as error:
            print_errors(error.errors)
            return error.exit_code
        except Exception:  # the outermost one: the log leaves out the token, which Python's own traceback would not
            log.exception("bot_failed")
            sys.stderr.write("digestbot: stopped by a defect; please report it with the log above\n")
            return ExitCode.DEFECT
    return ExitCode.SUCCESS


async def _serve_until_signalled(settings: Settings, clock: Clock, background_task: BackgroundTask | None) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    await serve(settings, clock, stop, background_task=background_task)


async def serve(
    settings: Settings, clock: Clock, stop: asyncio.Event, *, background_task: BackgroundTask | None = None
) -> None:
    """Run the bot in this event loop until `stop` is set. Raises `CannotStart`."""
    if errors := await find_surrounding_errors(settings):
        raise CannotStart(*errors)
    log.info("telegram_route", route=str(settings.proxy), source=settings.proxy.source or "default")
    health = Health()
    try:
        async with serve_health(settings.metrics_port, health), asyncio.TaskGroup() as group:
            bot = group.create_task(_run_bot(settings, clock, health, background_task))
            await stop.wait()
            log.info("bot_stopping")
            bot.cancel()
    except (ExceptionGroup, *EXPECTED) as error:
        raise cannot_start(error, settings) from None


async def _run_bot(settings: Settings, clock: Clock, health: Health, background_task: BackgroundTask | None) -> None:
    """Run the bot until cancelled, as soon as there is space to open its database."""
    async with AsyncExitStack() as stack:
        components = await _wait_for_space(lambda: stack.enter_async_context(create_bot(settings, clock)), health)
        gc_tuning.freeze_and_enable()
        await _run_loops(components, health, background_task)


async def _wait_for_space(open_bot: Callable[[], Awaitable[Components]], health: Health) -> Components:
    """Open the bot's files, again with growing delays while the disk is full."""
    delay_seconds = FIRST_START_RETRY_SECONDS
    while True:
        try:
            return await open_bot()
        except DiskFull as error:
            health.startup = str(error)
            log.warning("disk_full", reason=str(error), retry_in=delay_seconds)
        await asyncio.sleep(delay_seconds)
        delay_seconds = min(delay_seconds * 2, MAX_START_RETRY_SECONDS)


async def _run_loops(components: Components, health: Health, background_task: BackgroundTask | None) -> None:
    """Run all loops concurrently until cancelled."""
    health.registry = components.delivery.registry
    health.running_checks = lambda: _failing_checks(components, health)
    first_scan_done = asyncio.Event()
    loops = [
        components.scheduler.run(),
        _ingest_folder(components, first_scan_done),
        _receive_updates(components, health, first_scan_done),
    ]
    if background_task is not None:
        loops.append(background_task(components.scheduler.wake))
    async with asyncio.TaskGroup() as group:
        group.create_task(components.delivery.run())
        tasks = [group.create_task(loop) for loop in loops]
        group.create_task(components.database_guard.run(tasks))


async def _ingest_folder(components: Components, first_scan_done: asyncio.Event) -> None:
    """Watch the digest folder, and create it unless there was one: its disk may not be mounted."""
    async with components.database.read() as tx:
        is_first_start = await digests.last_published(tx) is None
    if is_first_start:
        await components.digest_folder.create()
    log.info("digest_folder_watched", folder=shown_name(str(components.digest_folder.path)))
    await components.folder_ingest.run(first_scan_done)


async def _receive_updates(components: Components, health: Health, first_scan_done: asyncio.Event) -> None:
    """Sign in as soon as Telegram is reachable, set the menus, and handle updates after the first folder scan."""
    route = components.settings.proxy
    username = await _retry_until_reachable(components.driver.sign_in, health, route)
    log.info("bot_started", bot=username, admins=len(components.settings.admin_ids))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(components.menus.run())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FIRST_SCAN_TIMEOUT_SECONDS):
                    await first_scan_done.wait()
            if isinstance(components.updates, Poller):
                await _retry_until_reachable(components.driver.delete_webhook, health, route)
            health.startup = None
            group.create_task(components.updates.run())
    finally:
        await components.inbox.close()


async def _retry_until_reachable(call: Callable[[], Awaitable[Result]], health: Health, route: TelegramRoute) -> Result:
    """Return the result of a Bot API call, retrying with growing delays while Telegram cannot be reached."""
    delay_seconds = FIRST_START_RETRY_SECONDS
    while True:
        try:
            return await call()
        except ApiCallFailed as error:
            wait_seconds = max(delay_seconds, error.retry_after or 0)
            is_blocked = isinstance(error, TelegramUnreachable) and route.proxy is None
            reason = f"{error}{SET_PROXY if is_blocked else ''}"
            health.startup = f"Telegram cannot be reached: {reason}"
            log.warning("telegram_unreachable", reason=reason, route=str(route), retry_in=wait_seconds)
            await asyncio.sleep(wait_seconds)
            delay_seconds = min(delay_seconds * 2, MAX_START_RETRY_SECONDS)


def _failing_checks(components: Components, health: Health) -> dict[str, str]:
    """Return the failing checks of delivery, folder, database files and, after sign-in, update reception, by name."""
    others = {
        "updates": components.updates.problem if health.startup is None else None,
        "folder": components.folder_ingest.problem,
        "database": components.database_guard.problem,
    }
    return components.delivery.health_checks() | {name: problem for name, problem in others.items() if problem}


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's loop factory, or None on Windows, for which uvloop has no build."""
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415

    return uvloop.new_event_loop
