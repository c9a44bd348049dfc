"""Blocking calls that may never return, such as those on a hung network mount.

They run in daemon threads, which neither the event loop nor the interpreter waits for at exit.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

Result = TypeVar("Result")


class CallHangs(Exception):
    """A blocking call has not returned in time; it goes on in its thread."""


class DaemonCalls:
    """Runs blocking calls, at most `max_hanging` of them beyond their time."""

    def __init__(self, *, timeout_seconds: float, max_hanging: int) -> None:
        self._timeout_seconds = timeout_seconds
        self._max_hanging = max_hanging
        self._running: dict[str, asyncio.Future[Any]] = {}

    async def run(self, key: str, function: Callable[[], Result]) -> Result:
        """Return what the function returns.

        Raises `CallHangs` if it does not return in time. While it goes on, the same key raises that at once.
        """
        if key in self._running or len(self._running) >= self._max_hanging:
            raise CallHangs(key)
        call = _start(function)
        self._running[key] = call
        call.add_done_callback(partial(self._forget, key))
        done, _ = await asyncio.wait({call}, timeout=self._timeout_seconds)
        if not done:
            raise CallHangs(key)
        return call.result()

    def _forget(self, key: str, call: asyncio.Future[Any]) -> None:
        del self._running[key]
        if not call.cancelled():
            call.exception()  # marks it as retrieved


def _start(function: Callable[[], Result]) -> asyncio.Future[Result]:
    loop = asyncio.get_running_loop()
    call: asyncio.Future[Result] = loop.create_future()

    def run() -> None:
        try:
            settle = partial(call.set_result, function())
        except Exception as error:  # noqa: BLE001 - raised where the call is awaited
            settle = partial(call.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle)

    threading.Thread(target=run, name="digest-folder", daemon=True).start()
    return call
