"""Rate limits as calculations: no second, and no minute of a group, gets more messages than it may."""

from __future__ import annotations

import random
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rate_limits import (
    CHAT_BURST_MESSAGES,
    GROUP_WINDOW_MESSAGES,
    MAX_LATENESS_SECONDS,
    MAX_TRACKED_PER_SECOND,
    GlobalRateLimit,
    PerChatRateLimit,
)


def _most_in_a_window(instants: list[float], seconds: float) -> int:
    """Return the most instants that any half-open window of so many seconds holds."""
    return max((bisect_left(instants, start + seconds) - index for index, start in enumerate(instants)), default=0)


@given(st.lists(st.floats(0, 0.5), max_size=300), st.sampled_from([1, 30, 50, 1000]))
def test_no_second_gets_more_than_the_limit(pauses: list[float], per_second: int) -> None:
    rate_limit, now = GlobalRateLimit(per_second), 100.0
    sent_at: list[float] = []
    for pause in pauses:
        now = max(now + pause, rate_limit.next_send_at())
        rate_limit.record_send(now)
        sent_at.append(now)
    assert _most_in_a_window(sent_at, 1.0) <= per_second


@given(
    st.lists(st.floats(0, 0.08), min_size=40, max_size=120),
    st.lists(st.floats(0, 0.08), min_size=40, max_size=120),
    st.sampled_from([1, 20, 30, 50, 1000]),
)
def test_two_processes_one_after_the_other_keep_the_limit(
    before: list[float], after: list[float], per_second: int
) -> None:
    sent_at, now = [], 100.0
    for pauses in (before, after):
        rate_limit = GlobalRateLimit(per_second)
        rate_limit.continue_after(now)  # at once after the last message of the process that ended
        for pause in pauses:
            now = max(now + pause, rate_limit.next_send_at())
            rate_limit.record_send(now)
            sent_at.append(now)
    assert _most_in_a_window(sent_at, 1.0) <= per_second


def test_the_first_message_after_another_process_waits_for_two_intervals_at_most() -> None:
    rate_limit = GlobalRateLimit(30)
    rate_limit.continue_after(100.0)
    assert 100.04 < rate_limit.next_send_at() < 100 + 2 / 30


@pytest.mark.parametrize("per_second", [30, 1000])
def test_nearly_all_of_the_rate_is_used_without_stalls(per_second: int) -> None:
    rate_limit, now, count = GlobalRateLimit(per_second), 0.0, 0
    while now < 10:
        rate_limit.record_send(now)
        count += 1
        now = rate_limit.next_send_at()
    assert count >= 0.99 * per_second * 10


@pytest.mark.parametrize(("per_second", "most"), [(1000, 26), (2 * MAX_TRACKED_PER_SECOND, 81)])
def test_a_burst_makes_up_for_some_milliseconds_of_a_stall(per_second: int, most: int) -> None:
    """For 25 ms; for 8 where no window is kept, so that even then no second gets more than the limit."""
    rate_limit = GlobalRateLimit(per_second)
    rate_limit.record_send(0.0)
    burst, now = 0, 5.0
    while rate_limit.next_send_at() <= now:
        rate_limit.record_send(now)
        burst += 1
    assert burst <= most


@pytest.mark.parametrize("per_second", [30, 1000])
def test_short_stalls_cost_nothing(per_second: int) -> None:
    """Five times a second, at random, other processes have the core for up to 20 ms."""
    rate_limit, generator, now, next_stall = GlobalRateLimit(per_second), random.Random(1), 100.0, 100.0
    sent_at: list[float] = []
    while now < 130:
        rate_limit.record_send(now)
        sent_at.append(now)
        now = max(now, rate_limit.next_send_at())
        if now >= next_stall:
            now = max(now, next_stall + generator.uniform(0.003, 0.02))
            next_stall += generator.expovariate(5)
    assert len(sent_at) >= 0.99 * per_second * 30
    assert _most_in_a_window(sent_at, 1.0) <= per_second


