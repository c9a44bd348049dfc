"""Tests of the user throttle: burst, long-run rate, one notification, bounded memory."""

from transport.user_throttle import Decision, UserThrottle


class ManualClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_allow_a_burst_then_one_update_per_second() -> None:
    clock = ManualClock()
    throttle = UserThrottle(clock, burst=3)
    assert [throttle.check(1) for _ in range(5)] == [
        Decision.ALLOW,
        Decision.ALLOW,
        Decision.ALLOW,
        Decision.NOTIFY,
        Decision.DROP,
    ]
    assert throttle.check(2) is Decision.ALLOW
    clock.now += 1.01
    assert throttle.check(1) is Decision.ALLOW
    assert throttle.check(1) is Decision.NOTIFY


def test_forget_the_users_who_wrote_longest_ago() -> None:
    throttle = UserThrottle(ManualClock(), burst=1, max_users=2)
    assert throttle.check(1) is Decision.ALLOW
    assert throttle.check(1) is Decision.NOTIFY
    throttle.check(2)
    throttle.check(3)
    assert throttle.check(1) is Decision.ALLOW
