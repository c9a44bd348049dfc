"""Build all components of a bot and wire them together.

poll or webhook -> inbox -> driver -> dispatcher -> actions -> driver
digest folder -> publisher -> delivery service          scheduler -> delivery service -> Bot API client

What all bots of a process share is built once: the database, the webhook server, the texts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.chart_process import ChartProcess
from bot.clock import Clock
from bot.command_menus import CommandMenus
from bot.descriptions import Descriptions
from bot.digest_folder import DigestFolder
from bot.files import load_classifier
from bot.folder_alerts import FolderAlerts
from bot.folder_ingest import FolderIngest
from bot.folder_memory import FolderMemory
from bot.framework import create_driver
from bot.open_database import high_water_mark
from bot.ownership import Ownership
from bot.picture_files import PictureFolder
from bot.profile_file import load_profile
from bot.readings import FolderReadings
from bot.scheduler import Scheduler
from bot.settings import Settings
from bot.update_store import DatabaseUpdateStore
from bot.write_back import WriteBack
from delivery.draft_publisher import no_file
from delivery.publisher import Publisher, ReadDigests
from delivery.service import DeliveryOptions, DeliveryService
from delivery.service_factory import create_delivery_service
from digest.model import Digest
from digest.picture_file import ReadPicture, no_files
from digest.reader import read_digests
from domain.chat.action import Action
from domain.chat.event import Event
from domain.chat.i18n import Translations
from domain.delivery.policy import UnconfirmedPolicy
from handlers.context import Services
from handlers.dispatcher import Dispatcher
from handlers.input.time_zones import TimeZoneLookup
from handlers.sent_cards import note_sent_card
from storage import audit, drafts, item_reads, pictures, retention, updates
from storage.database import Database
from storage.postgresql.address import PostgresqlAddress
from storage.schema import FIRST_BOT_ID
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import create_circuit_breaker
from transport.driver import Driver, UpdateSource
from transport.inbox import Inbox
from transport.polling import Poller
from transport.rate_limiter import RateLimiter
from transport.stored_updates import StoredUpdateReader
from transport.webhook import InboxIntake, Receiver, Webhook, WebhookEndpoint, WebhookMonitor, WebhookServer

PROCESSED_UPDATES_KEPT = timedelta(days=2)
"""How long processed update ids are kept. Telegram drops undelivered updates after one day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all bots of a process share. `database` is the first bot's view of it."""

    database: Database
    clock: Clock
    ownership: Ownership
    webhook_server: WebhookServer | None = None
    translations: Translations = field(default_factory=Translations.load)
    time_zones: TimeZoneLookup = field(default_factory=TimeZoneLookup.load)


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """The wired components of one bot."""

    settings: Settings
    database: Database
    driver: Driver
    delivery: DeliveryService
    scheduler: Scheduler
    inbox: Inbox[Any]
    updates: Poller[Any] | Webhook | WebhookMonitor
    stored_updates: StoredUpdateReader[Any] | None
    digest_folder: DigestFolder
    folder_ingest: FolderIngest
    menus: CommandMenus
    descriptions: Descriptions


@asynccontextmanager
async def create_bot(settings: Settings, shared: Shared, bot_id: int = FIRST_BOT_ID) -> AsyncIterator[Components]:
    """Yield all components of a bot, and close them in reverse order. Raises `DriverNotInstalled`."""
    token, proxy = settings.bot_token.get_secret_value(), settings.proxy.proxy
    database, clock, translations = shared.database.for_bot(bot_id), shared.clock, shared.translations
    rate_limiter = RateLimiter(settings.rate)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(BotApiClient(settings.api_url, token, proxy=proxy))
        circuit_breaker = create_circuit_breaker(client, clock)
        driver = create_driver(settings.driver, token, settings.api_url, rate_limiter, circuit_breaker, proxy=proxy)
        stack.push_async_callback(driver.close)
        delivery_service = create_delivery_service(
            database,
            client,
            rate_limiter,
            circuit_breaker,
            clock,
            translations=translations,
            options=_options(settings, shared, bot_id),
        )
        scheduler = Scheduler(delivery_service.tick, cleanup_job(database, delivery_service, clock), clock)
        menus = CommandMenus(database, translations, driver.set_commands, owners=settings.admin_ids)
        read = digest_reader(settings)
        services = Services(
            translations=translations,
            time_zones=shared.time_zones,
            owners=settings.admin_ids,
            on_role_change=menus.note_change,
            default_schedule=settings.default_schedule,
            default_language=settings.default_language,
            outage=lambda: circuit_breaker.outage,
            hold_reason=lambda: delivery_service.hold_reason,
            asks_about_unconfirmed=settings.unconfirmed is UnconfirmedPolicy.ASK,
            per_second=settings.rate,
            backup_days=settings.backup_days,
            fetch_file=driver.fetch_file,
            sends_ephemeral_messages=driver.sends_ephemeral_messages,
            draw_chart=ChartProcess(),
            read_digests=read,
            readings=FolderReadings(settings.digests, ZoneInfo(settings.timezone)),
            read_star_balance=driver.star_balance if settings.paid_broadcast else None,
            admission_policy=settings.who_may_subscribe,
        )
        dispatcher = Dispatcher(database, clock, services, driver.is_chat_administrator, on_effect=scheduler.wake)

        async def handle_event(event: Event) -> Sequence[Action]:
            actions = await dispatcher(event)
            await menus.follow(event)
            return actions

        update_source = driver.update_source(handle_event, dispatcher.answer_flood)
        digest_folder = DigestFolder(settings.digests)
        note_card = partial(note_sent_card, database, services)
        inbox = Inbox(update_source, monotonic=asyncio.get_running_loop().time, note_card=note_card)
        yield Components(
            settings=settings,
            database=database,
            driver=driver,
            delivery=delivery_service,
            scheduler=scheduler,
            inbox=inbox,
            updates=_updates(settings, shared.webhook_server, driver, update_source, inbox),
            stored_updates=_stored_updates(settings, database, clock, update_source, inbox),
            digest_folder=digest_folder,
            folder_ingest=_folder_ingest(settings, digest_folder, database, delivery_service, scheduler, read, clock),
            menus=menus,
            descriptions=Descriptions(
                driver, database, translations, clock, admission_policy=settings.who_may_subscribe
            ),
        )


