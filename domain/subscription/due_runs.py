"""Rules for digests that are live when a schedule comes into use: which of them are due there, and when. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from domain.subscription.calendar import Schedule, due_instant
from domain.subscription.wave_decision import allowed_at


def runs_due_for(schedule: Schedule, publications: Mapping[int, datetime]) -> dict[int, datetime]:
    """Return the due instants for a schedule of the digests published at some instants, by run, where there is one."""
    due = {run_id: due_instant(published, schedule) for run_id, published in publications.items()}
    return {run_id: at for run_id, at in due.items() if at is not None}


def schedules_due_for(published: datetime, schedules: Mapping[int, Schedule]) -> dict[int, datetime]:
    """Return the due instants of a digest published at an instant, by schedule, where there is one."""
    due = {schedule_id: due_instant(published, schedule) for schedule_id, schedule in schedules.items()}
    return {schedule_id: at for schedule_id, at in due.items() if at is not None}


def first_dues(published: datetime, schedules: Mapping[int, Schedule], now: datetime) -> dict[int, datetime]:
    """Return when a digest that comes in now is due for schedules, by their ids.

    Where that is too late, the planner counts the recipients as missed.
    """
    instants = {
        schedule_id: allowed_at(published, schedule, now) or due_instant(published, schedule)
        for schedule_id, schedule in schedules.items()
    }
    return {schedule_id: instant for schedule_id, instant in instants.items() if instant is not None}
