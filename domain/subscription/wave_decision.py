"""What becomes of an edition that is due for a schedule. The planner and what `/status` tells share this rule. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto

from domain.subscription.calendar import MAX_EDITION_AGE, Schedule, due_instant

_FIRST_ZONE_AHEAD = timedelta(hours=14)
"""How long before it does in UTC a day begins where it begins first."""


class WaveDecision(Enum):
    """What becomes of a due wave. A datetime in place of one of these means: it waits until then."""

    NOW = auto()
    SUPERSEDED = auto()  # a newer edition is due there too
    MISSED = auto()  # the edition is too old for every window to come


def allowed_at(
    published: datetime, schedule: Schedule, now: datetime, *, first_window: datetime | None = None
) -> datetime | None:
    """Return when a late edition may still go out: now, at the start of a later window, or never (None).

    Windows that begin before `first_window` do not count.
    """
    at = due_instant(max(now, published), schedule, first_window=first_window)
    return at if at is not None and at - published <= MAX_EDITION_AGE else None


def latest_begun_day(now: datetime) -> date:
    """Return the last day that has begun somewhere.

    Editions of later days were sent before their day on purpose; they take no other one's place.
    """
    return (now.astimezone(UTC) + _FIRST_ZONE_AHEAD).date()


def decide(
    edition: date,
    published: datetime,
    schedule: Schedule,
    now: datetime,
    *,
    newest_due: date | None,
    at_once: bool = False,
) -> WaveDecision | datetime:
    """Return what becomes of an edition's wave that is due.

    `newest_due` is the newest edition that is, or was, due there too, of those up to `latest_begun_day`.
    What an editor sends `at_once` goes out, whatever the schedule and other editions.
    """
    if at_once:
        return WaveDecision.NOW
    if newest_due is not None and newest_due > edition:
        return WaveDecision.SUPERSEDED
    at = allowed_at(published, schedule, now)
    if at is None:
        return WaveDecision.MISSED
    return WaveDecision.NOW if at <= now else at
