"""Where everything is built and put together: settings in, a running bot out.

poll or webhook -> inbox -> driver -> answer -> actions -> driver        folder -> publisher -> courier.publish
scheduler -> courier.look -> pace, ledger, wire                          a signal -> all stops within ten seconds
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import structlog

from bot import gc_tuning
from bot import logging_setup as logs
from bot.clock import Clock
from bot.command_menus import CommandMenus
from bot.files import load_classifier
from bot.folder_watch import Stamp, changed_files
from bot.framework import DriverNotInstalled, create_driver
from bot.health import serve_health
from bot.publisher import Publisher
from bot.scheduler import Scheduler
from bot.settings import Settings
from delivery import restore
from delivery.high_water_mark import HighWaterMark
from delivery.resolution import UnconfirmedPolicy
from delivery.restore import ResumeResult
from delivery.service import DeliveryOptions, DeliveryService
from domain.chat.action import Action
from domain.chat.event import Event
from domain.chat.i18n import Translations
from handlers.context import Services
from handlers.dispatcher import Dispatcher
from handlers.input.time_zones import TimeZoneLookup
from storage import updates
from storage.database import Database
from storage.lock import DatabaseInUse, DatabaseUnusable, database_lock
from storage.migrate import SchemaIsNewer
from transport.bot_api_client import BotApiClient
from transport.driver import Driver, FetchFailed, TokenRefused, UpdateSource
from transport.inbox import Inbox
from transport.polling import Poller
from transport.ports import PortTaken
from transport.rate_limiter import RateLimiter
from transport.webhook import Receiver, Webhook, WebhookEndpoint, WebhookMonitor
from views.command_menu import command_menu_calls as menu_calls

log = structlog.get_logger(__name__)

Answered = TypeVar("Answered")

UPDATES_KEPT = timedelta(days=2)
"""Telegram keeps updates for a day: marks older than this can never be asked about."""

FOLDER_SECONDS = 10.0
"""So long, at most, people wait at start for what is in the editor's folder: `/today` means what is there."""

BackgroundTask = Callable[[Callable[[], None]], Coroutine[Any, Any, None]]
"""Something that runs beside the bot and may poke its scheduler (the demo's clock)."""


class CannotStart(Exception):
    """Why the bot cannot run, in words for the operator."""


@dataclass(frozen=True, slots=True)
class Components:
    """What a bot is made of, wired together."""

    settings: Settings
    database: Database
    driver: Driver
    delivery: DeliveryService
    scheduler: Scheduler
    inbox: Inbox[Any]
    updates: Poller[Any] | Webhook
    publisher: Publisher
    menus: CommandMenus


def serve_until_stopped(settings: Settings, *, clock: Clock | None = None, beside: BackgroundTask | None = None) -> int:
    """Run the bot until SIGTERM or SIGINT; the exit code."""
    token = settings.bot_token.get_secret_value()
    secrets = (token, settings.webhook_secret.get_secret_value()) if settings.webhook_secret else (token,)
    logs.configure_logging(level=settings.log_level, form=settings.log_format, secrets=secrets)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            runner.run(_serve_until_signalled(settings, clock or Clock(), beside))
        except CannotStart as why:
            sys.stderr.write(f"digestbot: {why}\n")
            return 1
    return 0


def resume_after_restore(settings: Settings) -> int:
    """Take a restored database for the truth; the exit code. The bot must not be running."""
    try:
        resumed = asyncio.run(_resume(settings))
    except (DatabaseInUse, DatabaseUnusable, SchemaIsNewer) as why:
        sys.stderr.write(f"digestbot: {why}\n")
        return 1
    sys.stdout.write(
        f"{resumed.parts} pending parts of {resumed.runs} runs are given up. Start the bot: digestbot run\n"
    )
    return 0


async def _resume(settings: Settings) -> ResumeResult:
    with database_lock(settings.database):
        database = await Database.open(settings.database)
        try:
            mark = HighWaterMark.beside(settings.database)
            return await restore.resume_after_restore(database, mark, settings.default_schedule, Clock()())
        finally:
            await database.close()


