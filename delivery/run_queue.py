"""What is to be sent next of one run: its pending rows in, a page at a time; parcels, one a recipient, out.

A page begins at the run's first pending row: what is done is no longer pending. What is in flight is remembered here
and nowhere else, for a page is read beside the writer and may show as pending what has been claimed meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import deliveries, payloads, waves
from storage.database import Database, Tx
from storage.deliveries import DueDelivery
from storage.payloads import Payload

PAGE = 500
"""Rows of a page: what is read at once, and may be stale for as long as it takes to send them."""

BODIES = 1000
"""Bodies kept at hand."""


@dataclass(frozen=True, slots=True)
class RecipientBatch:
    """All parts that one recipient is to get now, in order, with their bodies."""

    run_id: int
    subscriber_id: int
    parts: tuple[tuple[DueDelivery, Payload], ...]
    due_at: datetime | None


class RunQueue:
    """One run's parcels. `rests`: all that may go now is handed out; `retry_at`: when more may."""

    def __init__(self, database: Database, run_id: int) -> None:
        self.run_id = run_id
        self.rests = False
        self.retry_at: datetime | None = None
        self._database = database
        self._rows: deque[DueDelivery] = deque()
        self._taken: dict[int, int] = {}
        self._done_meanwhile: set[int] | None = None
        self._bodies: dict[int, Payload] = {}
        self._dues: dict[int, datetime] = {}

    @property
    def in_hand(self) -> int:
        """Recipients whose parcels are handed out and not done."""
        return len(self._taken)

    @property
    def is_settled(self) -> bool:
        """Whether all that may go now is handed out and done."""
        return self.rests and not self._taken and not self._rows

    def wake(self) -> None:
        """There may be more to send."""
        self.rests = False

    def put_aside(self) -> None:
        """The run stops. What is ready is read anew if it goes on; what is handed out is remembered."""
        self._rows.clear()
        self.wake()

    def take(self) -> RecipientBatch | None:
        """The next parcel, if one is ready. Give each back with `done`."""
        if not self._rows:
            return None
        parts = [self._rows.popleft()]
        subscriber_id = parts[0].key.subscriber_id
        while self._rows and self._rows[0].key.subscriber_id == subscriber_id:
            parts.append(self._rows.popleft())
        self._taken[subscriber_id] = len(parts)
        return self._parcel(parts)

    async def fill(self, now: datetime) -> bool:
        """Have rows ready, if there are any to be sent now; whether there are."""
        if self.rests and self.retry_at is not None and now >= self.retry_at:
            self.wake()
        if not self._rows and not self.rests:
            await self._read(now)
        return bool(self._rows)

    def done(self, batch: RecipientBatch) -> None:
        """A parcel is finished, whatever became of it."""
        self._taken.pop(batch.subscriber_id, None)
        if self._done_meanwhile is not None:
            self._done_meanwhile.add(batch.subscriber_id)
        if not self._taken:
            self.wake()

    async def _read(self, now: datetime) -> None:
        """A page; without anything new in it, the run rests. Parcels are made of it one by one, in `take`."""
        self._done_meanwhile = set()
        self.rests = True  # whoever wakes it from now on knows of something that this page may not have
        try:
            wanted = PAGE + sum(self._taken.values())
            async with self._database.read() as tx:
                rows = await deliveries.page(tx, self.run_id, size=wanted, now=now)
                await self._fetch_bodies(tx, rows)
                if any(due.schedule_id not in self._dues for due in rows):
                    self._dues = await waves.dues(tx, self.run_id)
                full = len(rows) == wanted
                if full:
                    self.wake()
                else:
                    self.retry_at = await deliveries.next_retry(tx, self.run_id, after=now)
            not_again = self._taken.keys() | self._done_meanwhile
        except BaseException:
            self.wake()
            raise
        finally:
            self._done_meanwhile = None
        whole = _without_last(rows) if full else rows
        self._rows.extend(due for due in whole if due.key.subscriber_id not in not_again)

    async def _fetch_bodies(self, tx: Tx, rows: Sequence[DueDelivery]) -> None:
        needed = {due.payload_id for due in rows}
        if len(self._bodies) > BODIES:
            self._bodies.clear()
        if unknown := needed - self._bodies.keys():
            self._bodies |= {body.id: body for body in await payloads.get_many(tx, unknown)}

    def _parcel(self, parts: Sequence[DueDelivery]) -> RecipientBatch:
        first = parts[0]
        bound = tuple([(due, self._bodies[due.payload_id]) for due in parts])
        return RecipientBatch(self.run_id, first.key.subscriber_id, bound, self._dues.get(first.schedule_id))


def _without_last(rows: list[DueDelivery]) -> list[DueDelivery]:
    """A full page may end in the middle of a recipient: leave them to the next one."""
    last = rows[-1].key.subscriber_id
    return [due for due in rows if due.key.subscriber_id != last]
