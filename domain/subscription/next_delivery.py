"""The next delivery of a subscriber, as /status, settings and confirmations tell it. Pure.

`the stored waves of the schedule -> the planner's decisions, instant by instant -> the first that brings something`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.edition_day import calendar_day
from domain.subscription.calendar import DELIVERY_WINDOW, Schedule, latest_window_start, next_window_start
from domain.subscription.pause import is_withheld
from domain.subscription.wave_decision import WaveDecision, decide, latest_begun_day


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEdition:
    """An edition that is, or was, due for the subscriber's schedule.

    `is_waiting`: its wave will be planned (again). `had`: the subscriber has a delivery of it, perhaps by another
    schedule, so it does not come again. `at_once`: an editor sent it at `due_at`.
    """

    edition: date
    published: datetime
    due_at: datetime
    is_waiting: bool
    had: bool
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """What decides who gets what is due: the schedule, since when the subscriber is active, the end of a pause."""

    schedule: Schedule
    joined_at: datetime
    paused_until: datetime | None = None

    def gets(self, due: datetime) -> bool:
        """Return whether what is due at an instant goes to the subscriber (`storage.planning` asks the same in SQL)."""
        return self.joined_at <= due and not is_withheld(due, self.paused_until)


@dataclass(frozen=True, slots=True)
class NextDelivery:
    """When the next digest comes.

    A known edition comes `at` an instant. Another one that is out by then comes at that instant too; with `until`, a
    window is open: what comes out from then on, before the window closes, comes at once.
    """

    at: datetime
    is_known: bool = False
    until: datetime | None = None


def next_delivery(eligibility: Eligibility, known: Sequence[KnownEdition], now: datetime) -> NextDelivery:
    """Return the next delivery; `known` are the newest editions with a wave for the schedule."""
    at = _next_known(eligibility, known, now)
    if at is not None:
        return NextDelivery(at, is_known=True)
    start = now if eligibility.paused_until is None else max(now, eligibility.paused_until)
    window_start = latest_window_start(eligibility.schedule, start)
    if now < start and window_start < start:  # what is out when the pause ends was due in it
        return NextDelivery(next_window_start(eligibility.schedule, start))
    closes = window_start + DELIVERY_WINDOW
    is_served = any(window_start <= each.due_at <= start for each in known)
    if start < closes and not is_served:
        return NextDelivery(start, until=closes)
    return NextDelivery(next_window_start(eligibility.schedule, start))


def _next_known(eligibility: Eligibility, known: Sequence[KnownEdition], now: datetime) -> datetime | None:
    """Return when the planner sends the subscriber the first of the known editions; None if it sends none of them."""
    dues = {each.edition: each.due_at for each in known}
    waiting = {each.edition: each for each in known if each.is_waiting}
    while waiting:
        at = max(now, min(dues[edition] for edition in waiting))
        due_by_now = (
            edition for edition, due in dues.items() if due <= at and calendar_day(edition) <= latest_begun_day(at)
        )
        newest = max(due_by_now, default=None)
        for each in [each for edition, each in waiting.items() if dues[edition] <= at]:
            decision = decide(
                each.edition, each.published, eligibility.schedule, at, newest_due=newest, at_once=each.at_once
            )
            if isinstance(decision, datetime):
                dues[each.edition] = decision
                continue
            del waiting[each.edition]
            if decision is WaveDecision.NOW and not each.had and eligibility.gets(dues[each.edition]):
                return at
    return None