async def _serve_until_signalled(settings: Settings, clock: Clock, beside: BackgroundTask | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(settings, clock, stop, beside=beside)


async def serve(settings: Settings, clock: Clock, stop: asyncio.Event, *, beside: BackgroundTask | None = None) -> None:
    """Run the bot in this event loop until `stop` is set. Raises `CannotStart`."""
    try:
        async with create_bot(settings, clock) as parts:
            gc_tuning.freeze_and_enable()
            await _work(parts, stop, beside)
    except* (
        CannotStart,
        DatabaseInUse,
        DriverNotInstalled,
        DatabaseUnusable,
        PortTaken,
        SchemaIsNewer,
        TokenRefused,
    ) as group:
        raise CannotStart(str(group.exceptions[0])) from None


@asynccontextmanager
async def create_bot(settings: Settings, clock: Clock) -> AsyncIterator[Components]:
    """Everything, built and taken down in order.

    Raises `DatabaseInUse`, `FrameworkMissing`, `NoDatabase`, `SchemaIsNewer`.
    """
    token = settings.bot_token.get_secret_value()
    translations = Translations.load()
    classifier = load_classifier(settings.categories)
    rate_limiter = RateLimiter(settings.rate)
    async with AsyncExitStack() as stack:
        stack.enter_context(database_lock(settings.database))
        database = await Database.open(settings.database)
        stack.push_async_callback(database.close)
        driver = create_driver(settings.driver, token, settings.api_url, rate_limiter)
        stack.push_async_callback(driver.close)
        client = await stack.enter_async_context(BotApiClient(settings.api_url, token))
        delivery_service = DeliveryService(
            database, client, rate_limiter, clock, translations=translations, options=_options(settings)
        )
        scheduler = Scheduler(delivery_service.tick, cleanup_job(database, delivery_service, clock), clock)
        house = Services(
            translations,
            TimeZoneLookup.load(),
            settings.admin_ids,
            settings.default_schedule,
            settings.default_language,
        )
        answerer = Dispatcher(database, clock, house, driver.is_chat_administrator)
        menus = CommandMenus(menu_calls(translations, settings.admin_ids), driver.set_commands)

        async def answer(event: Event) -> Sequence[Action]:
            actions = await answerer(event)
            await menus.heard(event)
            return actions

        update_source = driver.update_source(answer)
        inbox = Inbox(update_source, on_effect=scheduler.wake, monotonic=asyncio.get_running_loop().time)
        yield Components(
            settings=settings,
            database=database,
            driver=driver,
            delivery=delivery_service,
            scheduler=scheduler,
            inbox=inbox,
            updates=_hearing(settings, driver, update_source, inbox),
            publisher=Publisher(
                database,
                classifier,
                ZoneInfo(settings.timezone),
                publish=delivery_service.publish,
                tell=delivery_service.notify_admins,
            ),
            menus=menus,
        )


def _hearing(
    settings: Settings, driver: Driver, update_source: UpdateSource[Any], inbox: Inbox[Any]
) -> Poller[Any] | Webhook:
    """How updates come: asked for, unless there is an address that they are sent to."""
    if settings.webhook_url is None or settings.webhook_secret is None:
        return Poller(update_source, inbox)
    secret = settings.webhook_secret.get_secret_value()
    address = WebhookEndpoint(settings.webhook_url, secret, settings.webhook_port, settings.webhook_host)
    return Webhook(Receiver(address, update_source, inbox), WebhookMonitor(driver, address))


def _options(settings: Settings) -> DeliveryOptions:
    return DeliveryOptions(
        default_schedule=settings.default_schedule,
        admins=settings.admin_ids,
        policy=UnconfirmedPolicy(settings.unconfirmed.value),
        language=settings.default_language,
        high_water=HighWaterMark.beside(settings.database),
    )


async def _work(parts: Components, stop: asyncio.Event, beside: BackgroundTask | None) -> None:
    """All that goes on at the same time, until told to stop."""
    async with (
        serve_health(parts.settings.metrics_port, parts.delivery.registry, lambda: _troubles(parts)),
        asyncio.TaskGroup() as group,
    ):
        taken = asyncio.Event()
        work = [parts.delivery.run(), parts.scheduler.run(), _publish(parts, taken), _converse(parts, taken)]
        if beside is not None:
            work.append(beside(parts.scheduler.wake))
        tasks = [group.create_task(each) for each in work]
        await stop.wait()
        log.info("stopping")
        for task in tasks:
            task.cancel()


async def _converse(parts: Components, taken: asyncio.Event) -> None:
    """Sign in, as soon as Telegram can be reached; set the menus; hear and answer, once the folder is `taken`."""
    me = await _reached(parts.driver.sign_in)
    log.info("started", bot=me, admins=len(parts.settings.admin_ids))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(parts.menus.set())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FOLDER_SECONDS):
                    await taken.wait()
            group.create_task(_hear(parts))
    finally:
        await parts.inbox.close()


async def _hear(parts: Components) -> None:
    """Ask for updates, or have them sent, until cancelled."""
    if isinstance(parts.updates, Poller):
        await _reached(parts.driver.delete_webhook)
    await parts.updates.run()


async def _reached(ask: Callable[[], Awaitable[Answered]]) -> Answered:
    """What Telegram answers, as soon as it can be reached."""
    wait = 0.5
    while True:
        try:
            return await ask()
        except FetchFailed as failed:
            log.warning("telegram not reached", why=str(failed), again_in=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, 30)


async def _publish(parts: Components, taken: asyncio.Event) -> None:
    """Take what is in the editor's folder, then say so, and take whatever is put there."""
    folder = parts.settings.digests
    try:
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"the folder {folder} cannot be made ({error.strerror}): DIGESTS says which it is") from error
    seen: dict[Path, Stamp] = {}
    async with aclosing(changed_files(folder, seen)) as changes:
        async for files in changes:
            for path, data in files:
                if not await _taken(parts.publisher, path, data):
                    del seen[path]
            taken.set()
            parts.scheduler.wake()


async def _taken(publisher: Publisher, path: Path, data: bytes) -> bool:
    """Take a file. What fails for a reason of our own (a full disk, say) is not the editor's to mend: it is tried again
    at the next look, and neither other files nor people wait for it."""
    try:
        await publisher.take(path, data)
    except Exception:
        log.exception("digest not taken", file=path.name)
        return False
    return True


def cleanup_job(database: Database, delivery_service: DeliveryService, clock: Clock) -> Callable[[], Awaitable[None]]:
    """The nightly clean-up: updates that cannot come again, and what old runs leave behind."""

    async def tidy() -> None:
        async with database.write() as tx:
            await updates.delete_before(tx, before=clock() - UPDATES_KEPT)
        await delivery_service.clean_up()

    return tidy


def _troubles(parts: Components) -> dict[str, str]:
    """What is wrong with delivery, or with hearing."""
    deaf = parts.updates.trouble
    return parts.delivery.health_checks() | ({"hearing": deaf} if deaf else {})


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's event loop where it runs; it has no Windows build."""
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415

    return uvloop.new_event_loop
