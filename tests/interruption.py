"""Run a program of the tests so that a signal ends everything that it started: servers, processes, folders."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from types import FrameType
from typing import Any, TypeVar

Result = TypeVar("Result")


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end. SIGTERM and SIGHUP cancel it as Ctrl-C does; KeyboardInterrupt is raised then.

    A shell starts what runs in the background with SIGINT ignored, which would leave all three without effect.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    return asyncio.run(coroutine)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)
