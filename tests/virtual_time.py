"""Run asynchronous tests in virtual time: when nothing is ready, the loop's clock jumps to the next timer.

Measurements with `loop.time()` are exact on a busy machine. Only for code without threads and sockets.
"""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

Params = ParamSpec("Params")


def in_virtual_time(test: Callable[Params, Coroutine[Any, Any, None]]) -> Callable[Params, None]:
    """Run an asynchronous test in its own event loop with a virtual clock."""

    @functools.wraps(test)
    def run(*args: Params.args, **kwargs: Params.kwargs) -> None:
        with asyncio.Runner(loop_factory=_VirtualTimeLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def now() -> float:
    """Return the running loop's time in seconds."""
    return asyncio.get_running_loop().time()


def stall(seconds: float) -> None:
    """Advance the clock while nothing runs, as on a stalled machine."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, _VirtualTimeLoop)
    loop.clock.now += seconds


class _VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.clock = _VirtualTimeSelector()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


class _VirtualTimeSelector(selectors.DefaultSelector):
    """Advances its clock instead of sleeping."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise AssertionError("every task waits, and no timer is set")
            self.now += max(0.0, timeout)
        return ready
