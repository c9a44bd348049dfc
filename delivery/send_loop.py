"""Send loop: one task keeps the run queues filled, and many workers send the batches.

queues, in turn -> batch -> worker -> Sender          nothing left to send of a run -> finish it
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

import structlog

from delivery.run_lifecycle import RunLifecycle
from delivery.run_queue import RecipientBatch, RunQueue
from delivery.run_queues import RunQueues
from delivery.sender import Sender
from delivery.startup_check import StartupCheck

log = structlog.get_logger(__name__)

ERROR_RETRY_SECONDS = 5.0
"""Wait after a failure of ours, such as a database error, before it is tried again."""


class SendLoop:
    """Keeps workers busy with the batches of all running runs.

    What is paid for has workers of its own: the others may all wait for the free rate. `_wake_event` wakes the task
    that fills the queues; the events of `_has_batches` let the workers of a kind, paid or not, take batches.
    """

    def __init__(
        self,
        sender: Sender,
        run_queues: RunQueues,
        run_lifecycle: RunLifecycle,
        startup_check: StartupCheck,
        now: Callable[[], datetime],
    ) -> None:
        self._sender = sender
        self._run_queues = run_queues
        self._run_lifecycle = run_lifecycle
        self._startup_check = startup_check
        self._now = now
        self._wake_event = asyncio.Event()
        self._finish_from = 0.0
        self._has_batches = {paid: asyncio.Event() for paid in (False, True)}

    def wake(self) -> None:
        """Look for batches now: there may be more to send."""
        self._wake_event.set()

    async def fill_queues(self) -> None:
        """Keep batches ready for the workers, and finish settled runs, until cancelled."""
        while True:
            self._wake_event.clear()
            try:
                has_batches = not self._startup_check.hold_reason and await self._run_queues.fill(self._now())
                if has_batches:
                    self._let_workers_take_batches()
            except Exception:
                log.exception("run_queues_failed")
                await asyncio.sleep(ERROR_RETRY_SECONDS)
                continue
            await self._finish_settled_runs()
            if has_batches:
                await self._wake_event.wait()
            else:
                await self._wait_for_wake_or_retry()

    async def _finish_settled_runs(self) -> None:
        """Finish runs; if one cannot be finished, the queues go on, and it is tried again after a while."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._finish_from and not await self._run_lifecycle.finish_settled_runs():
            self._finish_from = loop.time() + ERROR_RETRY_SECONDS
            loop.call_later(ERROR_RETRY_SECONDS, self.wake)

    def _let_workers_take_batches(self) -> None:
        for paid, has_batches in self._has_batches.items():
            if self._run_queues.has_batch(paid=paid):
                has_batches.set()

    async def work(self, *, paid: bool = False) -> None:
        """Send one batch of a kind after the other until cancelled. This is one of the workers."""
        has_batches = self._has_batches[paid]
        while True:
            entry = self._run_queues.pop_batch(paid=paid) if has_batches.is_set() else None
            if entry is None:
                has_batches.clear()
                self._wake_event.set()
                await has_batches.wait()
                continue
            queue, batch = entry
            if queue.wants_page(self._now()):
                self._wake_event.set()
            wait = await self._send(batch)
            if wait > 0:
                asyncio.get_running_loop().call_later(wait, self._put_back, queue, batch)
            else:
                self._finish_batch(queue, batch)

    async def _send(self, batch: RecipientBatch) -> float:
        """Send a batch; return the seconds until the rest of it may be sent, or 0."""
        try:
            return await self._sender.send(batch)
        except Exception:
            log.exception("batch_failed", run=batch.run_id, subscriber=batch.subscriber_id)
            return ERROR_RETRY_SECONDS

    def _put_back(self, queue: RunQueue, batch: RecipientBatch) -> None:
        """Have what is left of a batch read again, as its rows are by now."""
        self._finish_batch(queue, batch)
        queue.wake()
        self._wake_event.set()

    def _finish_batch(self, queue: RunQueue, batch: RecipientBatch) -> None:
        queue.finish_batch(batch)
        if not queue.batches_out:
            self._wake_event.set()

    async def _wait_for_wake_or_retry(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._run_queues.seconds_until_retry(self._now())):
                await self._wake_event.wait()
