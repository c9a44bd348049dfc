"""Send queue of one run: pages of its pending deliveries, handed out as one batch per recipient.

Each page begins after the recipients of the one before, while rows of that one are left, and every few seconds at the
first again: rows of earlier recipients may have become pending. To find the first pending row takes long after many
claims, because a database keeps their former index entries for a while. Which recipients are being sent to is
remembered only here: a page is read beside the writer and may show a row that was claimed meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from delivery.fallback import apply_fallback
from delivery.version_change import apply_version
from domain.chat.i18n import Translations
from storage import deliveries, payloads, runs, version_change, waves
from storage.database import Database, Tx
from storage.deliveries import DueDelivery
from storage.payloads import Payload

PAGE_ROWS = 500
"""Rows read at once; they may be stale for as long as it takes to send them."""

LOW_ROWS = 256
"""Rows that are left when the next page is read: as many as are sent at a time."""

RESTART_INTERVAL = timedelta(seconds=5)
"""Time after which pages begin at the first recipient again; so much later may a row go that has to go once more."""

MAX_CACHED_PAYLOADS = 1000
"""Payloads kept in memory before the cache is emptied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientBatch:
    """All parts that one recipient gets now, in order, with their payloads."""

    run_id: int
    subscriber_id: int
    parts: tuple[tuple[DueDelivery, Payload], ...]
    due_at: datetime | None


