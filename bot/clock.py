"""The clock that decides what is due: the wall clock plus an offset, which the demo changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Return the current time in UTC when called.

    Only due times use it; intervals and timeouts run on monotonic time.
    """

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def to_wall_clock(self, moment: datetime) -> datetime:
        """Return the wall-clock time at which this clock reaches `moment`."""
        return moment - self.offset
