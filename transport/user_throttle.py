"""Limit incoming updates per user, so that one who floods the bot delays nobody else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Decision(StrEnum):
    """What to do with an update."""

    ALLOW = "allow"
    NOTIFY = "notify"  # the first one over the limit: drop it and answer why
    DROP = "drop"


@dataclass(slots=True)
class _UserBudget:
    next_at: float = 0.0
    is_notified: bool = False


class UserThrottle:
    """Allows each user `burst` updates at once and one per `interval_seconds` in the long run.

    Remembers the `max_users` users who wrote last. `monotonic` returns seconds that never go back.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        burst: int = 20,
        interval_seconds: float = 1.0,
        max_users: int = 10_000,
    ) -> None:
        self._monotonic = monotonic
        self._tolerance_seconds = (burst - 1) * interval_seconds
        self._interval_seconds = interval_seconds
        self._max_users = max_users
        self._budgets: OrderedDict[int, _UserBudget] = OrderedDict()

    def check(self, user_id: int) -> Decision:
        """Count one update of the user and decide about it (GCRA)."""
        budget = self._budgets.setdefault(user_id, _UserBudget())
        self._budgets.move_to_end(user_id)
        while len(self._budgets) > self._max_users:
            self._budgets.popitem(last=False)
        now = self._monotonic()
        start = max(budget.next_at, now)
        if start - now > self._tolerance_seconds:
            is_first, budget.is_notified = not budget.is_notified, True
            return Decision.NOTIFY if is_first else Decision.DROP
        budget.next_at, budget.is_notified = start + self._interval_seconds, False
        return Decision.ALLOW
