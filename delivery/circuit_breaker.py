"""When a run should stop by itself: what became of each part in, a reason to pause out. Pure."""

from __future__ import annotations

from collections import Counter

from domain.delivery.outcome import Outcome, Refused, Sent, Unconfirmed

IN_A_ROW = 10
"""Refusals of a run's content one after the other, whatever the variant."""

OF_ONE_BODY = 5
"""Refusals of one variant, without one success of it in between."""

SHARE = 0.2
"""Refused parts of those that were answered, once there are `SHARE_OF`."""

SHARE_OF = 50


class CircuitBreaker:
    """Counts one run's refusals; what one chat does not allow counts for nothing."""

    def __init__(self) -> None:
        self._row = 0
        self._bodies: Counter[int] = Counter()
        self._refused = 0
        self._answered = 0

    def record(self, body_id: int, outcome: Outcome) -> str | None:
        """Take note of an outcome; why the run should pause, if it should."""
        match outcome:
            case Sent() | Unconfirmed():
                self._row = 0
                self._answered += 1
                if self._bodies:
                    self._bodies.pop(body_id, None)
                return None
            case Refused(why, is_content_error=True):
                self._row += 1
                self._answered += 1
                self._refused += 1
                self._bodies[body_id] += 1
                return why if self._too_many(body_id) else None
        return None

    def _too_many(self, body_id: int) -> bool:
        many = self._answered >= SHARE_OF and self._refused >= self._answered * SHARE
        return self._row >= IN_A_ROW or self._bodies[body_id] >= OF_ONE_BODY or many
