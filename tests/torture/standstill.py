"""Notice that the machine stands still: a loaded or paused one runs no process for seconds."""

from __future__ import annotations

import threading
import time
from typing import Self

STEP_SECONDS = 0.1


class Standstill:
    """Measures, in a thread of its own while entered, how much longer than a step each step takes."""

    def __init__(self) -> None:
        self._longest = 0.0
        self._noted_at: float | None = None
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def note(self, now: float) -> None:
        """Note that this process runs at an instant, in seconds."""
        with self._lock:
            if self._noted_at is not None:
                self._longest = max(self._longest, now - self._noted_at - STEP_SECONDS)
            self._noted_at = now

    def take(self) -> float:
        """Return the longest standstill since it was last asked for, in seconds."""
        with self._lock:
            longest, self._longest = self._longest, 0.0
        return longest

    def _watch(self) -> None:
        while not self._stopped.wait(STEP_SECONDS):
            self.note(time.monotonic())
