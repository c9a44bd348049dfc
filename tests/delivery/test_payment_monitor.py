"""When a run stops paying: at a refusal of the payment, or when Telegram takes no more than the free rate."""

from __future__ import annotations

from datetime import timedelta

import pytest

from delivery.payment_monitor import BURST_GAP, MAX_RATE_LIMITED_BURSTS, SENT_TO_TRUST, PaymentMonitor
from domain.delivery.outcome import Outcome, PaymentRefused, RateLimited, Refused, Retry, Sent, Unconfirmed
from tests.delivery.harness import MORNING

MOMENT = timedelta(seconds=3)
PERSON, GROUP = 7, -7


def test_refused_payment_stops_paying_at_once() -> None:
    assert PaymentMonitor().record(PERSON, PaymentRefused("Bad Request: BALANCE_TOO_LOW"), MORNING) == (
        "Bad Request: BALANCE_TOO_LOW"
    )


@pytest.mark.parametrize("outcome", [Sent(1), Retry("x"), Refused("x"), Unconfirmed("x")])
def test_other_outcomes_go_on_paying(outcome: Outcome) -> None:
    monitor = PaymentMonitor()
    assert [monitor.record(PERSON, outcome, MORNING) for _ in range(1000)] == [None] * 1000


def test_429s_in_several_bursts_stop_paying() -> None:
    """Where paid broadcasts are not enabled, Telegram may take thirty a second and refuse all others."""
    monitor, now = PaymentMonitor(), MORNING
    told = []
    for _ in range(MAX_RATE_LIMITED_BURSTS):
        answers = [Sent(1)] * 30 + [RateLimited(1.5)] * 20
        told.append([monitor.record(PERSON, outcome, now) for outcome in answers][-1])
        now += MOMENT
    assert told == [None] * (MAX_RATE_LIMITED_BURSTS - 1) + ["Too Many Requests"]


def test_429s_of_one_burst_count_once() -> None:
    monitor = PaymentMonitor()
    assert [monitor.record(PERSON, RateLimited(1), MORNING) for _ in range(60)] == [None] * 60


def test_rare_429s_do_not_stop_a_fast_broadcast() -> None:
    monitor, now = PaymentMonitor(), MORNING
    for _ in range(10):
        answers: list[Outcome] = [RateLimited(1), *[Sent(1)] * SENT_TO_TRUST]
        assert {monitor.record(PERSON, outcome, now) for outcome in answers} == {None}
        now += MOMENT


def test_429s_of_groups_say_nothing_about_paying() -> None:
    monitor, now = PaymentMonitor(), MORNING
    for _ in range(10):
        assert monitor.record(GROUP, RateLimited(1), now) is None
        now += MOMENT


def test_one_message_too_few_does_not_begin_counting_anew() -> None:
    monitor, now = PaymentMonitor(), MORNING
    told = []
    for _ in range(MAX_RATE_LIMITED_BURSTS):
        told.append(monitor.record(PERSON, RateLimited(1), now))
        assert {monitor.record(PERSON, Sent(1), now) for _ in range(SENT_TO_TRUST - 1)} == {None}
        now += MOMENT
    assert told == [None] * (MAX_RATE_LIMITED_BURSTS - 1) + ["Too Many Requests"]


@pytest.mark.parametrize(("later", "is_another"), [(timedelta(0), False), (timedelta(microseconds=1), True)])
def test_burst_ends_when_its_gap_is_over(later: timedelta, *, is_another: bool) -> None:
    monitor, now, last = PaymentMonitor(), MORNING, None
    for _ in range(MAX_RATE_LIMITED_BURSTS):
        last = monitor.record(PERSON, RateLimited(1.5), now)
        now += timedelta(seconds=1.5) + BURST_GAP + later
    assert (last is not None) is is_another