class RunQueue:
    """Batches of one run. It is exhausted while no pending row is left to hand out before `retry_at`."""

    def __init__(self, database: Database, translations: Translations, run_id: int) -> None:
        self.run_id = run_id
        self.retry_at: datetime | None = None
        self._database = database
        self._translations = translations
        self._is_exhausted = False
        self._cursor = 0
        """Subscriber after whom the next page begins."""
        self._restart_at: datetime | None = None
        self._rows: deque[DueDelivery] = deque()
        self._parts_out: dict[int, int] = {}
        """Number of parts handed out and not finished, by subscriber."""
        self._finished_while_reading: set[int] | None = None
        self._payloads: dict[int, Payload] = {}
        self._due_at: dict[int, datetime] = {}
        """Due instants of the run's waves, by schedule."""
        self._slot: str | None = None
        """Slot of the run's edition; None before the first page."""

    @property
    def batches_out(self) -> int:
        """Number of batches that are handed out and not finished."""
        return len(self._parts_out)

    def has_batch(self, *, paid: bool) -> bool:
        """Whether the next batch is ready and of this kind."""
        return bool(self._rows) and self._rows[0].paid is paid

    @property
    def is_settled(self) -> bool:
        """Whether everything that may be sent now is handed out and finished."""
        return self._is_exhausted and not self._parts_out and not self._rows

    def wake(self) -> None:
        """Read again: there may be more to send."""
        self._is_exhausted = False

    def drop_rows(self) -> None:
        """Drop the rows read so far because the run stopped or changed; remember which batches are out."""
        self._rows.clear()
        self._restart_at = None
        self.wake()

    def pop_batch(self) -> RecipientBatch | None:
        """Return the next batch, or None if none is ready. Every batch has to be finished with `finish_batch`."""
        if not self._rows:
            return None
        parts = [self._rows.popleft()]
        subscriber_id = parts[0].key.subscriber_id
        while self._rows and self._rows[0].key.subscriber_id == subscriber_id:
            parts.append(self._rows.popleft())
        self._parts_out[subscriber_id] = len(parts)
        return self._make_batch(parts)

    async def fill(self, now: datetime) -> bool:
        """Read a page if few rows are ready; return whether there are rows to send now."""
        if self._is_exhausted and self.retry_at is not None and now >= self.retry_at:
            self.wake()
        if self.wants_page(now):
            await self._read_page(now)
        return bool(self._rows)

    def wants_page(self, now: datetime) -> bool:
        """Return whether the next page is to be read now, so that nobody waits for it.

        A page that begins at the first recipient again is not read before all rows are handed out.
        """
        may_be_early = self._cursor > 0 and not self._begins_anew(now)
        return not self._is_exhausted and len(self._rows) <= (LOW_ROWS if may_be_early else 0)

    def finish_batch(self, batch: RecipientBatch) -> None:
        """Take note that a batch was processed, whatever the outcome."""
        self._parts_out.pop(batch.subscriber_id, None)
        if self._finished_while_reading is not None:
            self._finished_while_reading.add(batch.subscriber_id)
        if not self._parts_out:
            self.wake()

    async def _read_page(self, now: datetime) -> None:
        """Read the next pending rows and keep those of recipients that no batch is out for."""
        if self._begins_anew(now):
            self._cursor, self._restart_at = 0, now + RESTART_INTERVAL
        is_later_page = self._cursor > 0
        self._finished_while_reading = set()
        self._is_exhausted = True  # a wake-up from now on is for something this page may not contain
        try:
            rows = await self._load_page(now)
            excluded = self._parts_out.keys() | self._finished_while_reading
        except BaseException:
            self.wake()
            raise
        finally:
            self._finished_while_reading = None
        self._rows.extend(due for due in rows if due.key.subscriber_id not in excluded)
        if is_later_page and not self._cursor:  # it was the last one; only the first page tells that nothing is left
            self.wake()
            if not self._rows:
                await self._read_page(now)

    def _begins_anew(self, now: datetime) -> bool:
        """Return whether the next page begins at the first recipient."""
        return self._restart_at is None or not timedelta() < self._restart_at - now <= RESTART_INTERVAL

    async def _load_page(self, now: datetime) -> Sequence[DueDelivery]:
        """Return the next pending rows of whole recipients, after a correction or a refusal with other payloads."""
        while True:
            size = PAGE_ROWS if self._cursor else PAGE_ROWS + sum(self._parts_out.values())
            async with self._database.read() as tx:
                if self._slot is None:
                    self._slot = await runs.slot(tx, self.run_id)
                rows = await deliveries.page(tx, self.run_id, size=size, now=now, after=self._cursor, slot=self._slot)
                refused = {due.key.subscriber_id for due in rows if due.is_refused}
                uncorrected = [] if refused else await _uncorrected(tx, self.run_id, rows)
                await self._load_payloads(tx, rows)
                if any(due.schedule_id not in self._due_at for due in rows):
                    self._due_at = await waves.dues(tx, self.run_id)
                is_full = len(rows) == size
                if is_full:
                    self.wake()
                else:
                    self.retry_at = await deliveries.next_retry(tx, self.run_id, after=now)
            if not refused and not uncorrected:
                whole = _without_last_recipient(rows) if is_full else rows
                self._cursor = whole[-1].key.subscriber_id if is_full and whole else 0
                return whole
            change = apply_fallback if refused else apply_version
            if not await change(self._database, self._translations, self.run_id, refused or uncorrected, now):
                return ()

    async def _load_payloads(self, tx: Tx, rows: Sequence[DueDelivery]) -> None:
        needed = {due.payload_id for due in rows}
        if len(self._payloads) > MAX_CACHED_PAYLOADS:
            self._payloads.clear()
        for payload_id in [each for each in needed & self._payloads.keys() if self._payloads[each].has_files]:
            del self._payloads[payload_id]  # its file ids may have been renewed
        if missing := needed - self._payloads.keys():
            self._payloads |= {payload.id: payload for payload in await payloads.get_many(tx, missing)}

    def _make_batch(self, parts: Sequence[DueDelivery]) -> RecipientBatch:
        first = parts[0]
        return RecipientBatch(
            run_id=self.run_id,
            subscriber_id=first.key.subscriber_id,
            parts=tuple([(due, self._payloads[due.payload_id]) for due in parts]),
            due_at=self._due_at.get(first.schedule_id),
        )


async def _uncorrected(tx: Tx, run_id: int, rows: Sequence[DueDelivery]) -> list[int]:
    """Return the recipients who must get a newer version than their rows have."""
    outdated = {due.key.subscriber_id for due in rows if due.is_outdated}
    return await version_change.waiting_recipients(tx, run_id, outdated) if outdated else []


def _without_last_recipient(rows: list[DueDelivery]) -> list[DueDelivery]:
    """Leave the last recipient of a full page to the next one: the page may end in the middle of their parts."""
    last = rows[-1].key.subscriber_id
    return [due for due in rows if due.key.subscriber_id != last]
