"""From when on an edition may go out, if nobody says otherwise. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from digest.model import Digest
from domain.edition_day import calendar_day
from domain.subscription.calendar import Schedule, day_start


def published_at(digest: Digest, default_schedule: Schedule, now: datetime) -> datetime:
    """Return the instant from which a digest may go out.

    It is the one in the front matter, else now for today's digest, else the start of its day.
    """
    if digest.published_at is not None:
        return digest.published_at
    zone = ZoneInfo(default_schedule.zone)
    if digest.date is None:
        raise ValueError("a digest without a date has no instant of publication")
    if calendar_day(digest.date) == now.astimezone(zone).date():
        return now
    start = day_start(calendar_day(digest.date), default_schedule.zone)
    return now if start is None else start.astimezone(now.tzinfo)
