"""Run a blocking call in a daemon thread, for which neither the event loop nor the interpreter waits at exit."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

Result = TypeVar("Result")


def call_in_daemon_thread(function: Callable[[], Result], *, name: str) -> asyncio.Future[Result]:
    """Return a future of the function's result; a cancelled future leaves the call running."""
    loop = asyncio.get_running_loop()
    call: asyncio.Future[Result] = loop.create_future()

    def settle(set_outcome: Callable[[], None]) -> None:
        if not call.done():
            set_outcome()

    def run() -> None:
        try:
            set_outcome = partial(call.set_result, function())
        except Exception as error:  # noqa: BLE001 - raised where the call is awaited
            set_outcome = partial(call.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, set_outcome)

    threading.Thread(target=run, name=name, daemon=True).start()
    return call
