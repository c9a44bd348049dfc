"""Following runs for the admins: figures in; live cards, reports, and the alarm that nothing was published, out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from delivery.notifier import Notifier
from delivery.resolution import UnconfirmedPolicy
from domain.chat.message import Message
from domain.delivery.outcome import ChatUnavailable, Refused
from domain.delivery.progress import Progress
from domain.delivery.states import RunKind, RunState
from storage import deliveries, kv, runs
from storage.database import Database, Tx
from storage.runs import Run
from transport.rate_limiter import RateLimiter
from views import run_reports
from views.run_reports import Speed, Trouble

log = structlog.get_logger(__name__)

EVERY = 3.0
"""Seconds between two edits of a card."""

SOON = timedelta(hours=1)
"""A wave that comes sooner than this is waited for before the morning's report."""

LISTED = 1000


@dataclass(slots=True)
class _Shown:
    """What a card showed last, and when; for the speed, how many parts were done then."""

    message: Message | None = None
    at: float = 0.0
    done: int = 0
    per_second: float = 0.0


class ProgressReporter:
    """Keeps the admins informed. Cards follow by themselves in `run`; reports are asked for."""

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        rate_limiter: RateLimiter,
        now: Callable[[], datetime],
        *,
        admins: frozenset[int],
        policy: UnconfirmedPolicy,
        every: float = EVERY,
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._rate_limiter = rate_limiter
        self._now = now
        self._admins = admins
        self._ask = policy is UnconfirmedPolicy.ASK
        self._every = every
        self._shown: dict[int, _Shown] = {}
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """A run's state may have changed."""
        self._wanted.set()

    async def run(self) -> None:
        """Show every card anew, at most every few seconds and only when it changed, until cancelled."""
        while True:
            try:
                busy = await self._follow_all()
            except Exception:
                log.exception("cards not shown")
                busy = True
            await asyncio.sleep(self._every)
            if not busy:
                await self._wanted.wait()
            self._wanted.clear()

    async def report_morning(self, run_id: int, *, final: bool) -> None:
        """Tell the admins what became of a digest: once when its morning is over, and at the end if that changed."""
        async with self._database.read() as tx:
            progress = await runs.progress(tx, run_id)
            told = await kv.get(tx, f"report {run_id}")
            trouble = await self._trouble(tx, run_id)
        if progress is None or progress.kind is not RunKind.DIGEST:
            return
        if not progress.total and not (final and progress.missed):  # who was too late is no news while others wait
            return
        later = progress.next_due is not None and progress.next_due > self._now() + SOON
        figures = msgspec.json.encode((progress.counts, progress.missed)).decode()
        if told == figures or not (final or (later and told is None)):
            return
        async with self._database.write() as tx:
            await kv.put(tx, f"report {run_id}", figures)
            await runs.note_report(tx, run_id, now=self._now())
        self._notifier.notify(
            self._admins, lambda translate: run_reports.report(progress, trouble, translate, ask=self._ask)
        )

    async def report_pause(self, run_id: int, why: str) -> None:
        """Tell the admins that a run has paused itself."""
        async with self._database.read() as tx:
            progress = await runs.progress(tx, run_id)
        if progress is not None:
            self._notifier.notify(self._admins, lambda translate: run_reports.paused_notice(progress, why, translate))
        self.wake()

    async def _follow_all(self) -> bool:
        """Show every card once; whether there are any to be followed."""
        async with self._database.read() as tx:
            live = await runs.in_state(tx, RunState.RUNNING, RunState.PAUSED)
            ended = await runs.unreported(tx)
        followed = [run for run in live if run.card is not None]
        for run in [*followed, *ended]:
            await self._follow(run)
        for run in ended:
            await self._conclude(run)
        self._shown = {run.id: self._shown[run.id] for run in followed}
        return bool(followed)

    async def _follow(self, run: Run) -> None:
        async with self._database.read() as tx:
            progress = await runs.progress(tx, run.id)
        if progress is None or run.card is None:
            return
        shown = self._shown.setdefault(run.id, _Shown())
        translate = await self._notifier.say_for(run.card.chat_id)
        speed = Speed(_measure(shown, progress), self._rate_limiter.retry_after)
        message = run_reports.progress_card(progress, speed, translate, ask=self._ask)
        if message == shown.message:
            return
        body: dict[str, object] = {"message_id": run.card.message_id} | message.to_bot_api()
        outcome = await self._notifier.call("editMessageText", run.card.chat_id, body)
        shown.message = message
        if isinstance(outcome, ChatUnavailable) or (
            isinstance(outcome, Refused) and "not modified" not in outcome.reason
        ):
            log.info("card lost", run=run.id, why=outcome.reason)

    async def _conclude(self, run: Run) -> None:
        """A broadcast has ended: its card shows so, and its author gets a report that rings."""
        async with self._database.read() as tx:
            progress = await runs.progress(tx, run.id)
            trouble = await self._trouble(tx, run.id)
        async with self._database.write() as tx:
            await runs.note_report(tx, run.id, now=self._now())
        if progress is not None and progress.card is not None and progress.state is RunState.FINISHED:
            self._notifier.notify(
                [progress.card.chat_id],
                lambda translate: run_reports.report(progress, trouble, translate, ask=self._ask),
            )

    async def _trouble(self, tx: Tx, run_id: int) -> Trouble:
        listed = await deliveries.unconfirmed(tx, run_id, limit=LISTED)
        return Trouble(await deliveries.failures(tx, run_id, limit=LISTED), [one.chat_id for one in listed])


def _measure(shown: _Shown, progress: Progress) -> float:
    """Parts a second since the card was last looked at, a little smoothed."""
    now, done = time.monotonic(), progress.total - progress.pending - progress.in_flight
    if shown.at and now > shown.at:
        recent = max(0, done - shown.done) / (now - shown.at)
        shown.per_second = recent if not shown.per_second else 0.5 * shown.per_second + 0.5 * recent
    shown.at, shown.done = now, done
    return shown.per_second
