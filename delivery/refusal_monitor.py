"""Decide when a run pauses by itself because Telegram refuses its content."""

from __future__ import annotations

from collections import Counter

from domain.delivery.outcome import Outcome, Refused, Sent, Unconfirmed

MAX_CONSECUTIVE_REFUSALS = 10
"""Refusals of a run's content in a row, whatever the payload."""

MAX_REFUSALS_PER_PAYLOAD = 5
"""Refusals of one payload without a success of it in between."""

MAX_REFUSED_SHARE = 0.2
"""Share of refused parts, counted once `MIN_ANSWERS_FOR_SHARE` parts were answered."""

MIN_ANSWERS_FOR_SHARE = 50


class RefusalMonitor:
    """Counts the refusals of one run's content. Refusals for reasons of a single chat are not counted."""

    def __init__(self) -> None:
        self._consecutive_refusals = 0
        self._refusals_by_payload: Counter[int] = Counter()
        self._refused = 0
        self._answered = 0

    def record(self, payload_id: int, outcome: Outcome) -> str | None:
        """Count an outcome; return the reason to pause the run, or None if it should go on."""
        match outcome:
            case Sent() | Unconfirmed():
                self._consecutive_refusals = 0
                self._answered += 1
                if self._refusals_by_payload:
                    self._refusals_by_payload.pop(payload_id, None)
                return None
            case Refused(reason, is_content_error=True):
                self._consecutive_refusals += 1
                self._answered += 1
                self._refused += 1
                self._refusals_by_payload[payload_id] += 1
                return reason if self._is_over_a_limit(payload_id) else None
        return None

    def _is_over_a_limit(self, payload_id: int) -> bool:
        return (
            self._consecutive_refusals >= MAX_CONSECUTIVE_REFUSALS
            or self._refusals_by_payload[payload_id] >= MAX_REFUSALS_PER_PAYLOAD
            or (self._answered >= MIN_ANSWERS_FOR_SHARE and self._refused >= self._answered * MAX_REFUSED_SHARE)
        )
