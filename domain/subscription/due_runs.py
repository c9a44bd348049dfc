"""When a digest is first due for a schedule: one that comes in, or is live when a schedule comes into use. Pure.

its publication -> the windows that count for it -> the first instant in one of them
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.edition_day import calendar_day
from domain.subscription.calendar import Schedule, day_start, due_instant
from domain.subscription.wave_decision import allowed_at


@dataclass(frozen=True, slots=True)
class Publication:
    """The instant from which an edition may go out; `whole_day` is set if it is a day's beginning, not an hour."""

    at: datetime
    whole_day: date | None = None

    @classmethod
    def of(cls, edition: date, at: datetime, default_zone: str) -> Publication:
        """Return the publication of an edition; its day begins in the bot's default zone."""
        day = calendar_day(edition)
        return cls(at, day if day_start(day, default_zone) == at else None)

    def first_window(self, schedule: Schedule) -> datetime | None:
        """Return when the first window may begin; None if any open one counts.

        Without an hour, a window of the evening before does not count, or evening readers would be woken at midnight.
        """
        if self.whole_day is None:
            return None
        return min(self.at, day_start(self.whole_day, schedule.zone) or self.at)


def first_due(publication: Publication, schedule: Schedule, now: datetime | None = None) -> datetime | None:
    """Return when a digest is due for a schedule; with `now`, one that comes in then."""
    published, first_window = publication.at, publication.first_window(schedule)
    at = None if now is None else allowed_at(published, schedule, now, first_window=first_window)
    at = at or due_instant(published, schedule, first_window=first_window)
    day = publication.whole_day
    if at is None and day is not None and schedule.includes_weekday(day):  # a day of 25 hours
        return due_instant(published, schedule)
    return at


def runs_due_for(schedule: Schedule, publications: Mapping[int, Publication]) -> dict[int, datetime]:
    """Return the due instants for a schedule of published digests, by run, where there is one."""
    due = {run_id: first_due(publication, schedule) for run_id, publication in publications.items()}
    return {run_id: at for run_id, at in due.items() if at is not None}


def schedules_due_for(publication: Publication, schedules: Mapping[int, Schedule]) -> dict[int, datetime]:
    """Return the due instants of a published digest, by schedule, where there is one."""
    due = {schedule_id: first_due(publication, schedule) for schedule_id, schedule in schedules.items()}
    return {schedule_id: at for schedule_id, at in due.items() if at is not None}


def first_dues(publication: Publication, schedules: Mapping[int, Schedule], now: datetime) -> dict[int, datetime]:
    """Return when a digest that comes in now is due for schedules, by their ids.

    Where that is too late, the planner counts the recipients as missed.
    """
    due = {schedule_id: first_due(publication, schedule, now) for schedule_id, schedule in schedules.items()}
    return {schedule_id: at for schedule_id, at in due.items() if at is not None}
