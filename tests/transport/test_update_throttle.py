"""Tests of the update throttle: burst and long-run rate per sender and group, announcements, bounded memory."""

from __future__ import annotations

from transport.update_throttle import (
    GROUP_BURST_UPDATES,
    GROUP_INTERVAL_SECONDS,
    QUIET_SECONDS,
    SENDER_BURST_UPDATES,
    DropAnnouncements,
    RequestLimit,
    UpdateThrottle,
)


class ManualClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_allow_a_burst_then_one_request_per_interval() -> None:
    clock = ManualClock()
    limit = RequestLimit(clock, burst=3, interval_seconds=1.0)
    assert [limit.allow(1) for _ in range(5)] == [True] * 3 + [False] * 2
    assert limit.allow(2)
    clock.now += 1.01
    assert limit.allow(1)
    assert not limit.allow(1)


def test_refused_requests_do_not_prolong_the_wait() -> None:
    clock = ManualClock()
    limit = RequestLimit(clock, burst=1, interval_seconds=1.0)
    assert [limit.allow(1) for _ in range(1000)] == [True] + [False] * 999
    clock.now += 1.01
    assert limit.allow(1)


def test_forget_the_keys_used_longest_ago() -> None:
    limit = RequestLimit(ManualClock(), burst=1, interval_seconds=1.0, max_remembered=2)
    assert limit.allow(1)
    assert not limit.allow(1)
    limit.allow(2)
    limit.allow(3)
    assert limit.allow(1)


def test_limit_each_sender_in_all_chats_together() -> None:
    throttle = UpdateThrottle(ManualClock())
    allowed = [throttle.allow(1, -number) for number in range(1, SENDER_BURST_UPDATES + 2)]
    assert allowed == [True] * SENDER_BURST_UPDATES + [False]
    assert throttle.allow(2, -1)


def test_limit_each_group_for_all_senders_together() -> None:
    clock = ManualClock()
    throttle = UpdateThrottle(clock)
    allowed = [throttle.allow(number, -9) for number in range(1, GROUP_BURST_UPDATES + 2)]
    assert allowed == [True] * GROUP_BURST_UPDATES + [False]
    clock.now += GROUP_INTERVAL_SECONDS + 0.01
    assert throttle.allow(500, -9)
    assert not throttle.allow(501, -9)


def test_announce_a_drop_again_after_a_quiet_time() -> None:
    clock = ManualClock()
    announcements = DropAnnouncements(clock)
    assert announcements.record_drop(1)
    for _ in range(1000):
        clock.now += QUIET_SECONDS / 2
        assert not announcements.record_drop(1)
    assert announcements.record_drop(2)
    clock.now += QUIET_SECONDS
    assert announcements.record_drop(1)
