"""."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.delivery.states import RunKind, RunState


@dataclass(frozen=True, slots=True)
class Counts:
    """A run's parts by state, and the people they are for. Of the unconfirmed ones, `in_flight` have just left."""

    recipients: int = 0
    pending: int = 0
    unconfirmed: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    in_flight: int = 0

    @property
    def total(self) -> int:
        return self.pending + self.unconfirmed + self.sent + self.failed + self.skipped


@dataclass(frozen=True, slots=True)
class CardMessage:
    """The message in which an admin follows a run."""

    chat_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A run and its figures. `recipients` counts people, the states count parts; `missed` counts people for whom the
    run came too late. `next_due` is when the next wave is, where one is waiting.
    """

    run_id: int
    kind: RunKind
    state: RunState
    state_why: str
    edition: date | None
    version: int
    published_at: datetime
    finished_at: datetime | None
    actor: int | None
    card: CardMessage | None
    counts: Counts
    missed: int
    next_due: datetime | None

    @property
    def total(self) -> int:
        return self.counts.total

    @property
    def recipients(self) -> int:
        return self.counts.recipients

    @property
    def pending(self) -> int:
        """Parts still to be sent. A cancelled run has none: what was left of it counts as skipped."""
        return 0 if self.state is RunState.CANCELLED else self.counts.pending

    @property
    def unconfirmed(self) -> int:
        return self.counts.unconfirmed

    @property
    def in_flight(self) -> int:
        """How many of the unconfirmed parts have just left."""
        return self.counts.in_flight

    @property
    def sent(self) -> int:
        return self.counts.sent

    @property
    def failed(self) -> int:
        return self.counts.failed

    @property
    def skipped(self) -> int:
        return self.counts.skipped + self.counts.pending - self.pending
