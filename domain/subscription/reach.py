"""Whom an edition reaches, and when: what editors are told about it. Pure.

`recipients by schedule -> the instant of each (as the planner decides) -> at once, in time, late, too late`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.subscription.calendar import Schedule, local_date
from domain.subscription.wave_decision import allowed_at, latest_begun_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Recipients of an edition who have not had it.

    `at_once` get it now. `in_time` get it later today, or on its day, between `first` and `last`. `late` get it on a
    later day, from `late_from` on, unless a newer edition is due by then. `superseded` do not get it, because a newer
    one is due there. `too_late` do not get it by themselves. `other_days` have not chosen its weekday.
    `nothing`: it has nothing for them, as far as is known: they have muted all of it, or not chosen its categories.
    `had` is how many have it, or a part of it, already. For `unconfirmed` that is not known, as Telegram has not
    answered; for `refused` who are subscribed it refused all that was tried.
    """

    at_once: int = 0
    in_time: int = 0
    first: datetime | None = None
    last: datetime | None = None
    late: int = 0
    late_from: datetime | None = None
    superseded: int = 0
    too_late: int = 0
    other_days: int = 0
    nothing: int = 0
    had: int = 0
    unconfirmed: int = 0
    refused: int = 0

    @property
    def without(self) -> int:
        """How many have not had it: those who get it if an editor sends it now."""
        return self.by_itself + self.superseded + self.too_late + self.other_days

    @property
    def by_itself(self) -> int:
        """How many get it without an editor sending it now."""
        return self.at_once + self.in_time + self.late


def reach_of(
    day: date,
    published: datetime,
    recipients: Mapping[Schedule, int],
    now: datetime,
    *,
    newer_dues: Mapping[Schedule, Mapping[date, datetime]] | None = None,
    nothing: int = 0,
    had: int = 0,
) -> Reach:
    """Return whom the edition of a day reaches if it is published then; `recipients` get something and have not yet.

    `newer_dues` are the instants from which on newer editions are due, by their days.
    """
    newer_dues = newer_dues or {}
    in_time: list[tuple[datetime, int]] = []
    late: list[tuple[datetime, int]] = []
    at_once = superseded = too_late = other_days = 0
    for schedule, count in recipients.items():
        at = allowed_at(published, schedule, now)
        if at is not None and _is_superseded(newer_dues.get(schedule, {}), at):
            superseded += count
        elif at is not None and at <= now:
            at_once += count
        elif at is not None:
            last_day = max(day, local_date(now, schedule.zone))
            (late if local_date(at, schedule.zone) > last_day else in_time).append((at, count))
        elif schedule.includes_weekday(day):
            too_late += count
        else:
            other_days += count
    instants = [at for at, _count in in_time]
    return Reach(
        at_once=at_once,
        in_time=sum(count for _at, count in in_time),
        first=min(instants, default=None),
        last=max(instants, default=None),
        late=sum(count for _at, count in late),
        late_from=min((at for at, _count in late), default=None),
        superseded=superseded,
        too_late=too_late,
        other_days=other_days,
        nothing=nothing,
        had=had,
    )


def _is_superseded(newer_dues: Mapping[date, datetime], at: datetime) -> bool:
    """Return whether a newer edition is due at an instant, whose day has begun by then."""
    latest = latest_begun_day(at)
    return any(day <= latest and due_at <= at for day, due_at in newer_dues.items())
