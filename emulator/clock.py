"""Real time and an offset -> the time Telegram believes it is. Intervals stay on monotonic time, elsewhere."""

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """`now` is real time plus `offset` seconds; both sources are passed in, so a test can hold them."""

    def __init__(
        self,
        real: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        offset: float = 0.0,
    ) -> None:
        self._real = real
        self.monotonic = monotonic
        self.offset = offset

    def now(self) -> float:
        """Unix seconds."""
        return self._real() + self.offset

    def unix(self) -> int:
        """Whole Unix seconds, as in `date`."""
        return int(self.now())

    def iso(self) -> str:
        """UTC, to the millisecond."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds")

    def set(self, instant: datetime) -> None:
        """Make it `instant` now; the clock goes on from there."""
        self.offset = instant.timestamp() - self._real()

    def advance(self, seconds: float) -> None:
        """Jump by `seconds`; negative goes back."""
        self.offset += seconds
