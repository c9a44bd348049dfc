"""Circuit breaker: which refusals pause a run, and which are not counted."""

from __future__ import annotations

from delivery.circuit_breaker import (
    MAX_CONSECUTIVE_REFUSALS,
    MAX_REFUSALS_PER_PAYLOAD,
    MIN_ANSWERS_FOR_SHARE,
    CircuitBreaker,
)
from domain.delivery.outcome import ChatUnavailable, Refused, Sent
from domain.subscription.subscriber import LeftReason


def test_consecutive_refusals_pause_the_run() -> None:
    breaker = CircuitBreaker()
    reasons = [breaker.record(payload_id, Refused("too long")) for payload_id in range(MAX_CONSECUTIVE_REFUSALS)]
    assert reasons == [None] * (MAX_CONSECUTIVE_REFUSALS - 1) + ["too long"]


def test_refusals_of_one_payload_pause_the_run() -> None:
    """Payloads that arrive in between do not hide it."""
    breaker, reasons = CircuitBreaker(), []
    for _ in range(MAX_REFUSALS_PER_PAYLOAD):
        reasons.append(breaker.record(7, Refused("bad entity")))
        breaker.record(8, Sent(1))
    assert reasons == [None] * (MAX_REFUSALS_PER_PAYLOAD - 1) + ["bad entity"]


def test_share_of_refusals_pauses_the_run() -> None:
    breaker, reasons = CircuitBreaker(), []
    for number in range(MIN_ANSWERS_FOR_SHARE):
        is_refused = number % 4 == 0
        reasons.append(breaker.record(number, Refused("x") if is_refused else Sent(1)))
        if is_refused:
            breaker.record(number, Sent(1))
    assert reasons[:10] == [None] * 10
    assert "x" in reasons


def test_refusals_of_a_single_chat_are_not_counted() -> None:
    breaker = CircuitBreaker()
    assert {breaker.record(1, Refused("no rights", is_content_error=False)) for _ in range(99)} == {None}
    assert {breaker.record(1, ChatUnavailable(LeftReason.BLOCKED)) for _ in range(99)} == {None}
