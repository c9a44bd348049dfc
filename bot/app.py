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
from bot.command_menus import Menus
from bot.files import load_classifier
from bot.folder_watch import Stamp, changed_files
from bot.framework import FrameworkMissing, make
from bot.health import watched
from bot.publisher import Publisher
from bot.scheduler import Scheduler
from bot.settings import Settings
from delivery import restore
from delivery.high_water_mark import HighWater
from delivery.resolution import Policy
from delivery.restore import Resumed
from delivery.service import Courier, Options
from domain.chat.action import Action
from domain.chat.event import Event
from domain.chat.i18n import Texts
from handlers.context import House
from handlers.dispatcher import Answerer
from handlers.input.time_zones import Atlas
from storage import updates
from storage.database import Database
from storage.lock import DatabaseInUse, NoDatabase, held
from storage.migrate import SchemaIsNewer
from transport.bot_api_client import Wire
from transport.driver import Driver, Ears, FetchFailed, TokenRefused
from transport.inbox import Inbox
from transport.polling import Poller
from transport.ports import PortTaken
from transport.rate_limiter import Pace
from transport.webhook import Address, Receiver, Watch, Webhook
from views.command_menu import menus as menu_calls

log = structlog.get_logger(__name__)

Answered = TypeVar("Answered")

UPDATES_KEPT = timedelta(days=2)
"""Telegram keeps updates for a day: marks older than this can never be asked about."""

FOLDER_SECONDS = 10.0
"""So long, at most, people wait at start for what is in the editor's folder: `/today` means what is there."""

Beside = Callable[[Callable[[], None]], Coroutine[Any, Any, None]]
"""Something that runs beside the bot and may poke its scheduler (the demo's clock)."""


class CannotStart(Exception):
    """Why the bot cannot run, in words for the operator."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a bot is made of, wired together."""

    settings: Settings
    database: Database
    driver: Driver
    courier: Courier
    scheduler: Scheduler
    inbox: Inbox[Any]
    hearing: Poller[Any] | Webhook
    publisher: Publisher
    menus: Menus


def serve_until_stopped(settings: Settings, *, clock: Clock | None = None, beside: Beside | None = None) -> int:
    """Run the bot until SIGTERM or SIGINT; the exit code."""
    token = settings.bot_token.get_secret_value()
    secrets = (token, settings.webhook_secret.get_secret_value()) if settings.webhook_secret else (token,)
    logs.set_up(level=settings.log_level, form=settings.log_format, secrets=secrets)
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
    except (DatabaseInUse, NoDatabase, SchemaIsNewer) as why:
        sys.stderr.write(f"digestbot: {why}\n")
        return 1
    sys.stdout.write(
        f"{resumed.parts} pending parts of {resumed.runs} runs are given up. Start the bot: digestbot run\n"
    )
    return 0


async def _resume(settings: Settings) -> Resumed:
    with held(settings.database):
        database = await Database.open(settings.database)
        try:
            mark = HighWater.beside(settings.database)
            return await restore.resume_after_restore(database, mark, settings.house, Clock()())
        finally:
            await database.close()


