"""Progress cards and reports of runs for the admins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import structlog

from delivery.notifier import Notifier
from delivery.run_message_updater import RunMessageUpdater
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.delivery.policy import UnconfirmedPolicy
from domain.delivery.progress import NO_TROUBLE, Counts, Progress, RunMessage, RunMessageKind, Trouble
from domain.delivery.states import RunPurpose, RunState
from storage import deliveries, run_progress, runs
from storage.database import Database, Tx
from storage.runs import Run
from views import run_reports
from views.run_reports import Speed

log = structlog.get_logger(__name__)

CARD_INTERVAL_SECONDS = 1.0
"""Time between two edits of a progress card."""

REPORT_WAITS = timedelta(hours=1)
"""A report waits for the run's next wave, or for the next attempt, if that is due sooner than this."""


class ProgressReporter:
    """Keeps cards and reports up to date while `run` runs, and sends reports when asked."""

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        run_message_updater: RunMessageUpdater,
        now: Callable[[], datetime],
        *,
        policy: UnconfirmedPolicy,
        card_seconds: float = CARD_INTERVAL_SECONDS,
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._run_message_updater = run_message_updater
        self._now = now
        self._asks_about_unconfirmed = policy is UnconfirmedPolicy.ASK
        self._card_seconds = card_seconds
        self._wake_event = asyncio.Event()

    def wake(self) -> None:
        """Update the cards soon: a run's state may have changed."""
        self._wake_event.set()

    async def run(self) -> None:
        """Update every message that changed, at most once per interval, until cancelled."""
        while True:
            try:
                is_moving = await self._update()
            except Exception:
                log.exception("progress_cards_failed")
                is_moving = True
            await asyncio.sleep(self._card_seconds)
            if not is_moving:
                await self._wake_event.wait()
            self._wake_event.clear()

    async def report_digest(self, run_id: int, *, final: bool) -> None:
        """Report a digest's figures to the admins: when its main waves are done, and at its end if they changed.

        An editor who has sent it at once is told how that ended, even if nobody was left to get it.
        """
        async with self._database.read() as tx:
            progress = await run_progress.get(tx, run_id)
            reported = await runs.reported_figures(tx, run_id)
            trouble = await run_progress.trouble(tx, run_id)
            is_early = not final and await self._is_early(tx, progress)
            is_awaited = final and await runs.awaits_report(tx, run_id)
        if progress is None or progress.purpose is not RunPurpose.DIGEST or is_early:
            return
        if not progress.total and not is_awaited and not (final and progress.missed):  # these alone at the end only
            return
        waits_long = progress.next_due is not None and progress.next_due > self._now() + REPORT_WAITS
        figures = progress.counts, progress.missed
        is_reported = reported is not None and msgspec.json.decode(reported, type=tuple[Counts, int]) == figures
        is_due = final or (waits_long and reported is None)
        if not is_awaited and (is_reported or not is_due):
            return
        async with self._database.write() as tx:
            await runs.note_report(tx, run_id, figures=msgspec.json.encode(figures).decode(), now=self._now())
        self._send(progress, RunMessageKind.REPORT, trouble)

    async def _is_early(self, tx: Tx, progress: Progress | None) -> bool:
        """Return whether a report would be overtaken soon: parts are on their way, or about to be tried again."""
        if progress is None or progress.in_flight:
            return True
        retry_at = await deliveries.next_retry(tx, progress.run_id, after=self._now())
        is_long = retry_at is not None and retry_at > self._now() + REPORT_WAITS
        return progress.pending > 0 and not is_long

    async def report_pause(self, run_id: int) -> None:
        """Tell the admins that a run paused itself."""
        async with self._database.read() as tx:
            progress = await run_progress.get(tx, run_id)
        if progress is not None:
            self._send(progress, RunMessageKind.PAUSE_NOTICE)
        self.wake()

    def report_payment_refused(self, description: str) -> None:
        """Tell the admins that a broadcast goes on for free, because Telegram refused the payment."""
        self._notifier.notify_staff(
            Role.ADMIN, lambda translate: run_reports.payment_refused_notice(description, translate)
        )
        self.wake()

    async def _update(self) -> bool:
        """Update the messages of all runs and report what has ended; return whether more changes are to come."""
        is_moving = await self._run_message_updater.update()
        async with self._database.read() as tx:
            ended = await runs.unreported(tx)
        for run in ended:
            await self._try_to_report_end(run)
        return is_moving

    async def _try_to_report_end(self, run: Run) -> None:
        """Report an end; one that cannot be shown costs no other, and is tried again at the next wake-up."""
        try:
            await self._report_end(run)
        except Exception:
            log.exception("run_end_not_reported", run=run.id)

    async def _report_end(self, run: Run) -> None:
        """Note that an ended run is reported: its card shows that.

        Of a correction and of a withdrawal without a card editors are told, unless there was nothing to change.
        """
        async with self._database.write() as tx:
            await runs.note_report(tx, run.id, now=self._now())
            await runs.note_change(tx, run.id)
            progress, trouble = await run_progress.get(tx, run.id), await run_progress.trouble(tx, run.id)
        is_silent = run.purpose is RunPurpose.BROADCAST or run.card is not None or run.state is RunState.CANCELLED
        if progress is not None and progress.total and not is_silent:
            self._send(progress, RunMessageKind.REPORT, trouble, role=Role.EDITOR)

    def _send(
        self,
        progress: Progress,
        kind: RunMessageKind,
        trouble: Trouble = NO_TROUBLE,
        *,
        role: Role = Role.ADMIN,
    ) -> None:
        """Send those with a role a message about a run that follows its changes from then on."""

        def build(translate: Translator) -> Message:
            return run_reports.run_message(
                kind, progress, trouble, Speed(), translate, offer_resend=self._asks_about_unconfirmed
            )

        async def note_sent(chat_id: int, message_id: int, message: Message) -> None:
            try:
                await self._run_message_updater.note_sent(
                    progress.run_id, RunMessage(kind, chat_id, message_id), message
                )
            except Exception:
                log.exception("run_message_not_stored", run=progress.run_id)
            self.wake()

        self._notifier.notify_staff(role, build, note_sent)
