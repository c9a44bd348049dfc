"""Build the delivery service: the one place where its parts are made and put together."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from delivery.draft_publisher import DraftPublisher
from delivery.edition_report import EditionReporter
from delivery.high_water_mark import HighWaterWriter
from delivery.ledger import Ledger
from delivery.metrics import Gauge, Metrics
from delivery.missing_edition_alert import MissingEditionAlert
from delivery.notifier import Notifier
from delivery.outage_notices import OutageNotices
from delivery.picture_uploader import PictureUploader
from delivery.pin_updater import PinUpdater
from delivery.planner import Planner
from delivery.planning_loop import PlanningLoop
from delivery.progress_reporter import ProgressReporter
from delivery.publishing import publish
from delivery.retry_after_store import RetryAfterStore
from delivery.run_lifecycle import RunLifecycle
from delivery.run_message_updater import RunMessageUpdater
from delivery.run_queues import RunQueues
from delivery.send_loop import SendLoop
from delivery.sender import InFlight, Sender, Settler
from delivery.service import DeliveryComponents, DeliveryOptions, DeliveryService
from delivery.stall_watch import StallWatch
from delivery.startup_check import StartupCheck
from domain.chat.i18n import Translations
from domain.delivery.policy import UnconfirmedPolicy
from storage.database import Database
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import CircuitBreaker
from transport.rate_limiter import RateLimiter


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """What the parts of a delivery service are built on."""

    database: Database
    client: BotApiClient
    rate_limiter: RateLimiter
    circuit_breaker: CircuitBreaker
    now: Callable[[], datetime]
    translations: Translations
    options: DeliveryOptions


def create_delivery_service(
    database: Database,
    client: BotApiClient,
    rate_limiter: RateLimiter,
    circuit_breaker: CircuitBreaker,
    now: Callable[[], datetime],
    *,
    translations: Translations,
    options: DeliveryOptions,
) -> DeliveryService:
    """Return a delivery service that does nothing until it runs."""
    base = _Base(
        database=database,
        client=client,
        rate_limiter=rate_limiter,
        circuit_breaker=circuit_breaker,
        now=now,
        translations=translations,
        options=options,
    )
    ledger, in_flight = Ledger(database, now), InFlight()
    retry_after_store = RetryAfterStore(database, rate_limiter, now)
    rate_limiter.add_retry_after_listener(retry_after_store.note)
    notifier = _create_notifier(base)
    high_water_writer = HighWaterWriter(options.high_water, ledger)
    startup_check = StartupCheck(
        database, retry_after_store, high_water_writer, notifier, policy=options.policy, now=now
    )
    progress_reporter = _create_progress_reporter(base, notifier, startup_check)
    metrics = Metrics(_gauges(base, in_flight), now=now)
    planner = Planner(database, translations, metrics)
    run_queues = RunQueues(database, translations)
    run_lifecycle = RunLifecycle(database, run_queues, progress_reporter, now)
    alert = MissingEditionAlert(database, notifier, options.default_schedule, options.remind_before)
    zone = options.default_schedule.zone
    planning_loop = PlanningLoop(database, startup_check, planner, run_queues, run_lifecycle, alert, zone, now)
    pin_updater = PinUpdater(database, notifier, now)
    picture_uploader = PictureUploader(
        database, client, rate_limiter, circuit_breaker, notifier, ledger, owners=options.owners, now=now
    )
    settler = Settler(
        ledger,
        run_lifecycle,
        planning_loop,
        notifier,
        pin_updater,
        policy=options.policy,
        now=now,
        generator=random.Random(),  # noqa: S311 - spreads retries; no secret
        upload_photos=picture_uploader.wake,
    )
    sender = Sender(
        ledger, client, rate_limiter, settler, circuit_breaker=circuit_breaker, in_flight=in_flight, metrics=metrics
    )
    publish_text = partial(
        publish,
        database,
        translations,
        options.default_schedule,
        corrections=options.corrections,
        default_language=options.language,
    )
    edition_reporter = EditionReporter(database, translations, options.default_schedule.zone, now)
    components = DeliveryComponents(
        publish=publish_text,
        edition_reporter=edition_reporter,
        ledger=ledger,
        retry_after_store=retry_after_store,
        rate_limiter=rate_limiter,
        notifier=notifier,
        progress_reporter=progress_reporter,
        pin_updater=pin_updater,
        metrics=metrics,
        planner=planner,
        startup_check=startup_check,
        planning_loop=planning_loop,
        draft_publisher=DraftPublisher(
            database,
            publish_text,
            edition_reporter,
            notifier,
            now,
            choose_file=options.choose_file,
            write_file=options.write_file,
            default_language=options.language,
        ),
        send_loop=SendLoop(sender, run_queues, run_lifecycle, startup_check, now),
        in_flight=in_flight,
        circuit_breaker=circuit_breaker,
        high_water_writer=high_water_writer,
        stall_watch=_create_stall_watch(base, ledger, startup_check),
        picture_uploader=picture_uploader,
    )
    return DeliveryService(database, components, options, now)


def _create_notifier(base: _Base) -> Notifier:
    """Return what notifies admins and editors; it also tells them of outages."""
    options = base.options
    notifier = Notifier(
        base.database,
        base.client,
        base.rate_limiter,
        base.circuit_breaker,
        translations=base.translations,
        language=options.language,
        owners=options.owners,
    )
    base.circuit_breaker.add_listener(OutageNotices(notifier, options.default_schedule.zone))
    return notifier


def _create_progress_reporter(base: _Base, notifier: Notifier, startup_check: StartupCheck) -> ProgressReporter:
    """Return what reports runs to admins and lets their messages follow them."""
    policy = base.options.policy
    run_message_updater = RunMessageUpdater(
        base.database,
        notifier,
        base.rate_limiter,
        base.circuit_breaker,
        asks_about_unconfirmed=policy is UnconfirmedPolicy.ASK,
        hold_reason=lambda: startup_check.hold_reason,
    )
    return ProgressReporter(
        base.database,
        notifier,
        run_message_updater,
        base.now,
        policy=policy,
        card_seconds=base.options.card_seconds,
    )


def _create_stall_watch(base: _Base, ledger: Ledger, startup_check: StartupCheck) -> StallWatch | None:
    """Return what notices that rows are due and none is claimed; None where nobody wants to know."""
    if base.options.on_stall is None:
        return None
    return StallWatch(
        base.database,
        ledger,
        startup_check,
        base.circuit_breaker,
        base.rate_limiter,
        now=base.now,
        on_stall=base.options.on_stall,
    )


def _gauges(base: _Base, in_flight: InFlight) -> tuple[Gauge, ...]:
    rate_limiter, circuit_breaker = base.rate_limiter, base.circuit_breaker
    return (
        Gauge("digestbot_deliveries_in_flight", "Deliveries being sent", lambda: in_flight.count),
        Gauge(
            "digestbot_send_slowdown_ratio",
            "Spacing of messages relative to the full rate; more than 1 after a 429",
            lambda: rate_limiter.slowdown,
        ),
        Gauge(
            "digestbot_outage_seconds",
            "How long sending has been stopped because Telegram does not answer; 0 while it is not",
            lambda: circuit_breaker.outage.seconds if circuit_breaker.outage else 0.0,
        ),
    )
