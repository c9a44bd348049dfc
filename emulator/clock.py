"""Real time and an offset -> the time Telegram believes it is. Intervals stay on monotonic time, elsewhere.

`start` is the offset a staged story begins at: where the page's way back leads. 0 is real time.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime


class SimulatedClock:
    """`now` is real time plus `offset` seconds; both sources are passed in, so a test can hold them."""

    def __init__(
        self,
        real: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        offset: float = 0.0,
    ) -> None:
        self._real = real
        self.monotonic = monotonic
        self.offset = self.baseline_offset = offset

    def now(self) -> float:
        """Unix seconds."""
        return self.at(self.offset)

    def at(self, offset: float) -> float:
        """What it would be now with another offset."""
        return self._real() + offset

    def unix(self) -> int:
        """Whole Unix seconds, as in `date`."""
        return int(self.now())

    def iso(self) -> str:
        """UTC, to the millisecond."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds")

    def offset_of(self, instant: datetime) -> float:
        """The offset that makes it `instant` now."""
        return instant.timestamp() - self._real()
