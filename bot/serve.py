"""Run the process until it is stopped: start when it can, run all its bots, end in good order.

host_checks -> health -> open the database, waiting for it -> bots (`supervisor`) until a signal
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import structlog

from bot import gc_tuning
from bot import logging_setup as logs
from bot.app import Shared, create_webhook_server
from bot.clock import Clock
from bot.database_guard import DatabaseGuard
from bot.exit_code import ExitCode
from bot.expected_errors import EXPECTED, cannot_start
from bot.health import ProcessHealth, serve_health
from bot.host_checks import find_host_errors, is_readable_by_others
from bot.open_database import OpenDatabase, open_database
from bot.ownership import keep_ownership
from bot.running_bot import FIRST_START_RETRY_SECONDS, MAX_START_RETRY_SECONDS
from bot.settings import ENV_FILE, ProcessRole, Settings
from bot.startup_errors import CannotStart, StartupError, print_errors
from bot.status_socket import serve_status
from bot.supervisor import Supervisor
from bot.webhook_receivers import WebhookReceivers
from domain.chat.i18n import lazy_text
from storage.errors import DatabaseUnavailable
from storage.postgresql.address import PostgresqlAddress
from storage.sqlite.backup import claim_counts
from storage.sqlite.open_errors import DiskFull

log = structlog.get_logger(__name__)

SERVER_RETRY_SECONDS = 0.5
"""Wait between two attempts at a database server: a morning goes on within a second of its return."""

PRIVATE_UMASK = 0o077
"""Whatever the process creates is readable by its user only: the database tells who reads what."""

BackgroundTask = Callable[[Callable[[], None]], Coroutine[Any, Any, None]]
"""A coroutine that runs beside the bots and may wake their schedulers (the demo's clock)."""


def serve_until_stopped(
    settings: Settings, *, clock: Clock | None = None, background_task: BackgroundTask | None = None
) -> int:
    """Run the bot until SIGTERM or SIGINT and return the exit code."""
    token = settings.bot_token.get_secret_value()
    webhook_secret = (settings.webhook_secret.get_secret_value(),) if settings.webhook_secret else ()
    proxy_secrets = settings.proxy.proxy.secrets if settings.proxy.proxy else ()
    database_secrets = settings.database.secrets if isinstance(settings.database, PostgresqlAddress) else ()
    secrets = (token, *webhook_secret, *proxy_secrets, *database_secrets)
    logs.configure_logging(level=settings.log_level, form=settings.log_format, secrets=secrets)
    logs.log_warnings_and_crashes()
    _warn_of_readable_secrets(settings)
    with _private_files(), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            runner.run(_serve_until_signalled(settings, clock or Clock(), background_task))
        except CannotStart as error:
            print_errors(error.errors)
            return error.exit_code
        except Exception:  # the outermost one: the log leaves out the token, which Python's own traceback would not
            log.exception("bot_failed")
            text = lazy_text("stopped by a defect; please report it with the log above")
            print_errors([StartupError(text, ExitCode.DEFECT)])
            return ExitCode.DEFECT
    return ExitCode.SUCCESS


@contextmanager
def _private_files() -> Iterator[None]:
    former = os.umask(PRIVATE_UMASK)
    try:
        yield
    finally:
        os.umask(former)


def _warn_of_readable_secrets(settings: Settings) -> None:
    database = [settings.database] if isinstance(settings.database, Path) else []
    for path in (ENV_FILE.absolute(), *database):
        if is_readable_by_others(path):
            log.warning("file_readable_by_others", file=str(path), remedy=f"chmod 600 '{path}'")


async def _serve_until_signalled(settings: Settings, clock: Clock, background_task: BackgroundTask | None) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    await serve(settings, clock, stop, background_task=background_task)


async def serve(
    settings: Settings, clock: Clock, stop: asyncio.Event, *, background_task: BackgroundTask | None = None
) -> None:
    """Run all bots in this event loop until `stop` is set. Raises `CannotStart`."""
    errors = await find_host_errors(settings)
    if errors and not await asyncio.to_thread(_concerns_one_of_several, errors, settings):
        raise CannotStart(*errors)
    if settings.role is not ProcessRole.WEB:
        log.info("telegram_route", route=str(settings.proxy), source=settings.proxy.source or "default")
    health = ProcessHealth(settings.role)
    try:
        async with (
            serve_health(settings.metrics_port, health),
            serve_status(settings, health),
            asyncio.TaskGroup() as group,
        ):
            process = group.create_task(_run_bots(settings, clock, health, background_task))
            await stop.wait()
            log.info("bot_stopping")
            process.cancel()
    except (ExceptionGroup, *EXPECTED) as error:
        raise cannot_start(error, settings) from None


def _concerns_one_of_several(errors: Sequence[StartupError], settings: Settings) -> bool:
    """Return whether the errors are the first bot's own, and there are others that can run."""
    if any(error.setting != "digests" for error in errors):
        return False
    if not isinstance(settings.database, Path):
        return True  # another process may have the folder; if there is none, the bot's start says the same
    return len(claim_counts(settings.database) or ()) > 1


async def _run_bots(
    settings: Settings, clock: Clock, health: ProcessHealth, background_task: BackgroundTask | None
) -> None:
    """Run all bots until cancelled, as soon as their database can be opened."""
    async with AsyncExitStack() as stack:

        def open_own() -> Awaitable[OpenDatabase]:
            return stack.enter_async_context(
                open_database(settings.database, has_standbys=settings.ha, role=settings.role.value)
            )

        opened = await wait_for_database(open_own, health)
        ownership = await stack.enter_async_context(keep_ownership(opened.database))
        shared = Shared(
            database=opened.database,
            clock=clock,
            ownership=ownership,
            webhook_server=create_webhook_server(settings),
        )
        supervisor = Supervisor(settings, shared, health)
        guard = DatabaseGuard(opened.session, supervisor.running, clock, opened.database.find_write_error)
        health.database_problem = lambda: guard.problem
        async with asyncio.TaskGroup() as group:
            others = []
            if settings.listens_for_webhooks and settings.stores_updates:
                others.append(group.create_task(_receivers(settings, shared, health).run()))
            if settings.role is not ProcessRole.WEB:
                others.append(group.create_task(supervisor.run(group)))
            if background_task is not None:
                others.append(group.create_task(background_task(supervisor.wake)))
            group.create_task(guard.run(others))


def _receivers(settings: Settings, shared: Shared, health: ProcessHealth) -> WebhookReceivers:
    """Return the receivers of all webhooks; a process that does nothing else has started when they listen."""

    def note_start() -> None:
        if health.startup is not None:
            health.startup = None
            gc_tuning.freeze_and_enable()

    is_alone = settings.role is ProcessRole.WEB
    return WebhookReceivers(settings, shared.database, shared.clock, *((note_start,) if is_alone else ()))


async def wait_for_database(open_it: Callable[[], Awaitable[OpenDatabase]], health: ProcessHealth) -> OpenDatabase:
    """Open the database: again with growing delays while the disk is full, and often while its server is away."""
    delay_seconds = FIRST_START_RETRY_SECONDS
    while True:
        try:
            return await open_it()
        except DiskFull as error:
            health.startup = str(error)
            log.warning("disk_full", reason=str(error), retry_in=delay_seconds)
            await asyncio.sleep(delay_seconds)
            delay_seconds = min(delay_seconds * 2, MAX_START_RETRY_SECONDS)
        except DatabaseUnavailable as error:
            if health.startup != str(error):
                log.warning("database_unreachable", reason=str(error), retry_in=SERVER_RETRY_SECONDS)
            health.startup = str(error)
            await asyncio.sleep(SERVER_RETRY_SECONDS)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's loop factory, or None on Windows, for which uvloop has no build."""
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415

    return uvloop.new_event_loop
