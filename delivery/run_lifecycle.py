"""Lifecycle of runs while they are being sent: they finish, pause after refusals, or were stopped by an admin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from delivery import recovery
from delivery.progress_reporter import ProgressReporter
from delivery.refusal_monitor import RefusalMonitor
from delivery.run_queues import RunQueues
from domain.delivery.outcome import Outcome
from domain.delivery.reasons import RunStateReason
from storage import runs
from storage.database import Database

log = structlog.get_logger(__name__)


class RunLifecycle:
    """Ends and pauses runs, with the reports that belong to it; keeps a refusal monitor for each running run."""

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

    async def finish_settled_runs(self) -> None:
        """Finish the runs that have nothing left to send, and report those whose due part is done."""
        while (run_id := self._run_queues.pop_settled()) is not None:
            try:
                await self._finish(run_id)
            except BaseException:
                self._run_queues.mark_unsettled(run_id)
                raise

    async def record_outcome(self, run_id: int, payload_id: int, outcome: Outcome) -> bool:
        """Count an outcome for the run's refusal monitor; return True if that paused the run."""
        monitor = self._refusal_monitors.setdefault(run_id, RefusalMonitor())
        description = monitor.record(payload_id, outcome)
        return description is not None and await self._pause(run_id, description)

    async def clean_up_stopped(self, run_id: int, now: datetime) -> None:
        """Clean up after a run that no longer runs: skip what is left of it if it was cancelled."""
        self._reset_refusal_monitor(run_id)
        await recovery.drop_cancelled(self._database, run_id, now)

    async def _finish(self, run_id: int) -> None:
        async with self._database.read() as tx:
            is_over = await runs.is_over(tx, run_id)
        if is_over:
            async with self._database.write() as tx:
                is_over = await runs.finish(tx, run_id, now=self._now())
        await self._progress_reporter.report_digest(run_id, final=is_over)
        if is_over:
            log.info("run_finished", run=run_id)
            self._run_queues.remove_finished(run_id)
            self._reset_refusal_monitor(run_id)
            self._progress_reporter.wake()

    async def _pause(self, run_id: int, description: str) -> bool:
        """Pause a run because of its refusals and tell the admins; return False if it was not running any more."""
        self._reset_refusal_monitor(run_id)
        async with self._database.write() as tx:
            is_paused = await runs.pause(tx, run_id, RunStateReason.REJECTIONS, description)
        if is_paused:
            log.error("run_paused", run=run_id, description=description)
            await self._progress_reporter.report_pause(run_id)
        return is_paused

    def _reset_refusal_monitor(self, run_id: int) -> None:
        self._refusal_monitors.pop(run_id, None)
