"""Pause of all bulk sending while Telegram cannot be reached, or refuses every call."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

FIRST_WAIT_SECONDS = 0.5
MAX_WAIT_SECONDS = 30.0

REFUSED_WAIT_SECONDS = 60.0
"""Wait after the API refused every call: a revoked token, or a server that is not the Bot API."""


class OutageBackoff:
    """Growing, randomized waits between attempts during an outage."""

    def __init__(self, *, generator: random.Random, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._generator = generator
        self._monotonic = monotonic
        self._failures = 0
        self._resume_at = 0.0
        self._refusal: str | None = None

    @property
    def wait_seconds(self) -> float:
        """Seconds for which sending is not worth trying; 0 when it is."""
        return max(0.0, self._resume_at - self._monotonic())

    @property
    def refusal(self) -> str | None:
        """Why the API refuses every call, if its last answer did; otherwise None."""
        return self._refusal

    def record_failure(self, reason: str) -> None:
        """Wait because Telegram was not reached. Failures during a wait count as one."""
        if self.wait_seconds > 0:
            return
        self._failures += 1
        wait = min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (min(self._failures, 10) - 1))
        wait *= self._generator.uniform(0.5, 1.5)
        self._resume_at = self._monotonic() + wait
        log.warning("telegram_unreachable", reason=reason, retry_in=round(wait, 1))

    def record_refusal(self, reason: str) -> None:
        """Wait because the API refuses every call."""
        self._refusal = reason
        self._resume_at = self._monotonic() + REFUSED_WAIT_SECONDS
        log.error("sending_stopped", reason=reason, retry_in=REFUSED_WAIT_SECONDS)

    def record_answer(self) -> None:
        """End the outage: Telegram was reached."""
        self._failures, self._refusal = 0, None
