"""Build all components, wire them together and run the bot until it is stopped.

poll or webhook -> inbox -> driver -> dispatcher -> actions -> driver
digest folder -> publisher -> delivery service          scheduler -> delivery service -> Bot API client
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import structlog

from bot import gc_tuning
from bot import logging_setup as logs
from bot.clock import Clock
from bot.command_menus import CommandMenus
from bot.database_guard import DatabaseGuard
from bot.digest_folder import DigestFolder
from bot.exit_code import ExitCode
from bot.expected_errors import EXPECTED, cannot_start, startup_error
from bot.file_names import shown_name
from bot.files import load_classifier
from bot.folder_alerts import FolderAlerts
from bot.folder_ingest import FolderIngest
from bot.framework import create_driver
from bot.health import Health, serve_health
from bot.open_database import open_database
from bot.publisher import Publisher
from bot.scheduler import Scheduler
from bot.settings import Settings
from bot.startup_errors import CannotStart, print_errors
from bot.surroundings import find_surrounding_errors
from delivery import restore
from delivery.high_water_mark import HighWaterMark
from delivery.restore import ResumeResult
from delivery.service import DeliveryOptions, DeliveryService, create_delivery_service
from domain.chat.action import Action
from domain.chat.event import Event
from domain.chat.i18n import Translations
from domain.delivery.policy import UnconfirmedPolicy
from handlers.context import Services
from handlers.dispatcher import Dispatcher
from handlers.input.time_zones import TimeZoneLookup
from storage import digests, updates
from storage.database import Database
from storage.open_errors import DiskFull
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import create_circuit_breaker
from transport.driver import ApiCallFailed, Driver, UpdateSource
from transport.inbox import Inbox
from transport.polling import Poller
from transport.rate_limiter import RateLimiter
from transport.webhook import Receiver, Webhook, WebhookEndpoint, WebhookMonitor
from views.command_menu import command_menu_calls as menu_calls

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

PROCESSED_UPDATES_KEPT = timedelta(days=2)
"""How long processed update ids are kept. Telegram drops undelivered updates after one day."""

FIRST_SCAN_TIMEOUT_SECONDS = 10.0
"""How long updates wait at start for the first scan of the digest folder, so that `/today` finds the newest digest."""

FIRST_START_RETRY_SECONDS = 0.5
MAX_START_RETRY_SECONDS = 30.0
"""Wait between two attempts at what the start waits for: a network, space on the disk."""

BackgroundTask = Callable[[Callable[[], None]], Coroutine[Any, Any, None]]
"""A coroutine that runs beside the bot and may wake its scheduler (the demo's clock)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """The wired components of one bot."""

    settings: Settings
    database: Database
    driver: Driver
    delivery: DeliveryService
    scheduler: Scheduler
    inbox: Inbox[Any]
    updates: Poller[Any] | Webhook
    database_guard: DatabaseGuard
    digest_folder: DigestFolder
    folder_ingest: FolderIngest
    menus: CommandMenus


def serve_until_stopped(
    settings: Settings, *, clock: Clock | None = None, background_task: BackgroundTask | None = None
) -> int:
    """Run the bot until SIGTERM or SIGINT and return the exit code."""
    token = settings.bot_token.get_secret_value()
    secrets = (token, settings.webhook_secret.get_secret_value()) if settings.webhook_secret else (token,)
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


def resume_after_restore(settings: Settings) -> int:
    """Accept a restored database as the current state and return the exit code. The bot must not be running."""
    if not settings.database.exists():
        sys.stderr.write(
            f"digestbot: there is no database {settings.database.absolute()}; run this where the bot's .env is, or set "
            "DATABASE to the restored file\n"
        )
        return ExitCode.FAILURE
    try:
        resumed = asyncio.run(_resume(settings))
    except EXPECTED as error:
        failure = startup_error(error, settings)
        print_errors([failure])
        return failure.exit_code
    sys.stdout.write(
        f"{resumed.parts} pending messages of {resumed.runs} runs were skipped. Start the bot with: digestbot run\n"
    )
    return ExitCode.SUCCESS


async def _resume(settings: Settings) -> ResumeResult:
    async with open_database(settings.database) as opened:
        high_water_mark = HighWaterMark.beside(settings.database)
        return await restore.resume_after_restore(
            opened.database, high_water_mark, settings.default_schedule, Clock()()
        )


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


@asynccontextmanager
async def create_bot(settings: Settings, clock: Clock) -> AsyncIterator[Components]:
    """Yield all components, and close them in reverse order.

    Raises `DatabaseInUse`, `DatabaseUnusable`, `DriverNotInstalled`, `SchemaIsNewer`.
    """
    token = settings.bot_token.get_secret_value()
    translations = Translations.load()
    rate_limiter = RateLimiter(settings.rate)
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(open_database(settings.database))
        database = opened.database
        client = await stack.enter_async_context(BotApiClient(settings.api_url, token))
        circuit_breaker = create_circuit_breaker(client, clock)
        driver = create_driver(settings.driver, token, settings.api_url, rate_limiter, circuit_breaker)
        stack.push_async_callback(driver.close)
        delivery_service = create_delivery_service(
            database,
            client,
            rate_limiter,
            circuit_breaker,
            clock,
            translations=translations,
            options=_options(settings),
        )
        scheduler = Scheduler(delivery_service.tick, cleanup_job(database, delivery_service, clock), clock)
        services = Services(
            translations=translations,
            time_zones=TimeZoneLookup.load(),
            admins=settings.admin_ids,
            default_schedule=settings.default_schedule,
            default_language=settings.default_language,
            outage=lambda: circuit_breaker.outage,
            asks_about_unconfirmed=settings.unconfirmed is UnconfirmedPolicy.ASK,
        )
        dispatcher = Dispatcher(database, clock, services, driver.is_chat_administrator, on_effect=scheduler.wake)
        menus = CommandMenus(menu_calls(translations, settings.admin_ids), driver.set_commands)

        async def handle_event(event: Event) -> Sequence[Action]:
            actions = await dispatcher(event)
            await menus.retry_for(event)
            return actions

        update_source = driver.update_source(handle_event, dispatcher.answer_flood)
        digest_folder = DigestFolder(settings.digests)
        inbox = Inbox(update_source, monotonic=asyncio.get_running_loop().time)
        yield Components(
            settings=settings,
            database=database,
            driver=driver,
            delivery=delivery_service,
            scheduler=scheduler,
            inbox=inbox,
            updates=_updates(settings, driver, update_source, inbox),
            database_guard=DatabaseGuard(opened.session, delivery_service, clock),
            digest_folder=digest_folder,
            folder_ingest=_folder_ingest(settings, digest_folder, database, delivery_service, scheduler),
            menus=menus,
        )


def _updates(
    settings: Settings, driver: Driver, update_source: UpdateSource[Any], inbox: Inbox[Any]
) -> Poller[Any] | Webhook:
    """Return the webhook if its URL is set, else the poller."""
    if settings.webhook_url is None or settings.webhook_secret is None:
        return Poller(update_source, inbox)
    secret = settings.webhook_secret.get_secret_value()
    endpoint = WebhookEndpoint(
        url=settings.webhook_url, secret=secret, port=settings.webhook_port, host=settings.webhook_host
    )
    return Webhook(Receiver(endpoint, update_source, inbox), WebhookMonitor(driver, endpoint))


def _folder_ingest(
    settings: Settings, folder: DigestFolder, database: Database, delivery: DeliveryService, scheduler: Scheduler
) -> FolderIngest:
    quiet_time = timedelta(seconds=settings.quiet_seconds)
    publisher = Publisher(
        database,
        load_classifier(settings.categories),
        ZoneInfo(settings.timezone),
        publish=delivery.publish,
        is_due_soon=lambda digest: delivery.is_due_within(digest, quiet_time),
        read_other=folder.read_other,
        notify_admins=delivery.notify_admins,
    )
    alerts = FolderAlerts(settings.digests, database, delivery.notify_admins)
    return FolderIngest(folder, publisher, alerts, quiet_seconds=settings.quiet_seconds, wake=scheduler.wake)


def _options(settings: Settings) -> DeliveryOptions:
    return DeliveryOptions(
        default_schedule=settings.default_schedule,
        admins=settings.admin_ids,
        policy=settings.unconfirmed,
        language=settings.default_language,
        high_water=HighWaterMark.beside(settings.database),
    )


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
    username = await _retry_until_reachable(components.driver.sign_in, health)
    log.info("bot_started", bot=username, admins=len(components.settings.admin_ids))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(components.menus.run())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FIRST_SCAN_TIMEOUT_SECONDS):
                    await first_scan_done.wait()
            if isinstance(components.updates, Poller):
                await _retry_until_reachable(components.driver.delete_webhook, health)
            health.startup = None
            group.create_task(components.updates.run())
    finally:
        await components.inbox.close()


async def _retry_until_reachable(call: Callable[[], Awaitable[Result]], health: Health) -> Result:
    """Return the result of a Bot API call, retrying with growing delays while Telegram cannot be reached."""
    delay_seconds = FIRST_START_RETRY_SECONDS
    while True:
        try:
            return await call()
        except ApiCallFailed as error:
            wait_seconds = max(delay_seconds, error.retry_after or 0)
            health.startup = f"Telegram cannot be reached: {error}"
            log.warning("telegram_unreachable", reason=str(error), retry_in=wait_seconds)
            await asyncio.sleep(wait_seconds)
            delay_seconds = min(delay_seconds * 2, MAX_START_RETRY_SECONDS)


def cleanup_job(database: Database, delivery: DeliveryService, clock: Clock) -> Callable[[], Awaitable[None]]:
    """Return the nightly clean-up of processed update ids and of rows that old runs leave behind."""

    async def clean_up() -> None:
        async with database.write() as tx:
            await updates.delete_before(tx, before=clock() - PROCESSED_UPDATES_KEPT)
        await delivery.clean_up()

    return clean_up


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
