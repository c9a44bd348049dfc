"""Decide when a run stops paying because Telegram does not let it go faster for Stars."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.delivery.outcome import Outcome, PaymentRefused, RateLimited, Sent

MAX_RATE_LIMITED_BURSTS = 3
"""Bursts of 429s after which paying is of no use: where it is not enabled, Telegram may ignore that the bot pays."""

SENT_TO_TRUST = 300
"""Messages sent since the last 429 that show that more than the free rate is taken, so that counting begins anew."""

BURST_GAP = timedelta(seconds=1)
"""A 429 that comes later than this after the end of the former one begins another burst."""


class PaymentMonitor:
    """Counts the answers to one run's paid messages."""

    def __init__(self) -> None:
        self._bursts = 0
        self._burst_ends_at: datetime | None = None
        self._sent = 0

    def record(self, chat_id: int, outcome: Outcome, now: datetime) -> str | None:
        """Count an outcome; return the reason to stop paying, or None if the run should go on to pay."""
        match outcome:
            case PaymentRefused(reason):
                return reason
            case Sent():
                self._sent += 1
                if self._sent >= SENT_TO_TRUST:
                    self._bursts = 0
            case RateLimited(seconds) if chat_id >= 0:  # a group has limits of its own
                return self._record_rate_limit(seconds, now)
        return None

    def _record_rate_limit(self, seconds: float, now: datetime) -> str | None:
        if self._burst_ends_at is None or now > self._burst_ends_at:
            self._bursts += 1
            self._sent = 0
            self._burst_ends_at = now + timedelta(seconds=seconds) + BURST_GAP
        return "Too Many Requests" if self._bursts >= MAX_RATE_LIMITED_BURSTS else None
