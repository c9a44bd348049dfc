"""An outage: a time in which Telegram does not answer, and nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """When an outage began, how long it has lasted, what failed, and how many deliveries it left unconfirmed."""

    since: datetime
    seconds: float
    reason: str
    unconfirmed: int

    def lasting(self, seconds: float) -> Self:
        """Return the outage as it is after so many seconds."""
        return replace(self, seconds=seconds)

    def with_unconfirmed(self, unconfirmed: int) -> Self:
        """Return the outage with another number of unconfirmed deliveries."""
        return replace(self, unconfirmed=unconfirmed)
