"""Round-robin over the queues of all running runs, so that digests and broadcasts share the rate.

Corrections of editions come after them: their batches are handed out while no other is ready, a few at a time.
What is paid for has a rate of its own, and is therefore handed out apart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime

from delivery.run_queue import RecipientBatch, RunQueue
from domain.chat.i18n import Translations
from storage.database import Database

MIN_RETRY_SECONDS = 0.05
"""Shortest wait before queues are read again for rows whose `retry_at` has come."""


MAX_CORRECTIONS_OUT = 16
"""Batches of corrections that are handed out at once: a digest that becomes due waits for no more than these."""


class RunQueues:
    """Queues of the running runs, and which of these runs have settled everything that was due."""

    def __init__(self, database: Database, translations: Translations) -> None:
        self._database = database
        self._translations = translations
        self._queues: deque[RunQueue] = deque()
        self._suspended: dict[int, RunQueue] = {}
        self._unsettled: set[int] = set()
        self._corrections: frozenset[int] = frozenset()

    def sync(
        self, running: Iterable[int], *, changed: Iterable[int], corrections: frozenset[int] = frozenset()
    ) -> list[int]:
        """Adopt the runs that are running now and return those that stopped.

        `changed` are runs that got rows or lost waves since, `corrections` those that come after all others.
        """
        running, self._corrections = list(running), corrections
        stopped = [queue.run_id for queue in self._queues if queue.run_id not in running]
        for run_id in stopped:
            self.remove(run_id)
        known = {queue.run_id for queue in self._queues}
        for queue in self._queues:
            queue.wake()
        new = [run_id for run_id in running if run_id not in known]
        self._queues.extend(
            self._suspended.get(run_id) or RunQueue(self._database, self._translations, run_id) for run_id in new
        )
        self._suspended = {
            run_id: queue for run_id, queue in self._suspended.items() if queue.batches_out and run_id not in new
        }
        self._unsettled |= {*new, *changed}
        return stopped

    def remove(self, run_id: int) -> None:
        """Stop handing out batches of a run. Its queue is kept in case the run goes on while batches are out."""
        for queue in self._queues:
            if queue.run_id == run_id:
                queue.drop_rows()
                self._suspended[run_id] = queue
        self._queues = deque(queue for queue in self._queues if queue.run_id != run_id)
        self._unsettled.discard(run_id)

    def reread(self, run_id: int) -> None:
        """Have the rows of a run read again, because those read so far are outdated."""
        for queue in self._queues:
            if queue.run_id == run_id:
                queue.drop_rows()

    def remove_finished(self, run_id: int) -> None:
        """Remove a run that has finished, unless a tick woke its queue since: then the next tick decides."""
        if any(queue.run_id == run_id and queue.is_settled for queue in self._queues):
            self.remove(run_id)

    def has_batch(self, *, paid: bool) -> bool:
        """Whether `pop_batch` has one to return."""
        return any(queue.has_batch(paid=paid) for queue in self._next_queues(paid=paid))

    def pop_batch(self, *, paid: bool = False) -> tuple[RunQueue, RecipientBatch] | None:
        """Return the next batch of a kind and its queue, taking the runs in turn; None if none is ready."""
        for queue in self._next_queues(paid=paid):
            batch = queue.pop_batch()
            if batch is not None:
                self._queues.remove(queue)
                self._queues.append(queue)
                self._unsettled.add(queue.run_id)
                return queue, batch
        return None

    def _next_queues(self, *, paid: bool) -> list[RunQueue]:
        """Return the queues whose turn it is and that have a batch of a kind, the one that waits longest first."""
        ready = [queue for queue in self._queues if queue.has_batch(paid=paid)]
        others = [queue for queue in ready if queue.run_id not in self._corrections]
        out = sum(queue.batches_out for queue in self._queues if queue.run_id in self._corrections)
        return others or (ready if out < MAX_CORRECTIONS_OUT else [])

    async def fill(self, now: datetime) -> bool:
        """Have batches ready for every run; return whether there are any."""
        return any([await queue.fill(now) for queue in list(self._queues)])

    def pop_settled(self) -> int | None:
        """Return a run that has settled everything due, once until something changes; None if there is none."""
        settled = (queue.run_id for queue in self._queues if queue.is_settled)
        run_id = next((run_id for run_id in settled if run_id in self._unsettled), None)
        if run_id is not None:
            self._unsettled.discard(run_id)
        return run_id

    def mark_unsettled(self, run_id: int) -> None:
        """Have `pop_settled` return a run again, because it could not be dealt with."""
        self._unsettled.add(run_id)

    def seconds_until_retry(self, now: datetime) -> float | None:
        """Return the seconds until a row that waits for its `retry_at` may be sent; None if none waits."""
        retry_instants = [queue.retry_at for queue in self._queues if queue.retry_at is not None]
        return max(MIN_RETRY_SECONDS, (min(retry_instants) - now).total_seconds()) if retry_instants else None