def create_webhook_server(settings: Settings) -> WebhookServer | None:
    """Return the server of all bots' webhooks, or None if this process handles none of their updates at once."""
    if settings.webhook_url is None or settings.stores_updates:
        return None
    return WebhookServer(settings.webhook_host, settings.webhook_port)


def _updates(
    settings: Settings,
    server: WebhookServer | None,
    driver: Driver,
    update_source: UpdateSource[Any],
    inbox: Inbox[Any],
) -> Poller[Any] | Webhook | WebhookMonitor:
    """Return the webhook if its URL is set, else the poller; of a webhook that stores updates only the monitor."""
    if settings.webhook_url is None or settings.webhook_secret is None:
        return Poller(update_source, inbox)
    endpoint = WebhookEndpoint(url=settings.webhook_url, secret=settings.webhook_secret.get_secret_value())
    monitor = WebhookMonitor(driver, endpoint)
    return Webhook(server, Receiver(endpoint, InboxIntake(update_source, inbox)), monitor) if server else monitor


def _stored_updates(
    settings: Settings, database: Database, clock: Clock, update_source: UpdateSource[Any], inbox: Inbox[Any]
) -> StoredUpdateReader[Any] | None:
    """Return the reader of stored updates; polling needs it too, for those from before the webhook was removed."""
    if not settings.stores_updates:
        return None
    return StoredUpdateReader(DatabaseUpdateStore(database, clock), update_source, inbox)


def _folder_ingest(
    settings: Settings,
    folder: DigestFolder,
    database: Database,
    delivery: DeliveryService,
    scheduler: Scheduler,
    read: ReadDigests,
    clock: Clock,
) -> FolderIngest:
    quiet_time, zone = timedelta(seconds=settings.quiet_seconds), ZoneInfo(settings.timezone)
    publisher = Publisher(
        database,
        read,
        publish=delivery.publish,
        is_due_soon=lambda digest: delivery.is_due_within(digest, quiet_time),
        read_other=folder.read_other,
        notify_admins=delivery.notify_editors,
        report_edition=delivery.report_edition,
        today=lambda: clock().astimezone(zone).date(),
        has_copies=isinstance(settings.database, PostgresqlAddress),
        read_picture=PictureFolder(settings.digests, quiet_seconds=settings.quiet_seconds),
        default_language=settings.default_language,
    )
    alerts = FolderAlerts(settings.digests, database, delivery.notify_editors)
    memory = FolderMemory(settings.digests, database)
    return FolderIngest(folder, publisher, alerts, memory, quiet_seconds=settings.quiet_seconds, wake=scheduler.wake)


def digest_reader(settings: Settings) -> ReadDigests:
    """Return the function that reads the digests of a file as those of the folder are read."""
    classifier, zone = load_classifier(settings.categories), ZoneInfo(settings.timezone)

    def read(name: str, data: bytes, *, read_picture: ReadPicture = no_files) -> tuple[Digest, ...]:
        return read_digests(
            data,
            name=name,
            zone=zone,
            classifier=classifier,
            profile=load_profile(settings.digests),
            pictures=settings.pictures,
            read_picture=read_picture,
        )

    return read


def _options(settings: Settings, shared: Shared, bot_id: int) -> DeliveryOptions:
    write_back = WriteBack(settings.digests)
    is_on_server = isinstance(settings.database, PostgresqlAddress)  # where another process can go on
    return DeliveryOptions(
        default_schedule=settings.default_schedule,
        owners=settings.admin_ids,
        policy=settings.unconfirmed,
        corrections=settings.corrections,
        language=settings.default_language,
        high_water=high_water_mark(settings, bot_id),
        on_stall=shared.ownership.lose if is_on_server else None,
        choose_file=write_back.choose_file if settings.write_back else no_file,
        write_file=write_back.write_file,
        remind_before=timedelta(minutes=settings.remind_minutes),
    )


def cleanup_job(database: Database, delivery: DeliveryService, clock: Clock) -> Callable[[], Awaitable[None]]:
    """Return the nightly clean-up of processed update ids and of rows that old runs leave behind."""

    async def clean_up() -> None:
        async with database.write() as tx:
            await updates.delete_before(tx, before=clock() - PROCESSED_UPDATES_KEPT)
            await audit.delete_before(tx, before=clock() - audit.KEPT)
            await drafts.delete_before(tx, before=clock() - drafts.KEPT)
            await pictures.delete_before(tx, now=clock())
            await item_reads.delete_before(tx, before=(clock() - retention.KEPT).date())
        await delivery.clean_up()

    return clean_up
