"""All running runs' feeds, in turn: so that a broadcast does not wait for the digest's last reader, nor it for that."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime

from delivery.run_queue import RecipientBatch, RunQueue
from storage.database import Database


class RunQueues:
    """A feed for each running run."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns: deque[RunQueue] = deque()
        self._aside: dict[int, RunQueue] = {}
        self._unsettled: set[int] = set()

    def sync(self, running: Iterable[int], *, changed: Iterable[int]) -> list[int]:
        """Follow the runs that run now; `changed` ones have new rows, or fewer waves. Answers those that stopped."""
        running = list(running)
        stopped = [queue.run_id for queue in self._turns if queue.run_id not in running]
        for run_id in stopped:
            self.drop(run_id)
        known = {queue.run_id for queue in self._turns}
        for queue in self._turns:
            queue.wake()
        new = [run_id for run_id in running if run_id not in known]
        self._turns.extend(self._aside.get(run_id) or RunQueue(self._database, run_id) for run_id in new)
        self._aside = {run_id: queue for run_id, queue in self._aside.items() if queue.in_hand and run_id not in new}
        self._unsettled |= {*new, *changed}
        return stopped

    def drop(self, run_id: int) -> None:
        """A run no longer runs. Should it go on while some of its parcels are out, the same feed must know of them."""
        for queue in self._turns:
            if queue.run_id == run_id:
                queue.put_aside()
                self._aside[run_id] = queue
        self._turns = deque(queue for queue in self._turns if queue.run_id != run_id)
        self._unsettled.discard(run_id)

    def retire(self, run_id: int) -> None:
        """A run has ended. If a look has woken its feed since, it may run again: then the next look decides."""
        if any(queue.run_id == run_id and queue.is_settled for queue in self._turns):
            self.drop(run_id)

    def take(self) -> tuple[RunQueue, RecipientBatch] | None:
        """The next parcel of the run whose turn it is; None when none is ready."""
        for _ in range(len(self._turns)):
            self._turns.rotate(-1)
            queue = self._turns[-1]
            batch = queue.take()
            if batch is not None:
                self._unsettled.add(queue.run_id)
                return queue, batch
        return None

    async def fill(self, now: datetime) -> bool:
        """Have parcels ready, whose turn it is or not; whether there are any."""
        return any([await queue.fill(now) for queue in list(self._turns)])

    def settled(self) -> int | None:
        """A run of which all that is due is done; each is told once until something changes."""
        idle = (queue.run_id for queue in self._turns if queue.is_settled)
        told = next((run_id for run_id in idle if run_id in self._unsettled), None)
        if told is not None:
            self._unsettled.discard(told)
        return told

    def unsettle(self, run_id: int) -> None:
        """A run was told, and nothing could be done about it: tell it again."""
        self._unsettled.add(run_id)

    def retry_in(self, now: datetime) -> float | None:
        """Seconds until something that waits may go again; None when nothing does."""
        waiting = [queue.retry_at for queue in self._turns if queue.retry_at is not None]
        return max(0.05, (min(waiting) - now).total_seconds()) if waiting else None
