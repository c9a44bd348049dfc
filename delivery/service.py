"""Delivery as a whole: what is due in, everything sent and recorded out.

publish -> run, bodies, waves          look -> plan what is due -> wake the feeds
run: feeds, in turn -> parcels -> workers (sending) -> ledger          beside it: cards, reports, the high-water mark
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from prometheus_client import CollectorRegistry

from delivery import recovery
from delivery.high_water_mark import HighWaterMark
from delivery.ledger import Ledger
from delivery.missing_edition_alert import MissingEditionAlert
from delivery.notifier import MessageBuilder, Notifier
from delivery.planner import Planner
from delivery.progress_reporter import EVERY, ProgressReporter
from delivery.publishing import PublishResult, publish
from delivery.resolution import UnconfirmedPolicy
from delivery.retry_after_store import RetryAfterStore
from delivery.run_queue import RecipientBatch, RunQueue
from delivery.run_queues import RunQueues
from delivery.sender import Hooks, Sender
from digest.model import Digest
from domain.chat.i18n import Translations
from domain.subscription.calendar import Schedule
from storage import runs, schedules, waves
from storage.database import Database
from storage.digests import Source
from storage.retention import forget_some
from storage.snapshot import Snapshot, load_snapshot
from transport.bot_api_client import BotApiClient
from transport.rate_limiter import RateLimiter
from views import run_reports

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 8.0
"""What is in flight gets so long when the bot stops: less than the ten seconds an operator waits for it."""

INTERRUPTED = timedelta(minutes=10)
"""No look for so long: the machine slept, or the clock was moved."""

SETTLE_SECONDS = 5.0
"""Between attempts at what failed for a reason of our own."""


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """How to deliver. `house` is the schedule whose mornings must have an edition; `language` that of admins who never
    spoke; `in_flight` the most parts that may be unconfirmed at once; `card_seconds` pass between a card's edits."""

    default_schedule: Schedule
    admins: frozenset[int] = frozenset()
    policy: UnconfirmedPolicy = UnconfirmedPolicy.ASK
    language: str = "zh"
    in_flight: int = 256
    high_water: HighWaterMark | None = None
    card_seconds: float = EVERY


