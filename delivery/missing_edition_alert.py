"""Alert that a morning passed without an edition, and remind editors before it."""

from __future__ import annotations

from datetime import datetime, timedelta

from delivery.notifier import Notifier
from domain.chat.roles import Role
from domain.subscription.calendar import (
    DELIVERY_WINDOW,
    Schedule,
    latest_window_start,
    local_date,
    next_window_start,
)
from domain.subscription.due_runs import Publication, first_due
from storage import bots, digests
from storage.database import Database
from views import run_reports


class MissingEditionAlert:
    """Looks, after each window of the default schedule, whether there was an edition for it; if not, alerts once.

    It looks `remind_before` that window as well, if that is more than nothing, and reminds editors once.
    """

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        default_schedule: Schedule,
        remind_before: timedelta = timedelta(),
    ) -> None:
        self._remind_before = remind_before
        self._database = database
        self._notifier = notifier
        self._default_schedule = default_schedule
        self._next: datetime | None = None

    async def check(self, now: datetime) -> datetime:
        """Alert, or remind, if there is no edition for a window; return the instant of the next check."""
        if self._next is None or now >= self._next or self._next - now > timedelta(days=9):
            await self._check_last_window(now)
            await self._check_next_window(now)
            self._next = next_window_start(self._default_schedule, now - DELIVERY_WINDOW) + DELIVERY_WINDOW
            if self._remind_before:
                reminder = next_window_start(self._default_schedule, now + self._remind_before) - self._remind_before
                self._next = min(self._next, reminder)
        return self._next

    async def _check_last_window(self, now: datetime) -> None:
        start = latest_window_start(self._default_schedule, now - DELIVERY_WINDOW)
        day = local_date(start, self._default_schedule.zone)
        async with self._database.read() as tx:
            checked = await bots.checked_morning(tx)
            published = await digests.published_since(tx, start - timedelta(days=2), self._default_schedule.zone)
        if checked is not None and checked >= day:
            return
        async with self._database.write() as tx:
            await bots.set_checked_morning(tx, day)
        # The first window ever checked began before the bot was there.
        if checked is not None and not any(self._is_for_window(start, publication) for publication in published):
            self._notifier.notify_staff(
                Role.EDITOR, lambda translate: run_reports.missing_edition_notice(day, translate)
            )

    async def _check_next_window(self, now: datetime) -> None:
        """Remind the editors if a window begins soon and there is no edition for it; not before the first edition."""
        start = next_window_start(self._default_schedule, now)
        if start - now > self._remind_before:
            return
        day = local_date(start, self._default_schedule.zone)
        async with self._database.read() as tx:
            reminded = await bots.reminded_morning(tx)
            newest = await digests.last_published(tx)
            published = await digests.published_since(tx, start - timedelta(days=2), self._default_schedule.zone)
        if newest is None or (reminded is not None and reminded >= day):
            return
        if any(self._is_for_window(start, publication) for publication in published):
            return
        async with self._database.write() as tx:
            await bots.set_reminded_morning(tx, day)
        zone = self._default_schedule.zone
        self._notifier.notify_staff(
            Role.EDITOR, lambda translate: run_reports.reminder(start, translate, zone=zone, now=now)
        )

    def _is_for_window(self, start: datetime, publication: Publication) -> bool:
        at = first_due(publication, self._default_schedule)
        return at is not None and start <= at < start + DELIVERY_WINDOW
