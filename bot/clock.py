"""The clock that says what is due: the wall's, moved by an offset where somebody plays with time (the demo)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Calling it tells the time in UTC. Only what is due asks it; intervals and timeouts are on monotonic time."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def to_wall_clock(self, moment: datetime) -> datetime:
        """When the wall clock will show what this one calls `moment`."""
        return moment - self.offset
