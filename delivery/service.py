"""Delivery as a whole: everything due is planned, sent and recorded.

publish -> run, payloads, waves          tick -> PlanningLoop -> run queues
run -> SendLoop: run queues, in turn -> batches -> workers (Sender) -> Ledger
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from prometheus_client import CollectorRegistry

from delivery.draft_publisher import ChooseFile, DraftPublisher, WriteFile, no_file, write_nothing
from delivery.due_soon import is_due_within
from delivery.edition_report import EditionReporter
from delivery.high_water_mark import HighWaterMark, HighWaterWriter
from delivery.ledger import Ledger
from delivery.metrics import Gauge, Metrics
from delivery.missing_edition_alert import MissingEditionAlert
from delivery.notifier import MessageBuilder, Notifier
from delivery.outage_notices import OutageNotices
from delivery.picture_uploader import PictureUploader
from delivery.pin_updater import PinUpdater
from delivery.planner import Planner
from delivery.planning_loop import PlanningLoop
from delivery.progress_reporter import CARD_INTERVAL_SECONDS, ProgressReporter
from delivery.publishing import PublishResult, PublishText, publish
from delivery.retry_after_store import RetryAfterStore
from delivery.run_lifecycle import RunLifecycle
from delivery.run_message_updater import RunMessageUpdater
from delivery.run_queues import RunQueues
from delivery.send_loop import SendLoop
from delivery.sender import InFlight, Sender, Settler
from delivery.stall_watch import OnStall, StallWatch
from delivery.startup_check import StartupCheck
from digest.model import Digest
from domain.chat.i18n import Translations, lazy_text
from domain.chat.roles import Role
from domain.delivery.policy import CorrectionPolicy, UnconfirmedPolicy
from domain.subscription.calendar import Schedule
from storage.database import Database
from storage.digests import Source
from storage.retention import forget_some
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import BreakerState, CircuitBreaker
from transport.rate_limiter import RateLimiter

log = structlog.get_logger(__name__)

PLANNING_FAILED = lazy_text("the last planning tick failed")

DRAIN_SECONDS = 8.0
"""Time that sends in flight get to complete when the bot stops: less than the ten seconds an operator waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOptions:
    """How to deliver.

    `default_schedule` is the one whose windows must have an edition, or the admins are alerted. `language` is the
    newsletter's, and that of admins without a choice, `owners` are those of the operator's settings, `in_flight` the
    most deliveries sent at once, free and paid ones each. `on_stall` is called when rows are due and none is claimed
    for no known reason.
    `choose_file` and `write_file` write what was published in the chat into the folder.
    `remind_before` is how long before a window of the default schedule editors are reminded; nothing: never.
    """

    default_schedule: Schedule
    owners: frozenset[int] = frozenset()
    policy: UnconfirmedPolicy = UnconfirmedPolicy.ASK
    corrections: CorrectionPolicy = CorrectionPolicy.ASK
    language: str = "zh"
    in_flight: int = 256
    high_water: HighWaterMark | None = None
    card_seconds: float = CARD_INTERVAL_SECONDS
    on_stall: OnStall | None = None
    choose_file: ChooseFile = no_file
    write_file: WriteFile = write_nothing
    remind_before: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryComponents:
    """Parts of a delivery service that the service itself calls."""

    publish: PublishText
    edition_reporter: EditionReporter
    ledger: Ledger
    retry_after_store: RetryAfterStore
    rate_limiter: RateLimiter
    notifier: Notifier
    progress_reporter: ProgressReporter
    pin_updater: PinUpdater
    metrics: Metrics
    planner: Planner
    startup_check: StartupCheck
    planning_loop: PlanningLoop
    draft_publisher: DraftPublisher
    send_loop: SendLoop
    in_flight: InFlight
    circuit_breaker: CircuitBreaker
    high_water_writer: HighWaterWriter
    stall_watch: StallWatch | None
    picture_uploader: PictureUploader


