"""Blocking calls that may never return, such as those on a hung network mount.

They run in daemon threads, which neither the event loop nor the interpreter waits for at exit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from transport.daemon_thread import call_in_daemon_thread

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
        call = call_in_daemon_thread(function, name="digest-folder")
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
