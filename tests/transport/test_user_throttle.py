"""The flood gate: some at once, one a second after that, told once, forgotten in time."""

from transport.user_throttle import Decision, UserThrottle


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_heard_then_one_a_second() -> None:
    seconds = Seconds()
    gate = UserThrottle(seconds, burst=3)
    assert [gate.check(1) for _ in range(5)] == [
        Decision.ALLOW,
        Decision.ALLOW,
        Decision.ALLOW,
        Decision.NOTIFY,
        Decision.DROP,
    ]
    assert gate.check(2) is Decision.ALLOW
    seconds.now += 1.01
    assert gate.check(1) is Decision.ALLOW
    assert gate.check(1) is Decision.NOTIFY


def test_only_so_many_people_are_remembered() -> None:
    gate = UserThrottle(Seconds(), burst=1, people=2)
    assert gate.check(1) is Decision.ALLOW
    assert gate.check(1) is Decision.NOTIFY
    gate.check(2)
    gate.check(3)
    assert gate.check(1) is Decision.ALLOW