def _interval(rate_limit: GlobalRateLimit, at: float) -> float:
    """Return how long after a send at an idle moment the next one may follow, beyond what may be early."""
    rate_limit.record_send(at)
    return rate_limit.next_send_at() - at + MAX_LATENESS_SECONDS


@pytest.mark.parametrize("per_second", [2, 2.5, MAX_TRACKED_PER_SECOND])
def test_full_second_binds_also_who_may_go_early(per_second: float) -> None:
    """Replies may be sent before their even turn, but not more in a second than the limit."""
    rate_limit, count = GlobalRateLimit(per_second), int(per_second)
    for number in range(count - 1):
        rate_limit.record_send(100 + number / 1e5)
    assert rate_limit.next_send_at(lead_seconds=5) < 100
    rate_limit.record_send(100.4)
    assert 101 < rate_limit.next_send_at(lead_seconds=5) < 101.01
    rate_limit.record_send(101.2)
    assert 101.00001 <= rate_limit.next_send_at(lead_seconds=5) < 101.41


def test_window_counts_when_a_message_really_left() -> None:
    rate_limit = GlobalRateLimit(1)
    record = rate_limit.record_send(100)
    record.at = 100.7
    assert 101.7 < rate_limit.next_send_at(lead_seconds=5) < 101.71


def test_late_sends_move_the_others_by_what_exceeds_the_tolerance() -> None:
    rate_limit = GlobalRateLimit(100)
    rate_limit.record_send(50.0)
    first = rate_limit.next_send_at()
    for _ in range(5):
        rate_limit.record_send(rate_limit.next_send_at() + 0.002)
    interval = 1 / (100 * 0.992)
    assert rate_limit.next_send_at() == pytest.approx(first + 5 * interval)
    late = rate_limit.next_send_at() + 0.5
    rate_limit.record_send(late)
    assert rate_limit.next_send_at() == pytest.approx(late - MAX_LATENESS_SECONDS + interval)


def test_slowdown_widens_the_spacing() -> None:
    rate_limit = GlobalRateLimit(10)
    full = _interval(rate_limit, 1000)
    for _ in range(100):
        rate_limit.slow_down()
    assert _interval(rate_limit, 2000) == pytest.approx(2 * full, rel=0.05)


def test_slowdown_grows_in_small_steps_and_recovers() -> None:
    rate_limit = GlobalRateLimit(30)
    rate_limit.slow_down()
    assert 1 < rate_limit.slowdown < 1.1
    for _ in range(10):
        rate_limit.recover()
    assert rate_limit.slowdown == 1
    for _ in range(199):
        rate_limit.slow_down()
    assert rate_limit.slowdown == 2


def test_chat_gets_a_burst_and_then_one_a_second() -> None:
    chat_limit = PerChatRateLimit()
    waits = [chat_limit.reserve(7, 100.0) for _ in range(5)]
    assert waits == [0.0] * CHAT_BURST_MESSAGES + [1.0, 2.0]
    assert chat_limit.wait_seconds(7, 100.0) == 3.0
    assert chat_limit.wait_seconds(8, 100.0) == 0.0


@given(st.lists(st.floats(0, 20), min_size=30, max_size=90))
def test_group_gets_twenty_a_minute(pauses: list[float]) -> None:
    chat_limit, now = PerChatRateLimit(), 1000.0
    sent_at: list[float] = []
    for pause in pauses:
        now += pause
        now += chat_limit.reserve(-5, now)
        sent_at.append(now)
    # Instants this large are not exact to the last bit: a minute less a microsecond is a minute.
    assert _most_in_a_window(sent_at, 60.0 - 1e-6) <= GROUP_WINDOW_MESSAGES
    assert _most_in_a_window(sent_at, 1.0 - 1e-6) <= CHAT_BURST_MESSAGES


def test_quiet_chats_are_forgotten() -> None:
    chat_limit, now = PerChatRateLimit(), 0.0
    for chat_id in range(20_000):
        now += 0.01
        chat_limit.reserve(chat_id, now)
        chat_limit.reserve(-chat_id - 1, now)
    assert len(chat_limit) < 15_000
