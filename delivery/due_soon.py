"""Tell whether a digest would reach people soon after it is published, so that it must be complete by then."""

from __future__ import annotations

from datetime import datetime, timedelta

from digest.model import Digest
from digest.publication import published_at
from domain.delivery.states import RunState
from domain.subscription.calendar import Schedule
from domain.subscription.due_runs import Publication
from domain.subscription.wave_decision import allowed_at
from storage import digests, runs, schedules
from storage.database import Database


async def is_due_within(
    database: Database, default_schedule: Schedule, digest: Digest, *, now: datetime, within: timedelta
) -> bool:
    """Return whether somebody would get a digest, or a correction, in that time if it were published now."""
    if digest.date is None:
        return False
    async with database.read() as tx:
        run = await runs.get_by_edition(tx, digest.date)
        kept = await digests.get_metadata(tx, digest.date)
        stored_schedules = await schedules.of_slot(tx, digest.slot)
    if (run is not None and run.state is RunState.CANCELLED) or (kept is not None and kept.is_withdrawn):
        return False
    at = kept.published if kept and digest.published_at is None else published_at(digest, default_schedule, now)
    publication = Publication.of(digest.date, at, default_schedule.zone)
    instants = [
        allowed_at(at, schedule, now, first_window=publication.first_window(schedule))
        for schedule in stored_schedules.values()
    ]
    return any(instant is not None and instant <= now + within for instant in instants)
