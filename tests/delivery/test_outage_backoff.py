"""Outage backoff: growing waits while Telegram is not reached, and a long one when it refuses every call."""

from __future__ import annotations

import random

from delivery.outage_backoff import FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS, REFUSED_WAIT_SECONDS, OutageBackoff


class MonotonicClock:
    """Monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _backoff() -> tuple[OutageBackoff, MonotonicClock]:
    clock = MonotonicClock()
    return OutageBackoff(generator=random.Random(1), monotonic=clock), clock


def test_waits_grow_up_to_a_limit() -> None:
    backoff, clock = _backoff()
    assert backoff.wait_seconds == 0
    for attempt in range(12):
        backoff.record_failure("refused")
        expected = min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**attempt)
        assert expected * 0.5 <= backoff.wait_seconds <= expected * 1.5
        clock.now += backoff.wait_seconds


def test_failures_during_a_wait_count_as_one() -> None:
    backoff, _ = _backoff()
    backoff.record_failure("refused")
    wait = backoff.wait_seconds
    for _ in range(50):
        backoff.record_failure("refused")
    assert backoff.wait_seconds == wait


def test_answer_ends_the_outage() -> None:
    backoff, clock = _backoff()
    for _ in range(8):
        backoff.record_failure("refused")
        clock.now += backoff.wait_seconds
    backoff.record_answer()
    backoff.record_failure("refused")
    assert backoff.wait_seconds <= FIRST_WAIT_SECONDS * 1.5


def test_refusal_waits_long_and_is_reported_until_an_answer() -> None:
    backoff, clock = _backoff()
    backoff.record_refusal("unauthorized")
    assert (backoff.wait_seconds, backoff.refusal) == (REFUSED_WAIT_SECONDS, "unauthorized")
    clock.now += REFUSED_WAIT_SECONDS
    assert (backoff.wait_seconds, backoff.refusal) == (0, "unauthorized")
    backoff.record_answer()
    assert backoff.refusal is None