async def _serve_until_signalled(settings: Settings, clock: Clock, beside: Beside | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(settings, clock, stop, beside=beside)


async def serve(settings: Settings, clock: Clock, stop: asyncio.Event, *, beside: Beside | None = None) -> None:
    """Run the bot in this event loop until `stop` is set. Raises `CannotStart`."""
    try:
        async with built(settings, clock) as parts:
            gc_tuning.settle()
            await _work(parts, stop, beside)
    except* (CannotStart, DatabaseInUse, FrameworkMissing, NoDatabase, PortTaken, SchemaIsNewer, TokenRefused) as group:
        raise CannotStart(str(group.exceptions[0])) from None


@asynccontextmanager
async def built(settings: Settings, clock: Clock) -> AsyncIterator[Parts]:
    """Everything, built and taken down in order.

    Raises `DatabaseInUse`, `FrameworkMissing`, `NoDatabase`, `SchemaIsNewer`.
    """
    token = settings.bot_token.get_secret_value()
    texts = Texts.load()
    classifier = load_classifier(settings.categories)
    pace = Pace(settings.rate)
    async with AsyncExitStack() as stack:
        stack.enter_context(held(settings.database))
        database = await Database.open(settings.database)
        stack.push_async_callback(database.close)
        driver = make(settings.driver, token, settings.api_url, pace)
        stack.push_async_callback(driver.close)
        wire = await stack.enter_async_context(Wire(settings.api_url, token))
        courier = Courier(database, wire, pace, clock, texts=texts, options=_options(settings))
        scheduler = Scheduler(courier.look, tidying(database, courier, clock), clock)
        house = House(texts, Atlas.load(), settings.admin_ids, settings.house, settings.default_language)
        answerer = Answerer(database, clock, house, driver.manages)
        menus = Menus(menu_calls(texts, settings.admin_ids), driver.set_commands)

        async def answer(event: Event) -> Sequence[Action]:
            actions = await answerer(event)
            await menus.heard(event)
            return actions

        ears = driver.listen(answer)
        inbox = Inbox(ears, on_effect=scheduler.poke, monotonic=asyncio.get_running_loop().time)
        yield Parts(
            settings=settings,
            database=database,
            driver=driver,
            courier=courier,
            scheduler=scheduler,
            inbox=inbox,
            hearing=_hearing(settings, driver, ears, inbox),
            publisher=Publisher(
                database,
                classifier,
                ZoneInfo(settings.timezone),
                publish=courier.publish,
                tell=courier.tell_admins,
            ),
            menus=menus,
        )


def _hearing(settings: Settings, driver: Driver, ears: Ears[Any], inbox: Inbox[Any]) -> Poller[Any] | Webhook:
    """How updates come: asked for, unless there is an address that they are sent to."""
    if settings.webhook_url is None or settings.webhook_secret is None:
        return Poller(ears, inbox)
    secret = settings.webhook_secret.get_secret_value()
    address = Address(settings.webhook_url, secret, settings.webhook_port, settings.webhook_host)
    return Webhook(Receiver(address, ears, inbox), Watch(driver, address))


def _options(settings: Settings) -> Options:
    return Options(
        house=settings.house,
        admins=settings.admin_ids,
        policy=Policy(settings.unconfirmed.value),
        language=settings.default_language,
        high_water=HighWater.beside(settings.database),
    )


async def _work(parts: Parts, stop: asyncio.Event, beside: Beside | None) -> None:
    """All that goes on at the same time, until told to stop."""
    async with (
        watched(parts.settings.metrics_port, parts.courier.registry, lambda: _troubles(parts)),
        asyncio.TaskGroup() as group,
    ):
        taken = asyncio.Event()
        work = [parts.courier.run(), parts.scheduler.run(), _publish(parts, taken), _converse(parts, taken)]
        if beside is not None:
            work.append(beside(parts.scheduler.poke))
        tasks = [group.create_task(each) for each in work]
        await stop.wait()
        log.info("stopping")
        for task in tasks:
            task.cancel()


async def _converse(parts: Parts, taken: asyncio.Event) -> None:
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


async def _hear(parts: Parts) -> None:
    """Ask for updates, or have them sent, until cancelled."""
    if isinstance(parts.hearing, Poller):
        await _reached(parts.driver.delete_webhook)
    await parts.hearing.run()


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


async def _publish(parts: Parts, taken: asyncio.Event) -> None:
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
            parts.scheduler.poke()


async def _taken(publisher: Publisher, path: Path, data: bytes) -> bool:
    """Take a file. What fails for a reason of our own (a full disk, say) is not the editor's to mend: it is tried again
    at the next look, and neither other files nor people wait for it."""
    try:
        await publisher.take(path, data)
    except Exception:
        log.exception("digest not taken", file=path.name)
        return False
    return True


def tidying(database: Database, courier: Courier, clock: Clock) -> Callable[[], Awaitable[None]]:
    """The nightly clean-up: updates that cannot come again, and what old runs leave behind."""

    async def tidy() -> None:
        async with database.write() as tx:
            await updates.forget(tx, before=clock() - UPDATES_KEPT)
        await courier.tidy()

    return tidy


def _troubles(parts: Parts) -> dict[str, str]:
    """What is wrong with delivery, or with hearing."""
    deaf = parts.hearing.trouble
    return parts.courier.troubles() | ({"hearing": deaf} if deaf else {})


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's event loop where it runs; it has no Windows build."""
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415

    return uvloop.new_event_loop
