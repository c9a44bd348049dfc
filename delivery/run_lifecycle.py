"""Lifecycle of runs while they are being sent: they finish, pause after refusals, pay no more, or were stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from delivery import recovery
from delivery.correction_planning import plan_what_failed
from delivery.payment_monitor import PaymentMonitor
from delivery.progress_reporter import ProgressReporter
from delivery.refusal_monitor import RefusalMonitor
from delivery.run_queues import RunQueues
from domain.delivery.outcome import Outcome
from domain.delivery.reasons import RunStateReason
from storage import broadcast_pins, correction_rows, correction_runs, runs
from storage.database import Database
from storage.deliveries import DueDelivery

log = structlog.get_logger(__name__)


class RunLifecycle:
    """Ends and pauses runs, with the reports that belong to it; keeps the monitors of each running run."""

    def __init__(
        self,
        database: Database,
        run_queues: RunQueues,
        progress_reporter: ProgressReporter,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._run_queues = run_queues
        self._progress_reporter = progress_reporter
        self._now = now
        self._refusal_monitors: dict[int, RefusalMonitor] = {}
        self._payment_monitors: dict[int, PaymentMonitor] = {}

    async def finish_settled_runs(self) -> bool:
        """Finish the runs that have nothing left to send, and report those whose due part is done.

        Return False if one of them failed, which is to be tried again; the others had their turn.
        """
        failed: list[int] = []
        while (run_id := self._run_queues.pop_settled()) is not None:
            try:
                await self._finish(run_id)
            except Exception:
                log.exception("run_not_finished", run=run_id)
                failed.append(run_id)
            except BaseException:
                self._run_queues.mark_unsettled(run_id)
                raise
        for run_id in failed:
            self._run_queues.mark_unsettled(run_id)
        return not failed

    async def record_outcome(self, due: DueDelivery, outcome: Outcome) -> bool:
        """Count an outcome for the run's monitors; return True if that paused the run."""
        run_id = due.key.run_id
        if due.paid:
            payment_monitor = self._payment_monitors.setdefault(run_id, PaymentMonitor())
            refusal = payment_monitor.record(due.chat_id, outcome, self._now())
            if refusal is not None:
                await self._stop_paying(run_id, refusal)
        monitor = self._refusal_monitors.setdefault(run_id, RefusalMonitor())
        description = monitor.record(due.payload_id, outcome)
        return description is not None and await self._pause(run_id, description)

    async def clean_up_stopped(self, run_id: int, now: datetime) -> None:
        """Clean up after a run that no longer runs: skip what is left of it if it was cancelled."""
        self._reset_monitors(run_id)
        await recovery.drop_cancelled(self._database, run_id, now)

    async def _finish(self, run_id: int) -> None:
        if await self._plan_what_failed(run_id):
            return
        async with self._database.read() as tx:
            is_over = await runs.is_over(tx, run_id)
        if is_over:
            async with self._database.write(alone=True) as tx:
                is_over = await runs.finish(tx, run_id, now=self._now())
                if is_over:
                    await broadcast_pins.pin_if_wanted(tx, run_id, now=self._now())
        await self._correct_newer_messages(run_id)
        await self._progress_reporter.report_digest(run_id, final=is_over)
        if is_over:
            log.info("run_finished", run=run_id)
            self._run_queues.remove_finished(run_id)
            self._reset_monitors(run_id)
            self._progress_reporter.wake()

    async def _plan_what_failed(self, run_id: int) -> bool:
        """Let a correction or a withdrawal make otherwise what Telegram refused; return whether there was any."""
        async with self._database.read() as tx:
            takes_back = await correction_rows.takes_back(tx, run_id)
            has_failed = takes_back and (
                await correction_rows.has_undeleted(tx, run_id) or bool(await correction_rows.lost_parts(tx, run_id))
            )
        if not has_failed:
            return False
        async with self._database.write(alone=True) as tx:
            goes_on = await plan_what_failed(tx, run_id)
        if goes_on:
            self._run_queues.reread(run_id)
            self._run_queues.mark_unsettled(run_id)
        return goes_on

    async def _correct_newer_messages(self, run_id: int) -> None:
        """Have the correction of a run planned again if its old version has reached somebody since."""
        async with self._database.read() as tx:
            has_newer = await correction_runs.has_newer_messages(tx, run_id)
        if has_newer:
            async with self._database.write() as tx:
                await correction_runs.plan_again(tx, run_id, now=self._now())

    async def _pause(self, run_id: int, description: str) -> bool:
        """Pause a run because of its refusals and tell the admins; return False if it was not running any more."""
        self._reset_monitors(run_id)
        async with self._database.write() as tx:
            is_paused = await runs.pause(tx, run_id, RunStateReason.REJECTIONS, description)
        if is_paused:
            log.error("run_paused", run=run_id, description=description)
            await self._progress_reporter.report_pause(run_id)
        return is_paused

    async def _stop_paying(self, run_id: int, description: str) -> None:
        """Let a run go on for free, and tell the admins the first time."""
        async with self._database.write() as tx:
            was_paying = await runs.stop_paying(tx, run_id, description)
        if was_paying:
            log.warning("payment_refused", run=run_id, description=description)
            self._run_queues.reread(run_id)
            self._progress_reporter.report_payment_refused(description)

    def _reset_monitors(self, run_id: int) -> None:
        self._refusal_monitors.pop(run_id, None)
        self._payment_monitors.pop(run_id, None)
