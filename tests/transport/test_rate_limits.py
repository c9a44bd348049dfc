"""Budgets: whatever comes in whatever order, no second (and no minute of a group) gets more than it may."""

from __future__ import annotations

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rate_limits import CHAT_BURST, GROUP_MESSAGES, GlobalRateLimit, PerChatRateLimit


def _fullest(moments: list[float], span: float) -> int:
    """The most moments that any half-open span of so many seconds holds."""
    return max((bisect_left(moments, start + span) - at for at, start in enumerate(moments)), default=0)


@given(st.lists(st.floats(0, 0.5), max_size=300), st.sampled_from([1, 30, 50, 1000]))
def test_no_second_ever_gets_more_than_the_limit(pauses: list[float], limit: int) -> None:
    even, now, left = GlobalRateLimit(limit), 100.0, []
    for pause in pauses:
        now = max(now + pause, even.next_at())
        even.take(now)
        left.append(now)
    assert _fullest(left, 1.0) <= limit


@pytest.mark.parametrize("limit", [30, 1000])
def test_without_stalls_nearly_all_of_the_rate_is_used(limit: int) -> None:
    even, now, count = GlobalRateLimit(limit), 0.0, 0
    while now < 10:
        even.take(now)
        count += 1
        now = even.next_at()
    assert count >= 0.99 * limit * 10


def test_what_a_stall_cost_is_not_caught_up_in_a_burst() -> None:
    even = GlobalRateLimit(1000)
    even.take(0.0)
    burst, now = 0, 5.0
    while even.next_at() <= now:
        even.take(now)
        burst += 1
    assert burst <= 5


def test_after_a_refusal_the_rate_falls_a_little_and_climbs_back() -> None:
    even = GlobalRateLimit(30)
    even.slow_down()
    assert 1 < even.slower < 1.1
    for _ in range(10):
        even.recover()
    assert even.slower == 1
    for _ in range(199):
        even.slow_down()
    assert even.slower == 2


def test_a_chat_gets_a_burst_and_then_one_a_second() -> None:
    chats = PerChatRateLimit()
    waits = [chats.take(7, 100.0) for _ in range(5)]
    assert waits == [0.0] * CHAT_BURST + [1.0, 2.0]
    assert chats.wait(7, 100.0) == 3.0
    assert chats.wait(8, 100.0) == 0.0


@given(st.lists(st.floats(0, 20), min_size=30, max_size=90))
def test_a_group_gets_twenty_a_minute(pauses: list[float]) -> None:
    chats, now, left = PerChatRateLimit(), 1000.0, []
    for pause in pauses:
        now += pause
        now += chats.take(-5, now)
        left.append(now)
    # Instants this large are not exact to the last bit: a minute less a microsecond is a minute.
    assert _fullest(left, 60.0 - 1e-6) <= GROUP_MESSAGES
    assert _fullest(left, 1.0 - 1e-6) <= CHAT_BURST


def test_chats_that_were_quiet_are_forgotten() -> None:
    chats, now = PerChatRateLimit(), 0.0
    for chat in range(20_000):
        now += 0.01
        chats.take(chat, now)
        chats.take(-chat - 1, now)
    assert len(chats) < 15_000