@dataclass(slots=True)
class _Looks:
    last: datetime | None = None
    good: bool = True
    begun: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class DeliveryService:
    """Delivers, while `run` runs. All its methods may be called at any time."""

    def __init__(
        self,
        database: Database,
        client: BotApiClient,
        rate_limiter: RateLimiter,
        now: Callable[[], datetime],
        *,
        translations: Translations,
        options: DeliveryOptions,
    ) -> None:
        self._database = database
        self._rate_limiter = rate_limiter
        self._now = now
        self._translations = translations
        self._options = options
        self._ledger = Ledger(database, now)
        self._holds = RetryAfterStore(database, rate_limiter, now)
        rate_limiter.add_retry_after_listener(self._holds.note)
        self._sender = Sender(
            self._ledger,
            client,
            rate_limiter,
            now,
            hooks=Hooks(self._pause, lambda chat: self._notifier.notify([chat], run_reports.topic_closed_notice)),
            policy=options.policy,
        )
        self._notifier = Notifier(database, client, rate_limiter, translations=translations, language=options.language)
        self._progress_reporter = ProgressReporter(
            database,
            self._notifier,
            rate_limiter,
            now,
            admins=options.admins,
            policy=options.policy,
            every=options.card_seconds,
        )
        self._sender.metrics.gauge("digest_in_flight", "Parts that are being sent", lambda: self._sender.in_flight)
        self._sender.metrics.gauge(
            "digest_spacing", "Spacing of messages; 1 at the full rate", lambda: rate_limiter.slowdown
        )
        self._planner = Planner(database, translations)
        self._missing_edition_alert = MissingEditionAlert(
            database, self._notifier, options.default_schedule, options.admins
        )
        self._run_queues = RunQueues(database)
        self._more = asyncio.Event()
        self._ready = asyncio.Event()
        self._looks = _Looks()
        self._schedules_seen = 0
        self.hold_reason: str | None = None
        """Why nothing is sent until the operator's word, if so."""

    # What the application calls

    async def publish(self, digest: Digest, source: Source, now: datetime | None = None) -> PublishResult:
        """Store an edition and have it go out where it is due."""
        edition = digest, source, now or self._now()
        return await publish(self._database, self._translations, self._options.default_schedule, edition)

    async def notify_admins(self, make: MessageBuilder) -> None:
        """Send every admin a message, in their own language."""
        self._notifier.notify(self._options.admins, make)

    async def tick(self) -> datetime | None:
        """Plan whatever is due, take note of what admins did; the instant at which to look again."""
        async with self._looks.turn:
            now = self._now()
            try:
                due = await self._look(now)
            except BaseException:
                self._looks.good = False
                raise
            self._looks.last, self._looks.good = now, True
        self._more.set()
        self._progress_reporter.wake()
        return due

    async def clean_up(self) -> None:
        """Forget what nobody needs any more, in steps so short that nobody waits for them."""
        more = True
        while more:
            async with self._database.write() as tx:
                more = await forget_some(tx, now=self._now())
            await asyncio.sleep(0)

    def health_checks(self) -> dict[str, str]:
        """What is wrong, by its name; empty when all is well."""
        wrong = {
            "held": self.hold_reason,
            "look": None if self._looks.good else "the last look at what is due failed",
            "ledger": None if self._ledger.good else "the database cannot be written",
            "telegram": self._sender.stopped,
        }
        return {name: why for name, why in wrong.items() if why}

    @property
    def longest_step(self) -> float:
        """Seconds for which planning has kept the one writer from others, at most."""
        return self._planner.longest_step

    @property
    def registry(self) -> CollectorRegistry:
        """Where the metrics are."""
        return self._sender.metrics.registry

    async def run(self) -> None:
        """Deliver until cancelled; then let out what is in flight, for some seconds, and claim nothing more."""
        last = [asyncio.create_task(each) for each in (self._ledger.run(), self._holds.run(), self._notifier.run())]
        workers = [asyncio.create_task(self._work()) for _ in range(self._options.in_flight)]
        beside = [
            asyncio.create_task(each)
            for each in (self._supply(), self._progress_reporter.run(), self._keep_high_water())
        ]
        try:
            async with self._looks.turn:
                await self._begin()
            done, _ = await asyncio.wait([*last, *workers, *beside], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            try:
                await _cancel(beside)
                await self._drain()
            finally:  # cancelled once more, it waits for nothing
                await _cancel([*beside, *workers, *last])
                self._note_high_water()

    # Looking

    async def _look(self, now: datetime) -> datetime | None:
        await self._begin()
        if self.hold_reason:
            return None
        if self._looks.last is not None and abs(now - self._looks.last) > INTERRUPTED:
            await recovery.catch_up(self._database, now)
        seen = await self._glance()
        if seen.newest_schedule > self._schedules_seen:
            await self._meet_new_schedules(now)
            seen = await self._glance()
        changed: frozenset[int] = frozenset()
        if seen.next_due is not None and seen.next_due <= now:
            planned = await self._planner.plan_due(now)
            self._sender.metrics.missed += planned.missed
            changed, seen = planned.runs, await self._glance()
        for run_id in self._run_queues.sync(seen.running, changed=changed):
            self._sender.forget(run_id)
            await recovery.drop_cancelled(self._database, run_id, now)
        return _earliest(seen.next_due, await self._missing_edition_alert.check(now))

    async def _glance(self) -> Snapshot:
        async with self._database.read() as tx:
            return await load_snapshot(tx)

    async def _begin(self) -> None:
        """Once, before anything else: find out where the former process left off."""
        if self._looks.begun:
            return
        await self._holds.restore()
        start = await recovery.begin(self._database, self._now(), self._options.policy, self._options.high_water)
        self._ledger.claimed += start.claimed
        if start.behind:
            self.hold_reason = "the database is older than what was sent: restored from a backup?"
            log.error("sending is held", why=self.hold_reason, mend="digestbot resume --after-restore")
            self._notifier.notify(self._options.admins, run_reports.restored_notice)
        self._looks.begun = True

    async def _meet_new_schedules(self, now: datetime) -> None:
        """Waves for schedules that were stored since the last look."""
        async with self._database.read() as tx:
            new = await schedules.all_after(tx, self._schedules_seen)
        if not new:
            return
        async with self._database.write() as tx:
            await waves.add_missing(tx, new, now=now)
        self._schedules_seen = max(new)

    # Sending

    async def _supply(self) -> None:
        """Keep parcels ready for the workers; when there are none, see what is over, and wait."""
        while True:
            self._more.clear()
            try:
                ready = not self.hold_reason and await self._run_queues.fill(self._now())
                if not ready:
                    await self._examine()
            except Exception:
                log.exception("feed failed")
                await asyncio.sleep(SETTLE_SECONDS)
                continue
            if ready:
                await asyncio.sleep(max(0.0, self._sender.open_at - time.monotonic()))
                self._ready.set()
                await self._more.wait()
            else:
                await self._wait_for_more()

    async def _wait_for_more(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._run_queues.retry_in(self._now())):
                await self._more.wait()

    async def _work(self) -> None:
        """One of the workers: a parcel at a time, to its end."""
        while True:
            found = self._run_queues.take() if self._ready.is_set() else None
            if found is None:
                self._ready.clear()
                self._more.set()
                await self._ready.wait()
                continue
            queue, batch = found
            try:
                wait = await self._sender.send(batch)
            except Exception:
                log.exception("parcel failed", run=batch.run_id, subscriber=batch.subscriber_id)
                wait = SETTLE_SECONDS
            if wait > 0:
                asyncio.get_running_loop().call_later(wait, self._put_back, queue, batch)
            else:
                self._done(queue, batch)
            if self._sender.open_at > time.monotonic():
                self._ready.clear()
                self._more.set()

    def _put_back(self, queue: RunQueue, batch: RecipientBatch) -> None:
        """Not the same parcel again, but whatever its rows say by now."""
        self._done(queue, batch)
        queue.wake()
        self._more.set()

    def _done(self, queue: RunQueue, batch: RecipientBatch) -> None:
        queue.done(batch)
        if not queue.in_hand:
            self._more.set()

    async def _examine(self) -> None:
        """Runs of which all that is due is done: they end, and the admins hear of it."""
        while (run_id := self._run_queues.settled()) is not None:
            try:
                await self._end(run_id)
            except BaseException:
                self._run_queues.unsettle(run_id)
                raise

    async def _end(self, run_id: int) -> None:
        """End a run, if nothing is to come, and tell."""
        async with self._database.read() as tx:
            over = await runs.is_over(tx, run_id)
        if over:
            async with self._database.write() as tx:
                over = await runs.finish(tx, run_id, now=self._now())
        await self._progress_reporter.report_morning(run_id, final=over)
        if over:
            log.info("run finished", run=run_id)
            self._run_queues.retire(run_id)
            self._sender.forget(run_id)
            self._progress_reporter.wake()

    async def _pause(self, run_id: int, why: str) -> None:
        """A run pauses itself, and the admins are told."""
        async with self._database.write() as tx:
            paused = await runs.pause(tx, run_id, why)
        if paused:
            log.error("run paused itself", run=run_id, why=why)
            await self._progress_reporter.report_pause(run_id, why)
            await self.tick()  # until then its parts would be taken, and refused by the ledger, again and again

    # Stopping, and what must not be forgotten

    async def _drain(self) -> None:
        """Let what is in flight come back, and what is being told go out; nothing more is claimed."""
        self._ledger.refuse_claims()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._sender.idle.wait()
                if self._rate_limiter.retry_after < DRAIN_SECONDS:
                    await self._notifier.all_told()

    async def _keep_high_water(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._note_high_water()

    def _note_high_water(self) -> None:
        mark = self._options.high_water
        if mark is None or self.hold_reason or not self._looks.begun:
            return
        try:
            mark.write(self._ledger.claimed)
        except OSError:
            log.exception("high-water mark not written")


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
