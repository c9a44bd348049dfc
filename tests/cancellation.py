"""Work in, cut off at a chosen step out: cancelled when a thread hands its n-th result to the loop.

Whatever waits for the database waits for a thread, so every place where such work can be cancelled has a number.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import count
from typing import Any, TypeVar

import pytest

Result = TypeVar("Result")


async def at_every_step(work: Callable[[], Coroutine[Any, Any, Result]]) -> AsyncIterator[asyncio.Task[Result]]:
    """Do the work again and again, each time cancelled later: first just before a result comes, then when it has come
    and is not looked at yet. Gives each task when it has ended; the last one was not reached by its cancellation."""
    for step in count(1):
        for received in (False, True):
            task = asyncio.create_task(work())
            await _cut(task, step, received=received)
            yield task
            if not task.cancelled():
                return


async def _cut(task: asyncio.Task[Any], step: int, *, received: bool) -> None:
    loop = asyncio.get_running_loop()
    hand_over, steps = loop.call_soon_threadsafe, count(1)

    def call(callback: Callable[..., object], *args: Any, **context: Any) -> object:
        mine = next(steps) == step
        if mine and not received:
            hand_over(task.cancel)
        handle = hand_over(callback, *args, **context)
        if mine and received:
            hand_over(task.cancel)
        return handle

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "call_soon_threadsafe", call)
        await asyncio.wait([task])
