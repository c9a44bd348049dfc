"""The flood gate: some at once, one a second after that, told once, forgotten in time."""

from transport.user_throttle import FloodGate, Heard


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_heard_then_one_a_second() -> None:
    seconds = Seconds()
    gate = FloodGate(seconds, burst=3)
    assert [gate.hear(1) for _ in range(5)] == [Heard.YES, Heard.YES, Heard.YES, Heard.TOO_MUCH, Heard.NO]
    assert gate.hear(2) is Heard.YES
    seconds.now += 1.01
    assert gate.hear(1) is Heard.YES
    assert gate.hear(1) is Heard.TOO_MUCH


def test_only_so_many_people_are_remembered() -> None:
    gate = FloodGate(Seconds(), burst=1, people=2)
    assert gate.hear(1) is Heard.YES
    assert gate.hear(1) is Heard.TOO_MUCH
    gate.hear(2)
    gate.hear(3)
    assert gate.hear(1) is Heard.YES
