"""Progress cards and reports of runs for the admins."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from delivery.notifier import Notifier
from domain.chat.message import Message
from domain.delivery.outcome import ChatUnavailable, Refused
from domain.delivery.policy import UnconfirmedPolicy
from domain.delivery.progress import Progress
from domain.delivery.states import RunKind, RunState
from storage import deliveries, runs
from storage.database import Database, Tx
from storage.runs import Run
from transport.circuit_breaker import CircuitBreaker
from transport.rate_limiter import RateLimiter
from views import run_reports
from views.run_reports import Speed, Trouble

log = structlog.get_logger(__name__)

CARD_INTERVAL_SECONDS = 3.0
"""Time between two edits of a progress card."""

REPORT_WAITS_FOR_WAVES = timedelta(hours=1)
"""A report waits for the run's next wave if it is due sooner than this."""

MAX_LISTED_DELIVERIES = 1000


@dataclass(slots=True)
class _CardState:
    """What a card showed last. For the speed: how many parts were done then, and when (monotonic)."""

    message: Message | None = None
    measured_at: float = 0.0
    done: int = 0
    per_second: float = 0.0

    def update_speed(self, progress: Progress, now: float) -> float:
        """Return the parts per second since the last update, smoothed over two updates."""
        done = progress.total - progress.pending - progress.in_flight
        if self.measured_at and now > self.measured_at:
            recent = max(0, done - self.done) / (now - self.measured_at)
            self.per_second = recent if not self.per_second else 0.5 * self.per_second + 0.5 * recent
        self.measured_at, self.done = now, done
        return self.per_second


class ProgressReporter:
    """Keeps progress cards up to date while `run` runs, and sends reports when asked."""

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        rate_limiter: RateLimiter,
        circuit_breaker: CircuitBreaker,
        now: Callable[[], datetime],
        *,
        admins: frozenset[int],
        policy: UnconfirmedPolicy,
        card_seconds: float = CARD_INTERVAL_SECONDS,
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._rate_limiter = rate_limiter
        self._circuit_breaker = circuit_breaker
        self._now = now
        self._admins = admins
        self._asks_about_unconfirmed = policy is UnconfirmedPolicy.ASK
        self._card_seconds = card_seconds
        self._cards: dict[int, _CardState] = {}
        self._wake_event = asyncio.Event()

    def wake(self) -> None:
        """Update the cards soon: a run's state may have changed."""
        self._wake_event.set()

    async def run(self) -> None:
        """Update every card that changed, at most once per interval, until cancelled."""
        while True:
            try:
                has_cards = await self._update_cards()
            except Exception:
                log.exception("progress_cards_failed")
                has_cards = True
            await asyncio.sleep(self._card_seconds)
            if not has_cards:
                await self._wake_event.wait()
            self._wake_event.clear()

    async def report_digest(self, run_id: int, *, final: bool) -> None:
        """Report a digest's figures to the admins: when its main waves are done, and at its end if they changed."""
        async with self._database.read() as tx:
            progress = await runs.progress(tx, run_id)
            reported = await runs.reported_figures(tx, run_id)
            trouble = await self._trouble(tx, run_id)
        if progress is None or progress.kind is not RunKind.DIGEST:
            return
        if not progress.total and not (final and progress.missed):  # missed recipients alone are reported at the end
            return
        waits_long = progress.next_due is not None and progress.next_due > self._now() + REPORT_WAITS_FOR_WAVES
        figures = msgspec.json.encode((progress.counts, progress.missed)).decode()
        if reported == figures or not (final or (waits_long and reported is None)):
            return
        async with self._database.write() as tx:
            await runs.note_report(tx, run_id, figures=figures, now=self._now())
        self._send_report(self._admins, progress, trouble)

    async def report_pause(self, run_id: int) -> None:
        """Tell the admins that a run paused itself."""
        async with self._database.read() as tx:
            progress = await runs.progress(tx, run_id)
        if progress is not None:
            self._notifier.notify(self._admins, lambda translate: run_reports.paused_notice(progress, translate))
        self.wake()

    async def _update_cards(self) -> bool:
        """Update the cards of all runs and report broadcasts that ended; return whether any card is left."""
        async with self._database.read() as tx:
            live = await runs.in_state(tx, RunState.RUNNING, RunState.PAUSED)
            ended = await runs.unreported(tx)
        with_card = [run for run in live if run.card is not None]
        for run in [*with_card, *ended]:
            await self._update_card(run)
        for run in ended:
            await self._report_broadcast(run)
        self._cards = {run.id: self._cards[run.id] for run in with_card}
        return bool(with_card)

    async def _update_card(self, run: Run) -> None:
        async with self._database.read() as tx:
            progress = await runs.progress(tx, run.id)
        if progress is None or run.card is None:
            return
        card = self._cards.setdefault(run.id, _CardState())
        translate = await self._notifier.translator_for(run.card.chat_id)
        speed = Speed(
            per_second=card.update_speed(progress, time.monotonic()),
            hold_seconds=self._rate_limiter.retry_after,
            is_outage=self._circuit_breaker.outage is not None,
        )
        message = run_reports.progress_card(progress, speed, translate, offer_resend=self._asks_about_unconfirmed)
        if message == card.message:
            return
        parameters: dict[str, object] = {"message_id": run.card.message_id} | message.to_bot_api()
        outcome = await self._notifier.call("editMessageText", run.card.chat_id, parameters)
        card.message = message
        if isinstance(outcome, ChatUnavailable) or (
            isinstance(outcome, Refused) and "not modified" not in outcome.reason
        ):
            log.info("progress_card_lost", run=run.id, reason=outcome.reason)

    async def _report_broadcast(self, run: Run) -> None:
        """Send the report of an ended broadcast to its author: a new message, because edits notify nobody."""
        async with self._database.read() as tx:
            progress = await runs.progress(tx, run.id)
            trouble = await self._trouble(tx, run.id)
        async with self._database.write() as tx:
            await runs.note_report(tx, run.id, now=self._now())
        if progress is not None and progress.card is not None and progress.state is RunState.FINISHED:
            self._send_report([progress.card.chat_id], progress, trouble)

    def _send_report(self, chats: Iterable[int], progress: Progress, trouble: Trouble) -> None:
        offer_resend = self._asks_about_unconfirmed
        self._notifier.notify(
            chats, lambda translate: run_reports.report(progress, trouble, translate, offer_resend=offer_resend)
        )

    async def _trouble(self, tx: Tx, run_id: int) -> Trouble:
        unconfirmed = await deliveries.unconfirmed(tx, run_id, limit=MAX_LISTED_DELIVERIES)
        failures = await deliveries.failures(tx, run_id, limit=MAX_LISTED_DELIVERIES)
        return Trouble(failures, [delivery.chat_id for delivery in unconfirmed])
