"""Delivery as a whole: everything due is planned, sent and recorded.

publish -> run, payloads, waves          tick -> PlanningLoop -> run queues
run -> SendLoop: run queues, in turn -> batches -> workers (Sender) -> Ledger
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prometheus_client import CollectorRegistry

from delivery.draft_publisher import ChooseFile, DraftPublisher, WriteFile, no_file, write_nothing
from delivery.due_soon import is_due_within
from delivery.edition_report import EditionReporter
from delivery.high_water_mark import HighWaterMark, HighWaterWriter
from delivery.ledger import Ledger
from delivery.metrics import Metrics
from delivery.notifier import MessageBuilder, Notifier
from delivery.picture_uploader import PictureUploader
from delivery.pin_updater import PinUpdater
from delivery.planner import Planner
from delivery.planning_loop import PlanningLoop
from delivery.progress_reporter import CARD_INTERVAL_SECONDS, ProgressReporter
from delivery.publishing import PublishResult, PublishText
from delivery.retry_after_store import RetryAfterStore
from delivery.send_loop import SendLoop
from delivery.sender import InFlight
from delivery.stall_watch import OnStall, StallWatch
from delivery.startup_check import StartupCheck
from digest.model import Digest
from domain.chat.i18n import lazy_text
from domain.chat.roles import Role
from domain.delivery.policy import CorrectionPolicy, UnconfirmedPolicy
from domain.subscription.calendar import Schedule
from storage.database import Database
from storage.digests import Source
from storage.retention import forget_some
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