class DeliveryService:
    """Facade of delivery for the application. It sends while `run` runs; all methods may be called at any time."""

    def __init__(
        self,
        database: Database,
        components: DeliveryComponents,
        options: DeliveryOptions,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._components = components
        self._options = options
        self._now = now

    async def publish(self, digest: Digest, source: Source, now: datetime | None = None) -> PublishResult:
        """Store an edition and plan its run."""
        result = await self._components.publish(digest, source, now=now or self._now())
        self._components.picture_uploader.wake()
        return result

    async def report_edition(self, digest: Digest, source: Source, result: PublishResult) -> MessageBuilder | None:
        """Return the builder of what editors are told of an edition that was read; None if it does not go out."""
        return await self._components.edition_reporter(digest, source, result)

    async def is_due_within(self, digest: Digest, within: timedelta) -> bool:
        """Return whether somebody would get a digest in that time if it were published now."""
        schedule = self._options.default_schedule
        return await is_due_within(self._database, schedule, digest, now=self._now(), within=within)

    async def notify_admins(self, build: MessageBuilder, admins: frozenset[int] | None = None) -> None:
        """Send every admin of the bot, or others (those of the installation), a message in their own language."""
        if admins is None:
            self._components.notifier.notify_staff(Role.ADMIN, build)
        else:
            self._components.notifier.notify(admins, build)

    async def notify_editors(self, build: MessageBuilder) -> None:
        """Send every editor, admin and owner of the bot a message in their own language."""
        self._components.notifier.notify_staff(Role.EDITOR, build)

    async def hold(self, reason: str) -> None:
        """Claim and plan nothing more until the process ends, and wait until what is in flight is settled."""
        self._components.startup_check.hold(reason)
        self._components.ledger.refuse_claims()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._components.in_flight.wait_until_empty()

    async def tick(self) -> datetime | None:
        """Plan everything that is due now; return the instant of the next tick, or None if nothing is to come."""
        planning_loop = self._components.planning_loop
        try:
            next_tick_at = await planning_loop.tick()
            if planning_loop.has_confirmed_draft and await self._components.draft_publisher.publish_confirmed():
                self._components.picture_uploader.wake()
                next_tick_at = await planning_loop.tick()
        finally:  # what is planned goes on, whatever failed after it
            self._components.send_loop.wake()
            self._components.progress_reporter.wake()
            self._components.pin_updater.wake()
        return next_tick_at

    async def clean_up(self) -> None:
        """Delete what is past its retention, in short transactions."""
        more = True
        while more:
            async with self._database.write(alone=True) as tx:
                more = await forget_some(tx, now=self._now())
            await asyncio.sleep(0)

    @property
    def hold_reason(self) -> str | None:
        """Why nothing is sent until the operator decides, as a lazy text; None if sending is allowed."""
        return self._components.startup_check.hold_reason

    def health_checks(self) -> dict[str, str]:
        """Return the failing checks with their reasons; empty when delivery is healthy."""
        components = self._components
        checks = {
            "on_hold": self.hold_reason,
            "planning": PLANNING_FAILED if components.planning_loop.last_tick_failed else None,
            "ledger": None if components.ledger.good else lazy_text("the database cannot be written"),
            "telegram": _outage_reason(components.circuit_breaker),
        }
        return {name: reason for name, reason in checks.items() if reason}

    @property
    def longest_step_seconds(self) -> float:
        """Longest time that planning has kept other writers from the database."""
        return self._components.planner.longest_step_seconds

    @property
    def registry(self) -> CollectorRegistry:
        """Prometheus registry of the delivery metrics."""
        return self._components.metrics.registry

    async def run(self) -> None:
        """Deliver until cancelled; then claim nothing more, and let sends in flight complete for some seconds."""
        components = self._components
        components.rate_limiter.continue_other_process()
        writers = _start(components.ledger.run(), components.retry_after_store.run(), components.notifier.run())
        workers = _start(
            *(components.send_loop.work(paid=paid) for paid in (False, True) for _ in range(self._options.in_flight))
        )
        loops = _start(
            components.circuit_breaker.run(),
            components.send_loop.fill_queues(),
            components.progress_reporter.run(),
            components.pin_updater.run(),
            components.high_water_writer.run(),
            components.picture_uploader.run(),
            *([components.stall_watch.run()] if components.stall_watch is not None else []),
        )
        try:
            await components.planning_loop.start()
            done, _ = await asyncio.wait([*writers, *workers, *loops], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            try:
                await _cancel(loops)
                await self._drain()
            finally:  # a second cancellation waits for nothing
                await _cancel([*loops, *workers, *writers])
                components.high_water_writer.write()

    async def _drain(self) -> None:
        """Refuse new claims; wait for sends in flight, then for queued notifications, if they can still be settled."""
        components = self._components
        components.ledger.refuse_claims()
        if components.ledger.is_lost:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await components.in_flight.wait_until_empty()
                is_open = components.circuit_breaker.state is BreakerState.OPEN
                if not is_open and components.rate_limiter.retry_after < DRAIN_SECONDS:
                    await components.notifier.wait_until_sent()


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
    """Build the delivery service: the one place where its parts are made and put together."""
    generator = random.Random()  # noqa: S311 - spreads retries; no secret
    ledger = Ledger(database, now)
    retry_after_store = RetryAfterStore(database, rate_limiter, now)
    rate_limiter.add_retry_after_listener(retry_after_store.note)
    notifier = Notifier(
        database,
        client,
        rate_limiter,
        circuit_breaker,
        translations=translations,
        language=options.language,
        owners=options.owners,
    )
    circuit_breaker.add_listener(OutageNotices(notifier, options.default_schedule.zone))
    high_water_writer = HighWaterWriter(options.high_water, ledger)
    startup_check = StartupCheck(
        database,
        retry_after_store,
        high_water_writer,
        notifier,
        policy=options.policy,
        now=now,
    )
    run_message_updater = RunMessageUpdater(
        database,
        notifier,
        rate_limiter,
        circuit_breaker,
        asks_about_unconfirmed=options.policy is UnconfirmedPolicy.ASK,
        hold_reason=lambda: startup_check.hold_reason,
    )
    progress_reporter = ProgressReporter(
        database,
        notifier,
        run_message_updater,
        now,
        policy=options.policy,
        card_seconds=options.card_seconds,
    )
    in_flight = InFlight()
    gauges = (
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
    metrics = Metrics(gauges, now=now)
    planner = Planner(database, translations, metrics)
    run_queues = RunQueues(database, translations)
    run_lifecycle = RunLifecycle(database, run_queues, progress_reporter, now)
    alert = MissingEditionAlert(database, notifier, options.default_schedule, options.remind_before)
    planning_loop = PlanningLoop(database, startup_check, planner, run_queues, run_lifecycle, alert, now)
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
        generator=generator,
        upload_photos=picture_uploader.wake,
    )
    sender = Sender(
        ledger, client, rate_limiter, settler, circuit_breaker=circuit_breaker, in_flight=in_flight, metrics=metrics
    )
    stall_watch = None
    if options.on_stall is not None:
        stall_watch = StallWatch(
            database, ledger, startup_check, circuit_breaker, rate_limiter, now=now, on_stall=options.on_stall
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
        stall_watch=stall_watch,
        picture_uploader=picture_uploader,
    )
    return DeliveryService(database, components, options, now)


def _outage_reason(circuit_breaker: CircuitBreaker) -> str | None:
    """Return why nothing is sent, or None while the circuit breaker is closed."""
    outage = circuit_breaker.outage
    if circuit_breaker.fatal_reason is not None or outage is None:
        return circuit_breaker.fatal_reason
    return lazy_text(
        "no answers since {moment}: {reason}; sending has stopped",
        moment=outage.since.isoformat(timespec="seconds"),
        reason=outage.reason,
    )


def _start(*coroutines: Coroutine[None, None, None]) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(coroutine) for coroutine in coroutines]


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
