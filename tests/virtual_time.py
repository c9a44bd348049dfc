"""An event loop whose clock is in the test's hand: a scenario in, run to its end without waiting for anything.

Whenever nothing is ready the clock jumps to the next timer. So what a scenario measures with `loop.time()` is exact on
however busy a machine, and an hour costs nothing. For what neither threads nor sockets have a part in.
"""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

Params = ParamSpec("Params")


def in_virtual_time(test: Callable[Params, Coroutine[Any, Any, None]]) -> Callable[Params, None]:
    """Run an asynchronous test in an event loop of its own whose clock jumps."""

    @functools.wraps(test)
    def run(*args: Params.args, **kwargs: Params.kwargs) -> None:
        with asyncio.Runner(loop_factory=_JumpingLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def now() -> float:
    """The running loop's clock, in seconds."""
    return asyncio.get_running_loop().time()


def stall(seconds: float) -> None:
    """Let time go by while nothing runs, as on a machine that is busy with something else."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, _JumpingLoop)
    loop.clock.now += seconds


class _JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.clock = _JumpingSelector()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


class _JumpingSelector(selectors.DefaultSelector):
    """Sleeps by moving its clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise AssertionError("everybody waits for something that cannot come")
            self.now += max(0.0, timeout)
        return ready
