"""Whom an edition reaches, and when: what editors are told about it. Pure.

`recipients by schedule -> the instant of each (as the planner decides) -> in time, late, too late`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.subscription.calendar import Schedule, local_date
from domain.subscription.wave_decision import allowed_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Recipients of an edition who have not had it.

    `in_time` get it on its day, between `first` and `last`. `late` get it on a later day, from `late_from` on, unless a
    newer edition is due by then. `too_late` do not get it by themselves. `other_days` have not chosen its weekday.
    `nothing`: it has nothing for them, as far as is known: they have muted all of it, or not chosen its categories.
    `had` is how many have it, or a part of it, already.
    """

    in_time: int = 0
    first: datetime | None = None
    last: datetime | None = None
    late: int = 0
    late_from: datetime | None = None
    too_late: int = 0
    other_days: int = 0
    nothing: int = 0
    had: int = 0

    @property
    def without(self) -> int:
        """How many have not had it: those who get it if an editor sends it now."""
        return self.in_time + self.late + self.too_late + self.other_days


def reach_of(
    day: date, published: datetime, recipients: Mapping[Schedule, int], now: datetime, *, nothing: int = 0, had: int = 0
) -> Reach:
    """Return whom the edition of a day reaches if it is published then; `recipients` get something and have not yet."""
    in_time: list[tuple[datetime, int]] = []
    late: list[tuple[datetime, int]] = []
    too_late = other_days = 0
    for schedule, count in recipients.items():
        at = allowed_at(published, schedule, now)
        if at is not None:
            (late if local_date(at, schedule.zone) > day else in_time).append((at, count))
        elif schedule.includes_weekday(day):
            too_late += count
        else:
            other_days += count
    instants = [at for at, _count in in_time]
    return Reach(
        in_time=sum(count for _at, count in in_time),
        first=min(instants, default=None),
        last=max(instants, default=None),
        late=sum(count for _at, count in late),
        late_from=min((at for at, _count in late), default=None),
        too_late=too_late,
        other_days=other_days,
        nothing=nothing,
        had=had,
    )
