"""The alarm that no edition came: the house's morning in, one message to the admins out, once a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from delivery.notifier import Notifier
from domain.subscription.calendar import (
    DELIVERY_WINDOW,
    Schedule,
    due_instant,
    latest_window_start,
    local_date,
    next_window_start,
)
from storage import digests, kv
from storage.database import Database
from views import run_reports

TOLD = "morning looked at"
"""The mark of the last morning (its day) that was looked at."""


class MissingEditionAlert:
    """Looks, after each of the house's mornings, whether there was an edition for it."""

    def __init__(self, database: Database, notifier: Notifier, house: Schedule, admins: frozenset[int]) -> None:
        self._database = database
        self._notifier = notifier
        self._house = house
        self._admins = admins
        self._next: datetime | None = None

    async def check(self, now: datetime) -> datetime:
        """Raise the alarm if a morning is over without an edition; the instant at which to look again."""
        if self._next is None or now >= self._next or self._next - now > timedelta(days=9):
            await self._look(now)
            self._next = next_window_start(self._house, now - DELIVERY_WINDOW) + DELIVERY_WINDOW
        return self._next

    async def _look(self, now: datetime) -> None:
        start = latest_window_start(self._house, now - DELIVERY_WINDOW)
        day = local_date(start, self._house.zone)
        async with self._database.read() as tx:
            told = await kv.get(tx, TOLD)
            published = await digests.published_since(tx, start - timedelta(days=2))
        if told is not None and date.fromisoformat(told) >= day:
            return
        async with self._database.write() as tx:
            await kv.put(tx, TOLD, day.isoformat())
        # The first morning ever looked at was before the bot's time.
        if told is not None and not any(self._is_for(start, instant) for instant in published):
            self._notifier.notify(self._admins, lambda translate: run_reports.missing_edition_notice(day, translate))

    def _is_for(self, start: datetime, published: datetime) -> bool:
        at = due_instant(published, self._house)
        return at is not None and start <= at < start + DELIVERY_WINDOW
