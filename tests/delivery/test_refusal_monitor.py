"""Refusal monitor: which refusals pause a run, and which are not counted."""

from __future__ import annotations

from delivery.refusal_monitor import (
    MAX_CONSECUTIVE_REFUSALS,
    MAX_REFUSALS_PER_PAYLOAD,
    MIN_ANSWERS_FOR_SHARE,
    RefusalMonitor,
)
from domain.delivery.outcome import ChatUnavailable, Refused, Sent
from domain.subscription.subscriber import LeftReason


def test_consecutive_refusals_pause_the_run() -> None:
    monitor = RefusalMonitor()
    reasons = [monitor.record(payload_id, Refused("too long")) for payload_id in range(MAX_CONSECUTIVE_REFUSALS)]
    assert reasons == [None] * (MAX_CONSECUTIVE_REFUSALS - 1) + ["too long"]


def test_refusals_of_one_payload_pause_the_run() -> None:
    """Payloads that arrive in between do not hide it."""
    monitor, reasons = RefusalMonitor(), []
    for _ in range(MAX_REFUSALS_PER_PAYLOAD):
        reasons.append(monitor.record(7, Refused("bad entity")))
        monitor.record(8, Sent(1))
    assert reasons == [None] * (MAX_REFUSALS_PER_PAYLOAD - 1) + ["bad entity"]


def test_a_fifth_of_fifty_refused_pauses_the_run() -> None:
    monitor = RefusalMonitor()
    reasons = [
        monitor.record(number, Refused("x") if number % 5 == 4 else Sent(1)) for number in range(MIN_ANSWERS_FOR_SHARE)
    ]
    assert reasons == [None] * (MIN_ANSWERS_FOR_SHARE - 1) + ["x"]


def test_less_than_a_fifth_refused_does_not_pause_the_run() -> None:
    monitor = RefusalMonitor()
    reasons = [monitor.record(0, Sent(1))]
    reasons += [monitor.record(number, Refused("x") if number % 5 == 4 else Sent(1)) for number in range(500)]
    assert set(reasons) == {None}


def test_refusals_of_a_single_chat_are_not_counted() -> None:
    monitor = RefusalMonitor()
    assert {monitor.record(1, Refused("no rights", is_content_error=False)) for _ in range(99)} == {None}
    assert {monitor.record(1, ChatUnavailable(LeftReason.BLOCKED)) for _ in range(99)} == {None}


def test_successes_between_refusals_start_the_count_anew() -> None:
    """Some refused recipients in a large run are no reason to pause it."""
    monitor, reasons = RefusalMonitor(), []
    for number in range(3 * MAX_CONSECUTIVE_REFUSALS):
        reasons.append(monitor.record(number, Refused("x")))
        if number % (MAX_CONSECUTIVE_REFUSALS - 1) == 0:
            reasons += [monitor.record(number, Sent(1)) for _ in range(MIN_ANSWERS_FOR_SHARE)]
    for _ in range(3):
        reasons += [monitor.record(-1, Refused("y")) for _ in range(MAX_REFUSALS_PER_PAYLOAD - 1)]
        reasons += [monitor.record(-1, Sent(1)) for _ in range(MIN_ANSWERS_FOR_SHARE)]
    assert set(reasons) == {None}
