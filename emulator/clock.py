"""Simulated wall clock: real time plus an offset, used for dates only; intervals stay on monotonic time.

`baseline_offset` is the offset to which the page's reset button returns; 0 is real time.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime


class SimulatedClock:
    """Clock that runs `offset` seconds ahead of real time; tests pass in their own time sources."""

    def __init__(
        self,
        real_time: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        offset: float = 0.0,
    ) -> None:
        self._real_time = real_time
        self.monotonic = monotonic
        self.offset = self.baseline_offset = offset
        self.listeners: list[Callable[[], None]] = []
        """Called when the clock was moved; several emulated bots may share it."""

    def now(self) -> float:
        """Return the simulated time in Unix seconds."""
        return self.at_offset(self.offset)

    def at_offset(self, offset: float) -> float:
        """Return the Unix seconds the clock would show with another offset."""
        return self._real_time() + offset

    def unix_seconds(self) -> int:
        """Return whole Unix seconds, as in a message's `date`."""
        return int(self.now())

    def iso(self) -> str:
        """Return the simulated time as ISO 8601 in UTC, to the millisecond."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds")

    def offset_for(self, instant: datetime) -> float:
        """Return the offset with which the clock shows `instant` now."""
        return instant.timestamp() - self._real_time()
