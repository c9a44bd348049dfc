"""All running runs' feeds, in turn: so that a broadcast does not wait for the digest's last reader, nor it for that."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime

from delivery.run_queue import Feed, Parcel
from storage.database import Database


class Feeds:
    """A feed for each running run."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns: deque[Feed] = deque()
        self._aside: dict[int, Feed] = {}
        self._unsettled: set[int] = set()

    def sync(self, running: Iterable[int], *, changed: Iterable[int]) -> list[int]:
        """Follow the runs that run now; `changed` ones have new rows, or fewer waves. Answers those that stopped."""
        running = list(running)
        stopped = [feed.run_id for feed in self._turns if feed.run_id not in running]
        for run_id in stopped:
            self.drop(run_id)
        known = {feed.run_id for feed in self._turns}
        for feed in self._turns:
            feed.wake()
        new = [run_id for run_id in running if run_id not in known]
        self._turns.extend(self._aside.get(run_id) or Feed(self._database, run_id) for run_id in new)
        self._aside = {run_id: feed for run_id, feed in self._aside.items() if feed.in_hand and run_id not in new}
        self._unsettled |= {*new, *changed}
        return stopped

    def drop(self, run_id: int) -> None:
        """A run no longer runs. Should it go on while some of its parcels are out, the same feed must know of them."""
        for feed in self._turns:
            if feed.run_id == run_id:
                feed.put_aside()
                self._aside[run_id] = feed
        self._turns = deque(feed for feed in self._turns if feed.run_id != run_id)
        self._unsettled.discard(run_id)

    def retire(self, run_id: int) -> None:
        """A run has ended. If a look has woken its feed since, it may run again: then the next look decides."""
        if any(feed.run_id == run_id and feed.is_settled for feed in self._turns):
            self.drop(run_id)

    def take(self) -> tuple[Feed, Parcel] | None:
        """The next parcel of the run whose turn it is; None when none is ready."""
        for _ in range(len(self._turns)):
            self._turns.rotate(-1)
            feed = self._turns[-1]
            parcel = feed.take()
            if parcel is not None:
                self._unsettled.add(feed.run_id)
                return feed, parcel
        return None

    async def fill(self, now: datetime) -> bool:
        """Have parcels ready, whose turn it is or not; whether there are any."""
        return any([await feed.fill(now) for feed in list(self._turns)])

    def settled(self) -> int | None:
        """A run of which all that is due is done; each is told once until something changes."""
        idle = (feed.run_id for feed in self._turns if feed.is_settled)
        told = next((run_id for run_id in idle if run_id in self._unsettled), None)
        if told is not None:
            self._unsettled.discard(told)
        return told

    def unsettle(self, run_id: int) -> None:
        """A run was told, and nothing could be done about it: tell it again."""
        self._unsettled.add(run_id)

    def retry_in(self, now: datetime) -> float | None:
        """Seconds until something that waits may go again; None when nothing does."""
        waiting = [feed.retry_at for feed in self._turns if feed.retry_at is not None]
        return max(0.05, (min(waiting) - now).total_seconds()) if waiting else None
