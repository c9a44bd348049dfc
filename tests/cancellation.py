"""Cancel work at every step: when the event loop is handed its n-th result.

SQLite's work waits for threads, PostgreSQL's for the loop itself; these numbers cover every place where it can be
cancelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import count
from typing import Any, TypeVar

import pytest

from tests.databases import on_postgresql

Result = TypeVar("Result")


async def at_every_step(work: Callable[[], Coroutine[Any, Any, Result]]) -> AsyncIterator[asyncio.Task[Result]]:
    """Repeat the work and cancel it one step later each time: just before a result arrives, then just after.

    Yields each task when it has ended. The last one ended before its cancellation.
    """
    for step in count(1):
        for received in (False, True):
            task = asyncio.create_task(work())
            await _cancel_at(task, step, received=received)
            yield task
            if not task.cancelled():
                return


async def _cancel_at(task: asyncio.Task[Any], step: int, *, received: bool) -> None:
    loop = asyncio.get_running_loop()
    name = "call_soon" if on_postgresql() else "call_soon_threadsafe"
    hand_over, steps = getattr(loop, name), count(1)

    def call(callback: Callable[..., object], *args: Any, **context: Any) -> object:
        is_chosen_step = next(steps) == step
        if is_chosen_step and not received:
            hand_over(task.cancel)
        handle = hand_over(callback, *args, **context)
        if is_chosen_step and received:
            hand_over(task.cancel)
        return handle

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, name, call)
        await asyncio.wait([task])
